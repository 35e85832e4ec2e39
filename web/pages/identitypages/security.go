package identitypages

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// SecondFactorView asks for the second factor of a sign-in. Its forms post to
// /login/second-factor: code, or passkey, and return_to.
type SecondFactorView struct {
	layout.Page
	ReturnTo       string
	TOTP           bool   // otherwise a code can be a recovery code only
	PasskeyOptions string // JSON for the ceremony; empty without a passkey
	Error          string
}

// ConfirmView asks who is signed in to prove it again, by what they have. Its forms
// post to /confirm: password, code, or challenge and passkey; return_to.
type ConfirmView struct {
	layout.Page
	ReturnTo     string
	Email        string
	Password     bool
	Code         bool
	TOTP         bool
	Passkey      bool
	Providers    []Provider // for who has nothing else; each button posts to its URL
	Impersonated bool       // nobody proves that they are somebody else
	Error        string
	Tried        string // the field that Error is about: "password", "code", or none of them
}

// wrong is the error that belongs to a part of the page: beside the field that was
// tried, or above all of them.
func (v ConfirmView) wrong(part string) string {
	if v.Tried != part {
		return ""
	}
	return v.Error
}

// focus is where the cursor waits: in the field that was wrong, or in the first
// one when there is no passkey to press a button for.
func (v ConfirmView) focus() string {
	switch {
	case v.Error != "" && v.Tried != "":
		return v.Tried
	case v.Passkey:
		return ""
	case v.Password:
		return "password"
	}
	return "code"
}

// Passkey is one of a person's passkeys; its forms post to the two addresses.
type Passkey struct {
	Name      string
	Synced    bool
	AddedAt   time.Time
	UsedAt    time.Time // zero: never
	RenameURL string
	RemoveURL string
}

// SecurityView is what protects one's account.
type SecurityView struct {
	layout.Page
	Email             string
	HasPassword       bool
	Passkeys          []Passkey
	NewPasskey        string // keeps what was typed
	TOTP              bool
	TOTPSince         time.Time
	SecondFactor      bool
	RecoveryCodesLeft int
	Error             string
}

// codesLeft says how many recovery codes are left.
func (v SecurityView) codesLeft() string {
	switch {
	case !v.SecondFactor:
		return "They come with the first passkey or authenticator app."
	case v.RecoveryCodesLeft == 0:
		return "None is left. Make new ones before you need one."
	case v.RecoveryCodesLeft == 1:
		return "One is left. Make new ones soon."
	}
	return strconv.Itoa(v.RecoveryCodesLeft) + " are left. Each works once."
}

// TOTPSetupView is an authenticator app that is being set up. QR has a row of
// modules in each row of the code, true for dark.
type TOTPSetupView struct {
	layout.Page
	Secret string
	URI    string
	QR     [][]bool
	Error  string
	// ReturnTo is where who was led here goes on; empty for who came by themselves.
	ReturnTo string
}

// app opens an authenticator app on the device in hand: the one address here that
// is no page, and nothing but that.
func (v TOTPSetupView) app() templ.SafeURL {
	if !strings.HasPrefix(v.URI, "otpauth://") {
		return ""
	}
	return templ.SafeURL(v.URI)
}

// groups writes the secret in groups of four, as it is typed.
func (v TOTPSetupView) groups() string {
	var b strings.Builder
	for i, r := range v.Secret {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// quiet is the light margin that readers of a QR code need, in modules
// (ISO/IEC 18004).
const quiet = 4

func (v TOTPSetupView) viewBox() string {
	side := strconv.Itoa(len(v.QR) + 2*quiet)
	return "0 0 " + side + " " + side
}

// path draws the dark modules: one rectangle for each run in a row.
func (v TOTPSetupView) path() string {
	var b strings.Builder
	for y, row := range v.QR {
		for x := 0; x < len(row); x++ {
			start := x
			for x < len(row) && row[x] {
				x++
			}
			if n := strconv.Itoa(x - start); x > start {
				b.WriteString("M" + strconv.Itoa(start+quiet) + " " + strconv.Itoa(y+quiet) + "h" + n + "v1h-" + n + "z")
			}
		}
	}
	return b.String()
}

// RecoveryCodesView shows recovery codes, this once.
type RecoveryCodesView struct {
	layout.Page
	Done  string
	Email string
	Codes []string
	// ReturnTo is where who was led here goes on; empty for who came by themselves.
	ReturnTo string
}

// next is where the page of recovery codes leads on to.
func (v RecoveryCodesView) next() templ.SafeURL {
	if v.ReturnTo == "" {
		return "/account/security"
	}
	return templ.URL(v.ReturnTo)
}

// FactorSetupView leads through setting up a second factor that is required. Its forms
// are those of the security page, with return_to.
type FactorSetupView struct {
	layout.Page
	Demands      []FactorDemand
	Has          bool // there is nothing left to do
	ReturnTo     string
	NewPasskey   string // keeps what was typed
	Impersonated bool
	Error        string
}

// FactorDemand is who requires a second factor, and until when it may wait.
type FactorDemand struct {
	Name         string
	Organization bool
	By           time.Time // zero: it is met
	Over         bool
}

// overdue reports whether everything waits for the factor.
func (v FactorSetupView) overdue() bool {
	for _, d := range v.Demands {
		if d.Over && !d.Organization {
			return true
		}
	}
	return false
}

// file is the codes as a text file, within the address of its link: the server
// keeps nothing that it could hand out again, and no script is needed.
func (v RecoveryCodesView) file() templ.SafeURL {
	text := "Recovery codes of " + v.Email + " at " + v.Site() + "\n\n" + strings.Join(v.Codes, "\n") + "\n\nEach works once.\n"
	return templ.SafeURL("data:text/plain;charset=utf-8," + url.PathEscape(text))
}

func (v RecoveryCodesView) fileName() string {
	return strings.ToLower(v.Site()) + "-recovery-codes.txt"
}

// codeField is where a code of an app or a recovery code is typed.
func codeField(totp bool, wrong string, focus bool) layout.Field {
	f := layout.Field{
		Name: "code", Label: "Recovery code", Error: wrong, Required: true, Autocomplete: "off", MaxLength: 40, Plain: true, Focus: focus,
		Hint: "One of the codes that you kept, for when your passkey is out of reach.",
	}
	if totp {
		f.Label, f.Autocomplete = "Code", "one-time-code"
		f.Hint = "Six digits from your authenticator app, or one of your recovery codes."
	}
	return f
}
