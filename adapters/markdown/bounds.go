package markdown

import (
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Some rules of Markdown make a parser look at the same text once for every mark
// in it, so that a text of marks takes time by the square of its length. The types
// here keep those rules within what people write; beyond it a mark is plain text.

// maxDepth is how deep lists, quotations and footnotes may stand in each other.
const maxDepth = 24

// shallow keeps a kind of block from being opened too deep. Its mark is then text.
type shallow struct{ parser.BlockParser }

// Open implements parser.BlockParser.
func (s shallow) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for node := parent; node != nil; node = node.Parent() {
		switch node.(type) {
		case *ast.List, *ast.Blockquote, *extast.Footnote, *extast.DefinitionList:
			depth++
		}
	}
	if depth >= maxDepth {
		return nil, parser.NoChildren
	}
	return s.BlockParser.Open(parent, reader, pc)
}

// The largest table. A row is filled up to the width of the head, so a few bytes
// could otherwise ask for a great many cells.
const (
	maxColumns = 64
	maxCells   = 20_000
)

// smallTables leaves a table that is too large as the text that it is written in.
type smallTables struct{ parser.ParagraphTransformer }

// Transform implements parser.ParagraphTransformer.
func (t smallTables) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	lines := node.Lines()
	if lines.Len() < 2 {
		return
	}
	columns := 0
	for i := range lines.Len() {
		line := lines.At(i)
		pipes := 1
		for _, b := range line.Value(reader.Source()) {
			if b == '|' {
				pipes++
			}
		}
		columns = max(columns, pipes)
	}
	if columns == 1 { // a line of hyphens under the text of an item is none
		return
	}
	if columns > maxColumns+1 || columns*lines.Len() > maxCells {
		return
	}
	t.ParagraphTransformer.Transform(node, reader, pc)
}

// maxMarks is how many marks of emphasis, code, links and HTML count in one
// paragraph, heading or cell.
const maxMarks = 600

// few bounds the marks of one block.
type few struct{ parser.InlineParser }

type marks struct {
	block ast.Node
	count int
}

var marksKey = parser.NewContextKey()

// Parse implements parser.InlineParser.
func (f few) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	m, _ := pc.Get(marksKey).(*marks)
	if m == nil {
		m = &marks{}
		pc.Set(marksKey, m)
	}
	if m.block != parent {
		m.block, m.count = parent, 0
	}
	if m.count++; m.count > maxMarks {
		return nil
	}
	return f.InlineParser.Parse(parent, block, pc)
}

// CloseBlock implements parser.CloseBlocker for those parsers that need it.
func (f few) CloseBlock(parent ast.Node, block text.Reader, pc parser.Context) {
	if closer, ok := f.InlineParser.(parser.CloseBlocker); ok {
		closer.CloseBlock(parent, block, pc)
	}
}

// maxFootnotes is how many footnotes a text has.
const maxFootnotes = 500

// fewFootnotes bounds the footnotes of one text.
type fewFootnotes struct{ parser.BlockParser }

var footnotesKey = parser.NewContextKey()

// Open implements parser.BlockParser.
func (f fewFootnotes) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	count, _ := pc.Get(footnotesKey).(int)
	if count >= maxFootnotes {
		return nil, parser.NoChildren
	}
	node, state := f.BlockParser.Open(parent, reader, pc)
	if node != nil {
		pc.Set(footnotesKey, count+1)
	}
	return node, state
}

// maxReferences is how often a text refers to its footnotes. Each of them is written with a
// few bytes, and makes a link there and another one back.
const maxReferences = 2000

// fewReferences bounds the references of one text to its footnotes.
type fewReferences struct{ parser.InlineParser }

var referencesKey = parser.NewContextKey()

// Parse implements parser.InlineParser.
func (f fewReferences) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	count, _ := pc.Get(referencesKey).(int)
	if count >= maxReferences {
		return nil
	}
	node := f.InlineParser.Parse(parent, block, pc)
	if node != nil {
		pc.Set(referencesKey, count+1)
	}
	return node
}

// maxDefinitions is how many lines a paragraph has that is looked through for the
// addresses of links.
const maxDefinitions = 2000

// shortParagraphs keeps a transformer from paragraphs that are too long for it.
type shortParagraphs struct{ parser.ParagraphTransformer }

// Transform implements parser.ParagraphTransformer.
func (s shortParagraphs) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	if node.Lines().Len() <= maxDefinitions {
		s.ParagraphTransformer.Transform(node, reader, pc)
	}
}
