package cards

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/go-fonts/dejavu/dejavusanscondensedbold"
	"github.com/go-fonts/dejavu/dejavuserifcondensedbold"
	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/bidi"

	"github.com/neoforge-dev/neoforge/ports/textform"
)

const (
	// maxRunes bounds what is shaped of one text.
	maxRunes = 400
	// maxMarks is how many marks stand on one letter: no writing has more, and a tower of
	// them would run over the lines above.
	maxMarks = 3
)

// typefaces are those that cards are written with, the first that has all letters of a text.
type typefaces []*font.Face

// readTypefaces reads those that are embedded: a serif as headings of the site have one, and
// a sans serif that has more scripts. Their terms go with every copy: they stand in the files
// themselves, which are in the program as they are.
func readTypefaces() (typefaces, error) {
	var out typefaces
	for _, file := range [][]byte{dejavuserifcondensedbold.TTF, dejavusanscondensedbold.TTF} {
		face, err := font.ParseTTF(bytes.NewReader(file))
		if err != nil {
			return nil, fmt.Errorf("read a typeface: %w", err)
		}
		out = append(out, face)
	}
	return out, nil
}

// writable is a text without the signs and marks that the typefaces lack, such as most emoji;
// empty when they lack a letter or a digit of it.
func (t typefaces) writable(s string) string {
	var out strings.Builder
	marks, n, last := 0, 0, ' '
	for _, r := range textform.Plain(strings.ToValidUTF8(s, "")) {
		if n++; n > maxRunes {
			break
		}
		switch {
		case unicode.IsSpace(r):
			r = ' '
		case r == '\u200c' || r == '\u200d': // between letters, and not between pictures that are gone
			if !unicode.In(last, unicode.L, unicode.M) {
				continue
			}
		case r == '\u200e' || r == '\u200f' || r == '\u061c': // nothing is drawn for them
		case unicode.In(r, unicode.Variation_Selector, unicode.C):
			continue
		case t.has(r):
		case unicode.In(r, unicode.L, unicode.N):
			return ""
		default:
			continue
		}
		if unicode.Is(unicode.M, r) {
			if marks++; marks > maxMarks || last == ' ' {
				continue
			}
		} else {
			marks = 0
		}
		last = r
		out.WriteRune(r)
	}
	words := strings.Join(strings.Fields(out.String()), " ")
	if !strings.ContainsFunc(words, func(r rune) bool { return t.has(r) && r != ' ' }) {
		return ""
	}
	return words
}

func (t typefaces) has(r rune) bool {
	return slices.ContainsFunc(t, func(f *font.Face) bool { return has(f, r) })
}

func has(f *font.Face, r rune) bool {
	_, ok := f.NominalGlyph(r)
	return ok
}

// forText are the typefaces for a text: one, if it has all letters.
func (t typefaces) forText(text []rune) typefaces {
	for i, f := range t {
		if !slices.ContainsFunc(text, func(r rune) bool { return !has(f, r) && t.has(r) }) {
			return t[i : i+1]
		}
	}
	return t
}

// ResolveFace implements shaping.Fontmap.
func (t typefaces) ResolveFace(r rune) *font.Face {
	for _, f := range t {
		if has(f, r) {
			return f
		}
	}
	return t[0]
}

// runsRightToLeft reports whether the first letter that runs either way runs to the left
// (UAX 9, P2 and P3).
func runsRightToLeft(s string) bool {
	for _, r := range s {
		p, _ := bidi.LookupString(string(r))
		switch p.Class() {
		case bidi.L:
			return false
		case bidi.R, bidi.AL:
			return true
		}
	}
	return false
}

// setter sets text in lines.
type setter struct {
	faces     typefaces
	segmenter shaping.Segmenter
	shaper    shaping.HarfbuzzShaper
	wrapper   shaping.LineWrapper
}

// line is what stands on one: runs from left to right, and their width in pixels.
type line struct {
	runs  []shaping.Output
	width int
}

// paragraph is a text that was shaped, to be broken in lines of any width.
type paragraph struct {
	text      []rune
	runs      []shaping.Output
	ellipsis  shaping.Output
	direction di.Direction
}

// shape shapes a text in letters of a size in pixels.
func (s *setter) shape(text string, size int, rightToLeft bool) paragraph {
	p := paragraph{text: []rune(text), direction: di.DirectionLTR}
	if rightToLeft {
		p.direction = di.DirectionRTL
	}
	faces := s.faces.forText(p.text)
	input := shaping.Input{
		Text: p.text, RunEnd: len(p.text), Direction: p.direction, Size: fixed.I(size), Language: language.NewLanguage("en"), Face: faces[0],
	}
	for _, part := range s.segmenter.Split(input, faces) {
		p.runs = append(p.runs, s.shaper.Shape(part))
	}
	input.Text, input.RunEnd, input.Script = []rune("…"), 1, language.Common
	p.ellipsis = s.shaper.Shape(input)
	return p
}

// set breaks a paragraph in at most so many lines. Words that are longer than a line are
// broken as well, and what does not fit ends in an ellipsis.
func (s *setter) set(p paragraph, lines int) []line {
	out, _ := s.wrap(p, measure, lines, shaping.WhenNecessary)
	return out
}

// whole is set for a paragraph that has to fit without a broken word; else it returns false.
func (s *setter) whole(p paragraph, width, lines int) ([]line, bool) {
	out, cut := s.wrap(p, width, lines, shaping.Never)
	return out, !cut && !slices.ContainsFunc(out, func(l line) bool { return l.width > width })
}

// balanced is whole, in lines that are about as long as one another.
func (s *setter) balanced(p paragraph, lines int) ([]line, bool) {
	out, ok := s.whole(p, measure, lines)
	if !ok || len(out) < 2 {
		return out, ok
	}
	for narrow, wide := measure/2, measure; wide-narrow > balance; {
		width := (narrow + wide) / 2
		if evener, fits := s.whole(p, width, len(out)); fits {
			out, wide = evener, width
		} else {
			narrow = width
		}
	}
	return out, true
}

// balance is how exactly lines are made even, in pixels.
const balance = 8

func (s *setter) wrap(p paragraph, width, lines int, breaks shaping.LineBreakPolicy) (_ []line, cut bool) {
	if len(p.text) == 0 {
		return nil, false
	}
	runs := slices.Clone(p.runs)
	for i := range runs { // the wrapper takes away the space at the end of a line
		runs[i].Glyphs = slices.Clone(runs[i].Glyphs)
	}
	config := shaping.WrapConfig{Direction: p.direction, TruncateAfterLines: lines, Truncator: p.ellipsis, BreakPolicy: breaks}
	wrapped, left := s.wrapper.WrapParagraph(config, width, p.text, shaping.NewSliceIterator(runs))
	out := make([]line, 0, len(wrapped))
	for _, runs := range wrapped {
		l := line{runs: slices.Clone(runs)} // the wrapper goes on using its own
		slices.SortStableFunc(l.runs, func(a, b shaping.Output) int { return int(a.VisualIndex - b.VisualIndex) })
		var advance fixed.Int26_6
		for _, run := range l.runs {
			advance += run.Advance
		}
		l.width = advance.Ceil()
		out = append(out, l)
	}
	return out, left > 0
}
