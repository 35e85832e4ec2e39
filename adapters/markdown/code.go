package markdown

import (
	"bytes"
	"strings"
	"time"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Code beyond these bounds is shown without colours: languages are told by
// patterns that look back, and hostile input can make those slow.
const (
	maxColoured  = 64 << 10 // bytes in one text
	colouringFor = 2 * time.Second
)

// allowance is what is left of the bounds for one text. Its blocks share it.
type allowance struct {
	bytes int
	time  time.Duration
}

const allowanceAttribute = "colour-allowance"

// allowances gives the blocks of a text their allowance.
type allowances struct{}

// Transform implements parser.ASTTransformer.
func (allowances) Transform(document *ast.Document, _ text.Reader, _ parser.Context) {
	shared := &allowance{bytes: maxColoured, time: colouringFor}
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && n.Kind() == ast.KindFencedCodeBlock {
			n.SetAttributeString(allowanceAttribute, shared)
		}
		if n.Type() == ast.TypeInline {
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
}

// code writes blocks of code, coloured by chroma's classes.
type code struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (c code) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindFencedCodeBlock, c.fenced)
	r.Register(ast.KindCodeBlock, c.indented)
}

func (code) indented(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	openCode(w, "")
	for i := range node.Lines().Len() {
		line := node.Lines().At(i)
		_, _ = w.Write(util.EscapeHTML(line.Value(source)))
	}
	_, _ = w.WriteString("</code></pre>\n")
	return ast.WalkContinue, nil
}

// openCode begins a block of code. A wide one scrolls, so it takes the focus, and whoever
// does not see it is told what has it. It is a group: each region would be a landmark, and
// a page of code would have dozens.
func openCode(w util.BufWriter, language string) {
	_, _ = w.WriteString(`<pre class="chroma" tabindex="0" role="group" aria-label="Code`)
	if language != "" {
		_, _ = w.WriteString(": " + language + `"><code class="language-` + language + `">`)
		return
	}
	_, _ = w.WriteString(`"><code>`)
}

func (code) fenced(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	n := node.(*ast.FencedCodeBlock)
	var written bytes.Buffer
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		written.Write(line.Value(source))
	}
	language := languageName(n.Language(source))
	openCode(w, language)
	if coloured, ok := colour(n, language, written.String()); ok {
		_, _ = w.Write(coloured)
	} else {
		_, _ = w.Write(util.EscapeHTML(written.Bytes()))
	}
	_, _ = w.WriteString("</code></pre>\n")
	return ast.WalkContinue, nil
}

// languageName returns the name when it is one that may stand in a class.
func languageName(name []byte) string {
	if len(name) > 20 {
		return ""
	}
	for _, b := range name {
		if !util.IsAlphaNumeric(b) && b != '-' && b != '+' && b != '#' {
			return ""
		}
	}
	return string(bytes.ToLower(name))
}

func colour(n ast.Node, language, written string) ([]byte, bool) {
	attribute, _ := n.AttributeString(allowanceAttribute)
	left, _ := attribute.(*allowance)
	if left == nil || language == "" || len(written) > left.bytes {
		return nil, false
	}
	lexer := lexers.Get(language)
	if lexer == nil {
		return nil, false
	}
	left.bytes -= len(written)
	tokens, err := chroma.Coalesce(lexer).Tokenise(nil, written)
	if err != nil {
		return nil, false
	}
	// The language's patterns are compiled by now, which counts for no text.
	began := time.Now()
	defer func() { left.time -= time.Since(began) }()
	var out bytes.Buffer
	for token := tokens(); token != chroma.EOF; token = tokens() {
		if time.Since(began) > left.time {
			return nil, false
		}
		escaped := util.EscapeHTML([]byte(token.Value))
		class := chroma.StandardTypes[token.Type]
		if class == "" || strings.TrimSpace(token.Value) == "" {
			out.Write(escaped)
			continue
		}
		out.WriteString(`<span class="` + class + `">`)
		out.Write(escaped)
		out.WriteString(`</span>`)
	}
	return out.Bytes(), true
}
