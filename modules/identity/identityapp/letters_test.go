package identityapp

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// lettersSent is every letter with what it is sent with. Each has golden files.
var lettersSent = map[letterKind]map[string]string{
	letterWelcome:         nil,
	letterVerifyEmail:     nil,
	letterInvitation:      {"invitation": "", "organization": "The Forge", "inviter": "Ada"},
	letterAccountExists:   nil,
	letterResetPassword:   nil,
	letterPasswordChanged: nil,
	letterPasswordReset:   {"tokens": "laptop, backup"},
	letterChangeEmail:     nil,
	letterEmailInUse:      nil,
	letterEmailChanging:   {"email": "cleo@elsewhere.example"},
	letterEmailChanged:    {"email": "cleo@elsewhere.example"},
	letterMagicLink:       {"code": "123 456"},
	letterNewDevice:       {"device": "Firefox on Windows", "address": "203.0.113.7", "time": "4 March 2026, 05:06 UTC"},
	letterTokenCreated:    {"token": "Backups"},

	letterIdentityLinked:     {"provider": "GitHub"},
	letterIdentityUnlinked:   {"provider": "GitHub"},
	letterTOTPEnabled:        nil,
	letterTOTPDisabled:       nil,
	letterRecoveryCodesMade:  nil,
	letterRecoveryCodeUsed:   nil,
	letterPasskeyAdded:       {"passkey": "Cleo's phone"},
	letterPasskeyRemoved:     {"passkey": "Cleo's phone"},
	letterSecondFactorsReset: nil,
	letterSecondFactorNeeded: {"by": "Forge & Sons", "until": "11 March 2026, 05:06 UTC"},
	letterExportReady:        {"until": "15 August 2026"},
	letterExportFailed:       {"until": "15 August 2026"},
	letterDeletionAsked:      {"day": "22 August 2026"},
	letterDeletionSoon:       {"day": "22 August 2026"},
	letterDeletionDelayed:    {"reason": "Others belong to Forge & Sons, and nobody else owns it. Make one of them an owner, or delete the organization."},
	letterErased:             nil,
	letterOffer:              {"inviter": "Ada", "what": "the post “Iron”"},
}

func mustLetters(t *testing.T) *letterBook {
	t.Helper()
	b, err := openLetters()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func factsOf(kind letterKind, data map[string]string) letterFacts {
	facts := letterFacts{Name: "Cleo", Site: "NeoForge", BaseURL: "https://site.example", Data: data}
	if _, ok := kind.purpose(); ok || kind == letterInvitation {
		facts.token = "the-token"
	}
	return facts
}

func TestLettersAreAsInTheGoldenFiles(t *testing.T) {
	t.Parallel()
	b := mustLetters(t)
	for language, c := range b.catalogs {
		for kind := range c.Letters {
			if _, sent := lettersSent[kind]; !sent {
				t.Errorf("catalog %s has a letter %s that nobody sends", language, kind)
			}
		}
	}
	for kind, data := range lettersSent {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			m, err := b.write("en", kind, "cleo@example.com", factsOf(kind, data))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, string(kind)+".golden.txt", "Subject: "+m.Subject+"\n\n"+m.Text)
			golden(t, string(kind)+".golden.html", m.HTML)
			if _, ok := kind.purpose(); ok && (!strings.Contains(m.Text, "?token=the-token") || !strings.Contains(m.HTML, "?token=the-token")) {
				t.Error("the letter lacks its link")
			}
		})
	}
}

// golden fails unless have is what the file says. NEOFORGE_UPDATE=1 writes it anew.
func golden(t *testing.T, name, have string) {
	t.Helper()
	file := filepath.Join("testdata", "letters", name)
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
		t.Errorf("%s differs; if that is meant, run NEOFORGE_UPDATE=1 go test ./modules/identity/identityapp/\nhave:\n%s", file, have)
	}
}

func TestInvitationMail_LinksToNothingOfItsSenders(t *testing.T) {
	t.Parallel()
	for kind, data := range map[letterKind]map[string]string{
		letterInvitation:  {"invitation": "", "organization": "URGENT http://evil.example/x", "inviter": "Your bank www.evil.example tel:+4900 \r\nBcc: x"},
		letterVerifyEmail: nil,
	} {
		facts := factsOf(kind, data)
		facts.Name = "Cleo, see https://evil.example/login\u202e javascript:void"
		m, err := mustLetters(t).write("en", kind, "cleo@example.com", facts)
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

func TestMail_SaysADomainInItsLetters(t *testing.T) {
	t.Parallel()
	for _, kind := range []letterKind{letterEmailChanging, letterEmailChanged} {
		for kept, shown := range map[string]string{"cleo@xn--mnchen-3ya.test": "cleo@m\u00fcnchen.test", "cleo@xn--80ak6aa92e.test": "cleo@xn--80ak6aa92e.test"} {
			m, err := mustLetters(t).write("en", kind, "old@neoforge.test", factsOf(kind, map[string]string{"email": kept}))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(m.Text, shown) || !strings.Contains(m.HTML, shown) {
				t.Errorf("%s: %s is not said as %s:\n%s", kind, kept, shown, m.Text)
			}
		}
	}
}

func TestALetterEscapesWhatPeopleCallThemselves(t *testing.T) {
	t.Parallel()
	facts := factsOf(letterEmailChanging, map[string]string{"email": "<i>x@example.com</i>"})
	facts.Name = "<b>Cleo</b>{{.Site}}"
	m, err := mustLetters(t).write("en", letterEmailChanging, "cleo@example.com", facts)
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

func TestALetterThatLacksAFactIsNotWritten(t *testing.T) {
	t.Parallel()
	b := mustLetters(t)
	if m, err := b.write("en", letterEmailChanging, "cleo@example.com", factsOf(letterEmailChanging, map[string]string{})); err == nil {
		t.Errorf("wrote %s", m.Text)
	}
	if _, err := b.write("en", "unheard_of", "cleo@example.com", letterFacts{}); err == nil {
		t.Error("wrote a letter without words")
	}
}

func TestALetterIsWrittenInTheNearestLanguage(t *testing.T) {
	t.Parallel()
	b := mustLetters(t)
	b.catalogs["de"] = catalog{language: "de"}
	for asked, want := range map[string]string{"en": "en", "de": "de", "de-AT": "de", "fr": "en", "": "en"} {
		if have := b.in(asked).language; have != want {
			t.Errorf("%q is written in %q", asked, have)
		}
	}
}

func TestASubjectIsOneLine(t *testing.T) {
	t.Parallel()
	facts := factsOf(letterWelcome, nil)
	facts.Site = "Neo\r\nBcc: eve@example.com"
	m, err := mustLetters(t).write("en", letterWelcome, "cleo@example.com", facts)
	if err != nil || strings.ContainsAny(m.Subject, "\r\n") {
		t.Errorf("%q, %v", m.Subject, err)
	}
}

func TestEveryPurposeHasALife(t *testing.T) {
	t.Parallel()
	for kind := range lettersSent {
		if p, ok := kind.purpose(); ok && p.Life() <= 0 {
			t.Errorf("%s has none", p)
		}
	}
	if identity.MailPurpose("other").Life() != 0 {
		t.Error("an unknown purpose lives")
	}
}
