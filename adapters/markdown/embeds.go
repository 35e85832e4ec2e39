package markdown

import (
	"html"
	"net/url"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// EmbedProvider is a site of which a link that stands alone in its paragraph can be opened in
// the page itself, once its reader agrees to that. A program offers others than those of
// [EmbedProviders] by giving them to [WithEmbeds], and to the pages by their Origin.
type EmbedProvider struct {
	Key    string // names it in settings, and where a reader's consent is kept: lower case, digits and hyphens
	Name   string // as readers know it
	Origin string // of the frames, https://player.example.com: the pages allow no other
	// Frame is the path and query of the frame of an address, within Origin; false for one that
	// has none. The address is http or https, of the usual port and without a person's name;
	// its host is in lower case. What goes into the frame must be checked character by
	// character.
	Frame func(u *url.URL) (path string, ok bool)
}

// WithEmbeds has links to some sites offered to be opened in the page. Without it they are
// links as others are.
func WithEmbeds(providers ...EmbedProvider) Option {
	return func(r *Renderer) { r.embeds = providers }
}

// EmbedProviders are those that the program comes with.
func EmbedProviders() []EmbedProvider {
	return []EmbedProvider{
		{Key: "youtube", Name: "YouTube", Origin: "https://www.youtube-nocookie.com", Frame: youTube},
		{Key: "vimeo", Name: "Vimeo", Origin: "https://player.vimeo.com", Frame: vimeo},
		{Key: "codepen", Name: "CodePen", Origin: "https://codepen.io", Frame: codePen},
	}
}

var (
	youTubeID   = regexp.MustCompile(`^[A-Za-z0-9_-]{11}$`)
	youTubeTime = regexp.MustCompile(`^([0-9]{1,5})s?$`)
	vimeoPath   = regexp.MustCompile(`^/([0-9]{1,12})(?:/([0-9a-f]{6,20}))?/?$`)
	codePenPath = regexp.MustCompile(`^/([A-Za-z0-9_-]{1,40})/(?:pen|full|details)/([A-Za-z0-9]{4,40})/?$`)
)

func youTube(u *url.URL) (string, bool) {
	var id string
	switch u.Host {
	case "youtu.be":
		id = strings.TrimPrefix(u.Path, "/")
	case "youtube.com", "www.youtube.com", "m.youtube.com":
		if id = u.Query().Get("v"); u.Path != "/watch" {
			var found bool
			if id, found = strings.CutPrefix(u.Path, "/shorts/"); !found {
				return "", false
			}
		}
	default:
		return "", false
	}
	if !youTubeID.MatchString(id) {
		return "", false
	}
	if start := youTubeTime.FindStringSubmatch(u.Query().Get("t")); start != nil {
		return "/embed/" + id + "?start=" + start[1], true
	}
	return "/embed/" + id, true
}

func vimeo(u *url.URL) (string, bool) {
	found := vimeoPath.FindStringSubmatch(u.Path)
	switch {
	case found == nil || u.Host != "vimeo.com" && u.Host != "www.vimeo.com":
		return "", false
	case found[2] != "": // of a film that is not listed
		return "/video/" + found[1] + "?h=" + found[2] + "&dnt=1", true
	}
	return "/video/" + found[1] + "?dnt=1", true
}

func codePen(u *url.URL) (string, bool) {
	found := codePenPath.FindStringSubmatch(u.Path)
	if found == nil || u.Host != "codepen.io" {
		return "", false
	}
	return "/" + found[1] + "/embed/" + found[2] + "?default-tab=result", true
}

// embed is what a link can be opened as.
type embed struct{ key, name, frame string }

// embedOf finds the provider of an address.
func (r *Renderer) embedOf(address string) (embed, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Port() != "" || strings.HasSuffix(u.Host, ":") {
		return embed{}, false
	}
	u.Host = strings.ToLower(u.Host)
	for _, p := range r.embeds {
		if path, ok := p.Frame(u); ok {
			return embed{p.Key, p.Name, p.Origin + path}, true
		}
	}
	return embed{}, false
}

const embedAttribute = "embed"

// placeEmbeds notes on the paragraphs of a document that are one link each what it can be
// opened as.
func (r *Renderer) placeEmbeds(document ast.Node, source []byte) {
	if len(r.embeds) == 0 {
		return
	}
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // fails only when the function does
		p, ok := n.(*ast.Paragraph)
		if !ok || !entering {
			return ast.WalkContinue, nil
		}
		if e, ok := r.embedOf(linkAlone(p, source)); ok {
			p.SetAttributeString(embedAttribute, e)
		}
		return ast.WalkContinue, nil
	})
}

// linkAlone is the address of the link that is all of a paragraph; empty for another.
func linkAlone(p *ast.Paragraph, source []byte) string {
	only := p.FirstChild()
	if only == nil || only.NextSibling() != nil {
		return ""
	}
	switch n := only.(type) {
	case *ast.AutoLink:
		if n.AutoLinkType == ast.AutoLinkURL {
			return string(n.URL(source))
		}
	case *ast.Link:
		if readable(words(n, source)) && wordsAlone(n) {
			return string(resolved(n.Destination))
		}
	}
	return ""
}

// wordsAlone reports whether a node holds words and nothing else: neither a picture nor tags.
func wordsAlone(n ast.Node) bool {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c.(type) {
		case *ast.Text, *ast.String:
		case *ast.Emphasis, *ast.CodeSpan:
			if !wordsAlone(c) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// The element that offers to open a link, which is in it: without a script it is the link.
func (e embed) open() string {
	return `<figure class="embed"><nf-content-embed on="visible" provider="` + html.EscapeString(e.key) + `" name="` + html.EscapeString(e.name) +
		`" frame="` + html.EscapeString(e.frame) + `">`
}

const embedEnd = "</nf-content-embed></figure>\n"

var (
	embedKeys   = regexp.MustCompile(`^[a-z0-9-]{1,30}$`)
	embedNames  = regexp.MustCompile(`^[\p{L}\p{N} .&+-]{1,40}$`)
	embedFrames = regexp.MustCompile(`^https://[a-z0-9.-]{1,100}/[A-Za-z0-9/_.?=&%-]{1,300}$`)
)
