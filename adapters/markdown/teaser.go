package markdown

import (
	"bytes"

	"github.com/yuin/goldmark/ast"

	"github.com/neoforge-dev/neoforge/modules/content"
)

// teaserOf returns the part of a gated text that everybody may see: what stands
// before the first mark, wherever that is; without a mark, the first paragraph
// that is no part of a list, quotation or table.
func teaserOf(source []byte, document ast.Node) []byte {
	if i := bytes.Index(source, []byte(content.MoreMark)); i >= 0 {
		return source[:i:i]
	}
	for node := document.FirstChild(); node != nil; node = node.NextSibling() {
		paragraph, ok := node.(*ast.Paragraph)
		if !ok {
			continue
		}
		var first []byte
		for i := range paragraph.Lines().Len() {
			line := paragraph.Lines().At(i)
			first = append(first, line.Value(source)...)
		}
		return first
	}
	return nil
}
