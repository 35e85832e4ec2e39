package e2e_test

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// Somebody registers, proves their address, signs in, forgets the password, chooses
// another one, and signs in by a link at last; all of it by mail.
func TestMail_ConfirmsSignsInAndResets(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	site := program.Start(t, program.Options{}).URL
	for name, scripts := range map[string]bool{"with scripts": true, "with scripts off": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t, site)
			if !scripts {
				b.withoutScripts()
			}
			byMail(b, "somebody"+map[bool]string{true: "1", false: "2"}[scripts]+"@neoforge.test")
		})
	}
}

func byMail(b *browser, email string) {
	b.tb.Helper()
	b.expects("status of 422") // a form that is shown again
	b.visit("/login?return_to=/pricing")
	b.press("Register")
	b.fill("name", "Some Body")
	b.fill("email", email)
	b.fill("password", "password123")
	b.press("Register")
	b.shows("Too many people use this password")
	if typed := b.source(); !strings.Contains(typed, `value="`+email+`"`) || strings.Contains(typed, "password123") {
		b.tb.Error("what was typed is not kept, or the password is")
	}
	b.fill("password", "seven lanterns drift")
	b.press("Register")
	b.shows("Look into your mailbox")

	b.visit(b.mailedLink("Confirm your address", email))
	b.press("Confirm the address")
	b.shows("Your address is verified")
	b.fill("email", email)
	b.fill("password", "seven lanterns drift")
	b.press("Sign in")
	b.arrives("/pricing")
	b.visit("/account")
	b.shows(email)
	if strings.Contains(b.source(), "Not verified") {
		b.tb.Error("the address is not verified")
	}
	signOut(b)

	b.visit("/login")
	b.press("Forgot the password?")
	b.fill("email", email)
	b.press("Send the mail")
	b.shows("Look into your mailbox")
	link := b.mailedLink("Choose a new password", email)
	b.visit(link)
	b.fill("password", "a harbour without ships")
	b.press("Set the password")
	b.shows("Your new password is set")
	b.fill("email", email)
	b.fill("password", "a harbour without ships")
	b.press("Sign in")
	b.visit("/account")
	b.shows(email)
	signOut(b)
	b.visit(link)
	b.fill("password", "a third one, never set")
	b.press("Set the password")
	b.shows("This link was used already or is too old")

	b.visit("/login?return_to=/posts/inside-the-forge")
	b.press("Send me a link instead")
	b.fill("email", email)
	b.press("Send the mail")
	b.visit(b.mailedLink("Sign in to", email))
	b.press("Sign in")
	b.arrives("/posts/inside-the-forge")
	b.visit("/account")
	b.shows(email)
}

// TestMailCode_SignsInWhereTheMailWasAskedFor reads the mail elsewhere, and types its code.
func TestMailCode_SignsInWhereTheMailWasAskedFor(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	b := open(t, program.Start(t, program.Options{}).URL)
	b.expects("status of 422") // the page after a wrong code
	const email = "dan@neoforge.test"
	b.visit("/login/link?return_to=/posts/inside-the-forge")
	b.fill("email", email)
	b.press("Send the mail")
	b.arrives("/mail-sent/link")
	b.fill("code", "00")
	b.press("Sign in")
	b.shows("The code is not right")
	b.fill("code", b.mailedCode(email))
	b.press("Sign in")
	b.arrives("/posts/inside-the-forge")
	b.visit("/account")
	b.shows(email)
}

var codeInMail = regexp.MustCompile(`\b\d{3} \d{3}\b`)

// mailedCode waits for a mail to sign in by, and returns its code.
func (b *browser) mailedCode(to string) (code string) {
	b.tb.Helper()
	b.eventually("a mail with a code", func() bool {
		var all []struct{ Subject, Text string }
		if err := json.Unmarshal([]byte(get(b.tb, b.site+"/dev/mailbox.json?to="+url.QueryEscape(to))), &all); err != nil {
			b.tb.Fatal(err)
		}
		for _, l := range all {
			if strings.HasPrefix(l.Subject, "Sign in to") {
				code = codeInMail.FindString(l.Text)
			}
		}
		return code != ""
	})
	return code
}

// arrives fails unless the browser was led to a page.
func (b *browser) arrives(path string) {
	b.tb.Helper()
	if at := b.path(); at != path {
		b.tb.Fatalf("led to %s, want %s", at, path)
	}
}

// shows fails unless the page holds a text; unlike sees it needs no script.
func (b *browser) shows(text string) {
	b.tb.Helper()
	if !strings.Contains(b.source(), text) {
		b.tb.Fatalf("the page at %s does not show %q", b.path(), text)
	}
}

var linkInMail = regexp.MustCompile(`https?://[^/\s]+(/\S+\?token=\S+)`)

// mailedLink waits for a mail and returns where its link leads.
func (b *browser) mailedLink(subject, to string) string {
	b.tb.Helper()
	var path string
	b.eventually("the mail "+subject, func() bool {
		var all []struct{ Subject, Text string }
		if err := json.Unmarshal([]byte(get(b.tb, b.site+"/dev/mailbox.json?to="+url.QueryEscape(to))), &all); err != nil {
			b.tb.Fatal(err)
		}
		for _, l := range all {
			if strings.HasPrefix(l.Subject, subject) {
				if found := linkInMail.FindStringSubmatch(l.Text); found != nil {
					path = found[1]
				}
				return true
			}
		}
		return false
	})
	return path
}
