package content

import (
	"regexp"
	"slices"
	"strings"

	"github.com/neoforge-dev/neoforge/ports/textform"
)

// DiffOp says where a piece of two texts stands.
type DiffOp string

// The ops.
const (
	Same     DiffOp = "same"     // in both
	Deleted  DiffOp = "deleted"  // in the earlier alone
	Inserted DiffOp = "inserted" // in the later alone
)

// Run is a piece of two texts. Those that are same or inserted, in their order, are the later
// text; those that are same or deleted the earlier.
type Run struct {
	Op   DiffOp
	Text string
}

// Comparison is what became of a text. Of the body each Block is one or more paragraphs that
// are alike in both, or that differ, word by word. How many empty lines are between two
// paragraphs, and how a character is composed, is no difference.
type Comparison struct {
	Title      []Run
	Slug       []Run
	Excerpt    []Run
	Tags       []Run // each one tag
	Visibility []Run // the one that stays, or the earlier and the later
	Body       []Block
}

// Block is a part of a body.
type Block struct {
	Changed bool
	Runs    []Run // one that is same, unless it is changed
}

// Differs reports whether anything does.
func (c Comparison) Differs() bool {
	for _, runs := range [][]Run{c.Title, c.Slug, c.Excerpt, c.Tags, c.Visibility} {
		if differ(runs) {
			return true
		}
	}
	return slices.ContainsFunc(c.Body, func(b Block) bool { return b.Changed })
}

func differ(runs []Run) bool {
	return slices.ContainsFunc(runs, func(r Run) bool { return r.Op != Same })
}

// maxEdits bounds the search for the shortest way from one text to another, which takes time
// and memory by its square: what differs more is told as replaced as a whole.
const maxEdits = 1000

// Compare tells what became of an earlier text in a later one.
func Compare(earlier, later Text) Comparison {
	return Comparison{
		Title: compareWords(earlier.Title, later.Title), Slug: compareWhole(earlier.Slug, later.Slug), Excerpt: compareWords(earlier.Excerpt, later.Excerpt),
		Tags:       runsOf(earlier.Tags, later.Tags, func(op DiffOp, tags []string) []Run { return eachOf(op, tags) }),
		Visibility: compareWhole(string(earlier.Visibility), string(later.Visibility)),
		Body:       compareBodies(earlier.Markdown, later.Markdown),
	}
}

func compareWhole(earlier, later string) []Run {
	if earlier == later {
		return []Run{{Same, earlier}}
	}
	return []Run{{Deleted, earlier}, {Inserted, later}}
}

func eachOf(op DiffOp, all []string) []Run {
	out := make([]Run, len(all))
	for i, s := range all {
		out[i] = Run{op, s}
	}
	return out
}

// compareWords compares word by word. Where nothing but spaces is alike between two changes,
// they are one: a sentence that was written anew is not told as a row of single words.
func compareWords(earlier, later string) []Run {
	var out []Run
	var deleted, inserted, between strings.Builder
	flush := func() {
		for _, change := range []struct {
			op   DiffOp
			text *strings.Builder
		}{{Deleted, &deleted}, {Inserted, &inserted}, {Same, &between}} {
			if change.text.Len() > 0 {
				if n := len(out); n > 0 && out[n-1].Op == change.op {
					out[n-1].Text += change.text.String()
				} else {
					out = append(out, Run{change.op, change.text.String()})
				}
				change.text.Reset()
			}
		}
	}
	for _, p := range pieces(textform.Words(earlier), textform.Words(later)) {
		text := strings.Join(p.words, "")
		if p.op == Same {
			between.WriteString(text)
			if strings.TrimSpace(text) != "" || deleted.Len()+inserted.Len() == 0 {
				flush()
			}
			continue
		}
		if between.Len() > 0 {
			deleted.WriteString(between.String())
			inserted.WriteString(between.String())
			between.Reset()
		}
		if p.op == Deleted {
			deleted.WriteString(text)
		} else {
			inserted.WriteString(text)
		}
	}
	flush()
	return out
}

// betweenParagraphs is one or more empty lines.
var betweenParagraphs = regexp.MustCompile(`\n(?:[ \t]*\n)+`)

func paragraphs(s string) []string {
	s = strings.Trim(strings.Join(textform.Words(s), ""), "\n") // composed
	if s == "" {
		return nil
	}
	var out []string
	for _, p := range betweenParagraphs.Split(s, -1) {
		if p != "" {
			out = append(out, p)
		}
	}
	return out
}

const paragraphEnd = "\n\n"

