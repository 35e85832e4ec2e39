package markdown_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/neoforge-dev/neoforge/adapters/markdown"
	"github.com/neoforge-dev/neoforge/modules/content"
)

// cleaned is a text as it is kept.
func cleaned(t interface {
	Helper()
	Fatal(args ...any)
}, source string) string {
	t.Helper()
	text, err := content.Text{Slug: "a", Title: "A", Markdown: source, Visibility: content.Paid}.Clean()
	if err != nil {
		t.Fatal(err)
	}
	return text.Markdown
}

func TestTeaser_IsNeverTheWholeTextNorItsEnd(t *testing.T) {
	t.Parallel()
	const secret = "only-behind-the-gate"
	for name, source := range map[string]string{
		"one paragraph":                secret,
		"a heading and a paragraph":    "# Part\n\n" + secret,
		"a list and a paragraph":       "- " + secret + "\n\n" + secret,
		"nothing but space behind":     secret + "\n\n&nbsp;\n\n<br>\n\n\u3000\n",
		"an empty element behind":      secret + "\n\n<div></div>\n",
		"a mark at the end":            secret + "\n\n<!--more-->\n",
		"a mark with nothing behind":   "# Part\n\n" + secret + "\n\n<!--more-->\n\n&nbsp;\n\n---\n",
		"a picture at the end":         "# Part\n\n![" + secret + "](/a.png)\n\n<!-- -->",
		"the last words once more":     secret + "\n\n" + secret,
		"a note alone behind":          secret + "[^n]\n\n[^n]: A note.\n",
		"a note and a link behind":     secret + "[^n] [x][a]\n\n[a]: /target \"A title\"\n\n[^n]: A note.\n",
		"a definition of a link":       "[x][a] " + secret + "\n\n[a]: /target\n",
		"carriage returns":             "# " + secret + "\r" + secret,
		"one paragraph within a <div>": "<div>\n\n" + secret + "\n\n</div>",
	} {
		if out := mustRender(t, cleaned(t, source), content.Paid); strings.Contains(out.Teaser, secret) {
			t.Errorf("%s: %q gives the teaser %q", name, source, out.Teaser)
		}
	}
}

func TestTeaser_EndsAtWhatLooksLikeABlankLine(t *testing.T) {
	t.Parallel()
	const secret = "only-behind-the-gate"
	for name, gap := range map[string]string{
		"line feeds": "\n\n", "carriage returns": "\r\r", "both": "\r\n\r\n", "line separators": "\u2028\u2028", "paragraph separator": "\u2029\u2029",
		"next lines": "\u0085\u0085", "form feeds": "\f\f", "a no-break space": "\n\u00a0\n", "an ideographic space": "\n\u3000\n", "a zero-width space": "\n\u200b\n",
		"a byte order mark": "\n\ufeff\n", "a braille blank": "\n\u2800\n", "a hangul filler": "\n\u3164\n", "a soft hyphen": "\n\u00ad\n",
		"a paragraph in HTML": "<p>", "a rule in HTML": "<hr/>", "a block in HTML": "\n*so*<DIV\nclass=x>", "two breaks": "<br><br>", "breaks spelt otherwise": "<BR/>\n<br />", "breaks around a space": "<br>&nbsp;<br>", "an entity": "\n&nbsp;\n", "a numbered entity": "\n&#8203;\n",
		"backslashes": "\\\n\\\n", "an empty comment": "\n<!-- -->\n", "the mark": "<!--more-->", "the mark with spaces": "\n\n<!-- More -->\n\n",
	} {
		out := mustRender(t, cleaned(t, "Open."+gap+secret+"."), content.Paid)
		if strings.Contains(out.Teaser, secret) {
			t.Errorf("%s: the teaser is %q", name, out.Teaser)
		}
		if out = mustRender(t, cleaned(t, "Open."+gap+secret+".\n\nMore."), content.Members); strings.Contains(out.Teaser, secret) || !strings.Contains(out.Body, secret) {
			t.Errorf("%s, with more behind: the teaser is %q, the body %q", name, out.Teaser, out.Body)
		}
	}
}

func TestTeaser_HasNoTitleOfALinkThatIsDefinedBehindTheGate(t *testing.T) {
	t.Parallel()
	out := mustRender(t, "See [this][ref].\n\n<!--more-->\n\nRest.\n\n[ref]: /target \"only-behind-the-gate\"", content.Paid)
	if strings.Contains(out.Teaser, "only-behind") || !strings.Contains(out.Teaser, "/target") || !strings.Contains(out.Body, "only-behind") {
		t.Errorf("teaser %q, body %q", out.Teaser, out.Body)
	}
}

