package markdown_test

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/adapters/markdown"
	"github.com/neoforge-dev/neoforge/modules/content"
)

var update = flag.Bool("update", false, "write the golden files anew")

func mustRender(tb testing.TB, source string, v content.Visibility) content.Rendered {
	tb.Helper()
	r, err := markdown.New()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := r.Render(context.Background(), source, v)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func TestRender_RenderedTextsAreWhatTheirGoldenFilesSay(t *testing.T) {
	t.Parallel()
	sources, err := filepath.Glob("testdata/*.md")
	if err != nil || len(sources) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	for _, path := range sources {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got := mustRender(t, string(source), content.Public).Body
			golden := strings.TrimSuffix(path, ".md") + ".golden.html"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s is not what it was; look at the difference, then run with -update\n%s", path, got)
			}
		})
	}
}

func TestRender_NothingOfAHostileTextRuns(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("testdata/hostile.md")
	if err != nil {
		t.Fatal(err)
	}
	html := strings.ToLower(mustRender(t, string(source), content.Public).Body)
	for _, forbidden := range []string{
		"<script", "<style", "<iframe", "<b ", `="javascript`, `="vbscript`, `="data:`, "<!--", ` style="`, `" onerror="`, `" onmouseover="`,
		`id="main"`,
	} {
		if strings.Contains(html, forbidden) {
			t.Errorf("%q came through:\n%s", forbidden, html)
		}
	}
}

func TestRender_LinksThatLeadAwayAreNotVouchedFor(t *testing.T) {
	t.Parallel()
	for source, away := range map[string]bool{
		"[a](https://example.com)":       true,
		"[a](//example.com/x)":           true,
		"https://example.com/x":          true,
		"[a](/posts)":                    false,
		"[a](#h-part)":                   false,
		"[a](mailto:ada@neoforge.test)":  false,
		"[a](relative/path?x=https://b)": false,
		"[a](tel:+123)":                  false,
		"<a href=/posts>a</a>":           false,
		// Browsers find another site at each of these.
		"[a](&#47;/example.com)":             true,
		"[a](http&colon;//example.com)":      true,
		`[a](https:\/\/example.com)`:         true,
		"[a](https:/example.com)":            true,
		"[a](https:example.com)":             true,
		"[a](///example.com)":                true,
		`<a href="/&#9;/example.com">a</a>`:  true,
		`<a href="&#10;//example.com">a</a>`: true,
		"<a href=https:example.com>a</a>":    true,
		`<a href="/\example.com">a</a>`:      true,
		`<a href="\\example.com">a</a>`:      true,
	} {
		html := mustRender(t, source, content.Public).Body
		if got := strings.Contains(html, `rel="nofollow noopener"`); got != away {
			t.Errorf("%s: leads away %v, want %v: %s", source, got, away, html)
		}
	}
}

func TestRender_TheTeaserOfAGatedTextEndsAtTheGate(t *testing.T) {
	t.Parallel()
	const secret = "only-behind-the-gate"
	for name, source := range map[string]string{
		"mark":              "Open.\n\n<!--more-->\n\n" + secret,
		"mark in a line":    "Open. <!--more--> " + secret,
		"mark in a list":    "Open.\n\n- a\n- b <!--more-->\n- " + secret,
		"mark in code":      "Open.\n\n```\n<!--more-->\n" + secret + "\n```\n",
		"two marks":         "Open.\n\n<!--more-->\n\n" + secret + "\n\n<!--more-->\n\n" + secret,
		"no mark":           "Open.\n\n" + secret,
		"heading first":     "## Part\n\nOpen.\n\n" + secret,
		"footnote behind":   "Open.[^a]\n\n<!--more-->\n\nx\n\n[^a]: " + secret,
		"footnote, no mark": "Open.[^a]\n\nMore.\n\n[^a]: " + secret,
		"quotation first":   "> " + secret + "\n\nOpen.\n\n" + secret,
		"windows lines":     "Open.\r\n\r\n" + secret,
		"table":             "Open.\n\n| a |\n|---|\n| " + secret + " |",
	} {
		for _, v := range []content.Visibility{content.Members, content.Paid} {
			out := mustRender(t, source, v)
			if strings.Contains(out.Teaser, secret) {
				t.Errorf("%s, %s: the teaser has what is behind the gate: %s", name, v, out.Teaser)
			}
			if !strings.Contains(out.Teaser, "Open.") || strings.Contains(out.Teaser, "[^") {
				t.Errorf("%s, %s: the teaser is not what stands before the gate: %s", name, v, out.Teaser)
			}
			if !strings.Contains(out.Body, secret) {
				t.Errorf("%s, %s: the body is not whole: %s", name, v, out.Body)
			}
		}
	}
}

