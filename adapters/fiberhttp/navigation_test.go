package fiberhttp_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// navigated is a site of two modules, of which the second was listed first.
func navigated(t *testing.T) *fiberhttp.Server {
	t.Helper()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	show := func(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.HTML(layout.AccountFrame(s.View(r, fiberhttp.View{Title: "Page", Nav: "/orders"}), r.Path, "Page")), nil
	}
	s.Owner("orders")
	s.Page(http.MethodGet, "/orders", fiberhttp.Public(), show, fiberhttp.Cached(func(*fiberhttp.Request) []string { return nil }))
	s.Page(http.MethodGet, "/orders/mine", fiberhttp.SignedIn(), show)
	s.Page(http.MethodGet, "/orders/desk", fiberhttp.Permitted(content.PermissionWrite), show)
	s.Navigate(
		fiberhttp.Entry{Place: fiberhttp.InHeader, Label: "Orders", Path: "/orders", Order: 20},
		fiberhttp.Entry{Place: fiberhttp.InHeader, Label: "Desk", Path: "/orders/desk", Order: 30},
		fiberhttp.Entry{Place: fiberhttp.InMenu, Label: "My orders", Path: "/orders/mine", Order: 20},
		fiberhttp.Entry{Place: fiberhttp.InMenu, Label: "Desk", Path: "/orders/desk", Order: 10},
		fiberhttp.Entry{Place: fiberhttp.InAccount, Label: "Orders", Path: "/orders/mine"},
		fiberhttp.Entry{Place: fiberhttp.InFooter, Label: "Orders", Path: "/orders"},
		fiberhttp.Entry{Place: fiberhttp.InRecovery, Label: "All orders", Path: "/orders"},
	)
	s.Private("/orders/desk")
	s.Sitemap("/orders")
	s.Owner("shelves")
	s.Page(http.MethodGet, "/shelves", fiberhttp.Public(), show)
	s.Navigate(fiberhttp.Entry{Place: fiberhttp.InHeader, Label: "Shelves", Path: "/shelves", Order: 10})
	s.Private("/cellar")
	return s
}

var list = regexp.MustCompile(`(?s)<ul class="(site-nav__list|menu__items|sections__list|site-footer__links)">(.*?)</ul>`)

// shown are the paths of each list of links in a page.
func shown(body string) map[string]string {
	out := map[string]string{}
	for _, m := range list.FindAllStringSubmatch(body, -1) {
		var paths []string
		for _, link := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(m[2], -1) {
			paths = append(paths, link[1])
		}
		out[m[1]] = strings.Join(paths, " ")
	}
	return out
}

func TestNavigation_ShowsEveryoneWhatTheyMayOpenInOrder(t *testing.T) {
	t.Parallel()
	s := navigated(t)
	s.Defaults()
	c := fiberhttptest.Serve(t, s)
	for who, want := range map[string]map[string]string{
		"":     {"site-nav__list": "/shelves /orders", "sections__list": "", "site-footer__links": "/orders"},
		"cleo": {"site-nav__list": "/shelves /orders", "menu__items": "/orders/mine", "sections__list": "/orders/mine"},
		"ben":  {"site-nav__list": "/shelves /orders /orders/desk", "menu__items": "/orders/desk /orders/mine"},
	} {
		have := shown(c.Get("/orders", who).Body)
		for place, paths := range want {
			if have[place] != paths {
				t.Errorf("%q gets in %s: %q, want %q", who, place, have[place], paths)
			}
		}
	}
	body := c.Get("/orders", "").Body
	if !strings.Contains(body, `href="/orders" aria-current="page"`) || strings.Contains(body, `href="/shelves" aria-current`) {
		t.Error("the page does not mark its own entry, or marks another one")
	}
	const menu = `data-menu="[{&#34;label&#34;:&#34;Desk&#34;,&#34;path&#34;:&#34;/orders/desk&#34;,&#34;permission&#34;:&#34;content.post.write&#34;},{&#34;label&#34;:&#34;My orders&#34;,&#34;path&#34;:&#34;/orders/mine&#34;}]"`
	if !strings.Contains(body, menu) {
		t.Error("a page for everybody does not hold the menu with the permission that each entry takes")
	}
	if missing := c.Get("/nothing-here", "").Body; !strings.Contains(missing, `href="/orders">All orders</a>`) {
		t.Error("a page that is not there does not offer the way on")
	}
	if robots := c.Get("/robots.txt", "").Body; robots != "User-agent: *\nDisallow: /api/\nDisallow: /cellar\nDisallow: /orders/desk\n\nSitemap: "+fiberhttptest.BaseURL+"/sitemap.xml\n" {
		t.Errorf("robots.txt says %q", robots)
	}
	if sitemap := c.Get("/sitemap.xml", "").Body; !strings.Contains(sitemap, "<loc>"+fiberhttptest.BaseURL+"/orders</loc>") || strings.Contains(sitemap, "shelves") {
		t.Errorf("sitemap.xml says %q", sitemap)
	}
}

func TestNavigation_RefusesWhatLeadsNowhere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		declare func(s *fiberhttp.Server)
		says    string
	}{
		"a path that nothing serves": {func(s *fiberhttp.Server) {
			s.Navigate(fiberhttp.Entry{Place: fiberhttp.InFooter, Label: "Plans", Path: "/plans"})
		}, `orders declares the entry "Plans", which leads to /plans`},
		"no place":                               {func(s *fiberhttp.Server) { s.Navigate(fiberhttp.Entry{Label: "Orders", Path: "/orders"}) }, "without a place or without words"},
		"a page for some in the map of the site": {func(s *fiberhttp.Server) { s.Sitemap("/orders/mine") }, "/orders/mine, which is no public page"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := navigated(t)
			s.Owner("orders")
			c.declare(s)
			if err := s.Validate(); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("says %v", err)
			}
		})
	}
}
