package identity_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

var codeInMail = regexp.MustCompile(`\b\d{3} \d{3}\b`)

// askCode asks for a mail to sign in by, and returns the secret of the browser.
func (h *testApp) askCode(t *testing.T, email string) identity.Secret {
	t.Helper()
	browser := identity.NewSecret()
	if err := h.app.SendMagicLink(t.Context(), signin.AskedByMail{Email: email, Address: fixture.Laptop.Address, Browser: browser}); err != nil {
		t.Fatal(err)
	}
	return browser
}

// mailedCode is the code in the latest mail to somebody, and the token of its link.
func (h *testApp) mailedCode(t *testing.T, to string) (code string, token identity.Secret) {
	t.Helper()
	m := h.mailKeeping(t, to, "/auth/magic")
	if code = codeInMail.FindString(m.Text); code == "" || !strings.Contains(m.HTML, code) {
		t.Fatalf("no code in\n%s", m.Text)
	}
	return code, link(t, m, "/auth/magic")
}

func (h *testApp) types(t *testing.T, browser identity.Secret, code string) (signin.SignedIn, error) {
	t.Helper()
	return h.app.SignInWithCode(t.Context(), signin.SignInWithCode{Browser: browser, Code: code, Device: fixture.Laptop})
}

// another is a code that is not this one.
func another(code string) string {
	if code[0] == '1' {
		return "2" + code[1:]
	}
	return "1" + code[1:]
}

