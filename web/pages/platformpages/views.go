package platformpages

import (
	"cmp"
	"strings"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// FormField is one field of a form that is given back.
type FormField struct{ Name, Value string }

// ExpiredFormView is a form that came after its sender's session had ended. It posts
// Fields to Action.
type ExpiredFormView struct {
	layout.Page
	Action    string
	Fields    []FormField
	SignInURL string
}

// ResumeView is a form that waited for a proof of who its sender is. It posts Fields
// to Action, and what AskAgain names is typed anew, for it is kept nowhere.
type ResumeView struct {
	layout.Page
	Action   string
	Button   string
	Fields   []FormField
	AskAgain []string
	// Words says a field as the page that it comes from does; what it leaves empty is
	// said by the field's own name and value. nil: all is.
	Words func(f FormField) (label, value string)
}

// shown are the fields that a person typed or chose, which they see once more: as
// labels and values in words.
func (v ResumeView) shown() []FormField {
	var out []FormField
	for _, f := range v.Fields {
		if f.Value == "" || f.Name == "return_to" || strings.HasSuffix(f.Name, "version") {
			continue
		}
		label, value := "", ""
		if v.Words != nil {
			label, value = v.Words(f)
		}
		if value == "" && strings.HasSuffix(f.Name, "id") {
			continue // says nothing to people
		}
		out = append(out, FormField{Name: cmp.Or(label, fieldName(f.Name)), Value: cmp.Or(value, f.Value)})
	}
	return out
}

// again is the field of a secret that is typed anew.
func again(name string, first bool) layout.Field {
	f := layout.Field{Name: name, Label: fieldName(name), Required: name != "current", Focus: first, Plain: true}
	switch {
	case name == "current":
		f.Label, f.Type, f.Autocomplete = "Current password", "password", "current-password"
	case strings.Contains(name, "password"):
		f.Type, f.Autocomplete = "password", "new-password"
	case strings.Contains(name, "code"):
		f.Autocomplete = "one-time-code"
	}
	return f
}

// fieldName writes the name of a field for people.
func fieldName(name string) string {
	name = strings.ReplaceAll(name, "_", " ")
	if name == "" {
		return name
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// ErrorView is a page that says that something did not work, and the way on.
type ErrorView struct {
	layout.Page
	Status    int
	Heading   string // empty: by Status
	Text      string // empty: by Status
	RequestID string
	TraceID   string        // where it is another than RequestID
	Links     []layout.Link // empty: by Status
}
