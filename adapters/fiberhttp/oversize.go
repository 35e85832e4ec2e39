package fiberhttp

import (
	"context"
	"errors"
	"net"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"
)

// refuseBody answers a body that is too large. People get a page that knows them, by
// the route's own handler if it has one; programs get the problem. Nothing of the body
// is read.
func (s *Server) refuseBody(c *fiber.Ctx, rt *route, x *exchange) error {
	if s.visits(c) || s.wantsProblem(c, rt) {
		return errBodyTooLarge
	}
	ctx, cancel := context.WithTimeout(s.contextOf(x), s.config.RequestTimeout)
	defer cancel()
	if s.config.WithIDs != nil {
		ctx = s.config.WithIDs(ctx, x.id, x.trace)
	}
	if err := s.limit(ctx, rt, x); err != nil {
		return err
	}
	if rt.oversize == nil {
		s.recognize(ctx, c, rt, x)
		return errBodyTooLarge
	}
	if err := s.authenticate(ctx, c, rt, x); err != nil {
		return err
	}
	if rt.access.check(x.actor, s.config.Clock.Now()) != nil {
		return errBodyTooLarge
	}
	r := &Request{
		Method: c.Method(), Path: c.Path(), Actor: x.actor, ID: x.id, IP: x.address,
		form: url.Values{}, files: map[string]File{}, c: c, x: x,
	}
	reply, err := rt.oversize(ctx, r)
	if err != nil {
		return err
	}
	return s.write(ctx, c, x, reply)
}

// refuseUnread is refuseBody for a body that the library refused before a route was
// looked for. What is on its way is read and dropped once the answer is out: else the
// system resets the connection, and a browser shows that instead of the answer.
func (s *Server) refuseUnread(c *fiber.Ctx, x *exchange) error {
	if conn, ok := c.Context().Conn().(*connection); ok {
		conn.linger = true
	}
	rt := s.declared[routeKey{c.Method(), c.Path()}]
	if rt == nil || rt.crossOrigin {
		rt = s.unknown
	}
	return s.refuseBody(c, rt, x)
}

const (
	// lingerTime and lingerBytes bound what is read of a body that was refused.
	lingerTime  = 10 * time.Second
	lingerBytes = 64 << 20
)

// drain ends what this side says, and reads what the other still sends.
func drain(c net.Conn) {
	if half, ok := c.(interface{ CloseWrite() error }); ok && half.CloseWrite() != nil {
		return
	}
	if c.SetReadDeadline(time.Now().Add(lingerTime)) != nil {
		return
	}
	buffer := make([]byte, 32<<10)
	for left := lingerBytes; left > 0; {
		n, err := c.Read(buffer)
		if left -= n; err != nil {
			return
		}
	}
}

func isTooLarge(failure error) bool {
	var fe *fiber.Error
	return errors.As(failure, &fe) && fe.Code == fiber.StatusRequestEntityTooLarge
}
