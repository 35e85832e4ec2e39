package layout

import (
	"cmp"
	"encoding/json"
	"strings"
)

// Site is the site's name.
func (p Page) Site() string { return p.SiteName }

// viewerID is the person that the page is made for, which it says with all that it sends.
func (p Page) viewerID() string {
	if p.Viewer == nil {
		return ""
	}
	return p.Viewer.ID
}

func (p Page) lang() string {
	if p.Lang == "" {
		return "en"
	}
	return p.Lang
}

func (p Page) documentTitle() string {
	if p.Title == "" || p.Title == p.Site() {
		return p.Site()
	}
	return p.Title + " · " + p.Site()
}

func (p Page) heading() string {
	if p.Title == "" {
		return p.Site()
	}
	return p.Title
}

// sharedTitle is what the page is called where it is shared.
func (p Page) sharedTitle() string { return cmp.Or(p.OpenGraph.Title, p.heading()) }

func (p Page) sharedDescription() string { return cmp.Or(p.OpenGraph.Description, p.Description) }

func (o OpenGraph) kind() string {
	if o.Type == "" {
		return "website"
	}
	return o.Type
}

// importMap writes the map byte for byte, because the content security policy
// names its hash. It is made by this program, never by a request.
func importMap(body string) string {
	return `<script type="importmap">` + body + `</script>`
}

// dataBlock writes JSON into a script element that no browser runs. "<" is
// escaped, so that nothing within it ends the element.
func dataBlock(kind, body string) string {
	return `<script type="` + kind + `">` + strings.ReplaceAll(body, "<", `\u003c`) + `</script>`
}

// criticalStyle writes rules byte for byte, as their hash in the page's policy has them.
func criticalStyle(rules string) string { return "<style>" + rules + "</style>" }

// speculationRules writes them byte for byte, likewise.
func speculationRules(rules string) string {
	return `<script type="speculationrules">` + rules + `</script>`
}

// StructuredData encodes a schema.org object for Page.JSONLD.
func StructuredData(object any) (string, error) {
	b, err := json.Marshal(object)
	return string(b), err
}
