package fiberhttp

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"
)

// address returns the client's network address. Behind trusted proxies it is the
// last entry of X-Forwarded-For that none of them wrote about another of them:
// what stands further left may have been sent by the client itself.
func (s *Server) address(c *fiber.Ctx) string {
	peer, ok := netip.AddrFromSlice(c.Context().RemoteIP())
	if !ok {
		return ""
	}
	peer = peer.Unmap()
	if !s.trusted(peer) {
		return s.addresses.text(peer)
	}
	client := peer
	var hops []string
	for _, h := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		hops = append(hops, strings.Split(string(h), ",")...)
	}
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		client = hop.Unmap().WithZone("")
		if !s.trusted(client) {
			break
		}
	}
	return s.addresses.text(client)
}

// addressTexts remembers how addresses are written: the next request of a
// connection has the address of the one before.
type addressTexts [256]atomic.Pointer[addressText]

type addressText struct {
	address netip.Addr
	text    string
}

func (t *addressTexts) text(a netip.Addr) string {
	raw := a.As16()
	mixed := binary.LittleEndian.Uint64(raw[:8]) ^ binary.LittleEndian.Uint64(raw[8:])
	slot := &t[mixed*0x9e3779b97f4a7c15>>56] // the golden ratio spreads neighbours
	if known := slot.Load(); known != nil && known.address == a {
		return known.text
	}
	text := a.String()
	slot.Store(&addressText{a, text})
	return text
}

func (s *Server) trusted(a netip.Addr) bool {
	for _, p := range s.config.TrustedProxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// limitKey groups the addresses that one client has at will: an IPv6 client has a
// whole /64.
func limitKey(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Is4() {
		return "http:address:" + address
	}
	p, err := a.Prefix(64)
	if err != nil {
		return "http:address:" + address
	}
	return "http:address:" + p.String()
}
