package markdown

import (
	"bytes"
	"html"
	"regexp"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"

	"github.com/neoforge-dev/neoforge/modules/content"
)

// teaserOf renders the part of a gated text that everybody may see: what stands before
// the first mark, wherever that is; without a mark, the first paragraph that is no part
// of a list, quotation or table. It is empty unless something to read stands behind it:
// a teaser is never the whole text, nor its end.
func (r *Renderer) teaserOf(source []byte, document ast.Node, references []parser.Reference, body string, pictures album) (string, error) {
	// What stands behind the mark is left out of all that follows: nothing of it can come
	// through, whatever it is taken for.
	if mark := content.MorePattern.FindIndex(source); mark != nil {
		source = withoutLooseEnd(source[:mark[0]:mark[0]], source[mark[1]:])
		before, err := r.writeTeaser(source, references, pictures)
		if err != nil || !endOf(before, body) {
			return before, err
		}
		// Nothing to read stands behind the mark, so it parts nothing.
		document, _ = parse(r.teaser, source, untitled(references))
	}
	first := firstParagraph(source, document)
	if first == nil {
		return "", nil
	}
	teaser, err := r.writeTeaser(withoutLooseEnd(first, source), references, pictures)
	if err != nil || endOf(teaser, body) {
		return "", err
	}
	return teaser, nil
}

// writeTeaser renders what stands before the gate as a document of its own, so that not
// even a footnote is in it that stands behind. The addresses of links may stand at the end
// of the text, so those are known to it.
func (r *Renderer) writeTeaser(before []byte, references []parser.Reference, pictures album) (string, error) {
	document, _ := parse(r.teaser, before, untitled(references))
	teaser, _, err := r.write(before, document, pictures)
	return teaser, err
}

var looseTag = regexp.MustCompile(`<[A-Za-z/!?][^<>]*$`)

// withoutLooseEnd is a text without a comment or a tag at its end that may end in what
// follows it: what is no part of the page would be text.
func withoutLooseEnd(source, following []byte) []byte {
	if at := bytes.LastIndex(source, []byte("<!--")); at >= 0 && !bytes.Contains(source[at:], []byte("-->")) {
		source = source[:at:at]
	}
	if at := looseTag.FindIndex(source); at != nil && bytes.IndexByte(following, '>') >= 0 {
		source = source[:at[0]:at[0]]
	}
	return source
}

// firstParagraph is the source of the first paragraph of a text; nil when there is none,
// or when nothing to read follows it.
func firstParagraph(source []byte, document ast.Node) []byte {
	for node := document.FirstChild(); node != nil; node = node.NextSibling() {
		paragraph, ok := node.(*ast.Paragraph)
		if !ok {
			continue
		}
		first, rest := untilGap(paragraph, source)
		for next := node.NextSibling(); next != nil && !rest; next = next.NextSibling() {
			_, notes := next.(*extast.FootnoteList) // wherever they are written, they explain and are not the text
			rest = !notes && substantial(next, source)
		}
		if !rest {
			return nil
		}
		return first
	}
	return nil
}

var lineBreak = regexp.MustCompile(`(?i)<br\s*/?>`)

// twoBreaks finds line breaks with nothing to read between them, by which an author
// parts paragraphs without a blank line.
func twoBreaks(line []byte) (from, to int, found bool) {
	all := lineBreak.FindAllIndex(line, -1)
	for i := 1; i < len(all); i++ {
		if !readable(line[all[i-1][1]:all[i][0]]) {
			return all[i-1][0], all[i][1], true
		}
	}
	return 0, 0, false
}

