package markdown

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"

	"github.com/neoforge-dev/neoforge/modules/content"
)

// Pictures looks up pictures of the library; content.MediaReads is one.
type Pictures interface {
	// MediaByIDs returns those that are there, in no order.
	MediaByIDs(ctx context.Context, ids []content.MediaID) ([]content.Media, error)
}

// WithPictures has pictures of the library shown in the sizes that they have, and as
// figures and galleries where they stand alone. Without it they are like any other.
func WithPictures(p Pictures) Option { return func(r *Renderer) { r.pictures = p } }

type album map[content.MediaID]content.Media

// albumOf looks up the pictures of a text, all at once.
func (r *Renderer) albumOf(ctx context.Context, markdown string) (album, error) {
	ids := content.MediaIn(markdown)
	if r.pictures == nil || len(ids) == 0 {
		return nil, nil
	}
	found, err := r.pictures.MediaByIDs(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("markdown: look up pictures: %w", err)
	}
	out := make(album, len(found))
	for _, m := range found {
		out[m.ID] = m
	}
	return out, nil
}

// What is noted on a node: on an image the picture that it shows, on a paragraph that it
// holds pictures alone, and how many.
const (
	pictureAttribute = "picture"
	figuresAttribute = "figures"
)

// place notes the pictures of a document on its images and paragraphs.
func (a album) place(document ast.Node, source []byte) {
	if len(a) == 0 {
		return
	}
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // fails only when the function does
		switch n := n.(type) {
		case *ast.Image:
			if m, ok := a[content.MediaAt(string(resolved(n.Destination)))]; entering && ok {
				n.SetAttributeString(pictureAttribute, m)
			}
		case *ast.Paragraph:
			if count := picturesAlone(n, source); !entering && count > 0 {
				n.SetAttributeString(figuresAttribute, count)
			}
		}
		return ast.WalkContinue, nil
	})
}

// picturesAlone counts the pictures of a paragraph that holds nothing else; 0 for another.
func picturesAlone(p *ast.Paragraph, source []byte) (count int) {
	for n := p.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Image:
			if _, ok := pictureOf(n); !ok {
				return 0
			}
			count++
		case *ast.Text:
			if strings.TrimSpace(string(n.Segment.Value(source))) != "" {
				return 0
			}
		default:
			return 0
		}
	}
	return count
}

func pictureOf(n *ast.Image) (content.Media, bool) {
	value, _ := n.AttributeString(pictureAttribute)
	m, ok := value.(content.Media)
	return m, ok
}

func figuresOf(n ast.Node) int {
	if n == nil || n.Kind() != ast.KindParagraph {
		return 0
	}
	value, _ := n.AttributeString(figuresAttribute)
	count, _ := value.(int)
	return count
}

// figures writes paragraphs, of which those with pictures alone are none, nor those with a
// link that can be opened in the page.
type figures struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (f figures) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindParagraph, f.paragraph)
}

func (figures) paragraph(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	open, end := "<p>", "</p>\n"
	if value, ok := n.AttributeString(embedAttribute); ok {
		if e, ok := value.(embed); ok {
			open, end = e.open(), embedEnd
		}
	}
	switch count := figuresOf(n); {
	case count > 1:
		open, end = `<div class="gallery">`, "</div>\n"
	case count == 1:
		open, end = "", "\n"
	}
	if !entering {
		open = end
	}
	_, _ = w.WriteString(open)
	return ast.WalkContinue, nil
}

// What part of the window a picture is as wide as: that of the text, or of a gallery.
const (
	textSizes    = "(min-width: 46rem) 42rem, 100vw"
	gallerySizes = "(min-width: 46rem) 21rem, 50vw"
)

// picture writes a picture of the library, with its caption where it stands alone.
func picture(w util.BufWriter, source []byte, n *ast.Image, m content.Media) {
	alone := figuresOf(n.Parent())
	sizes := textSizes
	if alone > 1 {
		sizes = gallerySizes
	}
	if alone > 0 {
		_, _ = w.WriteString("<figure>")
	}
	src, choices := m.Shown()
	_, _ = w.WriteString(`<img src="` + m.Address(m.FileOf(src)) + `"`)
	if len(choices) > 1 {
		all := make([]string, len(choices))
		for i, v := range choices {
			all[i] = m.Address(m.FileOf(v)) + " " + strconv.Itoa(v.Width) + "w"
		}
		_, _ = w.WriteString(` srcset="` + strings.Join(all, ", ") + `" sizes="` + sizes + `"`)
	}
	_, _ = w.WriteString(` width="` + strconv.Itoa(m.Width) + `" height="` + strconv.Itoa(m.Height) + `"`)
	if tone := m.Tone64(); tone != "" { // a style attribute would need another policy
		_, _ = w.WriteString(` class="tone-` + tone + `"`)
	}
	if alt := words(n, source); len(alt) > 0 {
		attribute(w, "alt", alt)
	} else {
		_, _ = w.WriteString(` alt="` + string(util.EscapeHTML([]byte(m.Alt))) + `"`)
	}
	if n.Title != nil && alone == 0 {
		attribute(w, "title", n.Title)
	}
	if !begins(n) {
		_, _ = w.WriteString(lazily)
	}
	_, _ = w.WriteString(` decoding="async">`)
	if alone == 0 {
		return
	}
	if n.Title != nil {
		_, _ = w.WriteString("<figcaption>")
		html.DefaultWriter.Write(w, n.Title)
		_, _ = w.WriteString("</figcaption>")
	}
	_, _ = w.WriteString("</figure>")
}

var (
	tones    = regexp.MustCompile(`^tone-[0-3]{3}$`)
	sources  = regexp.MustCompile(`^(/media/[0-9a-f-]{36}/[0-9]{1,10}/[0-9a-z.]{1,30} [0-9]{1,5}w(, )?){1,10}$`)
	anySizes = regexp.MustCompile(`^(` + regexp.QuoteMeta(textSizes) + `|` + regexp.QuoteMeta(gallerySizes) + `)$`)
)
