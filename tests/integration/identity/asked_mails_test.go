package identity_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// elsewhere is one of many networks that nobody was seen on.
func elsewhere(i int) string { return fmt.Sprintf("198.51.100.%d", i) }

// mailsFrom has ask called from twelve networks, which all must be answered as the
// first was, and returns the mails.
func mailsFrom(t *testing.T, h *fixture.Room, ask func(address string) error) []mail.Message {
	t.Helper()
	h.MustDeliver(t)
	for i := range 12 {
		if err := ask(elsewhere(i)); err != nil {
			t.Fatalf("network %d: %v", i+1, err)
		}
	}
	return h.MustDeliver(t)
}

// TestAskedMails_OfStrangersLeaveTheOwnerGoodLinks: whoever asks after strangers did is
// answered as ever, and what was mailed opens the account.
func TestAskedMails_OfStrangersLeaveTheOwnerGoodLinks(t *testing.T) {
	t.Parallel()
	const cleo = "cleo@neoforge.test"
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		mails := mailsFrom(t, h, func(address string) error {
			return h.SignUp(t.Context(), signin.SignUp{Email: cleo, Password: fixture.OtherPassword, Name: "Mallory", IP: address})
		})
		if len(mails) != 5 {
			t.Fatalf("%d mails of registrations, want 5", len(mails))
		}
		for _, m := range mails[1:] {
			fixture.MustLink(t, m, "/verify-email")
		}
		if err := h.ProveEmailIn(t, fixture.MustLink(t, mails[0], "/verify-email"), "", fixture.Password); err != nil {
			t.Fatal(err)
		}
		if _, err := h.SignInFrom(t.Context(), cleo, fixture.Password, identity.Device{IP: "192.0.2.44"}); err != nil {
			t.Errorf("the password that the owner typed: %v", err)
		}

		forgotten := func(address string) error {
			return h.ForgotPassword(t.Context(), signin.AskedByMail{Email: cleo, IP: address})
		}
		if mails = mailsFrom(t, h, forgotten); len(mails) != 5 {
			t.Fatalf("%d mails to reset the password, want 5", len(mails))
		}
		if err := h.SetForgottenPassword(t, fixture.MustLink(t, mails[2], "/reset"), fixture.OtherPassword); err != nil {
			t.Fatal(err)
		}
		if mails = mailsFrom(t, h, forgotten); len(mails) != 5 {
			t.Errorf("%d mails after a reset, which ended the links, want 5", len(mails))
		}

		signingIn := func(address string) error {
			return h.SendMagicLink(t.Context(), signin.AskedByMail{Email: cleo, IP: address})
		}
		if mails = mailsFrom(t, h, signingIn); len(mails) != 6 {
			t.Fatalf("%d mails to sign in by, want 6", len(mails))
		}
		if _, err := h.FollowLink(t, fixture.MustLink(t, mails[3], "/auth/magic")); err != nil {
			t.Fatal(err)
		}
		h.MustDeliver(t) // of a new device
		if mails = mailsFrom(t, h, signingIn); len(mails) != 6 {
			t.Errorf("%d mails after a link was used, which ended the others, want 6", len(mails))
		}
	})
}

