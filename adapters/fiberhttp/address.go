package fiberhttp

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"
)

// address returns the client's network address. Behind trusted proxies it is the
// last entry of X-Forwarded-For, or of Forwarded where there is none, that none of
// them wrote about another of them: what stands further left may have been sent by
// the client itself.
func (s *Server) address(c *fiber.Ctx) string {
	peer, ok := netip.AddrFromSlice(c.Context().RemoteIP())
	if !ok {
		return ""
	}
	peer = peer.Unmap()
	if !s.trusted(peer) {
		return s.addresses.text(peer)
	}
	return s.addresses.text(s.client(c, peer))
}

// client looks for the client that a trusted peer passes on, from the last hop to the
// first. Most requests name it in X-Forwarded-For, which is read where it stands.
func (s *Server) client(c *fiber.Ctx, peer netip.Addr) netip.Addr {
	client, named := peer, false
	lines := c.Request().Header.PeekAll(fiber.HeaderXForwardedFor)
	for i := len(lines) - 1; i >= 0; i-- {
		rest, comma := lines[i], 0
		for ; comma >= 0; rest = rest[:max(comma, 0)] {
			comma = bytes.LastIndexByte(rest, ',')
			hop := bytes.TrimSpace(rest[comma+1:])
			if len(hop) == 0 {
				continue
			}
			named = true
			a, ok := parseHop(utils.UnsafeString(hop)) // of which it keeps nothing
			if !ok {
				return client
			}
			if client = a; !s.trusted(client) {
				return client
			}
		}
	}
	if named {
		return client
	}
	hops := forwarded(c)
	for i := len(hops) - 1; i >= 0; i-- {
		hop, ok := parseHop(hops[i])
		if !ok {
			break
		}
		if client = hop; !s.trusted(client) {
			break
		}
	}
	return client
}

// forwarded lists who a request came from by the words of the proxies that write
// Forwarded (RFC 7239), the last hop last.
func forwarded(c *fiber.Ctx) []string {
	var hops []string
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderForwarded) {
		for _, element := range splitUnquoted(string(line), ',') {
			hop := "unknown" // an element that does not say
			for _, pair := range splitUnquoted(element, ';') {
				if name, value, _ := strings.Cut(pair, "="); strings.EqualFold(strings.TrimSpace(name), "for") {
					hop = strings.Trim(strings.TrimSpace(value), `"`)
				}
			}
			if strings.TrimSpace(element) != "" {
				hops = append(hops, hop)
			}
		}
	}
	return hops
}

// splitUnquoted splits where a separator stands outside quotes (RFC 7239, 4).
func splitUnquoted(s string, separator byte) []string {
	var parts []string
	quoted, from := false, 0
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == separator && !quoted:
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
}

// parseHop reads an address as proxies write it: 192.0.2.1, 192.0.2.1:4711,
// 2001:db8::1, [2001:db8::1] or [2001:db8::1]:4711.
func parseHop(text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(text)
	if inner, closed := strings.CutSuffix(text, "]"); err != nil && closed && strings.HasPrefix(inner, "[") {
		if a, err = netip.ParseAddr(inner[1:]); err == nil && !a.Is6() {
			return netip.Addr{}, false
		}
	} else if err != nil {
		var withPort netip.AddrPort
		withPort, err = netip.ParseAddrPort(text)
		a = withPort.Addr()
	}
	return a.Unmap().WithZone(""), err == nil
}

// addressTexts remembers how addresses are written: whoever asks once asks again.
type addressTexts [1 << addressBits]atomic.Pointer[addressText]

const addressBits = 12

type addressText struct {
	address netip.Addr
	text    string
}

func (t *addressTexts) text(a netip.Addr) string {
	raw := a.As16()
	mixed := binary.LittleEndian.Uint64(raw[:8]) ^ binary.LittleEndian.Uint64(raw[8:])
	slot := &t[mixed*0x9e3779b97f4a7c15>>(64-addressBits)] // the golden ratio spreads neighbours
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
