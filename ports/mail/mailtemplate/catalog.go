package mailtemplate

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"text/template"
)

// catalog is mails in one language, and the words around all of them.
type catalog struct {
	file                    string // as errors name it
	language                string
	greeting, visit, footer *template.Template
	mails                   map[string]*wording
}

// wording is one mail in one language. Only an action has a path.
type wording struct {
	file    string
	subject *template.Template
	lines   []*template.Template
	rows    []row
	label   *template.Template
	path    *template.Template
	closing []*template.Template
	data    map[string]bool // what it names of Facts.Data
}

type row struct{ label, value *template.Template }

// catalogs are those of one source, by language.
type catalogs map[string]*catalog

// ofProduct says whose the catalogs are that reword those of modules.
const ofProduct = "of the product"

//go:embed layout
var layoutFiles embed.FS

func openLayout() (*layout, error) {
	l := &layout{}
	var err error
	if l.html, err = htmltemplate.ParseFS(layoutFiles, "layout/layout.html"); err != nil {
		return nil, fmt.Errorf("mails: layout: %w", err)
	}
	if l.text, err = template.ParseFS(layoutFiles, "layout/layout.txt"); err != nil {
		return nil, fmt.Errorf("mails: layout: %w", err)
	}
	l.words, err = Source{layoutFiles, "layout"}.read("of the layout")
	return l, err
}

var (
	languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
	kindName    = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

// read parses the catalogs of a source; whose begins each error.
func (s Source) read(whose string) (catalogs, error) {
	if s.Files == nil {
		return nil, nil
	}
	folder := path.Clean(s.Folder) // "." for the root
	files, err := fs.ReadDir(s.Files, folder)
	if err != nil {
		return nil, fmt.Errorf("mails %s: the folder %q cannot be read: %w", whose, folder, err)
	}
	out := catalogs{}
	var faults []error
	for _, f := range files {
		language, ok := strings.CutSuffix(f.Name(), ".json")
		if !ok {
			continue
		}
		file := fmt.Sprintf("mails %s, %s", whose, f.Name())
		if !languageTag.MatchString(language) {
			faults = append(faults, fmt.Errorf("%s: a catalog is called by its language, such as en.json or de-AT.json", file))
			continue
		}
		raw, err := fs.ReadFile(s.Files, path.Join(folder, f.Name()))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		c, err := parseCatalog(file, raw, whose == ofProduct)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		c.language = language
		out[language] = c
	}
	if len(out)+len(faults) == 0 {
		return nil, fmt.Errorf("mails %s: the folder %q has no catalog: it needs %s.json", whose, folder, DefaultLanguage)
	}
	return out, errors.Join(faults...)
}

// written is a catalog as its file has it.
type written struct {
	Greeting string                     `json:"greeting"`
	Visit    string                     `json:"visit"` // above the link written out
	Footer   string                     `json:"footer"`
	Mails    map[string]json.RawMessage `json:"mails"`
}

// writtenMail is a mail as its file has it. Each string is a text template.
type writtenMail struct {
	Subject string   `json:"subject"`
	Lines   []string `json:"lines"`
	Rows    []struct {
		Label string `json:"label"`
		Value string `json:"value"`
	} `json:"rows"`
	Action *struct {
		Label string `json:"label"`
		Path  string `json:"path"` // of this site; the token is added to it
	} `json:"action"`
	Closing []string `json:"closing"`
}

// parseCatalog reads a file. In one that rewords, a mail is called by its module too.
func parseCatalog(file string, raw []byte, rewords bool) (*catalog, error) {
	var w written
	if err := decode(raw, &w); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := findDoubled(json.NewDecoder(bytes.NewReader(raw)), ""); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	p := parser{where: file, data: map[string]bool{}}
	c := &catalog{file: file, greeting: p.parse("greeting", w.Greeting), visit: p.parse("visit", w.Visit), footer: p.parse("footer", w.Footer), mails: map[string]*wording{}}
	for _, name := range slices.Sorted(maps.Keys(p.data)) {
		p.fail("around mails", fmt.Errorf("{{.Data.%s}} is known to single mails only", name))
	}
	faults := p.faults
	for _, name := range slices.Sorted(maps.Keys(w.Mails)) {
		where := fmt.Sprintf("%s: mail %q", file, name)
		_, kind, ofModule := strings.Cut(name, ".")
		if !ofModule {
			kind = name
		}
		if ofModule != rewords || !kindName.MatchString(kind) {
			form := "small letters, digits and _, a letter first"
			if rewords {
				form = "<module>.<kind>"
			}
			faults = append(faults, fmt.Errorf("%s: it cannot be called that: write %s", where, form))
			continue
		}
		m, err := parseMail(where, w.Mails[name])
		if err != nil {
			faults = append(faults, err)
			continue
		}
		m.file = file
		c.mails[name] = m
	}
	return c, errors.Join(faults...)
}

func parseMail(where string, raw []byte) (*wording, error) {
	var w writtenMail
	if err := decode(raw, &w); err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	p := parser{where: where, data: map[string]bool{}}
	m := &wording{data: p.data, subject: p.parse("subject", w.Subject), lines: p.all("lines", w.Lines), closing: p.all("closing", w.Closing)}
	if w.Subject == "" || len(w.Lines) == 0 {
		p.fail("it", errors.New("needs a subject and lines"))
	}
	for i, r := range w.Rows {
		of := fmt.Sprintf("rows[%d]", i)
		if r.Label == "" || r.Value == "" {
			p.fail(of, errors.New("needs a label and a value"))
		}
		m.rows = append(m.rows, row{p.parse(of, r.Label), p.parse(of, r.Value)})
	}
	if a := w.Action; a != nil {
		if a.Label == "" || !strings.HasPrefix(a.Path, "/") || strings.ContainsAny(a.Path, "?#") {
			p.fail("action", errors.New("needs a label, and a path of the site that begins with / and has no query"))
		}
		m.label, m.path = p.parse("action", a.Label), p.parse("action", a.Path)
	}
	return m, errors.Join(p.faults...)
}

// decode reads JSON of which every key is known.
func decode(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		line := 1 + bytes.Count(raw[:min(int(syntax.Offset), len(raw))], []byte("\n"))
		return fmt.Errorf("line %d: %w", line, err)
	}
	if err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands after its end")
	}
	return nil
}

// findDoubled refuses a key that an object has twice, of which a decoder would take the
// last one without a word.
func findDoubled(d *json.Decoder, at string) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		seen := map[string]bool{}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return err
			}
			name := strings.TrimPrefix(fmt.Sprintf("%s.%s", at, key), ".")
			if seen[name] {
				return fmt.Errorf("%s is there twice: delete one of them", name)
			}
			seen[name] = true
			if err := findDoubled(d, name); err != nil {
				return err
			}
		}
	case json.Delim('['):
		for d.More() {
			if err := findDoubled(d, at); err != nil {
				return err
			}
		}
	default:
		return nil
	}
	_, err = d.Token() // what closes it
	return err
}
