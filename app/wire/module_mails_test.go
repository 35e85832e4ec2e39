package wire

import (
	"strings"
	"testing"
	"testing/fstest"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
)

// words are catalogs in English.
func words(english string) mailtemplate.Source {
	return mailtemplate.Source{Files: fstest.MapFS{"en.json": {Data: []byte(english)}}}
}

// opened is a program of identity, notices and the product's words; its builder was given
// the templates.
func opened(t *testing.T, ofNotices, ofProduct mailtemplate.Source) (*Application, *mailtemplate.Templates, error) {
	t.Helper()
	var given *mailtemplate.Templates
	m := Module{Name: "notices", Mails: ofNotices, Build: Build0(func(p *Platform) (Parts, error) {
		given = p.Templates
		return Parts{}, nil
	})}
	cfg, err := config.Load([]string{"DATABASE_URL=sqlite://:memory:", "SECRET_KEY=" + config.SampleKey, "BASE_URL=https://board.example"}, Sections(Identity, m)...)
	if err != nil {
		t.Fatal(err)
	}
	app, err := Open(t.Context(), cfg, zap.NewNop(), Product{Name: "The Board", Modules: []Module{m, Identity}, Mails: ofProduct})
	if err == nil {
		t.Cleanup(func() {
			if err := app.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return app, given, err
}

const posted = `{"mails": {"posted": {"subject": "Posted", "lines": ["it hangs: {{.Data.text}}"], "action": {"label": "See it", "path": "/notices"}}}}`

func TestMails_OfAModuleAreInTheSitesLayout(t *testing.T) {
	t.Parallel()
	_, templates, err := opened(t, words(posted), mailtemplate.Source{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := templates.Write("en", "posted", "ben@example.com", mailtemplate.Facts{Name: "Ben", Data: map[string]string{"text": "Coffee"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Hello Ben,", "it hangs: Coffee", "https://board.example/notices", "Sent by The Board"} {
		if !strings.Contains(m.Text, want) || !strings.Contains(m.HTML, want) {
			t.Errorf("the mail lacks %q:\n%s\n%s", want, m.Text, m.HTML)
		}
	}
}

func TestMails_AreRewordedByTheProduct(t *testing.T) {
	t.Parallel()
	app, templates, err := opened(t, words(posted), words(`{"footer": "Yours, the board", "mails": {"identity.welcome": {"subject": "Come in", "lines": ["sit down."]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	welcome, err := app.mails.Of("identity").Write("en", "welcome", "ben@example.com", mailtemplate.Facts{Name: "Ben"})
	if err != nil || welcome.Subject != "Come in" || !strings.Contains(welcome.Text, "sit down.") {
		t.Errorf("have %+v, %v", welcome, err)
	}
	if m, err := templates.Write("en", "posted", "ben@example.com", mailtemplate.Facts{Data: map[string]string{"text": "Coffee"}}); err != nil || !strings.Contains(m.Text, "Yours, the board") {
		t.Errorf("have %s, %v", m.Text, err)
	}
}

func TestMails_ThatAreBrokenStopTheStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		module, product mailtemplate.Source
		want            []string
	}{
		"a module's":                {words(strings.Replace(posted, ".Data.text}}", ".Data.text", 1)), mailtemplate.Source{}, []string{"notices, en.json", `mail "posted"`, "lines[0]"}},
		"the product's":             {words(posted), words(`{"mails": {"notices.posted": {"subject": "Hi", "lines": ["{{.Data.txet}}"]}}}`), []string{"product, en.json", `mail "posted"`, ".Data.txet"}},
		"a mail that nobody writes": {words(posted), words(`{"mails": {"billing.receipt": {"subject": "Hi", "lines": ["paid"]}}}`), []string{"product, en.json", `"billing.receipt"`, "no module billing"}},
	} {
		_, _, err := opened(t, c.module, c.product)
		if err == nil {
			t.Errorf("%s: it starts", name)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the message lacks %q: %v", name, want, err)
			}
		}
	}
}
