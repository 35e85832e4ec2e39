package catalogpages

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/a-h/templ"
)

// Entry is one element or pattern of the guide.
type Entry struct {
	Name     string // of an element its tag, otherwise a slug: the end of its address
	Title    string // empty: the name
	Summary  string // one sentence; of an element that of the manifest, when it is empty
	Examples []Example
	// Accessibility is what it does for those who see little or use no mouse, and what is
	// left to who uses it, a sentence or two each.
	Accessibility []string
}

// IsElement reports whether it is a custom element rather than a pattern of markup.
func (e Entry) IsElement() bool { return strings.HasPrefix(e.Name, "nf-") }

// Heading is its title, or where it has none its name.
func (e Entry) Heading() string {
	if e.Title != "" {
		return e.Title
	}
	return e.Name
}

// Example is an entry in one state.
type Example struct {
	Title     string
	Note      string // what there is to say of the state; empty: nothing
	Component templ.Component
	Code      string // what renders Component, to paste
}

// Source is the text of a templ file with examples.
type Source string

// Example is the templ component of that name, which takes no parameters, with the text
// between its braces as its code.
func (s Source) Example(title, note, name string, component templ.Component) Example {
	return Example{Title: title, Note: note, Component: component, Code: s.body(name)}
}

// body is what stands between the braces of a component; empty when it is not there.
func (s Source) body(name string) string {
	_, rest, found := strings.Cut(string(s), "\ntempl "+name+"() {\n")
	body, _, ended := strings.Cut(rest, "\n}\n")
	if !found || !ended {
		return ""
	}
	lines := strings.Split(body, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "\t")
	}
	return strings.Join(lines, "\n")
}

// Element is what a page may use of a custom element.
type Element struct {
	Name          string
	Summary       string
	Attributes    []Usable
	Properties    []Usable // that have no attribute
	Events        []Usable
	Slots         []Usable
	Parts         []Usable
	CSSProperties []Usable
}

// Usable is one thing of an element that a page may use.
type Usable struct{ Name, Type, Default, Description string }

// Elements reads a custom-elements manifest (schema 1.0.0).
func Elements(manifest []byte) (map[string]Element, error) {
	type named struct {
		Name, Description, Default, Attribute string
		Type                                  struct{ Text string }
	}
	var m struct {
		Modules []struct {
			Declarations []struct {
				TagName, Description                                        string
				Attributes, Members, Events, Slots, CSSParts, CSSProperties []named
			}
		}
	}
	if err := json.Unmarshal(manifest, &m); err != nil {
		return nil, fmt.Errorf("read the custom-elements manifest: %w", err)
	}
	usable := func(all []named) (out []Usable) {
		for _, n := range all {
			out = append(out, Usable{Name: n.Name, Type: n.Type.Text, Default: n.Default, Description: n.Description})
		}
		return out
	}
	out := map[string]Element{}
	for _, module := range m.Modules {
		for _, d := range module.Declarations {
			if d.TagName == "" {
				continue
			}
			var properties []named
			for _, n := range d.Members {
				if n.Attribute == "" {
					properties = append(properties, n)
				}
			}
			out[d.TagName] = Element{
				Name: d.TagName, Summary: d.Description, Attributes: usable(d.Attributes), Properties: usable(properties), Events: usable(d.Events),
				Slots: usable(d.Slots), Parts: usable(d.CSSParts), CSSProperties: usable(d.CSSProperties),
			}
		}
	}
	return out, nil
}
