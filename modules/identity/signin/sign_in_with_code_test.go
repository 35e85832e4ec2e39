package signin_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestSignInWithCode_SignsInWhoAskedForIt holds the code beside a magic link to its rules.
func TestSignInWithCode_SignsInWhoAskedForIt(t *testing.T) {
	t.Parallel()
	const cleo = "cleo@neoforge.test"
	wrong := func(t *testing.T, h *fixture.Room, what string, browser identity.Secret, code string) {
		t.Helper()
		if _, err := h.TypeCode(t, browser, code); !errors.Is(err, identity.ErrMailCodeWrong) {
			t.Errorf("%s: %v", what, err)
		}
	}
	cases := map[string]func(t *testing.T, h *fixture.Room){
		"once, and the link with it": func(t *testing.T, h *fixture.Room) {
			browser := h.MustAskCode(t, cleo)
			code, token := h.MustMailedCode(t, cleo)
			in, err := h.TypeCode(t, browser, "  "+strings.ReplaceAll(code, " ", "\u202f")+" ")
			if err != nil {
				t.Fatal(err)
			}
			h.MustActor(t, in.Secret)
			wrong(t, h, "again", browser, code)
			if _, err := h.FollowLink(t, token); !errors.Is(err, identity.ErrInvalidLink) {
				t.Errorf("the link beside it: %v", err)
			}
		},
		"not after the link was used": func(t *testing.T, h *fixture.Room) {
			browser := h.MustAskCode(t, cleo)
			code, token := h.MustMailedCode(t, cleo)
			if _, err := h.FollowLink(t, token); err != nil {
				t.Fatal(err)
			}
			wrong(t, h, "the link was used", browser, code)
		},
		"in no other browser": func(t *testing.T, h *fixture.Room) {
			h.MustAskCode(t, cleo)
			code, _ := h.MustMailedCode(t, cleo)
			wrong(t, h, "another browser", identity.NewSecret(), code)
			wrong(t, h, "no browser", "", code)
			wrong(t, h, "a browser that asked for somebody else", h.MustAskCode(t, "nobody@neoforge.test"), code)
		},
		"for five attempts": func(t *testing.T, h *fixture.Room) {
			browser := h.MustAskCode(t, cleo)
			code, _ := h.MustMailedCode(t, cleo)
			for range identity.ChallengeAttempts {
				wrong(t, h, "another code", browser, fixture.AnotherCode(code))
			}
			wrong(t, h, "the right one, too late", browser, code)
		},
		"for few attempts a day, however many mails": func(t *testing.T, h *fixture.Room) {
			for range 3 {
				browser := h.MustAskCode(t, cleo)
				code, _ := h.MustMailedCode(t, cleo)
				for range identity.ChallengeAttempts {
					if _, err := h.SignInWithCode(t.Context(), signin.SignInWithCode{Browser: browser, Code: fixture.AnotherCode(code), Device: identity.Device{IP: "203.0.113.9"}}); !errors.Is(err, identity.ErrMailCodeWrong) {
						t.Fatal(err)
					}
				}
			}
			browser := h.MustAskCode(t, cleo)
			code, token := h.MustMailedCode(t, cleo)
			_, err := h.SignInWithCode(t.Context(), signin.SignInWithCode{Browser: browser, Code: code, Device: identity.Device{IP: "203.0.113.9"}})
			if !errors.Is(err, identity.ErrMailCodeWrong) {
				t.Errorf("a stranger guesses on: %v", err)
			}
			if _, err := h.FollowLink(t, token); err != nil {
				t.Errorf("the link of the same mail: %v", err)
			}
		},
		"for ten minutes": func(t *testing.T, h *fixture.Room) {
			browser := h.MustAskCode(t, cleo)
			code, _ := h.MustMailedCode(t, cleo)
			h.Clock.Advance(identity.MagicLink.TTL())
			wrong(t, h, "its time is over", browser, code)
		},
		"not after a reset": func(t *testing.T, h *fixture.Room) {
			browser := h.MustAskCode(t, cleo)
			code, _ := h.MustMailedCode(t, cleo)
			h.MustForgetPassword(t, cleo)
			if err := h.SetForgottenPassword(t, fixture.MustLink(t, h.MustMailWithLink(t, cleo, "/reset"), "/reset"), fixture.OtherPassword); err != nil {
				t.Fatal(err)
			}
			wrong(t, h, "the password was reset", browser, code)
		},
		"the same in a mail that is written again": func(t *testing.T, h *fixture.Room) {
			browser := h.MustAskCode(t, cleo)
			jobs := h.Ledger.Queued("identity.send_mail")
			code, _ := h.MustMailedCode(t, cleo)
			if err := h.Run(t, jobs[len(jobs)-1].Kind, jobs[len(jobs)-1].Payload); err != nil {
				t.Fatal(err)
			}
			if again := fixture.CodeInMail.FindString(h.Outbox.Sent[len(h.Outbox.Sent)-1].Text); again != code {
				t.Errorf("%q, then %q", code, again)
			}
			if _, err := h.TypeCode(t, browser, code); err != nil {
				t.Error(err)
			}
		},
		"a second factor is asked for all the same": func(t *testing.T, h *fixture.Room) {
			in := h.MustEnter(t, cleo)
			h.MustAddTOTP(t, h.MustActor(t, in.Secret))
			browser := h.MustAskCode(t, cleo)
			code, _ := h.MustMailedCode(t, cleo)
			if in, err := h.TypeCode(t, browser, code); err != nil || in.SecondFactor == "" || in.Secret != "" {
				t.Errorf("a browser: %+v, %v", in, err)
			}
			browser = h.MustAskCode(t, cleo)
			code, _ = h.MustMailedCode(t, cleo)
			var due *signin.SecondFactorRequired
			if _, err := h.SignInProgramWithCode(t.Context(), signin.SignInWithCode{Browser: browser, Code: code, Device: fixture.Laptop}); !errors.As(err, &due) || due.Challenge == "" {
				t.Errorf("a program: %v", err)
			}
		},
		"a program": func(t *testing.T, h *fixture.Room) {
			browser := h.MustAskCode(t, cleo)
			code, _ := h.MustMailedCode(t, cleo)
			pair, err := h.SignInProgramWithCode(t.Context(), signin.SignInWithCode{Browser: browser, Code: code, Device: fixture.Laptop})
			if err != nil {
				t.Fatal(err)
			}
			if a, err := h.AuthenticateToken(t.Context(), pair.AccessToken); err != nil || a.Email != cleo {
				t.Errorf("%+v, %v", a, err)
			}
		},
		"it proves the address": func(t *testing.T, h *fixture.Room) {
			h.MustSignUp(t, "ben@neoforge.test", fixture.Password, "Mallory")
			browser := h.MustAskCode(t, "ben@neoforge.test")
			code, _ := h.MustMailedCode(t, "ben@neoforge.test")
			if _, err := h.TypeCode(t, browser, code); err != nil {
				t.Fatal(err)
			}
			if !h.MustPerson(t, "ben@neoforge.test").EmailVerified {
				t.Error("the address is not proven")
			}
			if _, err := h.TryPassword(t, "ben@neoforge.test", fixture.Password); !errors.Is(err, identity.ErrInvalidCredentials) {
				t.Errorf("the password of whoever registered: %v", err)
			}
		},
	}
	for name, run := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := fixture.OpenRoom(t)
			h.MustCreate(t, cleo, identityport.RoleMember, true)
			run(t, h)
		})
	}
}
