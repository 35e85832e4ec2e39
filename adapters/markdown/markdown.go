// Package markdown turns what authors write into HTML that is safe to show.
//
// It reads CommonMark with GitHub's extensions and footnotes, colours code by
// classes, keeps the elements of HTML that a text may have, and promises that whatever
// the text is, its HTML holds no script, no style, and no address but http, https,
// mailto, tel and local ones; that each of its elements ends where it ends; that the
// teaser of a gated text is made from the text before the gate alone; and that rendering
// takes a time proportional to the text: structures that nest deeper, or are
// larger, than a person would write are shown as plain text.
package markdown

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"

	"github.com/neoforge-dev/neoforge/modules/content"
)

var _ content.Renderer = (*Renderer)(nil)

// version counts the changes of what becomes of a text. A change without a new one reaches
// no post that is written already.
const version = 5

// Renderer implements content.Renderer. It is safe for concurrent use.
type Renderer struct {
	whole  parser.Parser
	teaser parser.Parser
	html   renderer.Renderer
	policy *bluemonday.Policy

	pictures Pictures // nil: none is known
	embeds   []EmbedProvider
}

// Option makes a renderer different from others.
type Option func(*Renderer)

// New returns a renderer.
func New(options ...Option) (*Renderer, error) {
	r := &Renderer{
		whole:  newParser(),
		teaser: newParser(danglingFootnotes{}),
		html:   newHTML(),
		policy: newPolicy(),
	}
	for _, o := range options {
		o(r)
	}
	return r, nil
}

// Version implements content.Renderer.
func (*Renderer) Version() int { return version }

// Render implements content.Renderer.
func (r *Renderer) Render(ctx context.Context, markdown string, v content.Visibility) (content.Rendered, error) {
	out, err := r.Preview(ctx, markdown, v)
	return out.Rendered, err
}

// Preview implements content.Renderer.
func (r *Renderer) Preview(ctx context.Context, markdown string, v content.Visibility) (content.Preview, error) {
	if err := ctx.Err(); err != nil {
		return content.Preview{}, err
	}
	// Editors of some systems put a byte order mark before the text, which would make a
	// paragraph of a heading.
	markdown = strings.TrimPrefix(markdown, "\ufeff")
	source := []byte(markdown)
	pictures, err := r.albumOf(ctx, markdown)
	if err != nil {
		return content.Preview{}, err
	}
	document, references := parse(r.whole, source, nil)
	body, warnings, err := r.write(source, document, pictures)
	if err != nil {
		return content.Preview{}, err
	}
	out := content.Preview{
		Rendered: content.Rendered{Body: body, Teaser: body, ReadingMinutes: readingMinutes(markdown), Renderer: version}, Warnings: warnings,
	}
	if v != content.Public {
		out.Teaser, err = r.teaserOf(source, document, references, body, pictures)
	}
	return out, err
}

// HTML renders a text that everybody may read whole.
func (r *Renderer) HTML(ctx context.Context, markdown string) (string, error) {
	out, err := r.Render(ctx, markdown, content.Public)
	return out.Body, err
}

func parse(p parser.Parser, source []byte, references []parser.Reference) (ast.Node, []parser.Reference) {
	pc := parser.NewContext(parser.WithIDs(newHeadingIDs()))
	for _, reference := range references {
		pc.AddReference(reference)
	}
	document := p.Parse(text.NewReader(source), parser.WithContext(pc))
	return document, pc.References()
}

// write is a document in HTML, and what of it was taken away.
func (r *Renderer) write(source []byte, document ast.Node, pictures album) (string, []content.Warning, error) {
	pictures.place(document, source)
	r.placeEmbeds(document, source)
	var rendered bytes.Buffer
	if err := r.html.Render(&rendered, source, document); err != nil {
		return "", nil, fmt.Errorf("markdown: render: %w", err)
	}
	var p page
	p.closed(rendered.Bytes())
	return r.policy.SanitizeReader(&p.out).String(), p.warnings, nil
}