// TestAskedMails_AreBoundedForARecipientADay: strangers ask for mails of every kind, and
// accounts of theirs ask for the address, hour after hour.
func TestAskedMails_AreBoundedForARecipientADay(t *testing.T) {
	t.Parallel()
	const cleo, absent = "cleo@neoforge.test", "absent@neoforge.test"
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, cleo, identityport.RoleMember, true)
		in, err := h.SignInFrom(t.Context(), cleo, fixture.Password, fixture.Laptop)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 6 {
			h.MustCreate(t, fmt.Sprintf("n%d@neoforge.test", i), identityport.RoleMember, true)
		}
		sent := func(to string) (mails []mail.Message) {
			for _, m := range h.MustDeliver(t) {
				if m.To == to {
					mails = append(mails, m)
				}
			}
			return mails
		}
		flood := func(to string) {
			t.Helper()
			for i := range 8 {
				asked := signin.AskedByMail{Email: to, IP: elsewhere(i)}
				if err := errors.Join(h.SendMagicLink(t.Context(), asked), h.ForgotPassword(t.Context(), asked),
					h.SignUp(t.Context(), signin.SignUp{Email: to, Password: fixture.OtherPassword, Name: "Mallory", IP: elsewhere(i)})); err != nil {
					t.Fatalf("network %d asks for %s: %v", i+1, to, err)
				}
			}
		}
		flood(cleo)
		for i := range 6 {
			other := h.MustActor(t, h.MustEnter(t, fmt.Sprintf("n%d@neoforge.test", i)).Secret)
			other.IP = elsewhere(40 + i)
			if err := h.AskEmailChange(t.Context(), other, cleo); err != nil {
				t.Fatalf("account %d asks for the address: %v", i+1, err)
			}
		}
		first := sent(cleo)
		if len(first) != 20 {
			t.Fatalf("%d mails at once, want 20", len(first))
		}
		for range 5 {
			h.Clock.Advance(time.Hour)
			flood(cleo)
		}
		if more := sent(cleo); len(more) > 5 {
			t.Errorf("%d mails in five hours more, want 5 at the most", len(more))
		}
		h.Clock.Advance(time.Minute)
		flood(cleo)
		sent(cleo)
		// Her own browser is not concerned, and neither is another recipient.
		if err := h.SendMagicLink(t.Context(), signin.AskedByMail{Email: cleo, IP: "192.0.2.44", Token: in.Device}); err != nil {
			t.Fatal(err)
		}
		if mails := sent(cleo); len(mails) != 1 {
			t.Errorf("her browser got %d mails, want 1", len(mails))
		} else if _, err := h.FollowLink(t, fixture.MustLink(t, mails[0], "/auth/magic")); err != nil {
			t.Errorf("the link that her browser asked for: %v", err)
		}
		if err := h.ForgotPassword(t.Context(), signin.AskedByMail{Email: "n0@neoforge.test", IP: "192.0.2.44"}); err != nil {
			t.Fatal(err)
		}
		if mails := sent("n0@neoforge.test"); len(mails) == 0 {
			t.Error("another recipient got no mail")
		}

		// Who registers an address that was asked about before gets the mail that proves it.
		for range 3 {
			for i := range 8 {
				asked := signin.AskedByMail{Email: absent, IP: elsewhere(60 + i)}
				if err := errors.Join(h.SendMagicLink(t.Context(), asked), h.ForgotPassword(t.Context(), asked)); err != nil {
					t.Fatal(err)
				}
			}
			h.Clock.Advance(time.Hour)
		}
		if err := h.SignUp(t.Context(), signin.SignUp{Email: absent, Password: fixture.Password, Name: "Ben", IP: "192.0.2.44"}); err != nil {
			t.Fatal(err)
		}
		if mails := sent(absent); len(mails) != 1 {
			t.Errorf("who registers got %d mails, want 1", len(mails))
		}
	})
}

