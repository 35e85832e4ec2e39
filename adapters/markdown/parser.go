package markdown

import (
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// newParser returns a parser of the whole language, with further inline parsers
// that come before the one of links.
func newParser(more ...parser.InlineParser) parser.Parser {
	blocks := []util.PrioritizedValue{
		util.Prioritized(parser.NewSetextHeadingParser(parser.WithAutoHeadingID()), 100),
		util.Prioritized(shallow{extension.NewDefinitionListParser()}, 101),
		util.Prioritized(extension.NewDefinitionDescriptionParser(), 102),
		util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(shallow{parser.NewListParser()}, 300),
		util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewCodeBlockParser(), 500),
		util.Prioritized(parser.NewATXHeadingParser(parser.WithAutoHeadingID()), 600),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(shallow{parser.NewBlockquoteParser()}, 800),
		util.Prioritized(blockHTML{parser.NewHTMLBlockParser()}, 900),
		util.Prioritized(fewFootnotes{shallow{extension.NewFootnoteBlockParser()}}, 999),
		util.Prioritized(parser.NewParagraphParser(), 1000),
	}
	inlines := []util.PrioritizedValue{
		util.Prioritized(extension.NewTaskCheckBoxParser(), 0),
		util.Prioritized(few{parser.NewCodeSpanParser()}, 100),
		util.Prioritized(few{fewReferences{extension.NewFootnoteParser()}}, 101),
		util.Prioritized(few{parser.NewLinkParser()}, 200),
		util.Prioritized(few{parser.NewAutoLinkParser()}, 300),
		util.Prioritized(few{inlineHTML{parser.NewRawHTMLParser()}}, 400),
		util.Prioritized(few{eastAsian{parser.NewEmphasisParser()}}, 500),
		util.Prioritized(few{eastAsian{extension.NewStrikethroughParser()}}, 500),
		util.Prioritized(few{newEmojis()}, 998),
		util.Prioritized(extension.NewLinkifyParser(), 999),
	}
	for _, p := range more {
		inlines = append(inlines, util.Prioritized(p, 102))
	}
	return parser.NewParser(
		parser.WithBlockParsers(blocks...),
		parser.WithInlineParsers(inlines...),
		parser.WithParagraphTransformers(
			util.Prioritized(callouts{}, 90),
			util.Prioritized(shortParagraphs{parser.LinkReferenceParagraphTransformer}, 100),
			util.Prioritized(smallTables{extension.NewTableParagraphTransformer()}, 200),
		),
		parser.WithASTTransformers(
			util.Prioritized(extension.NewTableASTTransformer(), 0),
			util.Prioritized(extension.NewFootnoteASTTransformer(), 999),
			util.Prioritized(joinedLines{}, 1000),
			util.Prioritized(anchors{}, 1000),
			util.Prioritized(allowances{}, 1000),
		),
	)
}

// danglingFootnotes drops references to footnotes that a teaser does not have:
// the footnote's own parser comes first and takes those that it has.
type danglingFootnotes struct{}

// Trigger implements parser.InlineParser.
func (danglingFootnotes) Trigger() []byte { return []byte{'['} }

// Parse implements parser.InlineParser.
func (danglingFootnotes) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	if len(line) < 4 || line[1] != '^' {
		return nil
	}
	for i, b := range line[2:min(len(line), 1000)] {
		switch {
		case b == ']' && i > 0:
			block.Advance(i + 3)
			return ast.NewString(nil)
		case b == ']' || b == '[' || util.IsSpace(b):
			return nil
		}
	}
	return nil
}
