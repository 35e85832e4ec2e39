package cards

import (
	"github.com/neoforge-dev/neoforge/modules/content"
)

// Where things are on a card, in pixels.
const (
	margin    = 88
	measure   = content.CardWidth - 2*margin // the longest line
	nameLine  = 118                          // baseline of the site's name
	footLine  = 552                          // baseline of author and day
	ruleTop   = 488
	titleTop  = 168
	titleFoot = ruleTop - 36

	nameSize = 36
	footSize = 30
)

// titleSizes are tried from the largest on: of each the size of the letters in pixels, and
// how many lines the title may have at it. At the last it ends in an ellipsis.
var titleSizes = []struct{ size, lines int }{{88, 2}, {74, 3}, {60, 4}, {50, 4}}

// leading is the distance of two baselines as a multiple of the size.
const leading = 1.2

// compose draws what a card shows. The side where lines begin is that of its title.
func compose(to *canvas, s *setter, c content.Card) {
	title, name := s.faces.writable(c.Title), s.faces.writable(c.SiteName)
	if title == "" { // the site's name stands for what cannot be written
		title, name = name, ""
	}
	rightToLeft := runsRightToLeft(title)
	start := func(width int) int {
		if rightToLeft {
			return content.CardWidth - margin - width
		}
		return margin
	}

	edge := 0
	if rightToLeft {
		edge = content.CardWidth - edgeWidth
	}
	to.fill(edge, 0, edgeWidth, content.CardHeight, ember)
	if name != "" {
		for _, l := range s.set(s.shape(name, nameSize, rightToLeft), 1) {
			to.write(l, start(l.width), nameLine, muted)
		}
	}
	lines, size := s.fit(title, rightToLeft)
	distance := int(leading * float64(size))
	// Letters are about three quarters of their size high.
	block := (len(lines)-1)*distance + size*3/4
	baseline := titleTop + (titleFoot-titleTop-block)/2 + size*3/4
	for _, l := range lines {
		to.write(l, start(l.width), baseline, ink)
		baseline += distance
	}
	foot := footOf(s.faces.writable(c.AuthorName), c.Day(), rightToLeft)
	if foot == "" {
		return
	}
	to.fill(start(ruleWidth), ruleTop, ruleWidth, ruleHeight, ember)
	for _, l := range s.set(s.shape(foot, footSize, rightToLeft), 1) {
		to.write(l, start(l.width), footLine, muted)
	}
}

// Marks that nothing is drawn for, and beside which text runs as beside a letter (UAX 9, 2.6).
const (
	leftToRightMark = "\u200e"
	rightToLeftMark = "\u200f"
)

// footOf is who wrote a post, and its day. Neither is mixed up with the other where a name runs
// the other way than the line, nor are the numbers of a day with its month.
func footOf(author, day string, rightToLeft bool) string {
	if day != "" {
		day = leftToRightMark + day
	}
	if author == "" || day == "" {
		return author + day
	}
	mark := leftToRightMark
	if rightToLeft {
		mark = rightToLeftMark
	}
	return author + mark + " · " + day
}

const (
	edgeWidth  = 16
	ruleWidth  = 72
	ruleHeight = 6
)

// fit sets a title in the largest size that has room for it, and returns the size.
func (s *setter) fit(title string, rightToLeft bool) (_ []line, size int) {
	var p paragraph
	var most int
	for _, t := range titleSizes {
		p, size, most = s.shape(title, t.size, rightToLeft), t.size, t.lines
		if lines, ok := s.balanced(p, most); ok {
			return lines, size
		}
	}
	return s.set(p, most), size
}
