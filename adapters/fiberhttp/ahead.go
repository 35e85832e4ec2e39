package fiberhttp

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"
	"go.uber.org/zap"
)

// ahead is what pages have browsers fetch before it is asked for. It is worked out once,
// when every route is known.
type ahead struct {
	once        sync.Once
	rules, hash string
}

// speculation answers the rules by which browsers fetch the page behind a link when
// somebody is about to follow it, and the policy's source expression for them. The pages
// are those that every visitor gets from the cache: fetching one changes nothing, is for
// nobody in particular, and costs next to nothing when nobody comes.
func (s *Server) speculation() (rules, hash string) {
	a := &s.ahead
	a.once.Do(func() {
		if s.config.Describe {
			return
		}
		var pages []string
		for _, rt := range s.routes {
			if rt.cached == nil || rt.operation || rt.revalidated || rt.method != fiber.MethodGet || !fetchedAhead(rt.path) {
				continue
			}
			pattern := pathPattern(rt.path)
			pages = append(pages, pattern)
			if len(rt.cached.query) > 0 {
				pages = append(pages, pattern+`\?*`)
			}
		}
		if len(pages) == 0 {
			return
		}
		type object = map[string]any
		text, err := json.Marshal(object{"prefetch": []object{{
			"where": object{"and": []object{
				{"href_matches": sorted(pages)},
				{"not": object{"selector_matches": "[download], [target], [rel~=nofollow]"}},
			}},
			"eagerness": "moderate",
		}}})
		if err != nil { // of texts alone there is none
			s.log.Error("speculation rules", zap.Error(err))
			return
		}
		sum := sha256.Sum256(text)
		a.rules, a.hash = string(text), "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'"
	})
	return a.rules, a.hash
}

// fetchedAhead leaves out what is no page or is shown without a link to it.
func fetchedAhead(path string) bool {
	return !strings.Contains(path, ".") && !strings.HasPrefix(path, "/api/") && path != "/offline"
}

// pathPattern writes a route's path as a URL pattern.
func pathPattern(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "{") {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
}

// loadsAtOnce is the Link header of a page: its styles, where they hold it up, the loader,
// and the modules of islands that are loaded with the page. In development there is none:
// what is loaded before the import map is read would be loaded a second time by it.
func (s *Server) loadsAtOnce(signedIn bool, islands []string) string {
	a := s.config.Assets
	if a == nil || a.ImportMap() != "" {
		return ""
	}
	var links []string
	if signedIn || a.Critical() == "" {
		for _, url := range a.Stylesheets() {
			links = append(links, "<"+url+">; rel=preload; as=style")
		}
	}
	modules := map[string]bool{}
	for _, name := range append([]string{""}, islands...) {
		for _, url := range a.Modules(name) {
			if !modules[url] {
				modules[url] = true
				links = append(links, "<"+url+">; rel=modulepreload")
			}
		}
	}
	return strings.Join(links, ", ")
}

// hintEarly tells a browser what it will load while the page of somebody who is signed in
// is made. Pages from the cache are there as soon as a hint would be.
func (s *Server) hintEarly(c *fiber.Ctx, x *exchange) {
	if !s.config.EarlyHints || c.Method() != fiber.MethodGet || !x.actor.SignedIn() || !navigates(c) || c.Get("Sec-Fetch-Mode") == "" {
		return
	}
	link := s.loadsAtOnce(true, nil)
	if link == "" {
		return
	}
	h := &c.Response().Header
	h.Set(fiber.HeaderLink, link)
	if err := c.Context().EarlyHints(); err != nil {
		s.log.Debug("a hint could not be sent", zap.Error(err), zap.String("request_id", x.id))
	}
	h.Del(fiber.HeaderLink) // an answer that is no page loads none of it
}
