package markdown

import (
	"net/url"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

func newHTML() renderer.Renderer {
	return renderer.NewRenderer(renderer.WithNodeRenderers(
		util.Prioritized(html.NewRenderer(), 1000),
		util.Prioritized(extension.NewTableHTMLRenderer(
			// The alternative is a style attribute, which the pages' CSP forbids.
			extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)), 500),
		util.Prioritized(extension.NewStrikethroughHTMLRenderer(), 500),
		util.Prioritized(extension.NewFootnoteHTMLRenderer(), 500),
		util.Prioritized(extension.NewDefinitionListHTMLRenderer(), 500),
		util.Prioritized(links{}, 400),
		util.Prioritized(figures{}, 400),
		util.Prioritized(code{}, 400),
		util.Prioritized(controls{}, 400),
		util.Prioritized(rawHTML{}, 400),
		util.Prioritized(parts{}, 400),
	))
}

// links writes links and images the way pages of other people's writing should:
// what leads away is not vouched for, pictures load when they come into view.
type links struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (l links) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindLink, l.link)
	r.Register(ast.KindAutoLink, l.autoLink)
	r.Register(ast.KindImage, l.image)
}

func (l links) link(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*ast.Link)
	switch keeps := isAddress(string(resolved(n.Destination))); {
	case !keeps && entering:
		tellAddress(w, "a", n.Destination)
		return ast.WalkContinue, nil
	case !keeps:
		return ast.WalkContinue, nil
	case !entering:
		_, _ = w.WriteString("</a>")
		return ast.WalkContinue, nil
	}
	l.open(w, resolved(n.Destination), address(n.Destination), n.Title)
	return ast.WalkContinue, nil
}

func (l links) autoLink(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*ast.AutoLink)
	if !entering {
		return ast.WalkContinue, nil
	}
	destination := n.URL(source)
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(string(destination)), "mailto:") {
		destination = append([]byte("mailto:"), destination...)
	}
	// An address that stands in the text for itself is taken as it is: neither a backslash
	// nor an ampersand escapes anything in it (CommonMark 0.31, 6.5).
	if !isAddress(string(destination)) {
		tellAddress(w, "a", destination)
		_, _ = w.Write(util.EscapeHTML(n.Label(source)))
		return ast.WalkContinue, nil
	}
	l.open(w, destination, verbatim(destination), nil)
	_, _ = w.Write(util.EscapeHTML(n.Label(source)))
	_, _ = w.WriteString("</a>")
	return ast.WalkContinue, nil
}

// open begins a link to a destination without escapes, whose href is escaped already.
func (links) open(w util.BufWriter, destination, href, title []byte) {
	_, _ = w.WriteString(`<a href="`)
	_, _ = w.Write(href)
	_ = w.WriteByte('"')
	if title != nil {
		attribute(w, "title", title)
	}
	if leadsAway(string(destination)) {
		_, _ = w.WriteString(` rel="nofollow noopener"`)
	}
	_ = w.WriteByte('>')
}

func (links) image(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*ast.Image)
	if !entering {
		return ast.WalkContinue, nil
	}
	if !isAddress(string(resolved(n.Destination))) { // what the picture shows is still said
		tellAddress(w, "img", n.Destination)
		_, _ = w.Write(util.EscapeHTML(words(n, source)))
		return ast.WalkSkipChildren, nil
	}
	if m, ok := pictureOf(n); ok {
		picture(w, source, n, m)
		return ast.WalkSkipChildren, nil
	}
	_, _ = w.WriteString(`<img src="`)
	_, _ = w.Write(address(n.Destination))
	_ = w.WriteByte('"')
	attribute(w, "alt", words(n, source))
	if n.Title != nil {
		attribute(w, "title", n.Title)
	}
	if !begins(n) {
		_, _ = w.WriteString(lazily)
	}
	_, _ = w.WriteString(` decoding="async">`)
	return ast.WalkSkipChildren, nil
}

// lazily is the attribute of a picture that is not in view when the page opens.
const lazily = ` loading="lazy"`

// begins reports whether the whole text begins with a node: a picture there is in view
// when the page opens, and putting it off would only delay it.
func begins(n ast.Node) bool {
	for ; n != nil; n = n.Parent() {
		if n.PreviousSibling() != nil {
			return false
		}
	}
	return true
}

// attribute writes text that may hold Markdown's entities and escapes.
func attribute(w util.BufWriter, name string, value []byte) {
	_, _ = w.WriteString(" " + name + `="`)
	html.DefaultWriter.Write(w, value)
	_ = w.WriteByte('"')
}

// words returns the text within a node, without its marks.
func words(n ast.Node, source []byte) []byte {
	var out []byte
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			out = append(out, c.Segment.Value(source)...)
			if c.SoftLineBreak() || c.HardLineBreak() {
				out = append(out, ' ')
			}
		case *ast.String:
			out = append(out, c.Value...)
		default:
			out = append(out, words(c, source)...)
		}
	}
	return out
}

// address escapes a destination that may hold Markdown's entities and escapes; what could
// run instead of lead is left out.
func address(destination []byte) []byte { return escapedURL(destination, true) }

// verbatim escapes a destination whose every character stands for itself.
func verbatim(destination []byte) []byte { return escapedURL(destination, false) }

func escapedURL(destination []byte, resolve bool) []byte {
	if html.IsDangerousURL(destination) {
		return nil
	}
	return util.EscapeHTML(util.URLEscape(destination, resolve))
}

// resolved is a destination without Markdown's entities and escapes.
func resolved(destination []byte) []byte {
	return util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(destination)))
}

// tellAddress notes an address that the page does not keep.
func tellAddress(w util.BufWriter, tag string, destination []byte) {
	_, _ = w.WriteString("<" + addressMark + ` n="` + tag + `"`)
	attribute(w, "address", destination)
	_ = w.WriteByte('>')
}

// leadsAway reports whether browsers find another site at an address. They pass over control
// characters, take a backslash for a slash, and need no slash behind the scheme, or two of them.
func leadsAway(address string) bool {
	plain := strings.ReplaceAll(withoutControls(address), `\`, "/")
	u, err := url.Parse(plain)
	return err != nil || u.Host != "" || strings.HasPrefix(plain, "//") || strings.HasPrefix(strings.ToLower(u.Scheme), "http")
}