// TestMailCode_SignsInWhoAskedForIt holds the code beside a magic link to its rules.
func TestMailCode_SignsInWhoAskedForIt(t *testing.T) {
	t.Parallel()
	const cleo = "cleo@neoforge.test"
	wrong := func(t *testing.T, h *testApp, what string, browser identity.Secret, code string) {
		t.Helper()
		if _, err := h.types(t, browser, code); !errors.Is(err, identity.ErrMailCodeWrong) {
			t.Errorf("%s: %v", what, err)
		}
	}
	cases := map[string]func(t *testing.T, h *testApp){
		"once, and the link with it": func(t *testing.T, h *testApp) {
			browser := h.askCode(t, cleo)
			code, token := h.mailedCode(t, cleo)
			in, err := h.types(t, browser, "  "+strings.ReplaceAll(code, " ", "\u202f")+" ")
			if err != nil {
				t.Fatal(err)
			}
			h.actor(t, in.Secret)
			wrong(t, h, "again", browser, code)
			if _, err := h.follow(t, token); !errors.Is(err, identity.ErrInvalidLink) {
				t.Errorf("the link beside it: %v", err)
			}
		},
		"not after the link was used": func(t *testing.T, h *testApp) {
			browser := h.askCode(t, cleo)
			code, token := h.mailedCode(t, cleo)
			if _, err := h.follow(t, token); err != nil {
				t.Fatal(err)
			}
			wrong(t, h, "the link was used", browser, code)
		},
		"in no other browser": func(t *testing.T, h *testApp) {
			h.askCode(t, cleo)
			code, _ := h.mailedCode(t, cleo)
			wrong(t, h, "another browser", identity.NewSecret(), code)
			wrong(t, h, "no browser", "", code)
			wrong(t, h, "a browser that asked for somebody else", h.askCode(t, "nobody@neoforge.test"), code)
		},
		"for five attempts": func(t *testing.T, h *testApp) {
			browser := h.askCode(t, cleo)
			code, _ := h.mailedCode(t, cleo)
			for range identity.ChallengeAttempts {
				wrong(t, h, "another code", browser, another(code))
			}
			wrong(t, h, "the right one, too late", browser, code)
		},
		"for few attempts a day, however many mails": func(t *testing.T, h *testApp) {
			for range 3 {
				browser := h.askCode(t, cleo)
				code, _ := h.mailedCode(t, cleo)
				for range identity.ChallengeAttempts {
					if _, err := h.app.SignInWithCode(t.Context(), signin.SignInWithCode{Browser: browser, Code: another(code), Device: identity.Device{Address: "203.0.113.9"}}); !errors.Is(err, identity.ErrMailCodeWrong) {
						t.Fatal(err)
					}
				}
			}
			browser := h.askCode(t, cleo)
			code, token := h.mailedCode(t, cleo)
			_, err := h.app.SignInWithCode(t.Context(), signin.SignInWithCode{Browser: browser, Code: code, Device: identity.Device{Address: "203.0.113.9"}})
			if !errors.Is(err, identity.ErrMailCodeWrong) {
				t.Errorf("a stranger guesses on: %v", err)
			}
			if _, err := h.follow(t, token); err != nil {
				t.Errorf("the link of the same mail: %v", err)
			}
		},
		"for ten minutes": func(t *testing.T, h *testApp) {
			browser := h.askCode(t, cleo)
			code, _ := h.mailedCode(t, cleo)
			h.clock.Advance(identity.MagicLink.TTL())
			wrong(t, h, "its time is over", browser, code)
		},
		"not after a reset": func(t *testing.T, h *testApp) {
			browser := h.askCode(t, cleo)
			code, _ := h.mailedCode(t, cleo)
			h.forgot(t, cleo)
			if err := h.reset(t, link(t, h.mailKeeping(t, cleo, "/reset"), "/reset"), otherPassword); err != nil {
				t.Fatal(err)
			}
			wrong(t, h, "the password was reset", browser, code)
		},
		"the same in a mail that is written again": func(t *testing.T, h *testApp) {
			browser := h.askCode(t, cleo)
			jobs := h.ledger.Queued("identity.send_mail")
			code, _ := h.mailedCode(t, cleo)
			if err := h.run(t, jobs[len(jobs)-1].Kind, jobs[len(jobs)-1].Payload); err != nil {
				t.Fatal(err)
			}
			if again := codeInMail.FindString(h.outbox.Sent[len(h.outbox.Sent)-1].Text); again != code {
				t.Errorf("%q, then %q", code, again)
			}
			if _, err := h.types(t, browser, code); err != nil {
				t.Error(err)
			}
		},
		"a second factor is asked for all the same": func(t *testing.T, h *testApp) {
			in := h.enter(t, cleo)
			h.addTOTP(t, h.actor(t, in.Secret))
			browser := h.askCode(t, cleo)
			code, _ := h.mailedCode(t, cleo)
			if in, err := h.types(t, browser, code); err != nil || in.SecondFactor == "" || in.Secret != "" {
				t.Errorf("a browser: %+v, %v", in, err)
			}
			browser = h.askCode(t, cleo)
			code, _ = h.mailedCode(t, cleo)
			var due *signin.SecondFactorRequired
			if _, err := h.app.SignInProgramWithCode(t.Context(), signin.SignInWithCode{Browser: browser, Code: code, Device: fixture.Laptop}); !errors.As(err, &due) || due.Challenge == "" {
				t.Errorf("a program: %v", err)
			}
		},
		"a program": func(t *testing.T, h *testApp) {
			browser := h.askCode(t, cleo)
			code, _ := h.mailedCode(t, cleo)
			pair, err := h.app.SignInProgramWithCode(t.Context(), signin.SignInWithCode{Browser: browser, Code: code, Device: fixture.Laptop})
			if err != nil {
				t.Fatal(err)
			}
			if a, err := h.app.AuthenticateToken(t.Context(), pair.AccessToken); err != nil || a.Email != cleo {
				t.Errorf("%+v, %v", a, err)
			}
		},
		"it proves the address": func(t *testing.T, h *testApp) {
			h.signUp(t, "ben@neoforge.test", fixture.Password, "Mallory")
			browser := h.askCode(t, "ben@neoforge.test")
			code, _ := h.mailedCode(t, "ben@neoforge.test")
			if _, err := h.types(t, browser, code); err != nil {
				t.Fatal(err)
			}
			if !h.person(t, "ben@neoforge.test").EmailVerified {
				t.Error("the address is not proven")
			}
			if _, err := h.tries(t, "ben@neoforge.test", fixture.Password); !errors.Is(err, identity.ErrInvalidCredentials) {
				t.Errorf("the password of whoever registered: %v", err)
			}
		},
	}
	for database, open := range fixture.Databases {
		for name, run := range cases {
			t.Run(database+"/"+name, func(t *testing.T) {
				t.Parallel()
				h := newTestApp(t, open(t))
				h.create(t, cleo, identityport.RoleMember, true)
				run(t, h)
			})
		}
	}
}