// TestChangeEmail_KeepsTheLinkWhereTheRecipientGotManyMails: the answer is as ever, no
// mail is sent, and the link of before is good.
func TestChangeEmail_KeepsTheLinkWhereTheRecipientGotManyMails(t *testing.T) {
	t.Parallel()
	const wanted = "wanted@neoforge.test"
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		cleo, _ := h.MustSignIn(t, "cleo@neoforge.test")
		ben, _ := h.MustSignIn(t, "ben@neoforge.test")
		cleo.IP, ben.IP = "192.0.2.44", "192.0.2.45"
		if err := h.AskEmailChange(t.Context(), cleo, wanted); err != nil {
			t.Fatal(err)
		}
		token := fixture.MustLink(t, h.MustMailWithLink(t, wanted, "/change-email"), "/change-email")
		for i := range 8 { // five and six of those that nobody gets, and eight
			asked := signin.AskedByMail{Email: wanted, IP: elsewhere(i)}
			if err := errors.Join(h.ForgotPassword(t.Context(), asked), h.SendMagicLink(t.Context(), asked)); err != nil {
				t.Fatal(err)
			}
			other, _ := h.MustSignIn(t, fmt.Sprintf("n%d@neoforge.test", i))
			other.IP = elsewhere(10 + i)
			if err := h.AskEmailChange(t.Context(), other, wanted); err != nil {
				t.Fatal(err)
			}
		}
		h.MustDeliver(t)
		for who, actor := range map[string]identity.Actor{"again": cleo, "another account": ben} {
			if err := h.AskEmailChange(t.Context(), actor, wanted); err != nil {
				t.Errorf("%s: %v", who, err)
			}
			if mails := h.MustDeliver(t); len(mails) != 0 {
				t.Errorf("%s: %d mails", who, len(mails))
			}
			if email, _, err := h.PendingEmail(t.Context(), actor); err != nil || email != wanted {
				t.Errorf("%s: %q is shown: %v", who, email, err)
			}
		}
		if err := h.ConfirmEmailChange(t.Context(), token, cleo.IP); err != nil {
			t.Errorf("the link that she has: %v", err)
		}
	})
}

// TestAskedMails_CountOnlyWhatIsWritten: a captcha that was not passed uses nothing up.
func TestAskedMails_CountOnlyWhatIsWritten(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		deps := h.Deps
		deps.Captcha = guild{}
		app, err := fixture.NewIdentity(deps)
		if err != nil {
			t.Fatal(err)
		}
		h.Identity = app
		h.MustDeliver(t)
		right := identity.CaptchaAnswer{Response: "iron", State: "question-1"}
		for i := range 10 {
			err := h.ForgotPassword(t.Context(), signin.AskedByMail{Email: "cleo@neoforge.test", IP: elsewhere(i)})
			fixture.FailsWith(t, "no captcha", err, identity.ErrCaptchaFailed)
			err = h.SignUp(t.Context(), signin.SignUp{Email: "cleo@neoforge.test", Password: fixture.OtherPassword, Name: "Cleo", IP: elsewhere(i)})
			fixture.FailsWith(t, "no captcha", err, identity.ErrCaptchaFailed)
			err = h.SignUp(t.Context(), signin.SignUp{Email: "cleo@neoforge.test", Password: "short", Name: "Cleo", IP: elsewhere(20 + i), Captcha: right})
			fixture.FailsWith(t, "a weak password", err, identity.ErrWeakPassword)
		}
		if err := h.ForgotPassword(t.Context(), signin.AskedByMail{Email: "cleo@neoforge.test", IP: "192.0.2.44", Captcha: right}); err != nil {
			t.Fatal(err)
		}
		fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/reset")
		if err := h.SignUp(t.Context(), signin.SignUp{Email: "cleo@neoforge.test", Password: fixture.OtherPassword, Name: "Cleo", IP: "192.0.2.44", Captcha: right}); err != nil {
			t.Fatal(err)
		}
		h.MustMail(t, "cleo@neoforge.test")
	})
}

// TestChangeEmail_IsAskedForAfterOthersHad: the links of other accounts do not serve.
func TestChangeEmail_IsAskedForAfterOthersHad(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		for i := range 6 {
			other, _ := h.MustSignIn(t, fmt.Sprintf("n%d@neoforge.test", i))
			other.IP = elsewhere(i)
			if err := h.AskEmailChange(t.Context(), other, "wanted@neoforge.test"); err != nil {
				t.Fatal(err)
			}
		}
		cleo, _ := h.MustSignIn(t, "cleo@neoforge.test")
		cleo.IP = "192.0.2.44"
		if err := h.AskEmailChange(t.Context(), cleo, "wanted@neoforge.test"); err != nil {
			t.Fatalf("after six others: %v", err)
		}
		token := fixture.MustLink(t, h.MustMailWithLink(t, "wanted@neoforge.test", "/change-email"), "/change-email")
		fixture.FailsWith(t, "once more, herself", h.AskEmailChange(t.Context(), cleo, "wanted@neoforge.test"), identity.ErrTooManyAttempts)
		if err := h.ConfirmEmailChange(t.Context(), token, cleo.IP); err != nil {
			t.Errorf("the link that she got: %v", err)
		}
	})
}