func TestRender_ATeaserKnowsTheAddressesAndFootnotesItNeeds(t *testing.T) {
	t.Parallel()
	out := mustRender(t, "See [this][ref] and[^own] that.\n\n[^own]: Own note.\n\n<!--more-->\n\nRest.\n\n[ref]: /target", content.Paid)
	if !strings.Contains(out.Teaser, `<a href="/target">this</a>`) || !strings.Contains(out.Teaser, "Own note.") {
		t.Errorf("teaser: %s", out.Teaser)
	}
}

func TestRender_ATextThatBeginsBehindTheGateHasNoTeaser(t *testing.T) {
	t.Parallel()
	for _, source := range []string{"", "<!--more-->\n\nBody", "- only\n- a list"} {
		if out := mustRender(t, source, content.Paid); strings.TrimSpace(out.Teaser) != "" {
			t.Errorf("%q: teaser %q", source, out.Teaser)
		}
	}
}

func TestRender_AnOpenTextIsItsOwnTeaser(t *testing.T) {
	t.Parallel()
	out := mustRender(t, "One.\n\n<!--more-->\n\nTwo.", content.Public)
	if out.Teaser != out.Body || !strings.Contains(out.Body, "Two.") {
		t.Errorf("teaser %q, body %q", out.Teaser, out.Body)
	}
}

func TestRender_ReadingTimeCountsWordsAndCharacters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		source string
		want   int
	}{
		{"", 1},
		{"Short.", 1},
		{strings.Repeat("word ", 220), 1},
		{strings.Repeat("word ", 221), 2},
		{strings.Repeat("don't ", 440), 2},
		{strings.Repeat("字", 1000), 2},
	} {
		if got := mustRender(t, c.source, content.Public).ReadingMinutes; got != c.want {
			t.Errorf("%.10q…: %d minutes, want %d", c.source, got, c.want)
		}
	}
}

func TestRender_ARenderingThatWasCancelledIsAnError(t *testing.T) {
	t.Parallel()
	r, err := markdown.New()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Render(ctx, "x", content.Public); err == nil {
		t.Error("no error")
	}
}

// Whoever uses no mouse scrolls what is wide by the focus, and whoever does not see it is told what has it.
func TestRender_WhatScrollsTakesTheFocusAndWhatIsAControlHasAName(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"```go\nx := 1\n```\n":                `<pre class="chroma" tabindex="0" role="group" aria-label="Code: go">`,
		"```\nplain\n```\n":                   `<pre class="chroma" tabindex="0" role="group" aria-label="Code">`,
		"    indented <b>\n":                  `<pre class="chroma" tabindex="0" role="group" aria-label="Code"><code>indented &lt;b&gt;`,
		"|a \\\"b\\\"|`c` & d|\n|-|-|\n|1|2|": `<div class="scroll" tabindex="0" role="group" aria-label="Table: a &#34;b&#34;, c &amp; d"><table>`,
		"||\n|-|\n|1|":                        `aria-label="Table"><table>`,
		"- [x] write *it* `down`\n":           `<input checked="" disabled="" type="checkbox" aria-label="write it down">`,
		"- [ ] 5 < 6 \"quoted\"\n":            `<input disabled="" type="checkbox" aria-label="5 &lt; 6 &#34;quoted&#34;">`,
		"- [ ] ![](a.png)\n":                  `<input disabled="" type="checkbox" aria-label="Task">`,
	} {
		if html := mustRender(t, source, content.Public).Body; !strings.Contains(html, want) {
			t.Errorf("%q becomes\n%s\nwant %s", source, html, want)
		}
	}
}

