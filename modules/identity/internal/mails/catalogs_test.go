package mails

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplatetest"
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
	Offer:              {"inviter": "Ada", "what": "the post “Iron”, to edit it", "until": "22 August 2026"},
	GrantRevoked:       {"what": "the post “Iron”"},
	MemberChanged:      {"organization": "Forge & Sons", "role": "staff", "until": "22 August 2026"},
	MemberRemoved:      {"organization": "Forge & Sons", "role": "staff", "until": ""},
	MembershipEnded:    {"organization": "Forge & Sons", "role": "staff", "until": "22 August 2026"},
}

func mustTemplates(t *testing.T) *mailtemplate.Templates {
	t.Helper()
	all, err := mailtemplate.Open(mailtemplate.Site{Name: "NeoForge", BaseURL: "https://site.example"}, mailtemplate.Source{}, mailtemplate.Module{Name: "identity", Source: Catalogs})
	if err != nil {
		t.Fatal(err)
	}
	return all.Of("identity")
}

func factsTo(name string, kind Kind, data map[string]string) mailtemplate.Facts {
	var token identity.Secret
	if _, ok := kind.Purpose(); ok || kind == Invitation {
		token = "the-token"
	}
	return factsOf(Mail{Kind: kind, Data: data}, name, token)
}

func TestCatalogs_AreAsInTheGoldenFiles(t *testing.T) {
	t.Parallel()
	all := map[string]mailtemplate.Facts{}
	for kind, data := range sent {
		all[string(kind)] = factsTo("Cleo", kind, data)
	}
	mailtemplatetest.Golden(t, mustTemplates(t), filepath.Join("testdata", "mails"), all)
}

func TestCatalogs_HaveTheLinkOfEveryPurpose(t *testing.T) {
	t.Parallel()
	b := mustTemplates(t)
	for kind, data := range sent {
		if _, ok := kind.Purpose(); !ok {
			continue
		}
		m, err := b.Write("en", string(kind), "cleo@example.com", factsTo("Cleo", kind, data))
		if err != nil || !strings.Contains(m.Text, "?token=the-token") || !strings.Contains(m.HTML, "?token=the-token") {
			t.Errorf("%s lacks its link: %v", kind, err)
		}
	}
}

func TestCatalogs_LinkToNothingOfAnInvitationsSenders(t *testing.T) {
	t.Parallel()
	for kind, data := range map[Kind]map[string]string{
		Invitation:  {"invitation": "", "organization": "URGENT http://evil.example/x", "inviter": "Your bank www.evil.example tel:+4900 \r\nBcc: x"},
		VerifyEmail: nil,
	} {
		m, err := mustTemplates(t).Write("en", string(kind), "cleo@example.com", factsTo("Cleo, see https://evil.example/login\u202e javascript:void", kind, data))
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

func TestCatalogs_SayADomainInItsLetters(t *testing.T) {
	t.Parallel()
	for _, kind := range []Kind{EmailChanging, EmailChanged} {
		for kept, shown := range map[string]string{"cleo@xn--mnchen-3ya.test": "cleo@m\u00fcnchen.test", "cleo@xn--80ak6aa92e.test": "cleo@xn--80ak6aa92e.test"} {
			m, err := mustTemplates(t).Write("en", string(kind), "old@neoforge.test", factsTo("Cleo", kind, map[string]string{"email": kept}))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(m.Text, shown) || !strings.Contains(m.HTML, shown) {
				t.Errorf("%s: %s is not said as %s:\n%s", kind, kept, shown, m.Text)
			}
		}
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
