package contentpages

import (
	"cmp"
	"time"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

type thing struct {
	Context       string  `json:"@context,omitempty"`
	Type          string  `json:"@type"`
	Name          string  `json:"name,omitempty"`
	Headline      string  `json:"headline,omitempty"`
	Description   string  `json:"description,omitempty"`
	URL           string  `json:"url,omitempty"`
	Image         string  `json:"image,omitempty"`
	DatePublished string  `json:"datePublished,omitempty"`
	DateModified  string  `json:"dateModified,omitempty"`
	FreeToRead    *bool   `json:"isAccessibleForFree,omitempty"`
	Authors       []thing `json:"author,omitempty"`
	Publisher     *thing  `json:"publisher,omitempty"`
	Parts         []thing `json:"hasPart,omitempty"`
	CSSSelector   string  `json:"cssSelector,omitempty"`
}

// StructuredArticle describes a post to search engines (schema.org, Article), or a page
// (WebPage). It says nothing that the page does not show.
func StructuredArticle(v PostView) (string, error) {
	free := v.Post.Access == Public || v.Post.Access == ""
	a := thing{
		Context: "https://schema.org", Type: "Article",
		Headline: v.Post.Title, Description: cmp.Or(v.Described, v.Post.Excerpt), URL: v.CanonicalURL,
		FreeToRead: &free,
		Publisher:  &thing{Type: "Organization", Name: v.Site(), URL: v.BaseURL},
	}
	if v.Post.IsPage {
		a.Type, a.Headline, a.Name = "WebPage", "", v.Post.Title
	}
	if v.OpenGraph != nil {
		a.Image = v.OpenGraph.Image.URL
	}
	for _, author := range v.Post.Authors {
		a.Authors = append(a.Authors, thing{Type: "Person", Name: author.Name, URL: v.BaseURL + author.URL})
	}
	if !v.Post.PublishedAt.IsZero() {
		a.DatePublished = v.Post.PublishedAt.UTC().Format(time.RFC3339)
	}
	if !v.UpdatedAt.IsZero() {
		a.DateModified = v.UpdatedAt.UTC().Format(time.RFC3339)
	}
	if !free {
		closed := ".gate" // stands for the part that is not there
		if v.Gate == nil {
			closed = ".article__body--whole"
		}
		a.Parts = []thing{{Type: "WebPageElement", FreeToRead: &free, CSSSelector: closed}}
	}
	return layout.StructuredData(a)
}
