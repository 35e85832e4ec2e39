//go:build !release

package wire

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/andybalholm/brotli"
	"github.com/valyala/fasthttp"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets/bundle"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/tests/harness/skips"
)

// budget is what a page may cost before anybody touches it: scripts in bytes after brotli,
// and requests, the page's own among them. Zero: no bound.
type budget struct {
	scripts, requests int
	person            string // who asks; empty: a visitor
}

var budgets = map[string]budget{
	"/":                            {8 << 10, 8, ""},
	"/posts":                       {8 << 10, 8, ""},
	"/posts/a-budget-for-slowness": {8 << 10, 8, ""},
	"/pricing":                     {8 << 10, 8, ""},
	"/docs":                        {8 << 10, 8, ""},
	"/login":                       {20 << 10, 12, ""},
	"/register":                    {20 << 10, 12, ""},
	"/account":                     {20 << 10, 12, "cleo@neoforge.test"},
	"/studio/posts/new":            {220 << 10, 0, "ben@neoforge.test"},
}

var (
	islandTag  = regexp.MustCompile(`<(nf-[a-z-]+)([^>]*)>`)
	islandOn   = regexp.MustCompile(` on="([a-z-]+)"`)
	loaderTag  = regexp.MustCompile(`<script type="module" src="([^"]+)"`)
	linkTag    = regexp.MustCompile(`<link rel="(stylesheet|icon|manifest)"[^>]* href="([^"]+)"`)
	pictureTag = regexp.MustCompile(`<img [^>]*src="([^"]+)"[^>]*>`)
	styleTag   = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
)

// TestSizes_StayWithinTheBudgets bundles the page as a release does, asks the program for
// each page, and adds up what a browser loads with it. `task sizes` prints the table.
func TestSizes_StayWithinTheBudgets(t *testing.T) {
	a, store := bundled(t, "ADMIN_ADDR=off")
	server, err := a.server(false)
	if err != nil {
		t.Fatal(err)
	}
	handler, err := server.Handler()
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	out := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "page\tpage itself\tscripts\tof\twhen scrolled to\tstyles\trequests\tof\t")
	paths := make([]string, 0, len(budgets))
	for p := range budgets {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	for _, p := range paths {
		b := budgets[p]
		cookie := ""
		if b.person != "" {
			cookie = "session=" + a.signIn(t, identity.Email(b.person)).Reveal()
		}
		var ctx fasthttp.RequestCtx
		ctx.Init(&fasthttp.Request{}, nil, nil)
		cachedRead{path: p, cookie: cookie}.ask(&ctx, handler)
		if ctx.Response.StatusCode() != fasthttp.StatusOK {
			t.Fatalf("%s: %d %.200s", p, ctx.Response.StatusCode(), ctx.Response.Body())
		}
		w := weigh(t, store, ctx.Response.Body())
		fmt.Fprintf(out, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", p, w.page, w.scripts, b.scripts, w.seen, w.styles, w.requests, b.requests)
		if w.scripts == 0 || w.scripts > b.scripts {
			t.Errorf("%s loads %d bytes of script before anybody touches it; the budget is %d", p, w.scripts, b.scripts)
		}
		if b.requests > 0 && w.requests > b.requests {
			t.Errorf("%s takes %d requests; the budget is %d: %q", p, w.requests, b.requests, w.loaded)
		}
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Log("bytes after brotli, before anybody touches the page\n" + table.String())
}

// bundled is a program with sample data whose pages load what a release embeds.
func bundled(t *testing.T, environ ...string) (a *Application, store assets.Store) {
	t.Helper()
	if _, err := os.Stat(filepath.Join("..", "..", "web", "node_modules", "lit")); err != nil {
		skips.Missing(t, skips.Web, "the page's packages are not installed: run `npm ci --omit=dev` in web/")
	}
	folder, err := bundle.Folder(filepath.Join("..", "..", "web"))
	if err != nil {
		t.Fatal(err)
	}
	dist := t.TempDir()
	if _, err := bundle.Release(folder, dist); err != nil {
		t.Fatal(err)
	}
	store, err = assets.OpenDist(os.DirFS(dist))
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(append(environ,
		"DATABASE_URL=sqlite://"+filepath.Join(t.TempDir(), "neoforge.db"), "SECRET_KEY="+config.SampleKey,
	), Sections(Identity, Billing, Content)...)
	if err != nil {
		t.Fatal(err)
	}
	log, err := Logger(cfg, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	a, err = Open(t.Context(), cfg, log, Product{Name: "NeoForge", Dist: os.DirFS(dist), Modules: []Module{Identity, Billing, Content}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, step := range []func() error{
		func() error { return a.Migrate(t.Context()) }, func() error { return a.Seed(t.Context(), io.Discard) },
		func() error { return a.BringUp(t.Context(), io.Discard) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	return a, store
}

// weight is what a browser loads with a page, in bytes after brotli.
type weight struct {
	page, scripts, styles, requests int
	seen                            int // scripts of what is below, once it is seen
	loaded                          []string
}

func weigh(t *testing.T, store assets.Store, page []byte) (w weight) {
	t.Helper()
	w.page, w.requests = packed(t, page), 1
	load := func(url string) int {
		if slices.Contains(w.loaded, url) {
			return 0
		}
		w.loaded = append(w.loaded, url)
		w.requests++
		asset, ok := store.Lookup(url, "br")
		if !ok && path.Ext(url) != "" && strings.HasPrefix(url, "/assets/") {
			t.Errorf("a page names %s, which is not there", url)
		}
		return len(asset.Body)
	}
	text := string(page)
	if loader := loaderTag.FindStringSubmatch(text); loader == nil || loader[1] != store.LoaderURL() {
		t.Errorf("the page's loader is %q", loader)
	}
	for _, url := range store.Modules("") {
		w.scripts += load(url)
	}
	for _, tag := range islandTag.FindAllStringSubmatch(text, -1) {
		// What waits for a quiet moment gets one.
		if on := islandOn.FindStringSubmatch(tag[2]); on != nil && (on[1] == "load" || on[1] == "idle") {
			for _, url := range store.Modules(tag[1]) {
				w.scripts += load(url)
			}
		}
	}
	// What waits to be seen stands under an article: somebody has scrolled to it.
	var seen []string
	for _, tag := range islandTag.FindAllStringSubmatch(text, -1) {
		if on := islandOn.FindStringSubmatch(tag[2]); on == nil || on[1] != "visible" {
			continue
		}
		for _, url := range store.Modules(tag[1]) {
			if asset, _ := store.Lookup(url, "br"); !slices.Contains(w.loaded, url) && !slices.Contains(seen, url) {
				w.seen += len(asset.Body)
				seen = append(seen, url)
			}
		}
	}
	for _, tag := range linkTag.FindAllStringSubmatch(text, -1) {
		if size := load(tag[2]); tag[1] == "stylesheet" {
			w.styles += size
		}
	}
	for _, style := range styleTag.FindAllStringSubmatch(text, -1) {
		w.styles += packed(t, []byte(style[1]))
	}
	for _, tag := range pictureTag.FindAllStringSubmatch(text, -1) {
		if !strings.Contains(tag[0], `loading="lazy"`) {
			load(tag[1])
		}
	}
	return w
}

func packed(t *testing.T, body []byte) int {
	t.Helper()
	var out bytes.Buffer
	w := brotli.NewWriterLevel(&out, brotli.BestCompression)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}
