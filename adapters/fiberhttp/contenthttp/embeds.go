package contenthttp

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// embedMark begins what the renderer writes of a link that can be opened in the page.
const embedMark = `<figure class="embed"><nf-content-embed `

var embedPattern = regexp.MustCompile(`(?s)<figure class="embed"><nf-content-embed [^<>]*?provider="([a-z0-9-]+)"[^<>]*>(.*?)</nf-content-embed></figure>`)

// withoutEmbeds has only links where a text offers to open some in the page, for whatever is
// no page of a post: programs that read feeds, Markdown, the API, the studio, and what people
// agree to.
func withoutEmbeds(rendered string) string {
	if !strings.Contains(rendered, embedMark) {
		return rendered
	}
	return embedPattern.ReplaceAllString(rendered, "<p>$2</p>")
}

// embeds is a text as the page of a post has it: links to sites that the operator allows can
// be opened there. It answers the origins of their frames, which the policy of the page has
// to name, in one order.
func (h *routes) embeds(rendered string) (string, []string) {
	if !strings.Contains(rendered, embedMark) {
		return rendered, nil
	}
	origins := map[string]bool{}
	out := embedPattern.ReplaceAllStringFunc(rendered, func(found string) string {
		origin := h.Frames[embedPattern.FindStringSubmatch(found)[1]]
		if origin == "" {
			return withoutEmbeds(found)
		}
		origins[origin] = true
		return found
	})
	return out, slices.Sorted(maps.Keys(origins))
}
