package cards_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/neoforge-dev/neoforge/adapters/cards"
	"github.com/neoforge-dev/neoforge/modules/content"
)

const (
	margin     = 88
	mostBytes  = 40 << 10
	titleAbove = 150 // what of a title stands between these two rows and nothing else
	titleBelow = 480
)

var day = time.Date(2026, 3, 12, 23, 0, 0, 0, time.UTC)

func cardOf(title string) content.Card {
	return content.Card{Title: title, SiteName: "NeoForge", AuthorName: "Ada Lovelace", PublishedAt: day}
}

// longTitle has 200 characters, which is as many as a title may have.
var longTitle = strings.Repeat("How we moved nine years of invoices to one small binary, ", 4)[:content.MaxTitle]

func mustDraw(tb testing.TB, d *cards.Drawer, c content.Card) []byte {
	tb.Helper()
	b, err := d.Draw(tb.Context(), c)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func mustDecode(tb testing.TB, b []byte) *image.Paletted {
	tb.Helper()
	p, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		tb.Fatal(err)
	}
	out, ok := p.(*image.Paletted)
	if !ok || out.Rect != image.Rect(0, 0, content.CardWidth, content.CardHeight) {
		tb.Fatalf("%T of %v", p, p.Bounds())
	}
	return out
}

// inked is the part of a rectangle that is not paper.
func inked(p *image.Paletted, in image.Rectangle) (out image.Rectangle) {
	for y := in.Min.Y; y < in.Max.Y; y++ {
		for x := in.Min.X; x < in.Max.X; x++ {
			if p.ColorIndexAt(x, y) != 0 {
				out = out.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return out
}

// titleOf is where the title of a card stands.
func titleOf(p *image.Paletted) image.Rectangle {
	return inked(p, image.Rect(30, titleAbove, content.CardWidth-30, titleBelow))
}

func TestDraw_LooksAsItDid(t *testing.T) {
	t.Parallel()
	d := cards.New()
	for name, title := range map[string]string{
		"latin": "What a cache owes its readers", "arabic": "كيف تبني تطبيقًا يعمل على حاسوب محمول وفي الإنتاج بلا تغيير",
		"mixed": "لماذا اخترنا PostgreSQL 15 بدلًا من Redis في المشروع", "hebrew-in-latin": "Why שלום means peace", "long": longTitle,
		"no-letters": "日本語のタイトル",
	} {
		drawn := mustDraw(t, d, cardOf(title))
		if len(drawn) > mostBytes {
			t.Errorf("%s has %d bytes", name, len(drawn))
		}
		file := filepath.Join("testdata", name+".png")
		if os.Getenv("NEOFORGE_UPDATE") != "" {
			if err := os.WriteFile(file, drawn, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		was, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		// Processors may round differently, which nobody sees.
		if off := difference(mustDecode(t, drawn), mustDecode(t, was)); off > 0.05 {
			t.Errorf("%s looks different, by %.2f of 255 per pixel: if that is wanted, give cards another edition, set NEOFORGE_UPDATE=1 and look at it", name, off)
		}
	}
}

// difference is the mean one of the channels of two pictures.
func difference(a, b *image.Paletted) float64 {
	var sum float64
	for i := range a.Pix {
		ar, ag, ab, _ := a.Palette[a.Pix[i]].RGBA()
		br, bg, bb, _ := b.Palette[b.Pix[i]].RGBA()
		sum += math.Abs(float64(ar)-float64(br)) + math.Abs(float64(ag)-float64(bg)) + math.Abs(float64(ab)-float64(bb))
	}
	return sum / 257 / 3 / float64(len(a.Pix))
}

func TestDraw_IsTheSameBytesEachTime(t *testing.T) {
	t.Parallel()
	title := "Why كتاب means book: " + longTitle[:100]
	want := mustDraw(t, cards.New(), cardOf(title))
	d := cards.New()
	mustDraw(t, d, cardOf("What was drawn before leaves nothing"))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got, err := d.Draw(t.Context(), cardOf(title)); err != nil || !bytes.Equal(got, want) {
				t.Errorf("drew other bytes, %v", err)
			}
		})
	}
	all.Wait()
}

func TestDraw_BeginsWhereTheTitleDoes(t *testing.T) {
	t.Parallel()
	d := cards.New()
	for title, right := range map[string]bool{
		"Ship it": false, "Ship שלום it": false, "12 שלום": true, "مرحبا": true, "«مرحبا» Redis": true, "2026: Ship it": false,
	} {
		p := mustDecode(t, mustDraw(t, d, cardOf(title)))
		at := titleOf(p)
		left, onRight := at.Min.X-margin, content.CardWidth-margin-at.Max.X
		if near := min(left, onRight); near < 0 || near > 12 || (onRight == near) != right {
			t.Errorf("%q stands at %v", title, at)
		}
		if edge := p.ColorIndexAt(content.CardWidth-1, 300) != 0; edge != right || edge == (p.ColorIndexAt(0, 300) != 0) {
			t.Errorf("%q has its edge at the right: %t", title, edge)
		}
	}
}

// The letters of an Arabic word are one stroke, which letters side by side would not be.
func TestDraw_JoinsArabicLetters(t *testing.T) {
	t.Parallel()
	d := cards.New()
	width := func(title string) int { return titleOf(mustDecode(t, mustDraw(t, d, cardOf(title)))).Dx() }
	if joined, apart := width("ببببب"), width("ب\u200cب\u200cب\u200cب\u200cب"); joined*10 > apart*7 {
		t.Errorf("joined letters are %d wide, those apart %d", joined, apart)
	}
}

func TestDraw_LeavesOutWhatItCannotWrite(t *testing.T) {
	t.Parallel()
	d := cards.New()
	without := mustDraw(t, d, cardOf(""))
	for _, title := range []string{"日本語のタイトル", "한국어 제목", "नमस्ते दुनिया", "中 in the middle", "สวัสดี", "🎉🎉", "\u200b\u202e", "   ", "\x00\x01", "\ue000\U000f0000"} {
		if !bytes.Equal(mustDraw(t, d, cardOf(title)), without) {
			t.Errorf("something of %q was written", title)
		}
	}
	if titleOf(mustDecode(t, without)).Empty() {
		t.Error("the name of the site does not stand for a title that is left out")
	}
	for title, as := range map[string]string{
		"Launch day 🎉🚀 is here": "Launch day is here", "Safe\u202etfel": "Safetfel", "a\tb\r\nc": "a b c", "Broken\xff": "Broken", "👩‍👩‍👧 us": "us", "tick 1\ufe0f\u20e3": "tick 1",
		"re\u0301\u0301\u0301\u0301\u0301\u0301sume": "re\u0301\u0301\u0301sume",
	} {
		if !bytes.Equal(mustDraw(t, d, cardOf(title)), mustDraw(t, d, cardOf(as))) {
			t.Errorf("%q is not drawn as %q", title, as)
		}
	}
	unnamed := content.Card{Title: "Ship it", SiteName: "鍛冶屋", AuthorName: "山田"}
	if p := mustDecode(t, mustDraw(t, d, unnamed)); inked(p, image.Rect(30, 0, 1170, titleAbove)) != (image.Rectangle{}) || inked(p, image.Rect(30, titleBelow, 1170, 630)) != (image.Rectangle{}) {
		t.Error("something is written of names without letters, or a rule stands over nothing")
	}
	mustDecode(t, mustDraw(t, d, content.Card{}))
}

func TestDraw_HasRoomForEveryTitle(t *testing.T) {
	t.Parallel()
	d := cards.New()
	for name, title := range map[string]string{
		"200 characters": longTitle, "one word": strings.Repeat("w", content.MaxTitle), "wide": strings.Repeat("\ufdfa", content.MaxTitle), "narrow": strings.Repeat("i", content.MaxTitle),
		"marks": "a" + strings.Repeat("\u0335", content.MaxTitle-1), "marks alone": strings.Repeat("\u0301", content.MaxTitle), "Arabic": strings.Repeat("كيف تبني ", content.MaxTitle/9),
		"both ways": strings.Repeat("a כ", content.MaxTitle/3), "joiners": strings.Repeat("ب\u200d", content.MaxTitle/2), "spaces": strings.Repeat("a ", content.MaxTitle/2),
		"no break": strings.Repeat("a\u00a0", content.MaxTitle/2), "hyphens": strings.Repeat("a\u00ad", content.MaxTitle/2), "far too long": strings.Repeat("What a cache owes ", 1<<16),
	} {
		drawn := mustDraw(t, d, content.Card{Title: title, SiteName: title, AuthorName: title, PublishedAt: day})
		p := mustDecode(t, drawn)
		if len(drawn) > mostBytes {
			t.Errorf("%s: %d bytes", name, len(drawn))
		}
		// Letters may reach a little beyond where they stand, such as the tail of a j.
		if at := inked(p, image.Rect(17, 0, content.CardWidth-17, content.CardHeight)); at.Min.X < margin-24 || at.Max.X > content.CardWidth-margin+24 || at.Min.Y < 40 || at.Max.Y > content.CardHeight-20 {
			t.Errorf("%s: letters at %v", name, at)
		}
	}
	// What does not fit ends in three points, on the fourth line.
	at := titleOf(mustDecode(t, mustDraw(t, d, cardOf(longTitle))))
	if at.Dy() < 3*50 || at.Max.Y > titleBelow-20 {
		t.Errorf("200 characters stand at %v", at)
	}
}

func TestDraw_TakesAnyText(t *testing.T) {
	t.Parallel()
	d := cards.New()
	pool := []rune("aW.:  \u00a0\u0301\u0338ßжΩبلالله ﷺאבג0١٢\u200c\u200d\u200e\u200f\u202e\u2067\ufe0f👩漢हि%(\n\x00\u00ad…\"")
	rapid.Check(t, func(rt *rapid.T) {
		title := rapid.OneOf(rapid.StringOfN(rapid.SampledFrom(pool), 0, content.MaxTitle, -1), rapid.StringN(0, content.MaxTitle, -1)).Draw(rt, "title")
		drawn, err := d.Draw(t.Context(), cardOf(title))
		if err != nil || len(drawn) > mostBytes {
			rt.Fatalf("%d bytes, %v", len(drawn), err)
		}
		if _, err := png.DecodeConfig(bytes.NewReader(drawn)); err != nil {
			rt.Fatal(err)
		}
	})
}

func TestDraw_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	d := cards.New()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 {
		if _, err := d.Draw(ended, cardOf("Ship it")); !errors.Is(err, context.Canceled) {
			t.Fatalf("drawn for nobody: %v", err)
		}
	}
	mustDraw(t, d, cardOf("Ship it")) // whoever gave up left the place
}

// A product that takes other colours for its pages draws its cards in them as well.
func TestDraw_HasTheColoursOfTheSite(t *testing.T) {
	t.Parallel()
	tokens, err := os.ReadFile("../../web/styles/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	p := mustDecode(t, mustDraw(t, cards.New(), cardOf("Ship it")))
	colours := map[string]bool{}
	for _, c := range p.Palette {
		r, g, b, _ := c.RGBA()
		colours[fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)] = true
	}
	for _, token := range []string{"paper", "ink", "muted", "ember-fill"} {
		m := regexp.MustCompile(`--color-` + token + `: light-dark\(oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)`).FindSubmatch(tokens)
		if m == nil {
			t.Fatalf("no --color-%s in the styles", token)
		}
		if want := hexOf(number(t, m[1]), number(t, m[2]), number(t, m[3])); !colours[want] {
			t.Errorf("--color-%s is %s in light, which no card has: change the colours of adapters/cards and its edition", token, want)
		}
	}
}

func number(t *testing.T, b []byte) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// hexOf is a colour of oklch() in sRGB (CSS Color 4, 10.2).
func hexOf(lightness, chroma, hue float64) string {
	sin, cos := math.Sincos(hue * math.Pi / 180)
	a, b := chroma*cos, chroma*sin
	l := math.Pow(lightness+0.3963377774*a+0.2158037573*b, 3)
	m := math.Pow(lightness-0.1055613458*a-0.0638541728*b, 3)
	s := math.Pow(lightness-0.0894841775*a-1.2914855480*b, 3)
	out := "#"
	for _, c := range []float64{
		4.0767416621*l - 3.3077115913*m + 0.2309699292*s,
		-1.2684380046*l + 2.6097574011*m - 0.3413193965*s,
		-0.0041960863*l - 0.7034186147*m + 1.7076147010*s,
	} {
		if c <= 0.0031308 {
			c *= 12.92
		} else {
			c = 1.055*math.Pow(c, 1/2.4) - 0.055
		}
		out += fmt.Sprintf("%02x", int(math.Round(255*min(max(c, 0), 1))))
	}
	return out
}

func BenchmarkDraw_ATitle(b *testing.B) {
	d := cards.New()
	for name, title := range map[string]string{"latin": "What a cache owes its readers", "200_characters": longTitle, "arabic": "كيف تبني تطبيقًا يعمل على حاسوب محمول"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				mustDraw(b, d, cardOf(title))
			}
		})
	}
}