// TestLinks_StayGoodBehindANetworkThatGuesses: what cannot be guessed is not refused for
// what others brought.
func TestLinks_StayGoodBehindANetworkThatGuesses(t *testing.T) {
	t.Parallel()
	const cleo = "cleo@neoforge.test"
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		office := identity.Device{IP: "203.0.113.7"} // laptop's, too
		cleos, _ := h.MustSignIn(t, cleo)
		h.MustSignUp(t, "ben@neoforge.test", fixture.Password, "Ben")
		verifying := fixture.MustLink(t, h.MustMailWithLink(t, "ben@neoforge.test", "/verify-email"), "/verify-email")
		if err := h.AskEmailChange(t.Context(), cleos, "cleo.berg@neoforge.test"); err != nil {
			t.Fatal(err)
		}
		changing := fixture.MustLink(t, h.MustMailWithLink(t, "cleo.berg@neoforge.test", "/change-email"), "/change-email")

		wrong := map[string]func() error{
			"verify": func() error {
				return h.VerifyEmail(t.Context(), signin.VerifyEmail{Token: identity.NewSecret(), IP: office.IP})
			},
			"change": func() error { return h.ConfirmEmailChange(t.Context(), identity.NewSecret(), office.IP) },
			"reset":  func() error { return h.SetForgottenPassword(t, identity.NewSecret(), fixture.OtherPassword) },
			"magic": func() error {
				_, err := h.FollowLink(t, identity.NewSecret())
				return err
			},
			"code": func() error {
				_, err := h.TypeCode(t, identity.NewSecret(), "123456")
				return err
			},
		}
		for range 15 {
			for what, try := range wrong {
				if err := try(); !errors.Is(err, identity.ErrInvalidLink) && !errors.Is(err, identity.ErrMailCodeWrong) && !errors.Is(err, identity.ErrTooManyAttempts) {
					t.Fatalf("%s: %v", what, err)
				}
			}
		}
		for what, try := range wrong {
			fixture.FailsWith(t, what+", wrong once more", try(), identity.ErrTooManyAttempts)
		}

		fixture.FailsWith(t, "a good link without a password", h.ProveEmailIn(t, verifying, "", ""), identity.ErrPasswordNeeded)
		fixture.FailsWith(t, "a good link with a weak password", h.ProveEmailIn(t, verifying, "", "short"), identity.ErrWeakPassword)
		if err := h.ProveEmailIn(t, verifying, "", fixture.Password); err != nil {
			t.Errorf("verify: %v", err)
		}
		if err := h.ConfirmEmailChange(t.Context(), changing, office.IP); err != nil {
			t.Errorf("change of address: %v", err)
		}
		const now = "cleo.berg@neoforge.test"
		h.MustForgetPassword(t, now)
		if err := h.SetForgottenPassword(t, fixture.MustLink(t, h.MustMailWithLink(t, now, "/reset"), "/reset"), fixture.OtherPassword); err != nil {
			t.Errorf("reset: %v", err)
		}
		h.MustAskLink(t, now)
		if _, err := h.FollowLink(t, fixture.MustLink(t, h.MustMailWithLink(t, now, "/auth/magic"), "/auth/magic")); err != nil {
			t.Errorf("magic link: %v", err)
		}
		browser := h.MustAskCode(t, now)
		code, _ := h.MustMailedCode(t, now)
		if _, err := h.TypeCode(t, browser, code); err != nil {
			t.Errorf("mailed code: %v", err)
		}
	})
}

