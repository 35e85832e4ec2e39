package markdown

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/base"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/commonmark"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/strikethrough"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/table"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// FromHTML writes what a [Renderer] made as Markdown again: the words that a page shows, for
// programs that read rather than render. Comments of the source, and all else that the page
// leaves out, are not in it.
func FromHTML(rendered string) (string, error) {
	c := converter.NewConverter(converter.WithPlugins(base.NewBasePlugin(), commonmark.NewCommonmarkPlugin(), strikethrough.NewStrikethroughPlugin(),
		// Cells that are filled up to the widest of their column take a size by the square of the text's.
		table.NewTablePlugin(table.WithCellPaddingBehavior(table.CellPaddingBehaviorMinimal))))
	c.Register.PreRenderer(smallSheets, converter.PriorityEarly)
	c.Register.RendererFor("a", converter.TagTypeInline, withoutAnchors, converter.PriorityEarly)
	c.Register.RendererFor("input", converter.TagTypeInline, taskBoxes, converter.PriorityEarly)
	text, err := c.ConvertString(rendered)
	if err != nil {
		return "", fmt.Errorf("markdown: from HTML: %w", err)
	}
	return text, nil
}

// withoutAnchors leaves out the links of headings to themselves, which have no words.
func withoutAnchors(_ converter.Context, _ converter.Writer, n *html.Node) converter.RenderStatus {
	if attributeOf(n, "class") == "anchor" {
		return converter.RenderSuccess
	}
	return converter.RenderTryNext
}

// taskBoxes writes the boxes of a list of tasks.
func taskBoxes(_ converter.Context, w converter.Writer, n *html.Node) converter.RenderStatus {
	box := "[ ]"
	if slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "checked" }) {
		box = "[x]"
	}
	_, _ = w.WriteString(box)
	return converter.RenderSuccess
}

// maxSheet is how many cells the tables of a text have together in Markdown, where each row
// is as wide as the widest, and a cell that spans others is written with them: a few bytes of
// HTML could otherwise ask for more than there is memory.
const maxSheet = 100_000

// smallSheets writes tables beyond that as lines, a row each.
func smallSheets(_ converter.Context, document *html.Node) {
	left := maxSheet
	for n := range document.Descendants() {
		if n.DataAtom != atom.Table {
			continue
		}
		if cells := cellsOf(n); cells <= left {
			left -= cells
			continue
		}
		asLines(n)
	}
}

// cellsOf is how many cells a table has in Markdown, or more.
func cellsOf(table *html.Node) int {
	rows, width, height, spanned := 0, 0, 0, 0
	carried := 0 // cells that are put into the rows below, which become wider by them
	for row := range table.Descendants() {
		if row.DataAtom != atom.Tr {
			continue
		}
		columns := 0
		for cell := range row.ChildNodes() {
			if cell.DataAtom != atom.Td && cell.DataAtom != atom.Th {
				continue
			}
			across, down := span(cell, "colspan"), span(cell, "rowspan")
			columns += across
			if down > 1 {
				carried += across
			}
			height, spanned = max(height, rows+down), spanned+across*down
		}
		rows, width = rows+1, max(width, columns)
	}
	return max((width+carried)*max(rows+1, height), spanned) // a head of its own has a row, too
}

func span(cell *html.Node, key string) int {
	n, err := strconv.Atoi(attributeOf(cell, key))
	if err != nil {
		return 1
	}
	return max(n, 1)
}

// asLines makes paragraphs of the rows of a table, and words of its cells.
func asLines(table *html.Node) {
	for _, n := range slices.Collect(table.Descendants()) {
		switch n.DataAtom {
		case atom.Tr, atom.Caption:
			n.Data, n.DataAtom = "p", atom.P
		case atom.Td, atom.Th:
			n.Data, n.DataAtom = "span", atom.Span
			n.Parent.InsertBefore(&html.Node{Type: html.TextNode, Data: " "}, n.NextSibling)
		case atom.Table, atom.Thead, atom.Tbody, atom.Tfoot:
			n.Data, n.DataAtom = "div", atom.Div
		}
	}
	table.Data, table.DataAtom = "div", atom.Div
}

func attributeOf(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
