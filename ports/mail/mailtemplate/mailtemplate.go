// Package mailtemplate puts mails into words, in HTML and in plain text.
//
// A module brings its mails as catalogs, one JSON file for each language ("en.json"),
// which name the mail's subject, its lines, a table of rows, where it leads, and what is
// said at the end. Each of these is a text template, which may name {{.Name}} (what the
// person calls themselves), {{.Site}}, {{.BaseURL}}, {{.Link}} (where the mail leads) and
// {{.Data.something}} (what the mail is about):
//
//	{
//	  "mails": {
//	    "receipt": {
//	      "subject": "Your receipt from {{.Site}}",
//	      "lines": ["thank you: the {{.Data.plan}} plan is in force."],
//	      "rows": [{"label": "Paid", "value": "{{.Data.amount}}"}],
//	      "action": {"label": "See your subscription", "path": "/billing"},
//	      "closing": ["Keep this mail for your records."]
//	    }
//	  }
//	}
//
// A line, a row or a closing of which nothing is left when it is filled in is left out.
// All mails of a site have one layout. The words around each ("greeting", "visit" above
// the link written out, "footer") are there in English; a catalog may have its own beside
// "mails", and in another language it must.
//
// It promises that a catalog that [Open] takes is whole: what cannot be parsed, what is
// unknown, doubled or missing in one language, is refused by file and mail. And it
// promises that what people call themselves leads nowhere (see [Facts]).
package mailtemplate

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/url"
	"slices"
	"strings"
	texttemplate "text/template"

	"github.com/neoforge-dev/neoforge/ports/mail"
)

// DefaultLanguage is what a mail is written in where there is no catalog in the reader's
// language (BCP 47). Every module has its mails in it.
const DefaultLanguage = "en"

// Site is what all mails of a site name. BaseURL is its origin, for links.
type Site struct{ Name, BaseURL string }

// Source is where catalogs lie: <language>.json in a folder of Files; an empty Folder is
// their root. The zero value has none.
type Source struct {
	Files  fs.FS
	Folder string
}

// Module is the mails of one module.
type Module struct {
	Name string
	Source
}

// Catalogs are the mails of all modules of a site. They are safe for concurrent use.
type Catalogs struct{ modules map[string]*Templates }

// Templates are the mails of one module, in each of its languages. They are safe for
// concurrent use.
type Templates struct {
	module    string
	site      Site
	layout    *layout
	languages map[string]*catalog
}

// Open reads the mails of modules. What is in reworded stands in for what modules say:
// it has catalogs too, in which a mail is called <module>.<kind>, and whose words around
// the mails are those of the whole site. A language that no module has may come with it;
// of a module that has mails in it, it then has all.
//
// The error names the file and the mail of everything that cannot be used.
func Open(site Site, reworded Source, modules ...Module) (*Catalogs, error) {
	site.BaseURL = strings.TrimRight(site.BaseURL, "/")
	l, err := openLayout()
	if err != nil {
		return nil, err
	}
	product, err := reworded.read(ofProduct)
	if err != nil {
		return nil, err
	}
	c := &Catalogs{modules: map[string]*Templates{}}
	var faults []error
	for _, m := range modules {
		if c.modules[m.Name] != nil {
			faults = append(faults, fmt.Errorf("mails: module %s is given twice", m.Name))
			continue
		}
		t := &Templates{module: m.Name, site: site, layout: l}
		c.modules[m.Name] = t
		own, err := m.read("of " + m.Name)
		if err == nil {
			t.languages, err = merge(m.Name, own, product, l.words)
		}
		faults = append(faults, err)
	}
	faults = append(faults, product.unclaimed(c.modules)...)
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return c, nil
}

// Of returns the mails of a module. One that was not opened has none.
func (c *Catalogs) Of(module string) *Templates {
	if t, ok := c.modules[module]; ok {
		return t
	}
	return &Templates{module: module}
}

