package markdown_test

import (
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/content"
)

func TestExtensions_BecomeWhatTheirReadersKnow(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"> [!NOTE]\n> *One*\n>\n> Two": "<div class=\"callout callout--note\" role=\"note\" aria-label=\"Note\"><p class=\"callout__title\" aria-hidden=\"true\">Note</p>\n<p><em>One</em></p>\n<p>Two</p>\n</div>",
		"> [!caution]\n> - a":          "<div class=\"callout callout--caution\" role=\"note\" aria-label=\"Caution\"><p class=\"callout__title\" aria-hidden=\"true\">Caution</p>\n<ul>\n<li>a</li>\n</ul>\n</div>",
		"> [!WARNING] x":               "<blockquote>\n<p>[!WARNING] x</p>\n</blockquote>",
		"> a\n> [!TIP]":                "<blockquote>\n<p>a\n[!TIP]</p>\n</blockquote>",
		"[!TIP]\nx":                    "<p>[!TIP]\nx</p>",
		"Anvil\n: A block\n: Of iron":  "<dl>\n<dt>Anvil</dt>\n<dd>A block</dd>\n<dd>Of iron</dd>\n</dl>",
		"a :+1: and :tada:!":           "<p>a 👍 and 🎉!</p>",
		"at 12:100:30 :octocat: `:+1:` :no_such: https://a.test/:+1:x": "<p>at 12:100:30 :octocat: <code>:+1:</code> :no_such: <a href=\"https://a.test/:+1:x\" rel=\"nofollow noopener\">https://a.test/:+1:x</a></p>",
		"## A & *B*": "<h2 id=\"h-a-b\">A &amp; <em>B</em><a class=\"anchor\" href=\"#h-a-b\" aria-label=\"Link to: A &amp; B\"></a></h2>",
		"## 日本語":     "<h2 id=\"h-日本語\">日本語<a class=\"anchor\" href=\"#h-%e6%97%a5%e6%9c%ac%e8%aa%9e\" aria-label=\"Link to: 日本語\"></a></h2>",
	} {
		if got := strings.TrimSpace(mustPreview(t, source).Body); !strings.EqualFold(got, want) {
			t.Errorf("%q becomes\n%s\nwant\n%s", source, got, want)
		}
	}
}

func TestEmphasis_StandsBesideTextWithoutSpaces(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"**「重要」**です":                "<p><strong>「重要」</strong>です</p>",
		"これは**「重要」**です。":            "<p>これは<strong>「重要」</strong>です。</p>",
		"**重要。**次":                  "<p><strong>重要。</strong>次</p>",
		"**中文（强调）**后面":              "<p><strong>中文（强调）</strong>后面</p>",
		"**한국어(Korean)**입니다":        "<p><strong>한국어(Korean)</strong>입니다</p>",
		"~~「削除」~~した":                "<p><del>「削除」</del>した</p>",
		"a * b * c, 2*3*4":          "<p>a * b * c, 2<em>3</em>4</p>",
		"snake_case_name 日_本_語":     "<p>snake_case_name 日_本_語</p>",
		"今日は\n晴れ\nand\nrain\n한국\n어": "<p>今日は晴れ\nand\nrain\n한국\n어</p>",
	} {
		if got := strings.TrimSpace(mustRender(t, source, content.Public).Body); got != want {
			t.Errorf("%q becomes\n%s\nwant\n%s", source, got, want)
		}
	}
}
