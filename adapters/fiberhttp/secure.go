package fiberhttp

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
)

// Secure has connections speak TLS, for [Server.Serve]. HTTP/1.1 is all that fasthttp speaks, so
// it is all that is offered, whatever else the configuration names but for the challenges of ACME.
//
// The handshake is part of the first read, within the time that the server gives to headers.
// A connection on which it fails is closed without an answer, as a port scan deserves;
// only who speaks plain HTTP is told so.
func Secure(ln net.Listener, config *tls.Config) net.Listener {
	config = config.Clone()
	offered := []string{"http/1.1"}
	for _, p := range config.NextProtos {
		if p != "h2" && p != "http/1.1" {
			offered = append(offered, p)
		}
	}
	config.NextProtos = offered
	return secured{ln, config}
}

type secured struct {
	net.Listener
	tls *tls.Config
}

// Accept implements net.Listener.
func (l secured) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err //nolint:wrapcheck // fasthttp compares it
	}
	return &securedConn{Conn: tls.Server(conn, l.tls)}, nil
}

// securedConn is a TLS connection. It is none to fasthttp by its type, which would
// otherwise shake hands before the connection counts as silent.
type securedConn struct {
	*tls.Conn
	handshaken bool // the handshake is over: known to the one goroutine that reads
}

const plainRefusal = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\nThis port speaks HTTPS: use https:// in the address.\n"

// Read implements net.Conn.
func (c *securedConn) Read(p []byte) (int, error) {
	if !c.handshaken {
		if err := c.Conn.HandshakeContext(context.Background()); err != nil { // bounded by the deadline of the read
			var plain tls.RecordHeaderError
			if errors.As(err, &plain) && plain.Conn != nil && looksPlain(plain.RecordHeader) {
				_, _ = io.WriteString(plain.Conn, plainRefusal)
			}
			return 0, io.EOF
		}
		c.handshaken = true
	}
	return c.Conn.Read(p) //nolint:wrapcheck // io.EOF must stay itself
}

// looksPlain reports whether what should be a TLS record begins a request of plain HTTP.
func looksPlain(header [5]byte) bool {
	switch string(header[:]) {
	case "GET /", "HEAD ", "POST ", "PUT /", "PATCH", "DELET", "OPTIO":
		return true
	}
	return false
}
