package markdown

import (
	"io"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"golang.org/x/net/html"
)

// What an author writes in HTML goes two steps. Here each tag is told from a comparison or
// a type ("a<b and c>d", "List<String>"), which is text, and written down as one of two
// elements that no author can write: <x-open n="div" …> and <x-close n="div">. page.go then
// sees what the renderer wrote and what the author wrote apart, and decides about the latter.
const (
	openMark    = "x-open"
	closeMark   = "x-close"
	commentMark = "x-comment" // a comment that does not end
	addressMark = "x-address" // an address that was left out, of the element n
)

// isTag reports whether a token is a tag of HTML. An element that HTML does not know is
// none, and neither is one that has a word where an attribute would stand.
func isTag(t html.Token) bool {
	if !elements[t.Data].known() {
		return false
	}
	for _, a := range t.Attr {
		if a.Val == "" && !bareAttributes[a.Key] && !strings.HasPrefix(a.Key, "data-") && !strings.HasPrefix(a.Key, "aria-") && !strings.HasPrefix(a.Key, "on") {
			return false
		}
	}
	return t.Type != html.EndTagToken || len(t.Attr) == 0
}

// inlineHTML parses a tag within a line, when it is one.
type inlineHTML struct{ parser.InlineParser }

// Parse implements parser.InlineParser.
func (p inlineHTML) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, position := block.Position()
	node := p.InlineParser.Parse(parent, block, pc)
	raw, ok := node.(*ast.RawHTML)
	if !ok {
		return node
	}
	z := html.NewTokenizer(strings.NewReader(string(raw.Segments.Value(block.Source()))))
	switch z.Next() {
	case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
		if isTag(z.Token()) {
			return node
		}
	case html.DoctypeToken:
		return node
	case html.CommentToken:
		if strings.HasPrefix(string(z.Raw()), "<!--") {
			return node
		}
	}
	block.SetPosition(line, position)
	return nil
}

// blockHTML opens a block of HTML where the line begins with a tag that is one.
type blockHTML struct{ parser.BlockParser }

// Open implements parser.BlockParser.
func (p blockHTML) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, _ := reader.PeekLine()
	z := html.NewTokenizer(strings.NewReader(strings.TrimLeft(string(line), " ")))
	switch z.Next() {
	case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
		if !isTag(z.Token()) {
			return nil, parser.NoChildren
		}
	case html.CommentToken:
		if !strings.HasPrefix(string(z.Raw()), "<!--") {
			return nil, parser.NoChildren
		}
	case html.ErrorToken: // a tag that goes on in the next line
		if name := tagName.FindStringSubmatch(string(line)); name != nil && !elements[strings.ToLower(name[1])].known() {
			return nil, parser.NoChildren
		}
	case html.TextToken, html.DoctypeToken:
	}
	return p.BlockParser.Open(parent, reader, pc)
}

var tagName = regexp.MustCompile(`^ *</?([A-Za-z][A-Za-z0-9-]*)`)

// rawHTML writes what the author wrote in HTML for page to decide about.
type rawHTML struct{}

var _ renderer.NodeRenderer = rawHTML{}

// RegisterFuncs implements renderer.NodeRenderer.
func (r rawHTML) RegisterFuncs(f renderer.NodeRendererFuncRegisterer) {
	f.Register(ast.KindHTMLBlock, r.block)
	f.Register(ast.KindRawHTML, r.inline)
}

func (rawHTML) block(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		writeAuthors(w, string(htmlOf(node.(*ast.HTMLBlock), source)))
	}
	return ast.WalkContinue, nil
}

// htmlOf is the source of a block of HTML.
func htmlOf(n *ast.HTMLBlock, source []byte) []byte {
	out := n.Lines().Value(source)
	if n.HasClosure() {
		out = append(out, n.ClosureLine.Value(source)...)
	}
	return out
}

func (rawHTML) inline(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		writeAuthors(w, string(node.(*ast.RawHTML).Segments.Value(source)))
	}
	return ast.WalkSkipChildren, nil
}

var attributeKey = regexp.MustCompile(`^[a-z_:][a-z0-9_.:-]*$`)

// writeAuthors writes an author's HTML with its tags marked and everything else as text.
func writeAuthors(w util.BufWriter, raw string) {
	z := html.NewTokenizer(strings.NewReader(raw))
	seen := 0
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			// io.EOF is the only error of a string. What the tokenizer did not finish is text.
			_, _ = w.WriteString(html.EscapeString(raw[min(seen, len(raw)):]))
			return
		}
		written := string(z.Raw())
		seen += len(written)
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			token := z.Token()
			if !isTag(token) {
				_, _ = w.WriteString(html.EscapeString(written))
				continue
			}
			writeMark(w, token)
		case html.CommentToken:
			switch {
			case !strings.HasPrefix(written, "<!--"):
				_, _ = w.WriteString(html.EscapeString(written))
			case !strings.HasSuffix(written, ">"):
				_, _ = w.WriteString("<" + commentMark + ">")
			}
		case html.DoctypeToken:
			_, _ = w.WriteString("<" + openMark + ` n="!doctype">`)
		default:
			_, _ = io.WriteString(w, html.EscapeString(z.Token().Data))
		}
	}
}

func writeMark(w util.BufWriter, t html.Token) {
	mark := openMark
	if t.Type == html.EndTagToken {
		mark = closeMark
	}
	_, _ = w.WriteString("<" + mark + ` n="` + t.Data + `"`)
	for _, a := range t.Attr {
		if attributeKey.MatchString(a.Key) {
			_, _ = w.WriteString(" " + a.Key + `="` + html.EscapeString(a.Val) + `"`)
		}
	}
	_ = w.WriteByte('>')
}
