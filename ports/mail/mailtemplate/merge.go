package mailtemplate

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"
)

// merge puts together the mails of a module: its own, those that the product words
// otherwise, and the words around them, which are the product's, else its own, else those
// of the layout.
func merge(module string, own, product catalogs, layout map[string]*catalog) (map[string]*catalog, error) {
	if len(own) == 0 {
		return nil, nil
	}
	origin, ok := own[DefaultLanguage]
	if !ok {
		return nil, fmt.Errorf("mails of %s: %s.json is missing, which every module needs", module, DefaultLanguage)
	}
	reworded := product.of(module)
	out := map[string]*catalog{}
	var faults []error
	for _, language := range slices.Sorted(maps.Keys(union(own, reworded))) {
		c := &catalog{language: language, mails: map[string]*wording{}}
		for _, from := range []catalogs{own, reworded} { // the later ones stand in for the earlier
			if from[language] == nil {
				continue
			}
			c.file = from[language].file
			for kind, m := range from[language].mails {
				faults = append(faults, checkAgainst(origin, kind, m))
				c.mails[kind] = m
			}
		}
		for _, kind := range slices.Sorted(maps.Keys(origin.mails)) {
			if c.mails[kind] == nil {
				faults = append(faults, fmt.Errorf("%s: the mail %q of %s is missing, which its %s.json has: every language has all mails", c.file, kind, module, DefaultLanguage))
			}
		}
		for _, part := range around {
			for _, from := range []*catalog{product[language], own[language], layout[language]} {
				if from != nil && *part.of(c) == nil {
					*part.of(c) = *part.of(from)
				}
			}
			if *part.of(c) == nil {
				faults = append(faults, fmt.Errorf("%s: %q is missing, of which there is none in that language", c.file, part.name))
			}
		}
		out[language] = c
	}
	return out, errors.Join(faults...)
}

// around are the words around every mail.
var around = []struct {
	name string
	of   func(*catalog) **template.Template
}{
	{"greeting", func(c *catalog) **template.Template { return &c.greeting }},
	{"visit", func(c *catalog) **template.Template { return &c.visit }},
	{"footer", func(c *catalog) **template.Template { return &c.footer }},
}

// checkAgainst holds a mail against that of the module's own words in the default
// language, which say what facts the mail is sent with.
func checkAgainst(origin *catalog, kind string, m *wording) error {
	known, ok := origin.mails[kind]
	if !ok {
		return fmt.Errorf("%s: mail %q: the module has none of that kind in %s.json", m.file, kind, DefaultLanguage)
	}
	for _, name := range slices.Sorted(maps.Keys(m.data)) {
		if !known.data[name] {
			return fmt.Errorf("%s: mail %q names {{.Data.%s}}, which the module's %s.json does not: name what is there", m.file, kind, name, DefaultLanguage)
		}
	}
	return nil
}

// of are the mails of one module, by their kinds.
func (all catalogs) of(module string) catalogs {
	out := catalogs{}
	for language, c := range all {
		for name, m := range c.mails {
			if of, kind, _ := strings.Cut(name, "."); of == module {
				if out[language] == nil {
					out[language] = &catalog{file: c.file, mails: map[string]*wording{}}
				}
				out[language].mails[kind] = m
			}
		}
	}
	return out
}

// unclaimed are the mails of modules that are not there, or that send none.
func (all catalogs) unclaimed(modules map[string]*Templates) []error {
	var faults []error
	for _, language := range slices.Sorted(maps.Keys(all)) {
		for _, name := range slices.Sorted(maps.Keys(all[language].mails)) {
			if of, _, _ := strings.Cut(name, "."); modules[of] == nil || modules[of].languages == nil {
				faults = append(faults, fmt.Errorf("%s: mail %q: no module %s of the program has mails", all[language].file, name, of))
			}
		}
	}
	return faults
}

func union(a, b catalogs) catalogs {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}