// untilGap returns the source of a paragraph up to what looks like the end of one to
// its author: a line that shows nothing, two line breaks, or the tag of a block. rest
// reports whether something to read follows the gap.
func untilGap(paragraph *ast.Paragraph, source []byte) (first []byte, rest bool) {
	gap, block := false, blockTag(paragraph, source)
	for i := range paragraph.Lines().Len() {
		segment := paragraph.Lines().At(i)
		line := segment.Value(source)
		if !gap && segment.Start <= block && block < segment.Stop {
			gap = true
			first = append(first, source[segment.Start:block]...)
			line = source[block:segment.Stop]
		}
		if gap = gap || i > 0 && !readable(line); gap {
			rest = rest || readable(line)
			continue
		}
		first = append(first, line...)
	}
	if from, to, found := twoBreaks(first); found {
		return first[:from:from], rest || readable(first[to:])
	}
	return first, rest
}

var blockLevel = regexp.MustCompile(`(?i)^</?(?:address|article|aside|blockquote|center|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul)[\s/>]`)

// blockTag is where in the source a paragraph has its first tag of a block behind
// something to read, or -1. A browser begins a new paragraph there.
func blockTag(paragraph *ast.Paragraph, source []byte) int {
	found := -1
	_ = ast.Walk(paragraph, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // fails only when the function does
		raw, ok := n.(*ast.RawHTML)
		if !entering || !ok || raw.Segments.Len() == 0 {
			return ast.WalkContinue, nil
		}
		start := raw.Segments.At(0).Start
		if blockLevel.Match(raw.Segments.Value(source)) && readable(source[paragraph.Lines().At(0).Start:start]) {
			found = start
			return ast.WalkStop, nil
		}
		return ast.WalkContinue, nil
	})
	return found
}

var tags = regexp.MustCompile(`(?s)<!--.*?-->|<[^>]*>`)

// withoutTags is a text without its tags, but for pictures, which show something.
func withoutTags(text string) string {
	return html.UnescapeString(tags.ReplaceAllStringFunc(text, func(tag string) string {
		if strings.HasPrefix(strings.ToLower(tag), "<img") {
			return tag
		}
		return ""
	}))
}

// readable reports whether there is anything to read in a text: a letter, a digit, a
// sign or a picture, beside tags, punctuation, spaces and characters without a shape.
func readable(markdown []byte) bool {
	return strings.ContainsFunc(withoutTags(string(markdown)), legible)
}

// legible reports whether a character says something by itself. Fillers are letters
// to Unicode, and show nothing.
func legible(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.So, unicode.Sc) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) && r != '\u2800'
}

// substantial reports whether a block has something to read in it.
func substantial(block ast.Node, source []byte) bool {
	found := false
	_ = ast.Walk(block, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // fails only when the function does
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Image, *extast.Table:
			found = true
		case *ast.Text:
			found = strings.ContainsFunc(html.UnescapeString(string(n.Segment.Value(source))), legible)
		case *ast.String:
			found = readable(n.Value)
		case *ast.AutoLink:
			found = true
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			found = readable(n.Lines().Value(source))
		case *ast.HTMLBlock:
			found = readable(htmlOf(n, source))
		}
		if found {
			return ast.WalkStop, nil
		}
		return ast.WalkContinue, nil
	})
	return found
}

// untitled are the addresses of links without their titles, which are text that
// may stand behind the gate.
func untitled(references []parser.Reference) []parser.Reference {
	out := make([]parser.Reference, len(references))
	for i, r := range references {
		out[i] = parser.NewReference(r.Label(), r.Destination(), nil)
	}
	return out
}

// endOf reports whether the words of a teaser are the last words of the body, or all
// of them: however it was cut, such a teaser gives away what is behind the gate.
func endOf(teaser, body string) bool {
	shown := wordsOf(teaser)
	return shown != "" && strings.HasSuffix(wordsOf(body), shown)
}

// wordsOf is what there is to read in HTML, without what stands between, and without a
// mark that is shown as code.
func wordsOf(page string) string {
	text := withoutTags(strings.ReplaceAll(page, lazily, ""))
	return strings.Map(func(r rune) rune {
		if legible(r) {
			return r
		}
		return -1
	}, content.MorePattern.ReplaceAllString(text, ""))
}
