package markdown

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	emoji "github.com/yuin/goldmark-emoji"
	emojiast "github.com/yuin/goldmark-emoji/ast"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// callouts makes a callout of a quotation whose first line says so, as GitHub does.
type callouts struct{}

var calloutLine = regexp.MustCompile(`(?i)^[ \t]*\[!(note|tip|important|warning|caution)\][ \t]*\n?$`)

const calloutAttribute = "callout"

// Transform implements parser.ParagraphTransformer.
func (callouts) Transform(node *ast.Paragraph, reader text.Reader, _ parser.Context) {
	quotation, ok := node.Parent().(*ast.Blockquote)
	if !ok || node.PreviousSibling() != nil || node.Lines().Len() == 0 {
		return
	}
	first := node.Lines().At(0)
	kind := calloutLine.FindSubmatch(first.Value(reader.Source()))
	if kind == nil {
		return
	}
	quotation.SetAttributeString(calloutAttribute, strings.ToLower(string(kind[1])))
	node.Lines().SetSliced(1, node.Lines().Len())
	if node.Lines().Len() == 0 {
		quotation.RemoveChild(quotation, node)
	}
}

// emojis writes emoji for their short codes.
type emojis struct{ parser.InlineParser }

func newEmojis() emojis { return emojis{emoji.NewParser()} }

// Parse implements parser.InlineParser.
func (e emojis) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	if before := block.PrecendingCharacter(); unicode.IsLetter(before) || unicode.IsDigit(before) {
		return nil // a time, a ratio
	}
	found, ok := e.InlineParser.Parse(parent, block, pc).(*emojiast.Emoji)
	if !ok || !found.Value.IsUnicode() {
		return nil
	}
	return ast.NewString([]byte(string(found.Value.Unicode)))
}

// eastAsian lets emphasis begin and end beside the characters of scripts that put no space
// between words. CommonMark asks for a space or punctuation there, so that in
// "**「重要」**です" it would be none.
type eastAsian struct{ parser.InlineParser }

// Parse implements parser.InlineParser.
func (e eastAsian) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	node := e.InlineParser.Parse(parent, block, pc)
	mark, ok := node.(*parser.Delimiter)
	if !ok || mark.Char == '_' {
		return node
	}
	line, _ := block.PeekLine()
	after := '\n'
	if len(line) > 0 {
		after, _ = utf8.DecodeRune(line)
	}
	if unicode.In(before, ideographs...) || unicode.In(after, ideographs...) || isWidePunctuation(before) || isWidePunctuation(after) {
		mark.CanOpen = mark.CanOpen || !unicode.IsSpace(after)
		mark.CanClose = mark.CanClose || !unicode.IsSpace(before)
	}
	return node
}

// joinedLines ends lines of those scripts without the space that a browser would make of
// their end. Korean has spaces between words.
type joinedLines struct{}

// Transform implements parser.ASTTransformer.
func (joinedLines) Transform(document *ast.Document, reader text.Reader, _ parser.Context) {
	source := reader.Source()
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // fails only when the function does
		line, ok := n.(*ast.Text)
		if !entering || !ok || !line.SoftLineBreak() {
			return ast.WalkContinue, nil
		}
		next := line.NextSibling()
		for next != nil && next.FirstChild() != nil {
			next = next.FirstChild()
		}
		following, ok := next.(*ast.Text)
		if !ok {
			return ast.WalkContinue, nil
		}
		last, _ := utf8.DecodeLastRune(line.Segment.Value(source))
		first, _ := utf8.DecodeRune(following.Segment.Value(source))
		if isUnspaced(last) && isUnspaced(first) {
			line.SetSoftLineBreak(false)
		}
		return ast.WalkContinue, nil
	})
}

func isUnspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || isWidePunctuation(r) || r == prolonged
}

var ideographs = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo}

// isWidePunctuation reports whether a character is punctuation of those scripts.
func isWidePunctuation(r rune) bool {
	return 0x3000 < r && r <= 0x303f || 0xff00 < r && r < 0xff66 && unicode.In(r, unicode.P, unicode.S)
}

// maxAnchors is how many headings of a text have a link to themselves.
const maxAnchors = 500

const anchorAttribute = "anchor"

// anchors gives the headings of a text their links.
type anchors struct{}

// Transform implements parser.ASTTransformer.
func (anchors) Transform(document *ast.Document, _ text.Reader, _ parser.Context) {
	count := 0
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // fails only when the function does
		if _, named := n.AttributeString("id"); entering && named && n.Kind() == ast.KindHeading {
			if count++; count > maxAnchors {
				return ast.WalkStop, nil
			}
			n.SetAttributeString(anchorAttribute, true)
		}
		if n.Type() == ast.TypeInline {
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
}

// parts writes headings with a link to them, and callouts.
type parts struct{}

var _ renderer.NodeRenderer = parts{}

// RegisterFuncs implements renderer.NodeRenderer.
func (p parts) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindHeading, p.heading)
	r.Register(ast.KindBlockquote, p.quotation)
}

func (parts) heading(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*ast.Heading)
	tag := "h" + string("0123456"[n.Level])
	id, named := n.AttributeString("id")
	value, _ := id.([]byte)
	switch {
	case entering && named:
		_, _ = w.WriteString("<" + tag + ` id="` + string(util.EscapeHTML(value)) + `">`)
	case entering:
		_, _ = w.WriteString("<" + tag + ">")
	default:
		_, linked := n.AttributeString(anchorAttribute)
		if label := strings.TrimSpace(string(words(n, source))); linked && label != "" {
			_, _ = w.WriteString(`<a class="anchor" href="#` + string(util.EscapeHTML(value)) + `"`)
			attribute(w, "aria-label", []byte(shortened("Link to: "+label)))
			_, _ = w.WriteString("></a>")
		}
		_, _ = w.WriteString("</" + tag + ">\n")
	}
	return ast.WalkContinue, nil
}

func (parts) quotation(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	value, _ := node.AttributeString(calloutAttribute)
	kind, callout := value.(string)
	switch {
	case callout && entering:
		title := strings.ToUpper(kind[:1]) + kind[1:]
		_, _ = w.WriteString(`<div class="callout callout--` + kind + `" role="note" aria-label="` + title + `"><p class="callout__title" aria-hidden="true">` + title + "</p>\n")
	case callout:
		_, _ = w.WriteString("</div>\n")
	case entering:
		_, _ = w.WriteString("<blockquote>\n")
	default:
		_, _ = w.WriteString("</blockquote>\n")
	}
	return ast.WalkContinue, nil
}