// Raw HTML is shown, so what an author wrapped in it is a part of the text like any other.
func TestTeaser_HasNothingBehindTheGateWhateverHTMLIsAroundIt(t *testing.T) {
	t.Parallel()
	const secret = "only-behind-the-gate"
	for name, source := range map[string]string{
		"a mark in an element":            "<div>\n\nOpen.\n\n<!--more-->\n\n" + secret + "\n\n</div>",
		"a mark in a block":               "<div>Open.\n<!--more-->\n" + secret + "</div>\n",
		"a mark in a line of HTML":        "<p>Open. <!--more--> " + secret + "</p>",
		"a mark in an unclosed element":   "Open. <b>bold <!--more-->" + secret,
		"a mark in details":               "<details><summary>Open.</summary>\n\n<!--more-->\n\n" + secret + "\n\n</details>",
		"a mark in a table":               "Open.\n\n<table><tr><td>a<!--more--></td><td>" + secret + "</td></tr></table>",
		"a mark in an attribute":          "Open. <a title=\"x <!--more--> " + secret + "\" href=\"/x\">link</a> " + secret,
		"a mark in a script":              "Open.\n\n<script>\n<!--more-->\n" + secret + "\n</script>\n\n" + secret,
		"a mark in a comment":             "Open.\n\n<!-- " + secret + " <!--more--> " + secret + " -->\n\n" + secret,
		"a mark in an unclosed comment":   "Open.\n\n<!-- " + secret + " <!--more--> " + secret,
		"a comment in a line":             "Open. <!-- " + secret + " <!--more--> -->" + secret,
		"only HTML behind":                "Open.\n\n<!--more-->\n\n<p align=center>" + secret + "</p>",
		"what is no tag behind":           "Open. <!--more--> <" + secret + ">\n\n<" + secret + ">",
		"escaped tags behind":             "Open. <!--more--> \\<" + secret + ">\n\n\\<" + secret + ">",
		"code behind":                     "Open. <!--more--> `<" + secret + ">`\n\n`<" + secret + ">`",
		"a comparison behind":             "Open. <!--more--> a<" + secret + " and c>d\n\na<" + secret + " and c>d",
		"no mark, a block behind":         "Open.\n\n<p>" + secret + "</p>",
		"no mark, a block before":         "<p>" + secret + "</p>\n\nOpen.\n\n" + secret,
		"no mark, a table behind":         "Open.\n\n<table>\n<tr><td>" + secret + "</td></tr>\n</table>",
		"no mark, details behind":         "Open.\n\n<details>\n<summary>" + secret + "</summary>\n\n" + secret + "\n</details>",
		"no mark, a block within":         "Open.<div>" + secret + "</div>",
		"no mark, an unclosed block":      "Open.\n<section>\n" + secret + "\n\n" + secret,
		"no mark, an unclosed comment":    "Open. <!-- " + secret + "\n&nbsp;\n-->\n\n" + secret,
		"no mark, a tag over a gap":       "Open. <span title=\"" + secret + "\n&nbsp;\n\">x</span>\n\n" + secret,
		"no mark, a script in the line":   "Open. <script>" + secret + "\n&nbsp;\n</script>\n\n" + secret,
		"no mark, a comment that is text": "Open.\n\n<" + secret + ">",
	} {
		for _, v := range []content.Visibility{content.Members, content.Paid} {
			out := mustRender(t, cleaned(t, source), v)
			if strings.Contains(out.Teaser, secret) {
				t.Errorf("%s: %q gives the teaser %q", name, source, out.Teaser)
			}
			if !strings.Contains(out.Teaser, "Open.") {
				t.Errorf("%s: the teaser is not what stands before the gate: %q", name, out.Teaser)
			}
		}
	}
}

// What an author has hidden in a comment or a script is no part of the teaser because the
// gate cuts it open.
func TestTeaser_ShowsNothingThatThePageDoesNot(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		"Open. <!-- hidden <!--more--> --> Rest.", "Open.\n\n<!--\nhidden\n<!--more-->\n-->\n\nRest.", "Open. <a title='hidden <!--more-->'>x</a> Rest.",
		"Open.\n\n<script>\nhidden\n<!--more-->\n</script>\n\nRest.", "Open. <svg>hidden <!--more--></svg> Rest.", "Open. <!-- hidden\n&nbsp;\n--> x\n\nRest.",
		"<div>\n\n<svg>\nhidden\n\n<!--more-->\n\n</svg>\n\nRest.",
	} {
		out := mustRender(t, cleaned(t, source), content.Paid)
		if strings.Contains(out.Teaser, "hidden") || strings.Contains(out.Body, "hidden") || !strings.Contains(out.Body, "Rest.") {
			t.Errorf("%q: teaser %q, body %q", source, out.Teaser, out.Body)
		}
	}
}

func TestTeaser_AMarkWithNothingBehindPartsNothing(t *testing.T) {
	t.Parallel()
	for _, behind := range []string{"", "&nbsp;", "<div></div>", "<br>", "<script>x</script>", "<!-- x -->"} {
		out := mustRender(t, cleaned(t, "One.\n\nTwo.\n\n<!--more-->\n\n"+behind), content.Paid)
		if !strings.Contains(out.Teaser, "One.") || strings.Contains(out.Teaser, "Two.") {
			t.Errorf("%q behind the mark: the teaser is %q", behind, out.Teaser)
		}
	}
}

var numbers = regexp.MustCompile(`sentence\d+x`)

