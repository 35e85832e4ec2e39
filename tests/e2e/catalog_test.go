package e2e_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// Every entry of the component guide is without what axe calls a violation, in light, dark
// and forced colours, is no wider than a phone, and looks as its picture does.
// NEOFORGE_UPDATE=1 takes the pictures anew.
func TestCatalog_EveryEntryIsWithoutBarriersAndLooksAsItsPicture(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	axe := harness.Axe(t, "../..")
	p := program.Start(t, program.Options{})
	b := open(t, p.URL)
	if _, err := chromedp.Call(b.ctx, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true}); err != nil {
		t.Fatal(err) // axe measures by styles of its own
	}
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: axe}); err != nil {
		t.Fatal(err)
	}
	i := inspector{b}
	i.visit("/catalog")
	i.looks("the list")
	entries := read(b, chromedp.Evaluate[[]string](`[...document.querySelectorAll('.rows a')].map((a) => a.pathname)`))
	if len(entries) < 25 {
		t.Fatalf("the guide lists %d entries", len(entries))
	}
	for _, path := range entries {
		i.visit(path)
		i.until("the islands of "+path+" have come to life", `[...document.querySelectorAll('.catalog__stage [on=load]')].every((e) => customElements.get(e.localName)) && document.fonts.ready`)
		i.looks(path)
		i.looksInForcedColours(path)
		i.matchesItsPicture(path)
	}
}

// looksInForcedColours runs axe in the colours that a person has chosen for all pages, and
// looks that what is chosen differs there from what is not by more than its colour.
func (i inspector) looksInForcedColours(name string) {
	i.tb.Helper()
	i.emulates("light", "active", 1280)
	for _, found := range read(i.browser, chromedp.Evaluate[[]string](fmt.Sprintf(barriers, `{preload: false, resultTypes: ['violations']}`), chromedp.EvalAwaitPromise)) {
		i.tb.Errorf("%s in forced colours: %s", name, found)
	}
	for _, found := range read(i.browser, chromedp.Evaluate[[]string](unmarked)) {
		i.tb.Errorf("%s in forced colours: %s", name, found)
	}
}

// unmarked lists the chosen items that look like their neighbours when all colours are the
// person's own: by their ground, their edges, their outline and what stands after them.
const unmarked = `(() => {
	const look = (e) => {
		const of = (s) => [s.backgroundColor, s.borderTopWidth, s.borderBottomWidth, s.borderTopStyle, s.borderTopColor, s.borderBottomColor,
			s.outlineStyle, s.outlineWidth, s.textDecorationLine, s.content, s.fontWeight].join('|');
		return of(getComputedStyle(e)) + of(getComputedStyle(e, '::after')) + getComputedStyle(e, '::after').backgroundColor;
	};
	const out = [];
	for (const list of document.querySelectorAll('nav ul, .tags, .catalog__stage fieldset')) {
		const items = [...list.querySelectorAll('a, .option')];
		const isChosen = (e) => e.matches('[aria-current], :has(> :checked)');
		for (const chosen of items.filter(isChosen)) {
			for (const other of items.filter((e) => !isChosen(e))) {
				if (look(chosen) === look(other)) { out.push('“' + chosen.innerText + '” is chosen and looks like “' + other.innerText + '”'); break; }
			}
		}
	}
	return out;
})()`

// matchesItsPicture compares the examples of the page with the picture that was taken of
// them. Fonts are drawn a little differently by versions of Chromium, so what is compared
// is the mean brightness of squares, and the size.
func (i inspector) matchesItsPicture(path string) {
	i.tb.Helper()
	i.emulates("light", "none", 760)
	i.do("leave the field", chromedp.Evaluate[chromedp.Void](`document.activeElement?.blur()`))
	box := read(i.browser, chromedp.Evaluate[[]float64](`(() => {
		const all = [...document.querySelectorAll('.catalog__example')].map((e) => e.getBoundingClientRect());
		return [all[0].left + scrollX, all[0].top + scrollY, all[0].width, all.at(-1).bottom - all[0].top];
	})()`))
	shot, err := chromedp.Call(i.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatPng, CaptureBeyondViewport: new(true),
		Clip: &page.Viewport{X: box[0], Y: box[1], Width: box[2], Height: box[3], Scale: pictureScale},
	})
	if err != nil {
		i.tb.Fatal(err)
	}
	taken, err := png.Decode(bytes.NewReader(shot.Data))
	if err != nil {
		i.tb.Fatal(err)
	}
	file := filepath.Join("testdata", "catalog", strings.TrimPrefix(path, "/catalog/")+".png")
	if os.Getenv("NEOFORGE_UPDATE") != "" {
		if err := keepPicture(file, grey(taken)); err != nil {
			i.tb.Fatal(err)
		}
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		i.tb.Fatalf("%v: take it by NEOFORGE_UPDATE=1", err)
	}
	want, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		i.tb.Fatalf("%s: %v", file, err)
	}
	if problem := differs(grey(taken), grey(want)); problem != "" {
		i.tb.Errorf("%s does not look as %s: %s. If it should, take it anew by NEOFORGE_UPDATE=1", path, file, problem)
	}
}

