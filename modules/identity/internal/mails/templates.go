package mails

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/url"
	"path"
	"strings"
	texttemplate "text/template"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// defaultLanguage is what a mail is written in when there is no catalog in the
// reader's language (BCP 47).
const defaultLanguage = "en"

//go:embed templates
var templateFiles embed.FS

// facts is what the words of a mail may name: {{.Name}}, {{.Site}},
// {{.BaseURL}}, {{.Data.something}}, and {{.Link}}, where the mail's action leads.
type facts struct {
	Name    string
	Site    string
	BaseURL string
	Data    map[string]string
	Link    string

	token identity.Secret
}

// wording is one mail in one language. Each string is a text template.
type wording struct {
	Subject string   `json:"subject"`
	Lines   []string `json:"lines"`
	Action  *struct {
		Label string `json:"label"`
		Path  string `json:"path"` // of this site; the token is added to it
	} `json:"action"`
	Closing []string `json:"closing"`
}

// catalog is the mails of one language, and the words around all of them.
type catalog struct {
	Greeting string           `json:"greeting"`
	Visit    string           `json:"visit"` // above the link written out
	Footer   string           `json:"footer"`
	Mails    map[Kind]wording `json:"mails"`

	language string
}

// templates is the catalogs by language with the form that mails have.
type templates struct {
	catalogs map[string]catalog
	html     *template.Template
	text     *texttemplate.Template
}

// openTemplates reads what templates/ holds.
func openTemplates() (*templates, error) {
	b := &templates{catalogs: map[string]catalog{}}
	var err error
	if b.html, err = template.ParseFS(templateFiles, "templates/layout.html"); err != nil {
		return nil, fmt.Errorf("mails: layout of mails: %w", err)
	}
	if b.text, err = texttemplate.ParseFS(templateFiles, "templates/layout.txt"); err != nil {
		return nil, fmt.Errorf("mails: layout of mails: %w", err)
	}
	files, err := templateFiles.ReadDir("templates")
	if err != nil {
		return nil, fmt.Errorf("mails: catalogs of mails: %w", err)
	}
	for _, f := range files {
		language, ok := strings.CutSuffix(f.Name(), ".json")
		if !ok {
			continue
		}
		raw, err := templateFiles.ReadFile(path.Join("templates", f.Name()))
		if err != nil {
			return nil, fmt.Errorf("mails: catalog %s: %w", language, err)
		}
		c := catalog{language: language}
		if err := json.Unmarshal(raw, &c); err != nil {
			return nil, fmt.Errorf("mails: catalog %s: %w", language, err)
		}
		b.catalogs[language] = c
	}
	return b, nil
}

// in returns the mails of a language, of its main language ("de" for "de-AT"), or
// of the default.
func (b *templates) in(language string) catalog {
	main, _, _ := strings.Cut(language, "-")
	for _, l := range []string{language, main} {
		if c, ok := b.catalogs[l]; ok {
			return c
		}
	}
	return b.catalogs[defaultLanguage]
}

// filled is a mail in words, as the layouts show it.
type filled struct {
	Language, Site, BaseURL string
	Subject, Greeting       string
	Lines                   []string
	Label, Link, Visit      string
	Closing                 []string
	Footer                  string
}

// write puts a mail into the words of a language, in HTML and in plain text.
func (b *templates) write(language string, kind Kind, to string, facts facts) (mail.Message, error) {
	sheet, err := b.in(language).sheet(kind, facts)
	if err != nil {
		return mail.Message{}, fmt.Errorf("mails: write %s: %w", kind, err)
	}
	var html, text bytes.Buffer
	if err := b.html.Execute(&html, sheet); err != nil {
		return mail.Message{}, fmt.Errorf("mails: write %s: %w", kind, err)
	}
	if err := b.text.Execute(&text, sheet); err != nil {
		return mail.Message{}, fmt.Errorf("mails: write %s: %w", kind, err)
	}
	return mail.Message{To: to, Subject: sheet.Subject, Text: text.String(), HTML: html.String()}, nil
}

func (c catalog) sheet(kind Kind, facts facts) (filled, error) {
	words, ok := c.Mails[kind]
	if !ok {
		return filled{}, fmt.Errorf("catalog %s has no such mail", c.language)
	}
	facts = facts.unlinked()
	fill := filler{facts: &facts}
	sheet := filled{Language: c.language, Site: facts.Site, BaseURL: facts.BaseURL}
	if words.Action != nil {
		sheet.Link = facts.BaseURL + fill.in(words.Action.Path)
		if facts.token != "" {
			sheet.Link += "?token=" + url.QueryEscape(facts.token.Reveal())
		}
		facts.Link = sheet.Link
		sheet.Label, sheet.Visit = fill.in(words.Action.Label), fill.in(c.Visit)
	}
	sheet.Subject = oneLine(fill.in(words.Subject))
	if facts.Name != "" {
		sheet.Greeting = fill.in(c.Greeting)
	}
	sheet.Lines, sheet.Closing, sheet.Footer = fill.all(words.Lines), fill.all(words.Closing), fill.in(c.Footer)
	return sheet, fill.err
}

// filler fills in templates and keeps the first error.
type filler struct {
	facts *facts
	err   error
}

func (f *filler) in(words string) string {
	t, err := texttemplate.New("words").Option("missingkey=error").Parse(words)
	var out strings.Builder
	if err == nil {
		err = t.Execute(&out, f.facts)
	}
	if err != nil && f.err == nil {
		f.err = err
	}
	return out.String()
}

func (f *filler) all(lines []string) []string {
	out := make([]string, 0, len(lines))
	for _, line := range lines {
		if text := f.in(line); text != "" { // what a line is about may be missing
			out = append(out, text)
		}
	}
	return out
}

// ourData is what a mail names that nobody chose the words of, or that is an address
// and shown as one.
var ourData = map[string]bool{"email": true, "address": true, "invitation": true}

// unlinked neutralizes what people call themselves, their organizations and things:
// these words reach others by our mail, and older releases took any.
func (f facts) unlinked() facts {
	f.Name = oneLine(textform.Unlinked(f.Name))
	data := make(map[string]string, len(f.Data))
	for key, value := range f.Data {
		switch {
		case key == "email":
			value = textform.ShownEmail(value)
		case !ourData[key]:
			value = oneLine(textform.Unlinked(value))
		}
		data[key] = value
	}
	f.Data = data
	return f
}

// oneLine keeps what somebody called themselves from adding headers to a mail.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
