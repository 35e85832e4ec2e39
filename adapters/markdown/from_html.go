package markdown

import (
	"fmt"

	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/base"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/commonmark"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/strikethrough"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/table"
)

// FromHTML writes what a [Renderer] made as Markdown again: the words that a page shows, for
// programs that read rather than render. Comments of the source, and all else that the page
// leaves out, are not in it.
func FromHTML(rendered string) (string, error) {
	c := converter.NewConverter(converter.WithPlugins(base.NewBasePlugin(), commonmark.NewCommonmarkPlugin(), strikethrough.NewStrikethroughPlugin(), table.NewTablePlugin()))
	text, err := c.ConvertString(rendered)
	if err != nil {
		return "", fmt.Errorf("markdown: from HTML: %w", err)
	}
	return text, nil
}
