package mails

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// sent is every mail with what it is sent with. Each has golden files.
var sent = map[Kind]map[string]string{
	Welcome:         nil,
	VerifyEmail:     nil,
	Invitation:      {"invitation": "", "organization": "The Forge", "inviter": "Ada"},
	AccountExists:   nil,
	ResetPassword:   nil,
	PasswordChanged: nil,
	PasswordReset:   {"tokens": "laptop, backup"},
	ChangeEmail:     nil,
	EmailInUse:      nil,
	EmailChanging:   {"email": "cleo@elsewhere.example"},
	EmailChanged:    {"email": "cleo@elsewhere.example"},
	MagicLink:       {"code": "123 456"},
	NewDevice:       {"device": "Firefox on Windows", "address": "203.0.113.7", "time": "4 March 2026, 05:06 UTC"},
	TokenCreated:    {"token": "Backups"},

	IdentityLinked:     {"provider": "GitHub"},
	IdentityUnlinked:   {"provider": "GitHub"},
	TOTPEnabled:        nil,
	TOTPDisabled:       nil,
	RecoveryCodesMade:  nil,
	RecoveryCodeUsed:   nil,
	PasskeyAdded:       {"passkey": "Cleo's phone"},
	PasskeyRemoved:     {"passkey": "Cleo's phone"},
	SecondFactorsReset: nil,
	SecondFactorNeeded: {"by": "Forge & Sons", "until": "11 March 2026, 05:06 UTC"},
	ExportReady:        {"until": "15 August 2026"},
	ExportFailed:       {"until": "15 August 2026"},
	DeletionAsked:      {"day": "22 August 2026"},
	DeletionSoon:       {"day": "22 August 2026"},
	DeletionDelayed:    {"reason": "Others belong to Forge & Sons, and nobody else owns it. Make one of them an owner, or delete the organization."},
	Erased:             nil,
	Offer:              {"inviter": "Ada", "what": "the post “Iron”"},
}

func mustTemplates(t *testing.T) *templates {
	t.Helper()
	b, err := openTemplates()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func factsOf(kind Kind, data map[string]string) facts {
	f := facts{Name: "Cleo", Site: "NeoForge", BaseURL: "https://site.example", Data: data}
	if _, ok := kind.Purpose(); ok || kind == Invitation {
		f.token = "the-token"
	}
	return f
}

func TestTemplates_AreAsInTheGoldenFiles(t *testing.T) {
	t.Parallel()
	b := mustTemplates(t)
	for language, c := range b.catalogs {
		for kind := range c.Mails {
			if _, known := sent[kind]; !known {
				t.Errorf("catalog %s has a mail %s that nobody sends", language, kind)
			}
		}
	}
	for kind, data := range sent {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			m, err := b.write("en", kind, "cleo@example.com", factsOf(kind, data))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, string(kind)+".golden.txt", "Subject: "+m.Subject+"\n\n"+m.Text)
			golden(t, string(kind)+".golden.html", m.HTML)
			if _, ok := kind.Purpose(); ok && (!strings.Contains(m.Text, "?token=the-token") || !strings.Contains(m.HTML, "?token=the-token")) {
				t.Error("the mail lacks its link")
			}
		})
	}
}

// golden fails unless have is what the file says. NEOFORGE_UPDATE=1 writes it anew.
func golden(t *testing.T, name, have string) {
	t.Helper()
	file := filepath.Join("testdata", "mails", name)
	if os.Getenv("NEOFORGE_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(have), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if have != string(want) {
		t.Errorf("%s differs; if that is meant, run NEOFORGE_UPDATE=1 go test ./modules/identity/internal/mails/\nhave:\n%s", file, have)
	}
}

