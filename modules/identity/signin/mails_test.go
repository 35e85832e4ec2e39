package signin_test

import (
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestMailToken_IsGoodForItsPurposeInItsTimeOnce(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.MustForgetPassword(t, "cleo@neoforge.test")
	token := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/reset")
	if err := h.ProveEmail(t, token); !errors.Is(err, identity.ErrInvalidLink) {
		t.Errorf("to verify with: %v", err)
	}
	if err := h.ConfirmEmailChange(t.Context(), token, fixture.Laptop.IP); !errors.Is(err, identity.ErrInvalidLink) {
		t.Errorf("to change the address with: %v", err)
	}
	if _, err := h.FollowLink(t, token); !errors.Is(err, identity.ErrInvalidLink) {
		t.Errorf("to sign in with: %v", err)
	}
	h.Clock.Advance(time.Hour)
	if err := h.SetForgottenPassword(t, token, fixture.OtherPassword); !errors.Is(err, identity.ErrInvalidLink) {
		t.Errorf("after an hour: %v", err)
	}
	if err := h.Run(t, "identity.purge_ended", nil); err != nil {
		t.Fatal(err)
	}
	h.MustForgetPassword(t, "cleo@neoforge.test")
	if err := h.SetForgottenPassword(t, fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/reset"), fixture.OtherPassword); err != nil {
		t.Error(err)
	}
}

func TestAskedMails_AreLimitedAndNotGivenUncounted(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, true)
	ask := map[string]func(email, address string) error{
		"forgot": func(email, address string) error {
			return h.ForgotPassword(t.Context(), signin.AskedByMail{Email: email, IP: address})
		},
		"magic link": func(email, address string) error {
			return h.SendMagicLink(t.Context(), signin.AskedByMail{Email: email, IP: address})
		},
		"register": func(email, address string) error {
			return h.SignUp(t.Context(), signin.SignUp{Email: email, Password: fixture.OtherPassword, Name: "Cleo", IP: address})
		},
	}
	for i := range 5 { // from five networks
		if err := ask["forgot"]("cleo@neoforge.test", "198.51.100."+string(rune('1'+i))); err != nil {
			t.Fatalf("mail %d: %v", i+1, err)
		}
	}
	h.MustDeliver(t)
	for what, mails := range map[string]int{"forgot": 0, "magic link": 1, "register": 1} { // of another kind
		if err := ask[what]("cleo@neoforge.test", "192.0.2.9"); err != nil {
			t.Errorf("%s, the sixth in an hour: %v", what, err)
		}
		if sent := h.MustDeliver(t); len(sent) != mails {
			t.Errorf("%s, the sixth in an hour: %d mails, want %d", what, len(sent), mails)
		}
	}
	for i := range 26 {
		if err := ask["magic link"]("nobody-"+string(rune('a'+i))+"@neoforge.test", "192.0.2.77"); err != nil {
			t.Fatalf("address, mail %d: %v", i+1, err)
		}
	}
	for i := range 4 {
		if err := ask["forgot"]("nobody-"+string(rune('a'+i))+"@neoforge.test", "192.0.2.77"); err != nil {
			t.Fatalf("address, mail %d: %v", i+27, err)
		}
	}
	if err := ask["forgot"]("ben@neoforge.test", "192.0.2.77"); !errors.Is(err, identity.ErrTooManyAttempts) || fault.As(err).RetryAfter <= 0 {
		t.Errorf("the thirty-first mail from an address: %v", err)
	}
	for i := range 60 {
		if err := h.VerifyEmail(t.Context(), signin.VerifyEmail{Token: identity.NewSecret(), Program: true, IP: "192.0.2.78"}); !errors.Is(err, identity.ErrInvalidLink) {
			t.Fatalf("guess %d: %v", i+1, err)
		}
	}
	if err := h.ConfirmEmailChange(t.Context(), identity.NewSecret(), "192.0.2.78"); !errors.Is(err, identity.ErrTooManyAttempts) {
		t.Errorf("the sixty-first link from an address: %v", err)
	}

	h.Limiter.Away.Store(true)
	queued := len(h.Ledger.Queued("identity.send_mail"))
	for what, f := range ask {
		if err := f("ben@neoforge.test", "192.0.2.9"); !errors.Is(err, identity.ErrBusy) {
			t.Errorf("%s, uncounted: %v", what, err)
		}
	}
	if err := h.SetForgottenPassword(t, identity.NewSecret(), fixture.OtherPassword); !errors.Is(err, identity.ErrBusy) {
		t.Errorf("a link, uncounted: %v", err)
	}
	if n := len(h.Ledger.Queued("identity.send_mail")); n != queued {
		t.Errorf("%d mails were queued uncounted", n-queued)
	}
}

func TestSendMail_WritesItAnewWhenItWasNotSent(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.MustAskLink(t, "cleo@neoforge.test")
	job := h.Ledger.Queued("identity.send_mail")[0]
	h.Outbox.Err = errors.New("the server is away")
	if err := h.Run(t, job.Kind, job.Payload); err == nil {
		t.Fatal("a mail that was not sent is not tried again")
	}
	h.Outbox.Err = nil
	var tokens []identity.Secret
	for range 2 { // it was sent, and then the job ran again
		if err := h.Run(t, job.Kind, job.Payload); err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, fixture.MustLink(t, h.Outbox.Sent[len(h.Outbox.Sent)-1], "/auth/magic"))
	}
	if tokens[0] == tokens[1] {
		t.Error("a retry sends the token of before")
	}
	if _, err := h.FollowLink(t, tokens[0]); err != nil {
		t.Error(err)
	}
	if _, err := h.FollowLink(t, tokens[1]); !errors.Is(err, identity.ErrInvalidLink) {
		t.Errorf("the other link of the same mail: %v", err)
	}
}
