package markdown

import (
	"regexp"

	"github.com/microcosm-cc/bluemonday"
)

// newPolicy allows what the renderer writes, the elements of an author that are kept, and
// nothing else. Both are safe by themselves; this is the second wall, for the day when they
// are not.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	for name, e := range elements {
		if e.treatment != kept {
			continue
		}
		if name != "a" && name != "img" { // nothing without an address
			p.AllowElements(name)
		}
		for _, attributes := range []map[string]*regexp.Regexp{everywhere, e.attributes} {
			for attribute, value := range attributes {
				p.AllowAttrs(attribute).Matching(value).OnElements(name)
			}
		}
	}
	p.AllowURLSchemes(schemes...)
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.AllowAttrs("rel").Matching(regexp.MustCompile(`^nofollow noopener$`)).OnElements("a")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(footnote-(ref|backref)|anchor)$`)).OnElements("a")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^callout callout--(note|tip|important|warning|caution)$`)).OnElements("div")
	p.AllowAttrs("role").Matching(regexp.MustCompile(`^note$`)).OnElements("div")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^callout__title$`)).OnElements("p")
	p.AllowAttrs("aria-hidden").Matching(regexp.MustCompile(`^true$`)).OnElements("p")
	p.AllowAttrs("role").Matching(regexp.MustCompile(`^doc-(noteref|backlink)$`)).OnElements("a")

	p.AllowAttrs("loading").Matching(regexp.MustCompile(`^lazy$`)).OnElements("img")
	p.AllowAttrs("srcset").Matching(sources).OnElements("img")
	p.AllowAttrs("sizes").Matching(anySizes).OnElements("img")
	p.AllowAttrs("class").Matching(tones).OnElements("img")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^gallery$`)).OnElements("div")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^embed$`)).OnElements("figure")
	p.AllowAttrs("on").Matching(regexp.MustCompile(`^visible$`)).OnElements("nf-content-embed")
	p.AllowAttrs("provider").Matching(embedKeys).OnElements("nf-content-embed")
	p.AllowAttrs("name").Matching(embedNames).OnElements("nf-content-embed")
	p.AllowAttrs("frame").Matching(embedFrames).OnElements("nf-content-embed")
	p.AllowAttrs("decoding").Matching(regexp.MustCompile(`^async$`)).OnElements("img")

	p.AllowAttrs("id").Matching(regexp.MustCompile(`^`+headingPrefix+`[\p{L}\p{N}-]+$`)).
		OnElements("h1", "h2", "h3", "h4", "h5", "h6")
	p.AllowAttrs("id").Matching(regexp.MustCompile(`^fn(ref[0-9]*)?:[0-9]+$`)).OnElements("li", "sup")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^footnotes$`)).OnElements("div")
	p.AllowAttrs("role").Matching(regexp.MustCompile(`^doc-endnotes$`)).OnElements("div")

	p.AllowAttrs("class").Matching(regexp.MustCompile(`^chroma$`)).OnElements("pre")
	// What is wide scrolls by keyboard too, and says what it is.
	p.AllowAttrs("tabindex").Matching(regexp.MustCompile(`^0$`)).OnElements("pre", "div")
	p.AllowAttrs("role").Matching(regexp.MustCompile(`^group$`)).OnElements("pre", "div")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^scroll$`)).OnElements("div")
	p.AllowAttrs("aria-label").OnElements("pre", "div", "input", "a")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^language-[a-z0-9+#-]{1,20}$`)).OnElements("code")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^[a-z0-9]{1,4}$`)).OnElements("span")

	p.AllowAttrs("type").Matching(regexp.MustCompile(`^checkbox$`)).OnElements("input")
	p.AllowAttrs("checked", "disabled").Matching(regexp.MustCompile(`^$`)).OnElements("input")
	return p
}
