package fiberhttp

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/cdn"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// View is what a page says of itself.
type View struct {
	Title       string
	Description string
	Nav         string // path of the header's entry to mark
	Canonical   string // path; empty: none
	Elsewhere   string // the whole address of another site where the text is at home, in place of Canonical
	Robots      string
	JSONLD      string
	OpenGraph   *layout.OpenGraph
	Alternates  []layout.Alternate // further forms of the page, and feeds of what it lists
}

// View makes the frame of a page: assets, viewer, and the message left by the page
// before. Of a request that fills a cache it is the same for everybody.
func (s *Server) View(r *Request, v View) layout.Page {
	p := s.Frame(r.Path, v)
	if r.Actor.SignedIn() {
		p.Navigation = s.navigationOf(r.Actor)
		p.Viewer = &layout.Viewer{
			ID: string(r.Actor.UserID), Name: r.Actor.Name, Impersonated: r.Actor.Impersonator != "",
			AvatarURL: AvatarURL(r.Actor.UserID, r.Actor.Picture), EraseAt: r.Actor.EraseAt,
			FactorBy: r.Actor.SecondFactorBy, FactorOverdue: r.Actor.SecondFactorOverdue,
		}
	}
	if name := r.Cookie(flashCookie); name != "" {
		if m, ok := s.flashes[name]; ok {
			p.Flash = &m
		}
	}
	return p
}

// Frame makes the frame of the page at a path as visitors have it, who were told nothing by the
// page before.
func (s *Server) Frame(path string, v View) layout.Page {
	p := layout.Page{
		SiteName: s.config.SiteName, Title: v.Title, Description: v.Description, Path: path, BaseURL: s.config.BaseURL,
		Lang: "en", Nav: v.Nav, Robots: v.Robots, JSONLD: v.JSONLD, OpenGraph: v.OpenGraph, Alternates: v.Alternates,
		Assets: s.assets(), Serves: s.Serves, Navigation: s.nav.visitors, Vitals: s.config.Vital != nil,
	}
	switch {
	case v.Elsewhere != "":
		p.CanonicalURL = v.Elsewhere
	case v.Canonical != "":
		p.CanonicalURL = s.config.BaseURL + v.Canonical
	}
	return p
}

// AvatarURL is where a version of somebody's picture is served; empty for no version.
func AvatarURL(id identity.UserID, version string) string {
	if version == "" {
		return ""
	}
	return "/avatars/" + string(id) + "?v=" + version
}

func (s *Server) assets() layout.Assets {
	a := s.config.Assets
	if a == nil {
		return layout.Assets{}
	}
	rules, _ := s.speculation()
	return layout.Assets{
		Stylesheets: a.Stylesheets(), Critical: a.Critical(), Speculation: rules, ImportMap: a.ImportMap(), LoaderURL: a.LoaderURL(), Islands: a.IslandsMap(),
		ServiceWorkerURL: a.ServiceWorkerURL(), ManifestURL: a.ManifestURL(), IconURL: a.IconURL(), OwnIcons: a.OwnIcons(),
		TouchIconURL: a.TouchIconURL(),
	}
}

// withIslands has the islands of the page that x answers rendered on the server. Without
// a renderer they are plain tags.
func (s *Server) withIslands(ctx context.Context, x *exchange) context.Context {
	if s.config.Islands == nil {
		return ctx
	}
	return layout.WithIslands(ctx, func(ctx context.Context, element string, attributes map[string]string, data any, children string) (string, error) {
		x.islands = true
		if attributes["on"] == "load" {
			x.atOnce = append(x.atOnce, element)
		}
		return s.config.Islands.Render(ctx, element, attributes, data, children)
	})
}

// document is a reply as bytes.
type document struct {
	body        []byte
	contentType string
	csp         string // empty: that of data
	link        string // what the page loads at once (RFC 8288); empty: nothing is known of it
}

func (s *Server) document(ctx context.Context, x *exchange, r Reply) (document, error) {
	if r.component == nil {
		return document{body: r.body, contentType: r.contentType}, nil
	}
	body, err := s.pages.render(s.withIslands(ctx, x), r.component)
	if err != nil {
		return document{}, fmt.Errorf("fiberhttp: render page: %w", err)
	}
	csp, err := s.policies.page(ctx, x.islands)
	if err != nil {
		return document{}, fmt.Errorf("fiberhttp: policy of page: %w", err)
	}
	if len(r.frames) > 0 {
		csp += "; frame-src " + strings.Join(r.frames, " ")
	}
	return document{body: body, contentType: fiber.MIMETextHTMLCharsetUTF8, csp: csp, link: s.loadsAtOnce(x.actor.SignedIn(), x.atOnce)}, nil
}

