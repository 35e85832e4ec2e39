package mailtemplate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
)

var site = mailtemplate.Site{Name: "The Forge", BaseURL: "https://site.example/"}

// hidden is a secret that shows itself to whoever asks for it alone.
type hidden string

func (hidden) String() string   { return "hidden" }
func (h hidden) Reveal() string { return string(h) }

// source is catalogs by the name of their file.
func source(files map[string]string) mailtemplate.Source {
	folder := fstest.MapFS{"mails/readme.txt": {Data: []byte("no catalog")}}
	for name, text := range files {
		folder["mails/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return mailtemplate.Source{Files: folder, Folder: "mails"}
}

func shop(files map[string]string) mailtemplate.Module {
	return mailtemplate.Module{Name: "shop", Source: source(files)}
}

const english = `{"mails": {
	"receipt": {
		"subject": "Your receipt from {{.Site}}",
		"lines": ["thank you, {{.Data.plan}} is yours.", "{{with .Data.gift}}It is a gift of {{.}}, read at {{$.BaseURL}}.{{end}}"],
		"rows": [{"label": "Plan", "value": "{{.Data.plan}}"}, {"label": "Paid until", "value": "{{.Data.until}}"}, {"label": "Gift of", "value": "{{.Data.gift}}"}],
		"action": {"label": "See {{.Data.plan}}", "path": "/billing"},
		"closing": ["Or go to {{.Link}}."]
	},
	"farewell": {"subject": "Farewell", "lines": ["we are sorry."]}
}}`

const german = `{"greeting": "Guten Tag {{.Name}},", "visit": "Oder hier:", "footer": "Von {{.Site}}", "mails": {
	"receipt": {"subject": "Ihre Quittung", "lines": ["danke für {{.Data.plan}}."]},
	"farewell": {"subject": "Auf Wiedersehen", "lines": ["es tut uns leid."]}
}}`

func facts() mailtemplate.Facts {
	return mailtemplate.Facts{Name: "Cleo", Data: map[string]string{"plan": "Pro", "gift": ""}, Exact: map[string]string{"until": "1.4.2026"}}
}

func mustOpen(t *testing.T, reworded mailtemplate.Source, modules ...mailtemplate.Module) *mailtemplate.Catalogs {
	t.Helper()
	all, err := mailtemplate.Open(site, reworded, modules...)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func mustWrite(t *testing.T, all *mailtemplate.Catalogs, language, kind string, f mailtemplate.Facts) mail.Message {
	t.Helper()
	m, err := all.Of("shop").Write(language, kind, "cleo@example.com", f)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestWrite_FillsInBothForms(t *testing.T) {
	t.Parallel()
	m := mustWrite(t, mustOpen(t, mailtemplate.Source{}, shop(map[string]string{"en.json": english})), "en", "receipt", facts())
	if m.To != "cleo@example.com" || m.Subject != "Your receipt from The Forge" {
		t.Errorf("to %s: %s", m.To, m.Subject)
	}
	const want = `Hello Cleo,

thank you, Pro is yours.

  Plan        Pro
  Paid until  1.4.2026

See Pro:
https://site.example/billing

Or go to https://site.example/billing.

--
Sent by The Forge, because your address was given there.
https://site.example
`
	if m.Text != want {
		t.Errorf("have\n%s\nwant\n%s", m.Text, want)
	}
	for _, part := range []string{
		`<html lang="en">`, `<title>Your receipt from The Forge</title>`, `>Hello Cleo,</p>`, `>thank you, Pro is yours.</p>`, `>Paid until</th><td valign="top" style="padding:4px 0;font-weight:bold">1.4.2026</td>`,
		`href="https://site.example/billing"`, `>See Pro</a>`, `If the button does not work`, `>Or go to https://site.example/billing.</p>`, `Sent by The Forge`,
	} {
		if !strings.Contains(m.HTML, part) {
			t.Errorf("the HTML lacks %s:\n%s", part, m.HTML)
		}
	}
	if strings.Contains(m.HTML+m.Text, "ift of") {
		t.Errorf("a line or a row about nothing is there:\n%s\n%s", m.Text, m.HTML)
	}
}

func TestWrite_LeavesOutWhatAMailHasNot(t *testing.T) {
	t.Parallel()
	m := mustWrite(t, mustOpen(t, mailtemplate.Source{}, shop(map[string]string{"en.json": english})), "en", "farewell", mailtemplate.Facts{Token: hidden("the-token")})
	if want := "we are sorry.\n\n--\nSent by"; !strings.HasPrefix(m.Text, want) {
		t.Errorf("have %q", m.Text)
	}
	for _, part := range []string{"Hello", "<th", "button", "the-token"} {
		if strings.Contains(m.HTML, part) {
			t.Errorf("the HTML has %q:\n%s", part, m.HTML)
		}
	}
}

func TestWrite_AddsTheTokenToTheLinkAlone(t *testing.T) {
	t.Parallel()
	all := mustOpen(t, mailtemplate.Source{}, shop(map[string]string{"en.json": english}))
	f := facts()
	f.Token = hidden("a+b")
	m := mustWrite(t, all, "en", "receipt", f)
	if !strings.Contains(m.Text, "https://site.example/billing?token=a%2Bb") || !strings.Contains(m.HTML, `href="https://site.example/billing?token=a%2Bb"`) {
		t.Errorf("have\n%s\n%s", m.Text, m.HTML)
	}
	if shown := fmt.Sprintf("%v %+v", f, f); strings.Contains(shown, "a+b") {
		t.Errorf("a log shows %s", shown)
	}
	f.Token = hidden("")
	if m := mustWrite(t, all, "en", "receipt", f); strings.Contains(m.Text, "token") {
		t.Errorf("have %s", m.Text)
	}
}

func TestWrite_NeutralizesWhatPeopleCallThemselves(t *testing.T) {
	t.Parallel()
	all := mustOpen(t, mailtemplate.Source{}, shop(map[string]string{"en.json": english}))
	f := facts()
	f.Name = "<b>Cleo</b> {{.Site}} https://evil.example/login\r\nBcc: eve@evil.example"
	f.Data["plan"] = "www.evil.example \n tel:+49"
	f.Exact["until"] = "<i>1.4.2026</i>"
	m := mustWrite(t, all, "en", "receipt", f)
	for part, text := range map[string]string{"subject": m.Subject, "text": m.Text, "html": m.HTML} {
		for _, bad := range []string{"https://evil", "evil.example", "tel:+", "\nBcc"} {
			if strings.Contains(text, bad) {
				t.Errorf("the %s has %q:\n%s", part, bad, text)
			}
		}
	}
	if strings.Contains(m.HTML, "<b>") || strings.Contains(m.HTML, "<i>") || !strings.Contains(m.HTML, "Hello &lt;b&gt;Cleo") {
		t.Errorf("the HTML takes words for HTML:\n%s", m.HTML)
	}
	if !strings.Contains(m.Text, "{{.Site}}") || !strings.Contains(m.Text, "<i>1.4.2026</i>") {
		t.Errorf("the text is not exact:\n%s", m.Text)
	}
}

func TestWrite_HasASubjectOfOneLine(t *testing.T) {
	t.Parallel()
	all, err := mailtemplate.Open(mailtemplate.Site{Name: "The\r\nBcc: eve@example.com", BaseURL: site.BaseURL}, mailtemplate.Source{}, shop(map[string]string{"en.json": english}))
	if err != nil {
		t.Fatal(err)
	}
	if m := mustWrite(t, all, "en", "receipt", facts()); strings.ContainsAny(m.Subject, "\r\n") {
		t.Errorf("have %q", m.Subject)
	}
}

func TestWrite_IsInTheNearestLanguage(t *testing.T) {
	t.Parallel()
	all := mustOpen(t, mailtemplate.Source{}, shop(map[string]string{"en.json": english, "de.json": german}))
	if have := all.Of("shop").Languages(); !slices.Equal(have, []string{"de", "en"}) {
		t.Errorf("have %v", have)
	}
	for asked, want := range map[string]string{"en": "Farewell", "de": "Auf Wiedersehen", "de-AT": "Auf Wiedersehen", "fr": "Farewell", "": "Farewell"} {
		m := mustWrite(t, all, asked, "farewell", facts())
		if m.Subject != want {
			t.Errorf("%q is written as %q", asked, m.Subject)
		}
		if want == "Auf Wiedersehen" && (!strings.HasPrefix(m.Text, "Guten Tag Cleo,") || !strings.Contains(m.Text, "Von The Forge")) {
			t.Errorf("the words around it are %s", m.Text)
		}
	}
}

func TestWrite_RefusesWhatCannotBeWritten(t *testing.T) {
	t.Parallel()
	all := mustOpen(t, mailtemplate.Source{}, shop(map[string]string{"en.json": english}), mailtemplate.Module{Name: "silent"})
	twice := facts()
	twice.Exact["plan"] = "Pro"
	for name, c := range map[string]struct {
		module, kind string
		facts        mailtemplate.Facts
		want         []string
	}{
		"a fact is missing":   {"shop", "receipt", mailtemplate.Facts{Data: map[string]string{"plan": "Pro"}}, []string{"shop.receipt", "en"}},
		"a fact is twice":     {"shop", "receipt", twice, []string{"shop.receipt", "plan"}},
		"no such mail":        {"shop", "unheard_of", facts(), []string{"shop", "unheard_of", "en.json"}},
		"a module has none":   {"silent", "receipt", facts(), []string{"silent", "no catalogs"}},
		"no module is called": {"nobody", "receipt", facts(), []string{"nobody", "no catalogs"}},
	} {
		m, err := all.Of(c.module).Write("en", c.kind, "cleo@example.com", c.facts)
		if err == nil {
			t.Errorf("%s: wrote %s", name, m.Text)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the message lacks %q: %v", name, want, err)
			}
		}
	}
	if kinds := all.Of("silent").Kinds(); len(kinds) != 0 {
		t.Errorf("have %v", kinds)
	}
	if kinds := all.Of("shop").Kinds(); !slices.Equal(kinds, []string{"farewell", "receipt"}) {
		t.Errorf("have %v", kinds)
	}
}

func TestOpen_RefusesBrokenCatalogsByFileAndMail(t *testing.T) {
	t.Parallel()
	mails := func(inside string) map[string]string {
		return map[string]string{"en.json": `{"mails": {` + inside + `}}`}
	}
	words := func(subject, line string) map[string]string {
		return mails(fmt.Sprintf(`"receipt": {"subject": %q, "lines": [%q]}`, subject, line))
	}
	const farewell = `"farewell": {"subject": "Farewell", "lines": ["sorry."]}`
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"no JSON":                      {map[string]string{"en.json": "{\n\"mails\": {,"}, []string{"line 2"}},
		"something after the end":      {map[string]string{"en.json": `{"mails": {}} }`}, nil},
		"a template without an end":    {words("{{.Site", "line"), []string{`mail "receipt"`, "subject"}},
		"an unknown function":          {words("Hello", "{{shout .Name}}"), []string{`mail "receipt"`, "lines[0]", "shout"}},
		"an unknown name":              {words("Hello", "{{.Title}}"), []string{`mail "receipt"`, "lines[0]", ".Title", ".Data.<fact>"}},
		"an unknown name in a branch":  {words("Hello", "{{if .Data.gift}}yes{{else}}{{.Title}}{{end}}"), []string{`mail "receipt"`, ".Title"}},
		"an unknown name by the whole": {words("Hello", "{{with .Name}}{{$.Title}}{{end}}"), []string{`mail "receipt"`, ".Title"}},
		"a name of a text":             {words("Hello", "{{with .Data.gift}}{{.Site}}{{end}}"), []string{`mail "receipt"`, "{{$.Site}}"}},
		"part of a name":               {words("Hello", "{{.Site.Name}}"), []string{`mail "receipt"`, ".Site.Name"}},
		"another template":             {words("Hello", `{{template "footer"}}`), []string{`mail "receipt"`, "footer"}},
		"a template of its own":        {words("Hello", `x{{define "a"}}b{{end}}`), []string{`mail "receipt"`, "of its own"}},
		"an unknown key":               {mails(`"receipt": {"subjet": "Hello", "lines": ["line"]}`), []string{`mail "receipt"`, "subjet"}},
		"an unknown key beside mails":  {map[string]string{"en.json": `{"greetings": "Hi", "mails": {}}`}, []string{"greetings"}},
		"a doubled mail":               {mails(farewell + "," + farewell), []string{"mails.farewell", "twice"}},
		"a doubled line of words":      {mails(`"farewell": {"subject": "A", "subject": "B", "lines": ["line"]}`), []string{"mails.farewell.subject", "twice"}},
		"no subject":                   {words("", "line"), []string{`mail "receipt"`, "subject"}},
		"no lines":                     {mails(`"receipt": {"subject": "Hello"}`), []string{`mail "receipt"`, "lines"}},
		"a row without a value":        {mails(`"receipt": {"subject": "Hello", "lines": ["line"], "rows": [{"label": "Paid"}]}`), []string{`mail "receipt"`, "rows[0]", "value"}},
		"an action of another site":    {mails(`"receipt": {"subject": "Hello", "lines": ["line"], "action": {"label": "Go", "path": "https://evil.example"}}`), []string{`mail "receipt"`, "action", "path"}},
		"an action with a query":       {mails(`"receipt": {"subject": "Hello", "lines": ["line"], "action": {"label": "Go", "path": "/a?b=c"}}`), []string{`mail "receipt"`, "action", "query"}},
		"a name with a dot":            {mails(`"shop.receipt": {"subject": "Hello", "lines": ["line"]}`), []string{`mail "shop.receipt"`, "small letters"}},
		"data around all mails":        {map[string]string{"en.json": `{"footer": "{{.Data.plan}}", "mails": {}}`}, []string{".Data.plan", "single mails"}},
		"a file of no language":        {map[string]string{"english.json": english, "en.json": english}, []string{"english.json", "language"}},
		"no default language":          {map[string]string{"de.json": german}, []string{"en.json is missing"}},
		"no catalog at all":            {nil, []string{"en.json"}},
		"a language lacks a mail": {map[string]string{"en.json": english, "de.json": `{"greeting": "a", "visit": "b", "footer": "c", "mails": {` + farewell + `}}`},
			[]string{"de.json", `mail "receipt"`, "missing"}},
		"a language has a mail too many": {map[string]string{"en.json": `{"mails": {` + farewell + `}}`, "de.json": german}, []string{"de.json", `mail "receipt"`}},
		"a language names another fact": {map[string]string{"en.json": english, "de.json": strings.ReplaceAll(german, ".Data.plan", ".Data.paln")},
			[]string{"de.json", `mail "receipt"`, ".Data.paln"}},
		"a language lacks the words around": {map[string]string{"en.json": english, "de.json": strings.Replace(german, `"visit": "Oder hier:", `, "", 1)}, []string{"de.json", `"visit"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := mailtemplate.Open(site, mailtemplate.Source{}, shop(c.files))
			if err == nil {
				t.Fatal("it is taken")
			}
			for _, want := range append(c.want, "mails of shop", ".json") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the message lacks %q: %v", want, err)
				}
			}
		})
	}
}

func TestOpen_NamesEveryFault(t *testing.T) {
	t.Parallel()
	broken := mailtemplate.Module{Name: "desk", Source: source(map[string]string{"en.json": `{"mails": {"one": {}, "two": {"subject": "{{", "lines": ["x"]}}}`})}
	_, err := mailtemplate.Open(site, mailtemplate.Source{}, broken, shop(map[string]string{"de.json": german}), shop(nil))
	if err == nil {
		t.Fatal("it is taken")
	}
	for _, want := range []string{`of desk, en.json: mail "one"`, `of desk, en.json: mail "two"`, "of shop: en.json is missing", "shop is given twice"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the message lacks %q: %v", want, err)
		}
	}
	lost := mailtemplate.Source{Files: fstest.MapFS{}, Folder: "lost"}
	if _, err := mailtemplate.Open(site, lost); err == nil || !strings.Contains(err.Error(), `of the product: the folder "lost"`) {
		t.Errorf("have %v", err)
	}
}

func TestOpen_RewordsTheMailsOfModules(t *testing.T) {
	t.Parallel()
	all := mustOpen(t, source(map[string]string{
		"en.json": `{"footer": "Yours, {{.Site}}", "mails": {"shop.farewell": {"subject": "Until soon", "lines": ["come back."]}}}`,
		"de.json": `{"greeting": "Hallo {{.Name}},", "visit": "Oder hier:", "footer": "Von {{.Site}}", "mails": {
			"shop.farewell": {"subject": "Bis bald", "lines": ["komm wieder."]},
			"shop.receipt": {"subject": "Deine Quittung", "lines": ["danke für {{.Data.plan}}."]}
		}}`,
	}), shop(map[string]string{"en.json": english}), mailtemplate.Module{Name: "desk", Source: source(map[string]string{"en.json": english})})
	for _, c := range []struct{ module, language, kind, subject, footer string }{
		{"shop", "en", "farewell", "Until soon", "Yours, The Forge"},
		{"shop", "en", "receipt", "Your receipt from The Forge", "Yours, The Forge"},
		{"shop", "de", "farewell", "Bis bald", "Von The Forge"},
		{"desk", "en", "farewell", "Farewell", "Yours, The Forge"},
		{"desk", "de", "farewell", "Farewell", "Yours, The Forge"},
	} {
		m, err := all.Of(c.module).Write(c.language, c.kind, "cleo@example.com", facts())
		if err != nil || m.Subject != c.subject || !strings.Contains(m.Text, c.footer) {
			t.Errorf("%+v: %v, %s\n%s", c, err, m.Subject, m.Text)
		}
	}
}

func TestOpen_RefusesARewordingThatFitsNoMail(t *testing.T) {
	t.Parallel()
	one := func(name, words string) string { return fmt.Sprintf(`{"mails": {%q: %s}}`, name, words) }
	const plain = `{"subject": "Hello", "lines": ["line"]}`
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"of no module":            {map[string]string{"en.json": one("post.stamp", plain)}, []string{"en.json", `"post.stamp"`, "no module post"}},
		"of a module without any": {map[string]string{"en.json": one("silent.stamp", plain)}, []string{"en.json", `"silent.stamp"`, "no module silent"}},
		"of no mail":              {map[string]string{"en.json": one("shop.stamp", plain)}, []string{"en.json", `"stamp"`, "none of that kind"}},
		"without a module":        {map[string]string{"en.json": one("receipt", plain)}, []string{"en.json", `"receipt"`, "<module>.<kind>"}},
		"of a fact that is not":   {map[string]string{"en.json": one("shop.receipt", `{"subject": "Hello", "lines": ["{{.Data.price}}"]}`)}, []string{"en.json", `"receipt"`, ".Data.price"}},
		"of one mail in a language": {map[string]string{"de.json": `{"greeting": "a", "visit": "b", "footer": "c", "mails": {"shop.farewell": ` + plain + `}}`},
			[]string{"de.json", `"receipt"`, "shop", "missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := mailtemplate.Open(site, source(c.files), shop(map[string]string{"en.json": english}), mailtemplate.Module{Name: "silent"})
			if err == nil {
				t.Fatal("it is taken")
			}
			for _, want := range append(c.want, "mails of the product") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the message lacks %q: %v", want, err)
				}
			}
		})
	}
}