// TestLink_IsTriedAFewTimesWithAPasswordThatIsRefused: each is looked up in lists.
func TestLink_IsTriedAFewTimesWithAPasswordThatIsRefused(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, true)
		h.MustForgetPassword(t, "cleo@neoforge.test")
		tried := fixture.MustLink(t, h.MustMailWithLink(t, "cleo@neoforge.test", "/reset"), "/reset")
		h.MustForgetPassword(t, "ben@neoforge.test")
		other := fixture.MustLink(t, h.MustMailWithLink(t, "ben@neoforge.test", "/reset"), "/reset")
		for range 60 {
			fixture.FailsWith(t, "a weak password", h.SetForgottenPassword(t, tried, "short"), identity.ErrWeakPassword)
		}
		fixture.FailsWith(t, "the sixty-first", h.SetForgottenPassword(t, tried, "short"), identity.ErrTooManyAttempts)
		if err := h.SetForgottenPassword(t, other, fixture.OtherPassword); err != nil {
			t.Errorf("another link: %v", err)
		}
	})
}

// granting counts what is allowed under keys.
type granting struct {
	ratelimit.Limiter
	limit   ratelimit.Limit
	granted atomic.Int64
}

func (l *granting) Allow(ctx context.Context, key string, limit ratelimit.Limit) (ratelimit.Decision, error) {
	d, err := l.Limiter.Allow(ctx, key, limit)
	if d.Allowed && limit == l.limit {
		l.granted.Add(1)
	}
	return d, err
}

// TestMailCode_GuessesAtOnceAreNoMoreThanOneByOne has all attempts at all codes of a
// person made at the same moment.
func TestMailCode_GuessesAtOnceAreNoMoreThanOneByOne(t *testing.T) {
	t.Parallel()
	const cleo = "cleo@neoforge.test"
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, cleo, identityport.RoleMember, true)
		counting := &granting{Limiter: h.Limiter.Limiter, limit: ratelimit.Limit{Count: 15, Per: 24 * time.Hour}}
		h.Limiter.Limiter = counting
		type asked struct {
			browser identity.Secret
			code    string
		}
		var open []asked
		var mail identity.Secret
		for range 5 {
			browser := h.MustAskCode(t, cleo)
			code, token := h.MustMailedCode(t, cleo)
			open, mail = append(open, asked{browser, code}), token
		}
		stranger := identity.Device{IP: "192.0.2.44"}
		types := func(browser identity.Secret, code string) error {
			_, err := h.SignInWithCode(t.Context(), signin.SignInWithCode{Browser: browser, Code: code, Device: stranger})
			return err
		}
		var running sync.WaitGroup
		ready := make(chan struct{})
		for _, o := range open {
			for range 2 * identity.ChallengeAttempts {
				running.Go(func() {
					<-ready
					if err := types(o.browser, fixture.AnotherCode(o.code)); !errors.Is(err, identity.ErrMailCodeWrong) {
						t.Error(err)
					}
				})
			}
		}
		close(ready)
		running.Wait()
		if n := counting.granted.Load(); n != 15 {
			t.Errorf("%d guesses were looked at, want 15", n)
		}
		for i, o := range open {
			late := types(o.browser, o.code)
			fixture.FailsWith(t, fmt.Sprintf("code %d, the right one, too late", i+1), late, identity.ErrMailCodeWrong)
			if f := fault.As(late); f == nil || !strings.Contains(f.Message, "open the link in it") {
				t.Errorf("it does not say that the link is left: %v", late)
			}
		}
		// And so it is.
		if _, err := h.SignInWithLink(t.Context(), signin.SignInWithLink{Token: mail, Device: stranger}); err != nil {
			t.Errorf("the link beside a code that is not taken: %v", err)
		}
	})
}
