package markdown_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/neoforge-dev/neoforge/adapters/markdown"
	"github.com/neoforge-dev/neoforge/modules/content"
)

func mustPreview(tb testing.TB, source string) content.Preview {
	tb.Helper()
	r, err := markdown.New()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := r.Preview(context.Background(), source, content.Public)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func TestRawHTML_AllowedElementsStayAndNoWordIsLost(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"<p align=center>Intro</p>":                  `<p align="center">Intro</p>`,
		"if a<b and c>d then":                        `<p>if a&lt;b and c&gt;d then</p>`,
		"a List<String> and a Map<K, V>":             `<p>a List&lt;String&gt; and a Map&lt;K, V&gt;</p>`,
		"<String>\n*x*":                              "<p>&lt;String&gt;\n<em>x</em></p>",
		"1 <2 and 3> 2":                              `<p>1 &lt;2 and 3&gt; 2</p>`,
		"press <kbd>Ctrl</kbd>+<kbd title=x>C</kbd>": `<p>press <kbd>Ctrl</kbd>+<kbd title="x">C</kbd></p>`,
		"H<sub>2</sub>O **<i>x</i>**":                `<p>H<sub>2</sub>O <strong><i>x</i></strong></p>`,
		"<details open>\n<summary>More</summary>\n\n*x*\n\n</details>": "<details open=\"\">\n<summary>More</summary>\n<p><em>x</em></p>\n</details>",
		"<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>":               `<p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby></p>`,
		"<span lang=ja dir=ltr>日本</span>":                              `<p><span lang="ja" dir="ltr">日本</span></p>`,
		"a <font color=red>red</font> word":                            `<p>a red word</p>`,
		"<section>One</section><section>Two</section>":                 `<div>One</div><div>Two</div>`,
		"<center>\n\n# T\n\n</center>":                                 "<div align=\"center\">\n<h1 id=\"h-t\">T<a class=\"anchor\" href=\"#h-t\" aria-label=\"Link to: T\"></a></h1>\n</div>",
		"<table><tr><td colspan=2>a<td>b</table>":                      `<div class="scroll" tabindex="0" role="group" aria-label="Table"><table><tr><td colspan="2">a</td><td>b</td></tr></table></div>`,
		"<ul><li>a<li>b</ul>":                                          `<ul><li>a</li><li>b</li></ul>`,
		"<pre>x &lt; y</pre>":                                          `<pre class="chroma" tabindex="0" role="group" aria-label="Code">x &lt; y</pre>`,
		"<a href=https://example.com>x</a> <a href=/y>y</a>":           `<p><a href="https://example.com" rel="nofollow noopener">x</a> <a href="/y">y</a></p>`,
		"<?php echo 1 ?>":                                              `<p>&lt;?php echo 1 ?&gt;</p>`,
		"one <!-- two --> three":                                       `<p>one  three</p>`,
		"&lt;b&gt; <i>&amp;amp;</i>":                                   `<p>&lt;b&gt; <i>&amp;amp;</i></p>`,
	} {
		if got := strings.TrimSpace(mustPreview(t, source).Body); got != want {
			t.Errorf("%q becomes\n%s\nwant\n%s", source, got, want)
		}
	}
}