// Kinds lists the mails, sorted.
func (t *Templates) Kinds() []string {
	c, ok := t.languages[DefaultLanguage]
	if !ok {
		return nil
	}
	return slices.Sorted(maps.Keys(c.mails))
}

// Languages lists the languages of the mails (BCP 47), sorted.
func (t *Templates) Languages() []string { return slices.Sorted(maps.Keys(t.languages)) }

// Secret is the token of a link. It is written nowhere but there.
type Secret interface{ Reveal() string }

// Facts is what a mail is about.
type Facts struct {
	// Name is what the person calls themselves; empty: they are not greeted.
	Name string
	// Data is what {{.Data.something}} names: what people call themselves, their
	// organizations and things. These words reach others by the site's mail, so nothing
	// in them leads anywhere or adds a line.
	Data map[string]string
	// Exact is named in the same way and shown as it is: what the program itself says, such
	// as an amount or an address. No name is in both.
	Exact map[string]string
	// Token is added to the address that the mail leads to, as ?token=; nil or empty: there
	// is none.
	Token Secret
}

// Write puts a mail into the words of a language, of its main language ("de" for
// "de-AT"), or of the default. It fails when the module has no mail of that kind, and
// when a fact that its words name is missing.
func (t *Templates) Write(language, kind, to string, f Facts) (mail.Message, error) {
	c := t.in(language)
	if c == nil {
		return mail.Message{}, fmt.Errorf("mails: module %s has no catalogs: list them in its Mails", t.module)
	}
	words, ok := c.mails[kind]
	if !ok {
		return mail.Message{}, fmt.Errorf("mails: module %s has no mail %q in %s.json", t.module, kind, c.language)
	}
	m, err := t.write(c, words, f)
	if err != nil {
		return mail.Message{}, fmt.Errorf("mails: write %s.%s in %s: %w", t.module, kind, c.language, err)
	}
	m.To = to
	return m, nil
}

func (t *Templates) in(language string) *catalog {
	main, _, _ := strings.Cut(language, "-")
	for _, l := range []string{language, main} {
		if c, ok := t.languages[l]; ok {
			return c
		}
	}
	return t.languages[DefaultLanguage]
}

// sheet is a mail in words, as the layouts show it.
type sheet struct {
	Language, Site, BaseURL string
	Subject, Greeting       string
	Lines                   []string
	Rows                    []shownRow
	Label, Link, Visit      string
	Closing                 []string
	Footer                  string
}

// shownRow has its label once more as wide as the widest one, for plain text.
type shownRow struct{ Label, Padded, Value string }

func (t *Templates) write(c *catalog, words *wording, f Facts) (mail.Message, error) {
	named, err := f.named(t.site)
	if err != nil {
		return mail.Message{}, err
	}
	fill := filler{facts: named}
	s := sheet{Language: c.language, Site: t.site.Name, BaseURL: t.site.BaseURL}
	if words.path != nil {
		s.Link = t.site.BaseURL + fill.in(words.path)
		if f.Token != nil && f.Token.Reveal() != "" {
			s.Link += "?token=" + url.QueryEscape(f.Token.Reveal())
		}
		fill.facts.Link = s.Link
		s.Label, s.Visit = fill.in(words.label), fill.in(c.visit)
	}
	s.Subject = oneLine(fill.in(words.subject))
	if named.Name != "" {
		s.Greeting = fill.in(c.greeting)
	}
	s.Lines, s.Rows, s.Closing, s.Footer = fill.all(words.lines), fill.rows(words.rows), fill.all(words.closing), fill.in(c.footer)
	if fill.err != nil {
		return mail.Message{}, fill.err
	}
	var html, text bytes.Buffer
	if err := errors.Join(t.layout.html.Execute(&html, s), t.layout.text.Execute(&text, s)); err != nil {
		return mail.Message{}, err
	}
	return mail.Message{Subject: s.Subject, Text: text.String(), HTML: html.String()}, nil
}

// layout is the form that mails have, and the words around them by language.
type layout struct {
	html  *template.Template
	text  *texttemplate.Template
	words map[string]*catalog
}