const (
	pictureScale = 0.5 // of the page's pixels
	square       = 16  // pixels of the picture
	tolerance    = 24  // of 255, between the means of a square
)

// differs says where two pictures differ by more than fonts do; empty when nowhere.
func differs(have, want *image.Gray) string {
	a, b := have.Bounds().Size(), want.Bounds().Size()
	if d := a.Sub(b); max(d.X, -d.X) > 2 || max(d.Y, -d.Y) > max(4, b.Y/50) {
		return fmt.Sprintf("it is %d by %d, not %d by %d pixels", a.X, a.Y, b.X, b.Y)
	}
	for y := 0; y+square <= min(a.Y, b.Y); y += square {
		for x := 0; x+square <= min(a.X, b.X); x += square {
			if p, q := mean(have, x, y), mean(want, x, y); max(p-q, q-p) > tolerance {
				return fmt.Sprintf("around %d, %d its brightness is %d, not %d", x, y, p, q)
			}
		}
	}
	return ""
}

func mean(g *image.Gray, x0, y0 int) int {
	sum := 0
	for y := y0; y < y0+square; y++ {
		for x := x0; x < x0+square; x++ {
			sum += int(g.GrayAt(g.Rect.Min.X+x, g.Rect.Min.Y+y).Y)
		}
	}
	return sum / (square * square)
}

// grey is a picture of sixteen shades, which is small and all that is compared.
func grey(from image.Image) *image.Gray {
	out := image.NewGray(from.Bounds())
	for y := out.Rect.Min.Y; y < out.Rect.Max.Y; y++ {
		for x := out.Rect.Min.X; x < out.Rect.Max.X; x++ {
			shade := color.GrayModel.Convert(from.At(x, y)).(color.Gray)
			out.SetGray(x, y, color.Gray{Y: shade.Y / 16 * 17})
		}
	}
	return out
}

func keepPicture(file string, g *image.Gray) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	var shades color.Palette
	for shade := range 16 {
		shades = append(shades, color.Gray{Y: uint8(shade * 17)})
	}
	small := image.NewPaletted(g.Bounds(), shades)
	for y := g.Rect.Min.Y; y < g.Rect.Max.Y; y++ {
		for x := g.Rect.Min.X; x < g.Rect.Max.X; x++ {
			small.SetColorIndex(x, y, g.GrayAt(x, y).Y/17)
		}
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, small); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}

// emulates shows the page in a scheme of colours, or in the colours that are forced on it.
func (i inspector) emulates(scheme, forced string, width int64) {
	i.tb.Helper()
	i.as(scheme, width)
	if _, err := chromedp.Call(i.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}, {Name: "forced-colors", Value: forced},
	}}); err != nil {
		i.tb.Fatal(err)
	}
}

func TestDiffers_SeesWhatAPersonWouldAndForgivesFonts(t *testing.T) {
	t.Parallel()
	plain := func(w, h int, shade uint8) *image.Gray {
		g := image.NewGray(image.Rect(0, 0, w, h))
		for p := range g.Pix {
			g.Pix[p] = shade
		}
		return g
	}
	dotted := plain(64, 64, 255)
	for p := 0; p < len(dotted.Pix); p += 40 {
		dotted.Pix[p] = 0
	}
	marked := plain(64, 64, 255)
	for y := range square {
		for x := range square {
			marked.SetGray(16+x, 32+y, color.Gray{Y: 200})
		}
	}
	for name, c := range map[string]struct {
		have *image.Gray
		same bool
	}{
		"the same": {plain(64, 64, 255), true}, "fonts": {dotted, true}, "a little higher": {plain(64, 67, 255), true},
		"higher": {plain(64, 96, 255), false}, "a mark": {marked, false}, "darker": {plain(64, 64, 200), false},
	} {
		if problem := differs(c.have, plain(64, 64, 255)); (problem == "") != c.same {
			t.Errorf("%s: %q", name, problem)
		}
	}
}
