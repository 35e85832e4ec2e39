package fiberhttp

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"
)

// policies writes the Content-Security-Policy of pages. It names hashes and no
// nonce, so that a cached page stays valid.
type policies struct {
	importMapHash func() string
	islands       IslandRenderer
	formTargets   []string
	upgrade       bool

	plain  atomic.Pointer[policy]
	styled atomic.Pointer[policy]
}

type policy struct{ key, value string }

// page returns the policy of a page; one with islands names the inline styles of
// their server-rendered shadow roots.
func (p *policies) page(ctx context.Context, islands bool) (string, error) {
	slot, styles := &p.plain, ""
	if islands && p.islands != nil {
		hashes, err := p.islands.StyleHashes(ctx)
		if err != nil {
			return "", err
		}
		slot, styles = &p.styled, strings.Join(hashes, " ")
	}
	scripts := p.importMapHash()
	key := scripts + "|" + styles
	if known := slot.Load(); known != nil && known.key == key {
		return known.value, nil
	}
	value := p.write(scripts, styles)
	slot.Store(&policy{key: key, value: value})
	return value, nil
}

func (p *policies) write(scripts, styles string) string {
	sources := func(name string, more ...string) string {
		out := name + " 'self'"
		for _, m := range more {
			if m != "" {
				out += " " + m
			}
		}
		return out
	}
	directives := []string{
		"default-src 'none'",
		sources("script-src", scripts),
		sources("style-src", styles),
		"img-src 'self' data:",
		"font-src 'self'",
		"connect-src 'self'",
		"manifest-src 'self'",
		"worker-src 'self'",
		sources("form-action", p.formTargets...),
		"base-uri 'none'",
		"frame-ancestors 'none'",
		"require-trusted-types-for 'script'",
		"trusted-types lit-html neoforge",
	}
	if p.upgrade {
		directives = append(directives, "upgrade-insecure-requests")
	}
	return strings.Join(directives, "; ")
}

// dataPolicy is for everything that is not a page: nothing in it may run.
const dataPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox"

// privateCache keeps an answer out of every cache.
const privateCache = "private, no-store"

// secure adds the headers that every answer carries. What an answer has set
// itself stays.
func (s *Server) secure(c *fiber.Ctx, x *exchange) {
	h := &c.Response().Header
	h.SetCanonical(s.fixed.requestID, []byte(x.id))
	for i := range s.fixed.all {
		h.SetCanonical(s.fixed.all[i].name, s.fixed.all[i].value)
	}
	if len(h.PeekBytes(s.fixed.csp)) == 0 {
		h.SetCanonical(s.fixed.csp, s.fixed.dataCSP)
	}
	if len(h.PeekBytes(s.fixed.cacheControl)) == 0 {
		h.SetCanonical(s.fixed.cacheControl, s.fixed.private)
	}
}

type fixedHeader struct{ name, value []byte }

// fixedHeaders are written once, at the start, as the bytes that go out.
type fixedHeaders struct {
	all                                            []fixedHeader
	requestID, csp, dataCSP, cacheControl, private []byte
	shared, vary, sharedVary, etag                 []byte
}

func fixHeaders(secure bool) fixedHeaders {
	f := fixedHeaders{
		requestID:    []byte("X-Request-Id"),
		csp:          []byte(fiber.HeaderContentSecurityPolicy),
		dataCSP:      []byte(dataPolicy),
		cacheControl: []byte(fiber.HeaderCacheControl),
		private:      []byte(privateCache),
		shared:       []byte(sharedCache),
		vary:         []byte(fiber.HeaderVary),
		sharedVary:   []byte(sharedVary),
		etag:         []byte("Etag"),
	}
	add := func(name, value string) { f.all = append(f.all, fixedHeader{[]byte(name), []byte(value)}) }
	add(fiber.HeaderXContentTypeOptions, "nosniff")
	add(fiber.HeaderReferrerPolicy, "strict-origin-when-cross-origin")
	add("Cross-Origin-Opener-Policy", "same-origin")
	add("Cross-Origin-Resource-Policy", "same-origin")
	add(fiber.HeaderXFrameOptions, "DENY")
	add("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	if secure {
		add(fiber.HeaderStrictTransportSecurity, "max-age=63072000; includeSubDomains")
	}
	return f
}