func TestRender_NamesOfTablesAndTasksAreShort(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 4000)
	html := mustRender(t, "- [ ] "+long+"\n\n|"+long+"|\n|-|\n|1|\n", content.Public).Body
	for _, m := range regexp.MustCompile(`aria-label="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		if len(m[1]) > 200 || !utf8.ValidString(m[1]) || !strings.HasSuffix(m[1], "…") {
			t.Errorf("a name of %d bytes: %q", len(m[1]), m[1])
		}
	}
	if strings.Count(html, "aria-label=") != 2 {
		t.Error("the names are missing")
	}
}

func TestRender_PicturesLoadWhenTheyComeIntoViewUnlessATextBeginsWithOne(t *testing.T) {
	t.Parallel()
	const lazy = `loading="lazy"`
	for source, want := range map[string][]bool{
		"![a](/a.png) ![b](/b.png)":      {false, true},
		"![a](/a.png)\n\n![b](/b.png)":   {false, true},
		"Text\n\n![a](/a.png)":           {true},
		"Text ![a](/a.png)":              {true},
		"> ![a](/a.png)\n\n![b](/b.png)": {false, true},
	} {
		var got []bool
		for _, img := range strings.Split(mustRender(t, source, content.Public).Body, "<img ")[1:] {
			tag, _, _ := strings.Cut(img, ">")
			got = append(got, strings.Contains(tag, lazy))
			if !strings.Contains(tag, `decoding="async"`) {
				t.Errorf("%q: %s holds the page up", source, tag)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: put off %v, want %v", source, got, want)
		}
	}
}

func TestRender_AnAddressThatStandsForItselfIsNotChanged(t *testing.T) {
	t.Parallel()
	for source, href := range map[string]string{
		`<https://example.org/a\*b>`:           `https://example.org/a%5C*b`,
		`<https://example.org/?a=1&copy;=2>`:   `https://example.org/?a=1&amp;copy;=2`,
		`https://example.org/?a=1&copy;=2`:     `https://example.org/?a=1&amp;copy;=2`,
		`<https://example.org/?a&#42;b>`:       `https://example.org/?a&amp;#42;b`,
		`<me+you&amp@example.org>`:             `mailto:me+you&amp;amp@example.org`,
		`[x](https://example.org/a\*b&copy;)`:  `https://example.org/a*b%C2%A9`,
		"[x]\n\n[x]: https://example.org/\\*b": `https://example.org/*b`,
	} {
		if got := mustRender(t, source, content.Public).Body; !strings.Contains(got, `href="`+href+`"`) {
			t.Errorf("%q leads elsewhere than to %s: %s", source, href, got)
		}
	}
}

func TestRender_TelephoneNumbersAreLinks(t *testing.T) {
	t.Parallel()
	for _, source := range []string{"[call](tel:+49301234567)", "<tel:+49301234567>"} {
		if got := mustRender(t, source, content.Public).Body; !strings.Contains(got, `href="tel:+49301234567"`) {
			t.Errorf("%q is no link: %s", source, got)
		}
	}
}

func TestRender_AByteOrderMarkIsNoPartOfTheText(t *testing.T) {
	t.Parallel()
	for _, visibility := range []content.Visibility{content.Public, content.Paid} {
		source := "# Title\n\nOne.\n\n<!--more-->\n\nTwo.\n"
		if got, want := mustRender(t, "\ufeff"+source, visibility), mustRender(t, source, visibility); got != want {
			t.Errorf("for %s it is %+v, without the mark %+v", visibility, got, want)
		}
	}
}

func TestReadingTime_CountsScriptsThatDoNotPartWords(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]struct {
		source  string
		minutes int
	}{
		"Thai":     {strings.Repeat("ภาษาไทย", 440), 4},
		"Khmer":    {strings.Repeat("ខ្មែរ", 880), 3},
		"Japanese": {strings.Repeat("コーヒー", 500), 4},
		"Hindi":    {strings.Repeat("हिन्दी ", 220), 1},
		"accents":  {strings.Repeat("e\u0301te\u0301 ", 220), 1},
	} {
		if got := mustRender(t, text.source, content.Public).ReadingMinutes; got != text.minutes {
			t.Errorf("%s takes %d minutes, want %d", name, got, text.minutes)
		}
	}
}

// TestVersion_IsRaisedWithWhatBecomesOfATextOtherwise keeps, in a file, what all the texts of
// these tests became, with the version of the renderer that made it.
func TestVersion_IsRaisedWithWhatBecomesOfATextOtherwise(t *testing.T) {
	t.Parallel()
	const file = "testdata/version.txt"
	r, err := markdown.New()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	render := func(source string) {
		for _, v := range []content.Visibility{content.Public, content.Paid} {
			out := mustRender(t, source, v)
			fmt.Fprintf(sum, "%q %q %d\n", out.Body, out.Teaser, out.ReadingMinutes)
		}
	}
	sources, err := filepath.Glob("testdata/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range sources {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		render(string(source))
	}
	for _, e := range examples(t) {
		render(e.markdown)
	}
	have := fmt.Sprintf("%d %x\n", r.Version(), sum.Sum(nil))
	kept, err := os.ReadFile(file)
	if err != nil && !*update {
		t.Fatal(err)
	}
	if have == string(kept) {
		return
	}
	if version, _, _ := strings.Cut(string(kept), " "); version == strconv.Itoa(r.Version()) {
		t.Fatalf("texts become something else, which no post gets that is written already: raise the version of the renderer, then run with -update")
	}
	if !*update {
		t.Fatalf("the renderer has a new version: run with -update")
	}
	if err := os.WriteFile(file, []byte(have), 0o644); err != nil {
		t.Fatal(err)
	}
}
