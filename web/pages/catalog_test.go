package pages_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/web"
	"github.com/neoforge-dev/neoforge/web/pages/catalogpages"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
	"github.com/neoforge-dev/neoforge/web/pages/docpages"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
)

func catalogEntries() []catalogpages.Entry {
	return slices.Concat(catalogpages.Platform(), contentpages.Catalog(), identitypages.Catalog())
}

// catalogSamples are the pages of the component guide: the list, and one of each entry.
func catalogSamples() []sample {
	elements, err := catalogpages.Elements(web.Elements)
	if err != nil {
		panic(err)
	}
	sections := []docpages.Section{{Entries: []docpages.Entry{{Title: "Overview", URL: "/catalog", Active: true}}}}
	out := []sample{of("catalog", catalogpages.Index, catalogpages.IndexView{
		Page: page("Components"), Sections: sections,
		Groups: []catalogpages.Group{{Title: "Patterns", Entries: []catalogpages.Line{{Name: "button", Title: "Buttons", Summary: "What is pressed.", URL: "/catalog/button"}}}},
	})}
	for _, e := range catalogEntries() {
		v := catalogpages.EntryView{Page: page(e.Name), Entry: e, Summary: e.Summary, Sections: sections}
		if element, ok := elements[e.Name]; ok {
			v.Element = &element
		}
		out = append(out, of("catalog of "+e.Name, catalogpages.Show, v))
	}
	return out
}

func TestCatalog_HasEveryElementAndTheCodeOfEveryExample(t *testing.T) {
	t.Parallel()
	elements, err := catalogpages.Elements(web.Elements)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, e := range catalogEntries() {
		if shown[e.Name] {
			t.Errorf("%s has two entries", e.Name)
		}
		shown[e.Name] = true
		if len(e.Examples) == 0 || len(e.Accessibility) == 0 {
			t.Errorf("%s has %d examples and %d notes on accessibility", e.Name, len(e.Examples), len(e.Accessibility))
		}
		element, known := elements[e.Name]
		if e.IsElement() != known || e.Summary == "" && element.Summary == "" {
			t.Errorf("%s is in the manifest: %t; summary %q", e.Name, known, e.Summary+element.Summary)
		}
		for _, x := range e.Examples {
			if strings.TrimSpace(x.Code) == "" {
				t.Errorf("%q of %s names a component that its templ file does not have", x.Title, e.Name)
			}
			if e.IsElement() && !strings.Contains(x.Code, e.Name) {
				t.Errorf("%q of %s does not place it:\n%s", x.Title, e.Name, x.Code)
			}
		}
	}
	for name := range elements {
		if !shown[name] {
			t.Errorf("%s has no entry in the component guide", name)
		}
	}
	if len(shown) < 25 {
		t.Errorf("%d entries; the check saw too little", len(shown))
	}
}

func TestCatalogSource_GivesTheTextBetweenTheBraces(t *testing.T) {
	t.Parallel()
	source := catalogpages.Source("package x\n\ntempl one() {\n\t<p>\n\t\t1\n\t</p>\n}\n\ntempl other() {\n\t<b></b>\n}\n")
	if have := source.Example("", "", "one", nil).Code; have != "<p>\n\t1\n</p>" {
		t.Errorf("%q", have)
	}
	if have := source.Example("", "", "on", nil).Code; have != "" {
		t.Errorf("of one that is not there: %q", have)
	}
}