func TestTemplates_LinkToNothingOfAnInvitationsSenders(t *testing.T) {
	t.Parallel()
	for kind, data := range map[Kind]map[string]string{
		Invitation:  {"invitation": "", "organization": "URGENT http://evil.example/x", "inviter": "Your bank www.evil.example tel:+4900 \r\nBcc: x"},
		VerifyEmail: nil,
	} {
		facts := factsOf(kind, data)
		facts.Name = "Cleo, see https://evil.example/login\u202e javascript:void"
		m, err := mustTemplates(t).write("en", kind, "cleo@example.com", facts)
		if err != nil {
			t.Fatal(err)
		}
		for part, text := range map[string]string{"subject": m.Subject, "text": m.Text, "html": m.HTML} {
			for _, link := range []string{"http://evil", "https://evil", "www.evil", "evil.example", "\u202e", "\nBcc", "tel:+", "javascript:v"} {
				if strings.Contains(text, link) {
					t.Errorf("%s: the %s has %q:\n%s", kind, part, link, text)
				}
			}
		}
		if strings.Contains(m.Subject, "URGENT") || strings.Contains(m.Subject, "bank") {
			t.Errorf("a stranger chose the subject %q", m.Subject)
		}
	}
}

func TestTemplates_SayADomainInItsLetters(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{EmailChanging, EmailChanged} {
		for kept, shown := range map[string]string{"cleo@xn--mnchen-3ya.test": "cleo@m\u00fcnchen.test", "cleo@xn--80ak6aa92e.test": "cleo@xn--80ak6aa92e.test"} {
			m, err := mustTemplates(t).write("en", kind, "old@neoforge.test", factsOf(kind, map[string]string{"email": kept}))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(m.Text, shown) || !strings.Contains(m.HTML, shown) {
				t.Errorf("%s: %s is not said as %s:\n%s", kind, kept, shown, m.Text)
			}
		}
	}
}

func TestTemplates_EscapeWhatPeopleCallThemselves(t *testing.T) {
	t.Parallel()
	facts := factsOf(EmailChanging, map[string]string{"email": "<i>x@example.com</i>"})
	facts.Name = "<b>Cleo</b>{{.Site}}"
	m, err := mustTemplates(t).write("en", EmailChanging, "cleo@example.com", facts)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(m.Text, "Hello <b>Cleo</b>{{.Site}},") {
		t.Errorf("text: %s", m.Text)
	}
	if strings.Contains(m.HTML, "<b>Cleo") || strings.Contains(m.HTML, "<i>x") || !strings.Contains(m.HTML, "Hello &lt;b&gt;Cleo") {
		t.Errorf("html: %s", m.HTML)
	}
}

func TestTemplates_WriteNoMailThatLacksAFact(t *testing.T) {
	t.Parallel()
	b := mustTemplates(t)
	if m, err := b.write("en", EmailChanging, "cleo@example.com", factsOf(EmailChanging, map[string]string{})); err == nil {
		t.Errorf("wrote %s", m.Text)
	}
	if _, err := b.write("en", "unheard_of", "cleo@example.com", facts{}); err == nil {
		t.Error("wrote a mail without words")
	}
}

func TestTemplates_WriteInTheNearestLanguage(t *testing.T) {
	t.Parallel()
	b := mustTemplates(t)
	b.catalogs["de"] = catalog{language: "de"}
	for asked, want := range map[string]string{"en": "en", "de": "de", "de-AT": "de", "fr": "en", "": "en"} {
		if have := b.in(asked).language; have != want {
			t.Errorf("%q is written in %q", asked, have)
		}
	}
}

func TestTemplates_WriteASubjectOfOneLine(t *testing.T) {
	t.Parallel()
	facts := factsOf(Welcome, nil)
	facts.Site = "Neo\r\nBcc: eve@example.com"
	m, err := mustTemplates(t).write("en", Welcome, "cleo@example.com", facts)
	if err != nil || strings.ContainsAny(m.Subject, "\r\n") {
		t.Errorf("%q, %v", m.Subject, err)
	}
}

func TestKind_EveryPurposeHasALife(t *testing.T) {
	t.Parallel()
	for kind := range sent {
		if p, ok := kind.Purpose(); ok && p.TTL() <= 0 {
			t.Errorf("%s has none", p)
		}
	}
	if identity.MailPurpose("other").TTL() != 0 {
		t.Error("an unknown purpose lives")
	}
}
