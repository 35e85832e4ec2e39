package layout

import (
	"html"
	"strings"
)

// Heading is a heading within a text, for its table of contents.
type Heading struct {
	ID    string
	Title string
	Level int // 1 to 3
}

// Outline lists the headings of a text that was rendered from Markdown, whose tags are
// closed and whose attributes are quoted.
func Outline(body string) []Heading {
	var out []Heading
	for {
		_, rest, found := strings.Cut(body, "<h")
		if !found || rest == "" {
			return out
		}
		body = rest
		level := int(rest[0]) - '0'
		if level < 1 || level > 3 {
			continue
		}
		attributes, rest, _ := strings.Cut(rest[1:], ">")
		_, id, found := strings.Cut(attributes, ` id="`)
		if !found {
			continue
		}
		id, _, _ = strings.Cut(id, `"`)
		inner, after, closed := strings.Cut(rest, "</h"+body[:1]+">")
		title := strings.TrimSpace(Text(inner))
		if closed && id != "" && title != "" {
			out = append(out, Heading{ID: html.UnescapeString(id), Title: title, Level: level})
		}
		if closed {
			body = after
		}
	}
}

// Text is what there is to read in HTML.
func Text(body string) string {
	var out strings.Builder
	out.Grow(len(body))
	for {
		open := strings.IndexByte(body, '<')
		if open < 0 {
			break
		}
		out.WriteString(body[:open])
		length := strings.IndexByte(body[open:], '>')
		if length < 0 {
			body = body[open:]
			break
		}
		body = body[open+length+1:]
	}
	out.WriteString(body)
	return html.UnescapeString(out.String())
}
