package content_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// told writes runs as [-deleted-]{+inserted+}.
func told(runs []content.Run) string {
	var out strings.Builder
	for _, r := range runs {
		switch r.Op {
		case content.Deleted:
			fmt.Fprintf(&out, "[-%s-]", r.Text)
		case content.Inserted:
			fmt.Fprintf(&out, "{+%s+}", r.Text)
		default:
			out.WriteString(r.Text)
		}
	}
	return out.String()
}

func toldBody(blocks []content.Block) string {
	all := make([]string, len(blocks))
	for i, b := range blocks {
		all[i] = told(b.Runs)
	}
	return strings.Join(all, "¶")
}

func TestCompare_TellsWordsAndParagraphs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ earlier, later, want string }{
		{"", "", ""},
		{"", "New.", "{+New.+}"},
		{"Old.", "", "[-Old.-]"},
		{"One.\n\nTwo.\n\nThree.", "One.\n\n\n\nTwo.\n\nThree.\n", "One.¶Two.¶Three."},
		{"The cat sat.", "The dog sat.", "The [-cat-]{+dog+} sat."},
		{"Red green blue.", "One two three.", "[-Red green blue-]{+One two three+}."},
		{"One.\n\nTwo is here.\n\nThree.", "One.\n\nTwo was here.\n\nThree.\n\nFour.", "One.¶Two [-is-]{+was+} here.¶Three.¶{+Four.+}"},
		{"One.\n\nTwo.", "Two.\n\nOne.", "{+Two.+}¶One.¶[-Two.-]"},
		{"Zoe\u0308 don't", "Zoë don't", "Zoë don't"},
		{"नमस्ते दुनिया", "नमस्ते जगत", "नमस्ते [-दुनिया-]{+जगत+}"},
	} {
		have := content.Compare(content.Text{Markdown: c.earlier}, content.Text{Markdown: c.later})
		if got := toldBody(have.Body); got != c.want && !(c.want == "{+Two.+}¶One.¶[-Two.-]" && got == "[-One.-]¶Two.¶{+One.+}") {
			t.Errorf("%q to %q: %s, want %s", c.earlier, c.later, got, c.want)
		}
		if differs := strings.ContainsAny(c.want, "[{"); have.Differs() != differs {
			t.Errorf("%q to %q differ: %t", c.earlier, c.later, have.Differs())
		}
	}
}

func TestCompare_TellsOfEveryPart(t *testing.T) {
	t.Parallel()
	earlier := content.Text{Title: "On salt", Slug: "on-salt", Excerpt: "Short.", Tags: []string{"salt", "sea"}, Visibility: content.Public}
	later := content.Text{Title: "On pepper", Slug: "on-pepper", Excerpt: "Short.", Tags: []string{"sea", "spice"}, Visibility: content.Paid}
	c := content.Compare(earlier, later)
	for have, want := range map[string]string{
		told(c.Title): "On [-salt-]{+pepper+}", told(c.Slug): "[-on-salt-]{+on-pepper+}", told(c.Excerpt): "Short.",
		told(c.Tags): "[-salt-]sea{+spice+}", told(c.Visibility): "[-public-]{+paid+}",
	} {
		if have != want {
			t.Errorf("told %s, want %s", have, want)
		}
	}
	if !c.Differs() || content.Compare(later, later).Differs() {
		t.Error("what differs is the same, or the same differs")
	}
}

// both are the texts that a comparison is of, but for what is between paragraphs.
func both(blocks []content.Block) (earlier, later string) {
	var a, b []string
	for _, block := range blocks {
		var x, y strings.Builder
		for _, r := range block.Runs {
			if r.Op != content.Inserted {
				x.WriteString(r.Text)
			}
			if r.Op != content.Deleted {
				y.WriteString(r.Text)
			}
		}
		a, b = append(a, x.String()), append(b, y.String())
	}
	return strings.Join(a, "\n"), strings.Join(b, "\n")
}

// onlyLines leaves empty lines out.
func onlyLines(s string) string {
	lines := strings.Split(strings.Join(textform.Words(s), ""), "\n")
	return strings.Join(slices.DeleteFunc(lines, func(line string) bool { return strings.TrimSpace(line) == "" }), "\n")
}

func TestCompare_LosesNoWordOfEither(t *testing.T) {
	t.Parallel()
	seed := time.Now().UnixNano()
	r := rand.New(rand.NewPCG(uint64(seed), 1))
	words := []string{"a", "b", "c", " ", " ", ".", "\n\n", "\n", "é", "e\u0301"}
	text := func() string {
		var out strings.Builder
		for range r.IntN(40) {
			out.WriteString(words[r.IntN(len(words))])
		}
		return content.NormalizeMarkdown(out.String())
	}
	for range 5000 {
		a, b := text(), text()
		x, y := both(content.Compare(content.Text{Markdown: a}, content.Text{Markdown: b}).Body)
		if onlyLines(x) != onlyLines(a) || onlyLines(y) != onlyLines(b) {
			t.Fatalf("seed %d: of %q and %q are left %q and %q", seed, a, b, x, y)
		}
	}
}

// The longest texts that can be, however they differ, keep nobody waiting for long and are
// told whole.
func TestCompare_IsBounded(t *testing.T) {
	t.Parallel()
	long := func(word string) string { return strings.Repeat(word, content.MaxBody/len(word)) }
	for name, texts := range map[string][2]string{
		"one word is another":   {long("word ") + "end", long("word ") + "End"},
		"every word is another": {long("one "), long("two\t")},
		"paragraphs of one":     {long("a\n\n"), long("b\n\n")},
		"turned round":          {long("a b\n\n"), long("b a\n\n")},
		"one line":              {long("x"), long("y")},
		"every other":           {long("a c\n\nb\n\n"), long("a d\n\nb\n\n")},
	} {
		x, y := both(content.Compare(content.Text{Markdown: texts[0]}, content.Text{Markdown: texts[1]}).Body)
		if onlyLines(x) != onlyLines(texts[0]) || onlyLines(y) != onlyLines(texts[1]) {
			t.Errorf("%s: words are lost", name)
		}
	}
}

func BenchmarkCompare(b *testing.B) {
	a := strings.Repeat("Some words of a sentence that nobody reads.\n\n", content.MaxBody/45)
	other := strings.Replace(strings.ReplaceAll(a, "sentence that", "clause which"), "nobody", "somebody", 1)
	for b.Loop() {
		content.Compare(content.Text{Markdown: a}, content.Text{Markdown: other})
	}
}
