package mailtemplate

import (
	"fmt"
	"strings"
	"text/template"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/ports/textform"
)

// named is what the words of a mail can name.
type named struct {
	Name, Site, BaseURL, Link string
	Data                      map[string]string
}

// named neutralizes what people call themselves, their organizations and things.
func (f Facts) named(site Site) (named, error) {
	n := named{Name: unlinked(f.Name), Site: site.Name, BaseURL: site.BaseURL, Data: make(map[string]string, len(f.Data)+len(f.Exact))}
	for key, value := range f.Data {
		n.Data[key] = unlinked(value)
	}
	for key, value := range f.Exact {
		if _, twice := n.Data[key]; twice {
			return named{}, fmt.Errorf("the fact %s is in Data and in Exact: leave one out", key)
		}
		n.Data[key] = value
	}
	return n, nil
}

func unlinked(s string) string { return oneLine(textform.Unlinked(s)) }

// oneLine keeps what somebody called themselves from adding headers to a mail.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// filler fills in templates and keeps the first error.
type filler struct {
	facts named
	err   error
}

// in is empty for words that are not there.
func (f *filler) in(words *template.Template) string {
	if words == nil {
		return ""
	}
	var out strings.Builder
	if err := words.Execute(&out, f.facts); err != nil && f.err == nil {
		f.err = err
	}
	return out.String()
}

func (f *filler) all(lines []*template.Template) []string {
	out := make([]string, 0, len(lines))
	for _, line := range lines {
		if text := f.in(line); text != "" { // what a line is about may be missing
			out = append(out, text)
		}
	}
	return out
}

func (f *filler) rows(rows []row) []shownRow {
	var out []shownRow
	width := 0
	for _, r := range rows {
		if value := f.in(r.value); value != "" {
			label := f.in(r.label)
			out = append(out, shownRow{Label: label, Value: value})
			width = max(width, utf8.RuneCountInString(label))
		}
	}
	for i, r := range out {
		out[i].Padded = fmt.Sprintf("%-*s", width, r.Label)
	}
	return out
}
