package cards

import (
	"bytes"
	"slices"
	"testing"

	"github.com/go-fonts/dejavu/dejavusanscondensedbold"
	"github.com/go-fonts/dejavu/dejavuserifcondensedbold"
)

// The typefaces may be passed on with their notices alone. A program that has them has these.
func TestReadTypefaces_HaveTheirNoticesInThem(t *testing.T) {
	t.Parallel()
	for name, file := range map[string][]byte{"serif": dejavuserifcondensedbold.TTF, "sans serif": dejavusanscondensedbold.TTF} {
		for _, notice := range []string{"Copyright (c) 2003 by Bitstream, Inc.", "The above copyright and trademark notices and this permission notice shall", "be included in all copies of one or more of the Font Software typefaces."} {
			if !bytes.Contains(file, []byte(notice)) {
				t.Errorf("the %s does not say %q: bring its notice along", name, notice)
			}
		}
	}
}

// drawn are the letters of a text in the order in which they stand on the line.
func drawn(t *testing.T, s *setter, text string, rightToLeft bool) (out []rune) {
	t.Helper()
	p := s.shape(text, footSize, rightToLeft)
	for _, l := range s.set(p, 1) {
		for _, run := range l.runs {
			for _, g := range run.Glyphs {
				out = append(out, p.text[g.TextIndex()])
			}
		}
	}
	return slices.DeleteFunc(out, func(r rune) bool { return r == '\u200e' || r == '\u200f' })
}

func TestFootOf_KeepsTheDayWholeAndBehindTheAuthor(t *testing.T) {
	t.Parallel()
	faces, err := readTypefaces()
	if err != nil {
		t.Fatal(err)
	}
	s := &setter{faces: faces}
	for _, c := range []struct {
		author string
		right  bool
		want   string
	}{
		{"Ada", false, "Ada · 12 March 2026"},
		{"אבג", false, "גבא · 12 March 2026"},
		{"Ada", true, "12 March 2026 · Ada"},
		{"אבג", true, "12 March 2026 · גבא"},
		{"", true, "12 March 2026"},
		{"", false, "12 March 2026"},
	} {
		if got := string(drawn(t, s, footOf(c.author, "12 March 2026", c.right), c.right)); got != c.want {
			t.Errorf("%q, right to left %t: %q, not %q", c.author, c.right, got, c.want)
		}
	}
}