// pageBuffers are what pages are written into: a buffer that grows with each page anew costs
// three times the page.
type pageBuffers struct{ idle sync.Pool }

// render answers the page as bytes that are nobody else's. A buffer in which a page broke off is
// not used again.
func (p *pageBuffers) render(ctx context.Context, c templ.Component) ([]byte, error) {
	out, ok := p.idle.Get().(*bytes.Buffer)
	if !ok {
		out = new(bytes.Buffer)
	}
	out.Reset()
	if err := c.Render(ctx, out); err != nil {
		return nil, err //nolint:wrapcheck // whoever asks says what it is of
	}
	body := bytes.Clone(out.Bytes())
	if out.Cap() <= keptBuffer {
		p.idle.Put(out)
	}
	return body, nil
}

// write sends a reply that no cache keeps.
func (s *Server) write(ctx context.Context, c *fiber.Ctx, x *exchange, r Reply) error {
	doc, err := s.document(ctx, x, r)
	if err != nil {
		return err
	}
	h := &c.Response().Header
	c.Status(r.status)
	if doc.contentType != "" {
		h.SetContentType(doc.contentType)
	}
	if doc.csp != "" {
		s.asPage(c, []byte(doc.csp))
	}
	if doc.link != "" {
		h.Set(fiber.HeaderLink, doc.link)
	}
	if r.location != "" {
		h.Set(fiber.HeaderLocation, r.location)
	}
	for _, k := range r.headers {
		h.Set(k.name, k.value)
	}
	if len(r.tags) > 0 && s.config.CacheTags && (x.route == nil || x.route.cached == nil) { // what a visitor gets of a cached route does not come here
		h.Set(cdn.HeaderName, cdn.Header(r.tags))
	}
	for _, k := range r.cookies {
		x.stale = x.stale && k.Name != sessionCookie
		s.setCookie(c, k)
	}
	switch {
	case r.flash != "":
		s.setCookie(c, Cookie{Name: flashCookie, Value: r.flash, MaxAge: time.Minute})
	case r.component != nil && len(c.Request().Header.Cookie(s.cookies.flash)) > 0:
		s.setCookie(c, Cookie{Name: flashCookie})
	}
	if r.stream != nil && c.Method() != fiber.MethodHead {
		c.Response().SetBodyStreamWriter(s.streaming(x, r.stream))
	}
	if r.file != nil {
		c.Response().SetBodyStream(r.file, r.fileSize)
	}
	if len(doc.body) > 0 {
		c.Response().SetBodyRaw(s.compressed(c, doc, r.final))
	}
	return nil
}

// streamTimeout bounds how long one streamed answer takes.
const streamTimeout = 5 * time.Minute

func (s *Server) streaming(x *exchange, write func(ctx context.Context, w io.Writer) error) fasthttp.StreamWriter {
	return func(w *bufio.Writer) {
		ctx, cancel := context.WithTimeout(s.contextOf(x), streamTimeout)
		defer cancel()
		defer func() {
			if p := recover(); p != nil { // nobody above would
				s.log.Error("a streamed answer broke off", zap.Any("panic", p), zap.Stack("stack"), zap.String("request_id", x.id))
			}
		}()
		if err := write(ctx, w); err != nil {
			s.log.Warn("a streamed answer broke off", zap.Error(err), zap.String("request_id", x.id))
		}
	}
}

// compressed encodes a page for this one answer. Only gzip: it is quick, and what
// is worth more effort is in the cache.
func (s *Server) compressed(c *fiber.Ctx, d document, final bool) []byte {
	h := &c.Response().Header
	if final || !compressible(d.contentType, len(d.body)) || len(h.Peek(fiber.HeaderContentEncoding)) > 0 {
		return d.body
	}
	h.Add(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	if negotiate(c.Request().Header.Peek(fiber.HeaderAcceptEncoding))&acceptsGzip == 0 {
		return d.body
	}
	h.Set(fiber.HeaderContentEncoding, "gzip")
	return s.onceGzip.encode(d.body)
}

func sorted(names []string) []string {
	slices.Sort(names)
	return names
}
