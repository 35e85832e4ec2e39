package fiberhttp

import (
	"net/netip"
	"strings"

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
		return peer.String()
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
	return client.String()
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
