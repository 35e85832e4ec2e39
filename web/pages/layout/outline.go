package layout

import (
	"html"
	"regexp"
	"strings"
)

// Heading is a heading within a text, for its table of contents.
type Heading struct {
	ID    string
	Title string
	Level int // 1 to 3
}

var (
	headings = regexp.MustCompile(`(?s)<h([1-3])[^>]* id="([^"]+)"[^>]*>(.*?)</h[1-3]>`)
	anyTag   = regexp.MustCompile(`<[^>]*>`)
)

// Outline lists the headings of a text that was rendered from Markdown.
func Outline(body string) []Heading {
	var out []Heading
	for _, m := range headings.FindAllStringSubmatch(body, -1) {
		title := strings.TrimSpace(Text(m[3]))
		if title != "" {
			out = append(out, Heading{ID: html.UnescapeString(m[2]), Title: title, Level: int(m[1][0] - '0')})
		}
	}
	return out
}

// Text is what there is to read in HTML.
func Text(body string) string { return html.UnescapeString(anyTag.ReplaceAllString(body, "")) }
