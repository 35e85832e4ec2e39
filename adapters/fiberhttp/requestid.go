package fiberhttp

import (
	"encoding/hex"
	"math/rand/v2"
	"net/netip"

	"github.com/gofiber/fiber/v2"
)

// newID makes the 32 hexadecimal digits that name a request. They have the form of
// a trace (W3C Trace Context), so that a request without one is its own. The id
// need not be secret.
func newID() string {
	var raw [16]byte
	for i := 0; i < 16; i += 8 {
		n := rand.Uint64()
		for j := range 8 {
			raw[i+j] = byte(n >> (8 * j))
		}
	}
	var text [32]byte
	hex.Encode(text[:], raw[:])
	return string(text[:])
}

// acceptableID reports whether an id that a proxy or a client chose can stand in
// logs and headers.
func acceptableID(id []byte) bool {
	if len(id) < 8 || len(id) > 64 {
		return false
	}
	for _, c := range id {
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}

// beginTrace decides whether a request is traced, and in which trace. A stranger's traceparent
// names its trace in the log and decides nothing.
func (s *Server) beginTrace(c *fiber.Ctx, x *exchange, traceparent []byte) {
	peer, ok := netip.AddrFromSlice(c.Context().RemoteIP())
	if x.trace == "" || !ok || !s.trusted(peer.Unmap()) {
		traceparent = nil
	}
	if x.span = s.config.Tracer.Request(methodLabel(x.method), traceparent, x.started); x.span != nil {
		x.trace = x.span.TraceID()
	}
}

// traceOf returns the trace id of a traceparent header
// (version-traceid-parentid-flags, all in lower-case hexadecimal); empty when the
// header is not one.
func traceOf(h []byte) string {
	const version0 = 55
	if len(h) < version0 || h[2] != '-' || h[35] != '-' || h[52] != '-' || string(h[:2]) == "ff" ||
		len(h) > version0 && (string(h[:2]) == "00" || h[version0] != '-') {
		return ""
	}
	if !lowerHex(h[:2]) || !lowerHex(h[3:35]) || !lowerHex(h[36:52]) || !lowerHex(h[53:55]) ||
		allZero(h[3:35]) || allZero(h[36:52]) {
		return ""
	}
	return string(h[3:35])
}

func lowerHex(b []byte) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != '0' {
			return false
		}
	}
	return true
}
