package content

import (
	"html"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/ports/textform"
)

// within are the elements that stand within a word, or may; what any other one parts are
// two texts.
var within = []string{
	"a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark", "q", "s", "samp", "small",
	"span", "strike", "strong", "sub", "time", "tt", "u", "var", "wbr",
}

// unread are the elements whose content nobody reads.
var unread = []string{"script", "style", "template", "svg", "math"}

// TextOf is what there is to read in the HTML that a [Renderer] made, in lines.
func TextOf(page string) string {
	var out strings.Builder
	for page != "" {
		text, tag, found := strings.Cut(page, "<")
		out.WriteString(text)
		if !found {
			break
		}
		name, rest := cutTag(tag)
		page = rest
		switch {
		case slices.Contains(unread, name):
			_, page, _ = strings.Cut(page, "</"+name)
			_, page, _ = strings.Cut(page, ">")
			out.WriteByte('\n')
		case !slices.Contains(within, strings.TrimPrefix(name, "/")):
			out.WriteByte('\n')
		}
	}
	lines := strings.Split(html.UnescapeString(out.String()), "\n")
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	return strings.Join(slices.DeleteFunc(lines, func(line string) bool { return line == "" }), "\n")
}

// cutTag parts what follows "<" into the name of the tag and what follows the tag. A tag
// that does not end is all there is.
func cutTag(s string) (name, rest string) {
	if strings.HasPrefix(s, "!--") {
		_, rest, _ = strings.Cut(s, "-->")
		return "", rest
	}
	end := strings.IndexFunc(s, func(r rune) bool { return r == '>' || unicode.IsSpace(r) })
	if end < 0 {
		return "", ""
	}
	name = strings.ToLower(strings.TrimSuffix(s[:end], "/"))
	quote := byte(0)
	for i := end; i < len(s); i++ {
		switch b := s[i]; {
		case quote != 0 && b == quote:
			quote = 0
		case quote == 0 && (b == '"' || b == '\''):
			quote = b
		case quote == 0 && b == '>':
			return name, s[i+1:]
		}
	}
	return name, ""
}

// SearchRun is a part of a text in which the words that matched are marked.
type SearchRun struct {
	Text   string
	Marked bool
}

// The measures of a snippet, in bytes.
const (
	snippetBefore = 60
	snippetLength = 240
	snippetMarks  = 200 // how many are looked at
)

// spot is where a term stands in a text.
type spot struct{ from, to, term int }

// find lists where the terms of a query stand in a text, up to most of them.
func (q SearchQuery) find(text string, most int) (spots []spot) {
	longest := 0
	for _, t := range q.Terms {
		longest = max(longest, len(t.spans))
	}
	var last []textform.SearchSpan // those that were read last, as many as a phrase may have
	for span := range textform.SearchSpans(text) {
		if len(last) == longest && longest > 0 {
			last = append(last[:0], last[1:]...)
		}
		last = append(last, span)
		for i, t := range q.Terms {
			switch {
			case t.Without || len(t.spans) > len(last):
			case len(t.spans) == 1 && t.spans[0].Unspaced && span.Unspaced:
				wanted := t.spans[0].Text
				for at := 0; ; {
					n := strings.Index(span.Text[at:], wanted)
					if n < 0 {
						break
					}
					from, to := span.Locate(at+n, at+n+len(wanted))
					spots = append(spots, spot{from, to, i})
					at += n + len(wanted)
				}
			default:
				if from, to, ok := t.standsAt(last[len(last)-len(t.spans):]); ok {
					spots = append(spots, spot{from, to, i})
				}
			}
		}
		if len(spots) >= most {
			break
		}
	}
	slices.SortFunc(spots, func(a, b spot) int { return a.from - b.from })
	return spots
}

