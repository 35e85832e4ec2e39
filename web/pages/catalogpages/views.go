package catalogpages

import (
	"fmt"
	"strings"

	"github.com/neoforge-dev/neoforge/web/pages/docpages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// Address is where an entry is shown.
func Address(name string) string { return "/catalog/" + name }

// IndexView is the first page of the guide.
type IndexView struct {
	layout.Page
	Sections []docpages.Section
	Groups   []Group
}

// Group is the entries that stand together.
type Group struct {
	Title   string
	Entries []Line
}

// Line is an entry in the list of all.
type Line struct{ Name, Title, Summary, URL string }

// EntryView is one element or pattern.
type EntryView struct {
	layout.Page
	Entry    Entry
	Summary  string
	Element  *Element // nil: a pattern
	Sections []docpages.Section
}

// uses are the tables of what a page may use.
type uses struct {
	title string
	rows  []Usable
}

func (v EntryView) uses() (out []uses) {
	if v.Element == nil {
		return nil
	}
	for _, u := range []uses{
		{"Attributes", v.Element.Attributes}, {"Properties", v.Element.Properties}, {"Events", v.Element.Events}, {"Slots", v.Element.Slots},
		{"Parts", v.Element.Parts}, {"Custom properties", v.Element.CSSProperties},
	} {
		if len(u.rows) > 0 {
			out = append(out, u)
		}
	}
	return out
}

func (u uses) typed() bool {
	for _, r := range u.rows {
		if r.Type != "" || r.Default != "" {
			return true
		}
	}
	return false
}

func (r Usable) name() string {
	if r.Name == "" {
		return "(default)"
	}
	return r.Name
}

// typeWords is the type, and what it is where nothing is said.
func (r Usable) typeWords() string {
	if r.Default == "" || r.Default == "null" || r.Default == "''" {
		return r.Type
	}
	return strings.TrimSpace(fmt.Sprintf("%s = %s", r.Type, r.Default))
}

func exampleID(i int) string { return fmt.Sprintf("example-%d", i+1) }
