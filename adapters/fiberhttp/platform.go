package fiberhttp

import (
	"context"
	"encoding/json"
	"html"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
	"github.com/neoforge-dev/neoforge/web/pages/platformpages"
)

// platform registers what every site has, whatever its modules.
func (s *Server) platform() {
	s.Private("/api/")
	s.Page(fiber.MethodGet, "/healthz", Public(), s.healthz, Quiet(), Program())
	s.Page(fiber.MethodGet, "/readyz", Public(), s.readyz, Quiet(), Program())
	s.Page(fiber.MethodGet, "/api/openapi.json", Public(), s.serveOpenAPI, Cached(func(*Request) []string { return nil }))
	s.Page(fiber.MethodGet, "/offline", Public(), s.offline, Cached(func(*Request) []string { return nil }))
	s.Page(fiber.MethodGet, "/robots.txt", Public(), s.robots, Cached(func(*Request) []string { return nil }))
	s.Page(fiber.MethodGet, "/.well-known/security.txt", Public(), s.securityTxt)
	s.openVitals()
	s.openFaults()
	s.Page(fiber.MethodGet, "/assets/{file...}", Public(), s.asset, Quiet())
	for _, path := range s.assetRoots() {
		s.Page(fiber.MethodGet, path, Public(), s.asset, Quiet())
	}
}

// assetRoots are the paths outside /assets/ at which browsers look for files.
func (s *Server) assetRoots() []string {
	if s.config.Assets == nil {
		return []string{"/manifest.webmanifest", "/sw.js"}
	}
	return s.config.Assets.Roots()
}

func (s *Server) healthz(context.Context, *Request) (Reply, error) {
	return Bytes(fiber.MIMEApplicationJSON, []byte(`{"status":"alive"}`)), nil
}

// readyz says whether requests should come here, and what is missing when not. The
// reasons go to the log: they may name hosts.
func (s *Server) readyz(ctx context.Context, r *Request) (Reply, error) {
	type answer struct {
		Status   string   `json:"status"`
		NotReady []string `json:"not_ready"`
	}
	a := answer{Status: "ready", NotReady: []string{}}
	if s.draining.Load() {
		a.NotReady = append(a.NotReady, "server")
	}
	var missing []Check
	if s.config.Health != nil {
		for _, check := range s.config.Health(ctx) {
			if check.Err != nil {
				a.NotReady = append(a.NotReady, check.Name)
				missing = append(missing, check)
			}
		}
	}
	s.warnNotReady(r, missing)
	status := http.StatusOK
	if len(a.NotReady) > 0 {
		a.Status, status = "not ready", http.StatusServiceUnavailable
	}
	body, err := json.Marshal(a)
	if err != nil {
		return Reply{}, err
	}
	return Bytes(fiber.MIMEApplicationJSON, body).Status(status), nil
}

// warnNotReady logs what is missing, once a second: anybody may ask, as often as they
// like.
func (s *Server) warnNotReady(r *Request, missing []Check) {
	if len(missing) == 0 {
		return
	}
	now, last := time.Now().UnixNano(), s.notReady.Load()
	if now-last < int64(time.Second) || !s.notReady.CompareAndSwap(last, now) {
		return
	}
	for _, check := range missing {
		s.log.Warn("not ready", zap.String("check", check.Name), zap.Error(check.Err), zap.String("request_id", r.ID))
	}
}

// Defaults registers what every site has and no module brought. It comes last.
func (s *Server) Defaults() {
	never := func(*Request) []string { return nil }
	for path, h := range map[string]Handler{"/": s.front, "/sitemap.xml": s.sitemap} {
		if !s.Serves(path) {
			s.Page(fiber.MethodGet, path, Public(), h, Cached(never))
		}
	}
}

func (s *Server) front(_ context.Context, r *Request) (Reply, error) {
	return HTML(platformpages.Front(s.View(r, View{Canonical: "/", OpenGraph: &layout.OpenGraph{}}))), nil
}

// robots keeps search engines out of what is somebody's own.
func (s *Server) robots(context.Context, *Request) (Reply, error) {
	text := "User-agent: *\n"
	for _, private := range slices.Compact(slices.Sorted(slices.Values(s.nav.private))) {
		text += "Disallow: " + private + "\n"
	}
	text += "\nSitemap: " + s.BaseURL() + "/sitemap.xml\n"
	return Bytes(fiber.MIMETextPlainCharsetUTF8, []byte(text)), nil
}

// sitemap lists the pages that stand by themselves (sitemaps.org, 0.9).
func (s *Server) sitemap(context.Context, *Request) (Reply, error) {
	var text strings.Builder
	text.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`)
	for _, path := range append([]string{"/"}, s.nav.sitemap...) {
		text.WriteString("<url><loc>" + html.EscapeString(s.BaseURL()+path) + "</loc></url>")
	}
	text.WriteString("</urlset>")
	return Bytes("application/xml; charset=utf-8", []byte(text.String())), nil
}

func (s *Server) offline(_ context.Context, r *Request) (Reply, error) {
	return HTML(platformpages.Offline(s.View(r, View{
		Title: "You are offline", Description: "What can be read of " + s.config.SiteName + " without a connection.", Robots: "noindex",
	}))), nil
}

// securityTxt says whom to tell of a weakness (RFC 9116).
func (s *Server) securityTxt(context.Context, *Request) (Reply, error) {
	if s.config.SecurityContact == "" {
		return Reply{}, errNotFound
	}
	// A year from the first of this month: the same text for a month.
	now := time.Now().UTC()
	expires := time.Date(now.Year()+1, now.Month(), 1, 0, 0, 0, 0, time.UTC)
	text := "Contact: " + s.config.SecurityContact + "\n" +
		"Expires: " + expires.Format(time.RFC3339) + "\n" +
		"Preferred-Languages: en\n" +
		"Canonical: " + s.config.BaseURL + "/.well-known/security.txt\n"
	return Bytes(fiber.MIMETextPlainCharsetUTF8, []byte(text)), nil
}

// asset serves a file. Its path is looked up as it stood in the request line, so
// that no decoding can lead elsewhere.
func (s *Server) asset(_ context.Context, r *Request) (Reply, error) {
	path := string(r.c.Request().URI().PathOriginal())
	a, ok := s.config.Assets.Lookup(path, r.Header(fiber.HeaderAcceptEncoding))
	if !ok {
		return Reply{}, errNotFound
	}
	reply := Bytes(a.ContentType, a.Body).Header(fiber.HeaderCacheControl, a.CacheControl).Header(fiber.HeaderETag, a.ETag)
	if strings.HasPrefix(a.ContentType, "text/javascript") {
		reply = reply.Header(fiber.HeaderContentSecurityPolicy, scriptPolicy)
	}
	if a.Vary != "" {
		reply = reply.Header(fiber.HeaderVary, a.Vary)
	}
	if r.Known(a.ETag) {
		reply.body, reply.contentType = nil, ""
		return reply.Status(http.StatusNotModified), nil
	}
	if a.Encoding != "" {
		reply = reply.Header(fiber.HeaderContentEncoding, a.Encoding)
	} else {
		reply.final = true
	}
	return reply, nil
}
