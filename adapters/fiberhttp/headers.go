package fiberhttp

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/neoforge-dev/neoforge/ports/cdn"
)

// policies writes the Content-Security-Policy of pages. It names hashes and no
// nonce, so that a cached page stays valid.
type policies struct {
	importMapHash func() string
	rulesHash     func() string // of the speculation rules
	criticalHash  func() string // of the style in pages
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
	slot, styles := &p.plain, p.criticalHash()
	if islands && p.islands != nil {
		hashes, err := p.islands.StyleHashes(ctx)
		if err != nil {
			return "", err
		}
		slot, styles = &p.styled, strings.TrimSpace(styles+" "+strings.Join(hashes, " "))
	}
	scripts := strings.TrimSpace(p.importMapHash() + " " + p.rulesHash())
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

// scriptPolicy is for scripts: a worker is held to the policy that its own script
// came with, and the service worker has to ask this site for what it keeps.
const scriptPolicy = "default-src 'none'; script-src 'self'; connect-src 'self'"

// privateCache keeps an answer out of every cache.
const privateCache = "private, no-store"

// fixedHeaders are what answers carry whatever they are, worked out at the start.
type fixedHeaders struct {
	// answer is the headers of an answer that nothing more is known of: it is data
	// and for no cache. Pages and cached answers write over it.
	answer fasthttp.ResponseHeader
	// page are the headers that only a document heeds.
	page []fixedHeader

	requestID, csp, cacheControl, shared, own, vary, sharedVary, formVary, apiVary, etag, link, cacheTag []byte
}

type fixedHeader struct{ name, value []byte }

func fixHeaders(f *fixedHeaders, secure bool) {
	f.requestID = []byte("X-Request-Id")
	f.csp = []byte(fiber.HeaderContentSecurityPolicy)
	f.cacheControl = []byte(fiber.HeaderCacheControl)
	f.shared, f.own = []byte(sharedCache), []byte(ownCache)
	f.vary = []byte(fiber.HeaderVary)
	f.sharedVary = []byte(sharedVary)
	f.formVary = []byte(formVary)
	f.apiVary = []byte(apiVary)
	f.etag = []byte("Etag")
	f.link = []byte(fiber.HeaderLink)
	f.cacheTag = []byte(cdn.HeaderName)

	f.answer.SetNoDefaultContentType(true)
	f.answer.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	f.answer.Set("Cross-Origin-Resource-Policy", "same-origin")
	f.answer.Set(fiber.HeaderContentSecurityPolicy, dataPolicy)
	f.answer.Set(fiber.HeaderCacheControl, privateCache)
	if secure {
		f.answer.Set(fiber.HeaderStrictTransportSecurity, "max-age=63072000; includeSubDomains")
	}
	for _, h := range []header{
		{fiber.HeaderReferrerPolicy, "strict-origin-when-cross-origin"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
		{fiber.HeaderXFrameOptions, "DENY"},
		{"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
	} {
		f.page = append(f.page, fixedHeader{[]byte(h.name), []byte(h.value)})
	}
}

// begin writes the headers of an answer that nothing is known of yet.
func (s *Server) begin(c *fiber.Ctx, x *exchange) {
	h := &c.Response().Header
	s.fixed.answer.CopyTo(h)
	h.SetCanonical(s.fixed.requestID, []byte(x.id))
}

// asPage makes the answer a page with its policy.
func (s *Server) asPage(c *fiber.Ctx, policy []byte) {
	h := &c.Response().Header
	h.SetCanonical(s.fixed.csp, policy)
	for i := range s.fixed.page {
		h.SetCanonical(s.fixed.page[i].name, s.fixed.page[i].value)
	}
}