// standsAt reports whether parts of a text that follow one another are those of the term,
// and from where to where: a run of a script without spaces may begin before a phrase, and
// go on behind it.
func (t SearchTerm) standsAt(parts []textform.SearchSpan) (from, to int, ok bool) {
	from, to = parts[0].From, parts[len(parts)-1].To
	for i, part := range parts {
		wanted := t.spans[i]
		first, last := i == 0, i == len(parts)-1
		switch {
		case part.Unspaced != wanted.Unspaced:
			return 0, 0, false
		case part.Text == wanted.Text:
		case !part.Unspaced && last && (t.Prefix || t.Titles) && strings.HasPrefix(part.Text, wanted.Text):
		case part.Unspaced && first && !last && strings.HasSuffix(part.Text, wanted.Text):
			from, _ = part.Locate(len(part.Text)-len(wanted.Text), len(part.Text))
		case part.Unspaced && last && !first && strings.HasPrefix(part.Text, wanted.Text):
			_, to = part.Locate(0, len(wanted.Text))
		default:
			return 0, 0, false
		}
	}
	return from, to, true
}

// Mark parts a text into runs, of which those are marked that a query looks for.
func (q SearchQuery) Mark(text string) []SearchRun {
	return runs(text, q.find(text, len(text)+1))
}

func runs(text string, spots []spot) (out []SearchRun) {
	at := 0
	for _, s := range spots {
		if s.from > at {
			out = append(out, SearchRun{Text: text[at:s.from]})
		}
		if s.to <= at {
			continue
		}
		from := max(s.from, at)
		if n := len(out); n > 0 && out[n-1].Marked && from == at { // two that touch are one
			out[n-1].Text += text[from:s.to]
		} else {
			out = append(out, SearchRun{Text: text[from:s.to], Marked: true})
		}
		at = s.to
	}
	if at < len(text) {
		out = append(out, SearchRun{Text: text[at:]})
	}
	return out
}

// Snippet is the part of a text in which most of what a query looks for stands together,
// or its beginning when nothing does.
func (q SearchQuery) Snippet(text string) []SearchRun {
	text = strings.Join(strings.Fields(text), " ")
	spots := q.find(text, snippetMarks)
	best, most := 0, 0
	for i, first := range spots {
		seen := 0
		terms := map[int]bool{}
		for _, s := range spots[i:] {
			if s.to-first.from > snippetLength-snippetBefore {
				break
			}
			if !terms[s.term] {
				terms[s.term] = true
				seen++
			}
		}
		if seen > most {
			best, most = i, seen
		}
	}
	from := 0
	if most > 0 {
		from = wordStart(text, spots[best].from-snippetBefore, spots[best].from)
	}
	to := wordEnd(text, from+snippetLength)
	shown := spots[:0]
	for _, s := range spots {
		if s.from >= from && s.to <= to {
			shown = append(shown, spot{s.from - from, s.to - from, s.term})
		}
	}
	out := runs(text[from:to], shown)
	if from > 0 {
		out = append([]SearchRun{{Text: "… "}}, out...)
	}
	if to < len(text) {
		out = append(out, SearchRun{Text: " …"})
	}
	return joined(out)
}

// joined makes one of runs that follow one another unmarked.
func joined(all []SearchRun) (out []SearchRun) {
	for _, r := range all {
		if n := len(out); n > 0 && !out[n-1].Marked && !r.Marked {
			out[n-1].Text += r.Text
			continue
		}
		out = append(out, r)
	}
	return out
}

// wordStart is where a snippet begins that should begin at a place, before what it must
// show: behind a space, or where a character begins in a text without any.
func wordStart(text string, at, shows int) int {
	if at <= 0 {
		return 0
	}
	if space := strings.IndexByte(text[at:shows], ' '); space >= 0 {
		return at + space + 1
	}
	return character(text, at)
}

// wordEnd is where a snippet ends that should end at a place.
func wordEnd(text string, at int) int {
	if at >= len(text) {
		return len(text)
	}
	const back = 40
	if space := strings.LastIndexByte(text[at-back:at], ' '); space > 0 {
		return at - back + space
	}
	return character(text, at)
}

// character is the next place where one begins, with none of its marks cut off.
func character(text string, at int) int {
	for at < len(text) {
		r, n := utf8.DecodeRuneInString(text[at:])
		if utf8.RuneStart(text[at]) && !unicode.Is(unicode.M, r) && !unicode.Is(unicode.Cf, r) {
			return at
		}
		at += n
	}
	return at
}
