package markdown_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/neoforge-dev/neoforge/adapters/markdown"
	"github.com/neoforge-dev/neoforge/modules/content"
)

// example is one of a specification: what is written, and what it says becomes of it.
type example struct {
	name, markdown, html string
}

// examples are those of CommonMark (John MacFarlane, CC BY-SA 4.0), and those of GitHub's
// extensions. They are read where the module of the parser has them, which keeps them for its
// own tests.
func examples(t *testing.T) []example {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/yuin/goldmark").Output()
	if err != nil {
		t.Fatalf("where the module of the parser is: %v", err)
	}
	root := strings.TrimSpace(string(dir))
	raw, err := os.ReadFile(filepath.Join(root, "_test", "spec.json"))
	if err != nil {
		t.Fatal(err)
	}
	var listed []struct {
		Markdown, HTML string
		Example        int
	}
	if err := json.Unmarshal(raw, &listed); err != nil {
		t.Fatal(err)
	}
	var out []example
	for _, e := range listed {
		out = append(out, example{fmt.Sprintf("CommonMark %d", e.Example), e.Markdown, e.HTML})
	}
	if len(out) < 650 {
		t.Fatalf("only %d examples of CommonMark", len(out))
	}
	for _, extension := range []string{"table", "strikethrough", "linkify", "tasklist"} {
		raw, err := os.ReadFile(filepath.Join(root, "extension", "_test", extension+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		for part := range strings.SplitSeq(string(raw), "//= = = = = = = = = = = = = = = = = = = = = = = =//") {
			pieces := strings.Split(part, "//- - - - - - - - -//\n")
			if len(pieces) != 3 {
				continue
			}
			for i := range pieces {
				pieces[i] = strings.ReplaceAll(pieces[i], `\t`, "\t")
			}
			number := regexp.MustCompile(`\d+`).FindString(pieces[0])
			out = append(out, example{extension + " " + number, pieces[1], pieces[2]})
		}
	}
	if len(out) < 690 {
		t.Fatalf("only %d examples with the extensions", len(out))
	}
	return out
}

// canonical is a page without what the renderer adds to a specification's: focus, names and
// ids, colours of code, boxes around tables, and line ends between blocks.
func canonical(t *testing.T, page string) string {
	t.Helper()
	nodes, err := html.ParseFragment(strings.NewReader(page), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, n := range nodes {
		writeCanonical(&b, n, false)
	}
	return strings.TrimSpace(spaces.ReplaceAllString(strings.ReplaceAll(b.String(), "<br>", "<br>\n"), "$1\n"))
}

var (
	spaces = regexp.MustCompile(`[ \n]*(?:\n|(<br>)\n)[ \n]*`)
	added  = []string{"rel", "loading", "decoding", "tabindex", "role", "aria-label"}
	blocks = regexp.MustCompile(`^(p|div|h[1-6]|ul|ol|li|pre|blockquote|hr|table|thead|tbody|tr|td|th|details)$`)
)

func writeCanonical(b *strings.Builder, n *html.Node, pre bool) {
	switch n.Type {
	case html.TextNode:
		b.WriteString(html.EscapeString(n.Data))
	case html.ElementNode:
		open, shut := "<"+n.Data, "</"+n.Data+">"
		for _, a := range n.Attr {
			if slices.Contains(added, a.Key) || a.Key == "class" && (a.Val == "chroma" || n.Data == "code") || a.Key == "id" && strings.HasPrefix(n.Data, "h") {
				continue
			}
			open += " " + a.Key + `="` + html.EscapeString(a.Val) + `"`
		}
		open += ">"
		class := ""
		for _, a := range n.Attr {
			if a.Key == "class" {
				class = a.Val
			}
		}
		switch {
		case class == "anchor":
			return
		case n.Data == "span" && pre, n.Data == "div" && class == "scroll":
			open, shut = "", ""
		case n.FirstChild == nil && slices.Contains([]string{"br", "hr", "img"}, n.Data):
			shut = ""
		}
		if blocks.MatchString(n.Data) {
			open, shut = "\n"+open+"\n", "\n"+shut+"\n"
		}
		b.WriteString(open)
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			writeCanonical(b, c, pre || n.Data == "pre")
		}
		b.WriteString(shut)
	}
}

// specified is what a specification says, with what the pages allow of it.
func specified(r *markdown.Renderer, page string) string {
	page = checkedBox.ReplaceAllString(page, "[x]")
	page = aBox.ReplaceAllString(page, "[ ]")
	return r.Sanitized(styled.ReplaceAllString(page, ` align="$1"`))
}

var (
	checkedBox = regexp.MustCompile(`<input checked[^>]*>`)
	aBox       = regexp.MustCompile(`<input[^>]*>`)
	styled     = regexp.MustCompile(` style="text-align:(\w+)"`)
)

const (
	textNotTag  = "what is no element of HTML, or has a word where an attribute would stand, is text, and Markdown within it is read"
	instruction = "a processing instruction or CDATA section is text, not a block of HTML"
	autolinks   = "GitHub's extension makes a link of an address that stands in the text"
)

// intended are the examples that become something else, and why.
var intended = map[string]string{
	"CommonMark 163": textNotTag,
	"CommonMark 180": instruction,
	"CommonMark 182": instruction,
	"CommonMark 191": "a block of code cannot stand in the row of a table: the table ends before it",
	"CommonMark 524": textNotTag,
	"CommonMark 536": textNotTag,
	"CommonMark 608": autolinks,
	"CommonMark 611": autolinks,
	"CommonMark 612": autolinks,
	"CommonMark 616": textNotTag,
}

func TestSpecification_EachExampleBecomesWhatItSays(t *testing.T) {
	t.Parallel()
	r, err := markdown.New()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, e := range examples(t) {
		known[e.name] = true
		out, err := r.Render(t.Context(), e.markdown, content.Public)
		if err != nil {
			t.Fatalf("%s: %v", e.name, err)
		}
		got := canonical(t, aBox.ReplaceAllString(checkedBox.ReplaceAllString(out.Body, "[x]"), "[ ]"))
		want := canonical(t, specified(r, e.html))
		why, differs := intended[e.name]
		switch {
		case got != want && !differs:
			t.Errorf("%s: %q becomes\n%s\nwant\n%s", e.name, e.markdown, got, want)
		case got == want && differs:
			t.Errorf("%s is what the specification says, and listed because %q: take it off the list", e.name, why)
		}
	}
	for name := range intended {
		if !known[name] {
			t.Errorf("%s is listed and no example", name)
		}
	}
}