func compareBodies(earlier, later string) []Block {
	var out []Block
	var deleted, inserted []string
	flush := func() {
		if len(deleted)+len(inserted) > 0 {
			out = append(out, Block{true, compareWords(strings.Join(deleted, paragraphEnd), strings.Join(inserted, paragraphEnd))})
			deleted, inserted = nil, nil
		}
	}
	for _, p := range pieces(paragraphs(earlier), paragraphs(later)) {
		switch p.op {
		case Deleted:
			deleted = append(deleted, p.words...)
		case Inserted:
			inserted = append(inserted, p.words...)
		default:
			flush()
			for _, paragraph := range p.words {
				out = append(out, Block{false, []Run{{Same, paragraph}}})
			}
		}
	}
	flush()
	return out
}

func runsOf(earlier, later []string, runs func(op DiffOp, words []string) []Run) (out []Run) {
	for _, p := range pieces(earlier, later) {
		out = append(out, runs(p.op, p.words)...)
	}
	return out
}

// piece is some words that stand side by side in one text, or in both.
type piece struct {
	op    DiffOp
	words []string
}

// pieces is the shortest way from one row of words to another (Myers, An O(ND) Difference
// Algorithm and Its Variations, 1986), or, where it has more than maxEdits steps, that
// all of what differs was replaced.
func pieces(a, b []string) []piece {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var out []piece
	add := func(op DiffOp, words []string) {
		if len(words) == 0 {
			return
		}
		if n := len(out); n > 0 && out[n-1].op == op {
			out[n-1].words = append(slices.Clip(out[n-1].words), words...)
			return
		}
		out = append(out, piece{op, words})
	}
	add(Same, a[:head])
	a, rest := a[head:len(a)-tail], a[len(a)-tail:]
	b = b[head : len(b)-tail]
	steps, found := shortest(numbered(a, b))
	if !found {
		add(Deleted, a)
		add(Inserted, b)
	}
	for _, s := range steps {
		if s.op == Inserted {
			add(Inserted, b[s.from:s.to])
		} else {
			add(s.op, a[s.from:s.to])
		}
	}
	add(Same, rest)
	return out
}

// numbered gives every word of two rows a number of its own, so that long ones are compared once.
func numbered(a, b []string) (x, y []int32) {
	numbers := make(map[string]int32)
	number := func(words []string) []int32 {
		out := make([]int32, len(words))
		for i, w := range words {
			n, seen := numbers[w]
			if !seen {
				n = int32(len(numbers))
				numbers[w] = n
			}
			out[i] = n
		}
		return out
	}
	return number(a), number(b)
}

// step is a part of one row, from its place from up to to: of the later one where it is
// inserted, of the earlier otherwise.
type step struct {
	op       DiffOp
	from, to int
}

// shortest finds the fewest deletions and insertions that make b of a; false when they are
// more than maxEdits.
func shortest(a, b []int32) ([]step, bool) {
	most := min(len(a)+len(b), maxEdits)
	// furthest is how far in a each diagonal k = x-y has come, at k+middle; rounds are what it
	// was before each number of edits d, from diagonal -d-1 on.
	middle := most + 1
	furthest := make([]int32, 2*most+3)
	var rounds [][]int32
	for d := 0; d <= most; d++ {
		rounds = append(rounds, slices.Clone(furthest[middle-d-1:middle+d+2]))
		for k := -d; k <= d; k += 2 {
			x := int(furthest[middle+k+1])
			if k != -d && (k == d || furthest[middle+k-1] >= furthest[middle+k+1]) {
				x = int(furthest[middle+k-1]) + 1
			}
			y := x - k
			for x < len(a) && y < len(b) && a[x] == b[y] {
				x, y = x+1, y+1
			}
			furthest[middle+k] = int32(x)
			if x >= len(a) && y >= len(b) {
				return walkedBack(rounds, len(a), len(b)), true
			}
		}
	}
	return nil, false
}

func walkedBack(rounds [][]int32, x, y int) []step {
	var back []step
	for d := len(rounds) - 1; d > 0; d-- {
		before := func(k int) int { return int(rounds[d][k+d+1]) }
		k := x - y
		inserted := k == -d || k != d && before(k-1) < before(k+1)
		from := k - 1
		if inserted {
			from = k + 1
		}
		wasX := before(from)
		wasY := wasX - from
		edit, then := step{Deleted, wasX, wasX + 1}, wasX+1
		if inserted {
			edit, then = step{Inserted, wasY, wasY + 1}, wasX
		}
		back = append(back, step{Same, then, x}, edit)
		x, y = wasX, wasY
	}
	back = append(back, step{Same, 0, x})
	slices.Reverse(back)
	return back
}