func TestRawHTML_TellsTheAuthorWhatWasTakenAway(t *testing.T) {
	t.Parallel()
	type w = content.Warning
	for source, want := range map[string][]w{
		"**plain** <b>text</b> a<b and c>d <!-- x -->": nil,
		"<font color=red>x</font><font>y</font>":       {{Code: content.TagRemoved, Tag: "font"}},
		"a <script>alert(1)</script> b":                {{Code: content.ContentRemoved, Tag: "script"}},
		"<style>\np{}\n</style>":                       {{Code: content.ContentRemoved, Tag: "style"}},
		"<iframe src=x></iframe>":                      {{Code: content.ContentRemoved, Tag: "iframe"}},
		"<p style=x onclick=y>z</p>":                   {{Code: content.AttributeRemoved, Tag: "p", Attribute: "style"}, {Code: content.AttributeRemoved, Tag: "p", Attribute: "onclick"}},
		"<b>x":                                         {{Code: content.TagUnclosed, Tag: "b"}},
		"<div>x":                                       {{Code: content.TagUnclosed, Tag: "div"}},
		"<li>x</li>":                                   {{Code: content.TagMisplaced, Tag: "li"}},
		"[x](javascript:y)":                            {{Code: content.AddressRemoved, Tag: "a", Attribute: "javascript:y"}},
		"![x](data:y)":                                 {{Code: content.AddressRemoved, Tag: "img", Attribute: "data:y"}},
		"<a href=ftp://x>y</a>":                        {{Code: content.AddressRemoved, Tag: "a", Attribute: "ftp://x"}},
		"x\n\n<!-- y":                                  {{Code: content.CommentUnclosed}},
	} {
		if got := mustPreview(t, source).Warnings; !slices.Equal(got, want) {
			t.Errorf("%q warns of %v, want %v", source, got, want)
		}
	}
	many := ""
	for i := range 100 {
		many += "<b data-" + strings.Repeat("x", i+1) + "=1>y</b>\n"
	}
	if got := len(mustPreview(t, many).Warnings); got != 20 {
		t.Errorf("%d warnings", got)
	}
}

// tree is a page around a text, as a browser reads it: whatever the text is, it ends where
// the page says.
func tree(t interface{ Fatalf(string, ...any) }, body string) (outside string) {
	document, err := html.Parse(strings.NewReader(`<!doctype html><body><main><ul><li><div id="text">` + body + `</div></li></ul><p id="after"></p></main>`))
	if err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	var path []string
	for n := range document.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, a := range n.Attr {
			if a.Key == "id" && (a.Val == "after" || a.Val == "text") {
				for p := n.Parent; p != nil; p = p.Parent {
					path = append(path, p.Data)
				}
			}
		}
	}
	// Nothing of the text stands beside its element.
	for n := range document.Descendants() {
		if n.Data == "li" && n.Parent.Parent.Data == "main" && n.FirstChild.NextSibling != nil {
			path = append(path, "beside")
		}
		if n.Data == "main" && n.FirstChild.NextSibling != n.LastChild {
			path = append(path, "behind")
		}
	}
	return strings.Join(path, " ")
}

// TestRawHTML_NeverEndsThePageAroundIt writes tags in any order, and has a browser's rules
// read the page.
func TestRawHTML_NeverEndsThePageAroundIt(t *testing.T) {
	t.Parallel()
	r, err := markdown.New()
	if err != nil {
		t.Fatal(err)
	}
	want := tree(t, "x")
	names := []string{
		"a href=/x", "b", "em", "p", "div", "ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th", "h2", "h3", "pre", "details", "summary",
		"figure", "figcaption", "blockquote", "ruby", "rt", "section", "font", "svg", "math", "script", "style", "select", "option", "textarea", "template", "form", "button", "nobr", "hr", "br", "img src=/x",
		"body", "html", "main", "title", "plaintext", "x-open n=div", "q", "colgroup", "col", "marquee", "object",
	}
	rapid.Check(t, func(t *rapid.T) {
		var source strings.Builder
		for range rapid.IntRange(1, 14).Draw(t, "parts") {
			name := rapid.SampledFrom(names).Draw(t, "name")
			bareName, _, _ := strings.Cut(name, " ")
			source.WriteString(rapid.SampledFrom([]string{
				"<" + name + ">", "<" + name + ">", "</" + bareName + ">", "</" + bareName + ">", "text", "*em*", "[l](/m)", "\n\n", "\n\n", "\n", "\n\n- ", "\n> ", "\n\n## ", "\n\n|a|\n|-|\n|", "`c`", "**", "<!--", "-->",
			}).Draw(t, "part"))
		}
		out, err := r.Preview(t.Context(), source.String(), content.Public)
		if err != nil {
			t.Fatal(err)
		}
		if got := tree(t, out.Body); got != want {
			t.Fatalf("%q becomes %q, and the page is %s", source.String(), out.Body, got)
		}
	})
}