// sentencesIn are the sentences of a page in their order, each once: a heading says
// its own twice, in its id too.
func sentencesIn(page string) (out []string) {
	for _, s := range numbers.FindAllString(page, -1) {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// TestTeaser_SharesNoSentenceWithWhatIsGated writes texts of all that Markdown knows,
// each sentence with a number of its own. What everybody reads is a part of what
// stands before the first mark, or the beginning of one paragraph, and something is
// always left.
func TestTeaser_SharesNoSentenceWithWhatIsGated(t *testing.T) {
	t.Parallel()
	r, err := markdown.New()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		n := 0
		sentence := func() string { n++; return fmt.Sprintf("sentence%dx.", n) }
		blocks := []func() string{
			sentence,
			func() string { return sentence() + " " + sentence() },
			func() string { return "## " + sentence() },
			func() string { return "> " + sentence() + "\n> " + sentence() },
			func() string { return "- " + sentence() + "\n- " + sentence() },
			func() string { return "```\n" + sentence() + "\n```\n" },
			func() string { return "    " + sentence() },
			func() string { return "<div>" + sentence() + "</div>" },
			func() string { return "<div>\n\n" + sentence() },
			func() string { return "> [!WARNING]\n> " + sentence() },
			func() string { return sentence() + "\n: " + sentence() },
			func() string { return "</div>" },
			func() string { return "<b>" + sentence() },
			func() string { return sentence() + " <i>" + sentence() + "</i></b>" },
			func() string { return "<details><summary>" + sentence() + "</summary>\n\n" + sentence() },
			func() string { return "<table><tr><td>" + sentence() + "</td></tr></table>" },
			func() string { return "<table>" + sentence() },
			func() string { return sentence() + "<p align=center>" + sentence() },
			func() string { return "<" + sentence() + " and " + sentence() + ">" },
			func() string { return "a<b and " + sentence() + " c>d" },
			func() string { return "\\<" + sentence() + ">" },
			func() string { return "<script>" + sentence() + "</script>" },
			func() string { return sentence() + "<svg>" + sentence() },
			func() string { return "<a title=\"" + sentence() },
			func() string { return "<!--" },
			func() string { return "-->" },
			func() string { return "| " + sentence() + " |\n|---|\n| " + sentence() + " |" },
			func() string { return sentence() + "[^f]\n\n[^f]: " + sentence() },
			func() string { return "[" + sentence() + "][r]\n\n[r]: /x \"" + sentence() + "\"" },
			func() string { return sentence() + "<br><br>" + sentence() },
			func() string { return sentence() + "\\\n" + sentence() },
			func() string { return "![" + sentence() + "](/a.png)" },
			func() string { return "---" },
			func() string { return "<!--more-->" },
			func() string { return "&nbsp;" },
		}
		var source strings.Builder
		for range rapid.IntRange(1, 6).Draw(t, "blocks") {
			source.WriteString(rapid.SampledFrom(blocks).Draw(t, "block")())
			source.WriteString(rapid.SampledFrom([]string{"\n\n", "\r\r", "\u2028\u2028", "\n\u00a0\n", "\n\u200b\n", "<br><br>", "\n", "\n\n\n"}).Draw(t, "gap"))
		}
		text := cleaned(t, source.String())
		out, err := r.Render(t.Context(), text, content.Paid)
		if err != nil {
			t.Fatal(err)
		}
		shown, all := sentencesIn(out.Teaser), sentencesIn(out.Body)
		for _, s := range shown {
			if !slices.Contains(all, s) {
				t.Fatalf("%q: %s is in the teaser alone: %q", text, s, out.Teaser)
			}
		}
		// A break in code is something to read.
		breaks := strings.Contains(text, "```") && strings.Contains(text, "<br>")
		if len(shown) > 0 && len(shown) >= len(all) && !breaks {
			t.Fatalf("%q: the whole text is open: %q", text, out.Teaser)
		}
		mark := content.MorePattern.FindStringIndex(text)
		if mark != nil && numbers.MatchString(text[mark[1]:]) {
			behind := numbers.FindAllString(text[mark[1]:], -1)
			for _, s := range behind {
				if strings.Contains(out.Teaser, s+".") {
					t.Fatalf("%q: %s is behind the mark and in %q", text, s, out.Teaser)
				}
			}
			return
		}
		// Without a mark: what is shown stands together, and what follows it is gated. What an
		// author forgot to end is cut off before the mark, which then has something behind it.
		if len(shown) > 0 && (mark == nil || !strings.Contains(text[:mark[0]], "<!--") && !strings.Contains(text[:mark[0]], "<a title")) {
			first, last := strings.Index(text, shown[0]), strings.Index(text, shown[len(shown)-1])
			if strings.Contains(text[first:last], "\n\n") || strings.Contains(text[first:last], "<br><br>") {
				t.Fatalf("%q: more than a paragraph is open: %q", text, out.Teaser)
			}
			if all[len(all)-1] == shown[len(shown)-1] && !strings.Contains(text, "[^f]") {
				t.Fatalf("%q: the end is open: %q", text, out.Teaser)
			}
		}
	})
}
