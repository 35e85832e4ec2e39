package identity_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/memory/ratemem"
	"github.com/neoforge-dev/neoforge/adapters/redisstore"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/ratestore"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestSignUp_MakesAnAccountAndSendsAMailThatVerifiesIt(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustSignUp(t, " Cleo@neoforge.test ", fixture.Password, "Cleo")
		u := h.MustPerson(t, "cleo@neoforge.test")
		if u.EmailVerified || u.Name != "Cleo" || u.Role != identityport.RoleMember {
			t.Fatalf("registered: %+v", u)
		}
		if _, err := h.TryPassword(t, "cleo@neoforge.test", fixture.Password); !errors.Is(err, identity.ErrInvalidCredentials) {
			t.Errorf("before the proof, as if there were nobody: %v", err)
		}
		m := h.MustMail(t, "cleo@neoforge.test")
		for _, j := range h.Ledger.Queued("identity.send_mail") {
			if bytes.Contains(j.Payload, []byte(fixture.Password)) || bytes.Contains(j.Payload, []byte("cheap:")) || bytes.Contains(j.Payload, []byte("@")) {
				t.Errorf("the queue holds %s", j.Payload)
			}
		}
		token := fixture.MustLink(t, m, "/verify-email")
		if err := h.ProveEmail(t, token); err != nil {
			t.Fatal(err)
		}
		if u := h.MustPerson(t, "cleo@neoforge.test"); !u.EmailVerified || u.Name != "Cleo" {
			t.Fatalf("verified: %+v", u)
		}
		h.MustEnter(t, "cleo@neoforge.test")
		if m := h.MustMail(t, "cleo@neoforge.test"); m.Subject != "Welcome to NeoForge" {
			t.Errorf("after the proof: %s", m.Subject)
		}
		if err := h.ProveEmail(t, token); !errors.Is(err, identity.ErrInvalidLink) {
			t.Errorf("the link once more: %v", err)
		}
	})
}

func TestSignUp_OfSomebodysAddressTellsItsOwnerAlone(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		u := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		in := h.MustEnter(t, "cleo@neoforge.test")
		h.MustSignUp(t, "CLEO@neoforge.test", fixture.OtherPassword, "Somebody Else")
		m := h.MustMail(t, "cleo@neoforge.test")
		if m.Subject != "You have an account at NeoForge already" || fixture.LinkInMail.MatchString(m.Text) {
			t.Errorf("the owner is told: %s\n%s", m.Subject, m.Text)
		}
		if now := h.MustPerson(t, "cleo@neoforge.test"); now.Name != u.Name || now.Version != u.Version {
			t.Errorf("the account changed: %+v", now)
		}
		h.MustActor(t, in.Secret)
		if _, err := h.TryPassword(t, "cleo@neoforge.test", fixture.OtherPassword); !errors.Is(err, identity.ErrInvalidCredentials) {
			t.Errorf("the stranger's password: %v", err)
		}
		h.MustEnter(t, "cleo@neoforge.test")
	})
}

func TestVerifyEmail_GivesTheAccountToWhoProvesItsAddress(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustSignUp(t, "cleo@neoforge.test", fixture.Password, "Mallory")
		early := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/verify-email")
		squatter := h.MustSquat(t, "cleo@neoforge.test")
		h.MustRefuse(t, "before the proof", squatter)
		insertIdentity(t, h, "cleo@neoforge.test", "mallory")

		h.MustSignUpIn(t, "cleo@neoforge.test", fixture.OtherPassword, "Cleo", "the owner's browser")
		m := h.MustMail(t, "cleo@neoforge.test")
		if !bytes.Contains([]byte(m.Text), []byte("Hello Cleo,")) {
			t.Errorf("the mail greets somebody else:\n%s", m.Text)
		}
		if err := h.ProveEmailIn(t, fixture.MustLink(t, m, "/verify-email"), "the owner's browser", ""); err != nil {
			t.Fatal(err)
		}
		if u := h.MustPerson(t, "cleo@neoforge.test"); !u.EmailVerified || u.Name != "Cleo" {
			t.Fatalf("proven: %+v", u)
		}
		h.MustRefuse(t, "the squatter", squatter)
		if _, err := h.TryPassword(t, "cleo@neoforge.test", fixture.Password); !errors.Is(err, identity.ErrInvalidCredentials) {
			t.Errorf("the squatter's password: %v", err)
		}
		if ids, err := h.Deps.Reads.IdentitiesOf(t.Context(), h.MustPerson(t, "cleo@neoforge.test").ID); err != nil || len(ids) != 0 {
			t.Errorf("the squatter's identities: %+v, %v", ids, err)
		}
		if _, err := h.TryPassword(t, "cleo@neoforge.test", fixture.OtherPassword); err != nil {
			t.Errorf("the owner's password: %v", err)
		}
		if err := h.ProveEmail(t, early); !errors.Is(err, identity.ErrInvalidLink) {
			t.Errorf("the squatter's link: %v", err)
		}
	})
}

// insertIdentity gives a person an identity, as the provider's callback does.
func insertIdentity(t *testing.T, h *fixture.Room, email, subject string) {
	t.Helper()
	id := h.MustPerson(t, email).ID
	err := h.Deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
		return s.Identities.Insert(ctx, identity.ExternalIdentity{
			ID: h.Deps.IDs.New(), User: id, Provider: "acme", Subject: subject, CreatedAt: h.Clock.Now(),
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestVerifyEmail_ElsewhereTakesAPasswordChosenThere has the owner open the link of somebody else's registration.
func TestVerifyEmail_ElsewhereTakesAPasswordChosenThere(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustSignUpIn(t, "cleo@neoforge.test", fixture.Password, "Mallory", "a stranger's browser")
		token := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/verify-email")
		for _, browser := range []identity.Secret{"", "the owner's browser"} {
			err := h.ProveEmailIn(t, token, browser, "")
			if f := fault.As(err); !errors.Is(err, identity.ErrPasswordNeeded) || len(f.Fields) != 1 || f.Fields[0].Name != "password" {
				t.Errorf("by %q: %v", browser, err)
			}
		}
		if err := h.ProveEmailIn(t, token, "", "cleo"); !errors.Is(err, identity.ErrWeakPassword) {
			t.Errorf("a weak one: %v", err)
		}
		if err := h.ProveEmailIn(t, token, "the owner's browser", fixture.OtherPassword); err != nil {
			t.Fatal(err)
		}
		if _, err := h.TryPassword(t, "cleo@neoforge.test", fixture.Password); !errors.Is(err, identity.ErrInvalidCredentials) {
			t.Errorf("the stranger's password: %v", err)
		}
		if _, err := h.TryPassword(t, "cleo@neoforge.test", fixture.OtherPassword); err != nil {
			t.Errorf("the owner's password: %v", err)
		}
		if len(h.Ledger.Did("identity.email_verified")) != 1 {
			t.Error("the proof is not in the trail")
		}
	})
}

// TestVerifyEmail_ByAProgramTakesNoPasswordOfTwoRegistrations has a stranger register just after the owner: by a program's
// proof neither password counts.
func TestVerifyEmail_ByAProgramTakesNoPasswordOfTwoRegistrations(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustSignUp(t, "cleo@neoforge.test", fixture.Password, "Cleo")
		own := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/verify-email")
		h.MustSignUp(t, "cleo@neoforge.test", fixture.OtherPassword, "Mallory")
		late := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/verify-email")
		if err := h.ProveEmail(t, late); err != nil {
			t.Fatal(err)
		}
		for _, p := range []string{fixture.Password, fixture.OtherPassword} {
			if _, err := h.TryPassword(t, "cleo@neoforge.test", p); !errors.Is(err, identity.ErrInvalidCredentials) {
				t.Errorf("%s: %v", p, err)
			}
		}
		if err := h.ProveEmail(t, own); !errors.Is(err, identity.ErrInvalidLink) {
			t.Errorf("the other link: %v", err)
		}
		h.MustForgetPassword(t, "cleo@neoforge.test")
		if err := h.SetForgottenPassword(t, fixture.MustLink(t, h.MustMailWithLink(t, "cleo@neoforge.test", "/reset"), "/reset"), fixture.Password); err != nil {
			t.Fatal(err)
		}
		h.MustEnter(t, "cleo@neoforge.test")
	})
}

func TestSignUp_NamesEveryFieldThatIsWrong(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		for _, c := range []struct {
			cmd    signin.SignUp
			want   error
			fields []string
		}{
			{signin.SignUp{Email: "cleo@neoforge.test", Password: fixture.Password}, identity.ErrInvalidName, []string{"name"}},
			{signin.SignUp{Email: "cleo", Password: fixture.Password, Name: "Cleo"}, identity.ErrInvalidEmail, []string{"email"}},
			{signin.SignUp{Email: "cleo", Password: "short", Name: ""}, identity.ErrInvalidEmail, []string{"name", "email"}},
			{signin.SignUp{Email: "cleo@neoforge.test", Password: "short", Name: "Cleo"}, identity.ErrWeakPassword, []string{"password"}},
			{signin.SignUp{Email: "cleoberg@neoforge.test", Password: "Cleo.Berg-26", Name: "Cleo"}, identity.ErrWeakPassword, []string{"password"}},
		} {
			err := h.SignUp(t.Context(), c.cmd)
			f := fault.As(err)
			if !errors.Is(err, c.want) || len(f.Fields) != len(c.fields) {
				t.Errorf("%+v: %v", c.cmd, err)
				continue
			}
			for i, name := range c.fields {
				if f.Fields[i].Name != name || f.Fields[i].Message == "" {
					t.Errorf("%+v: fields %+v", c.cmd, f.Fields)
				}
			}
		}
		if n := len(h.Ledger.Queued("identity.send_mail")); n != 0 {
			t.Errorf("%d mails", n)
		}
	})
}

func TestResetPassword_ChoosesAForgottenOneAnew(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		in := h.MustEnter(t, "cleo@neoforge.test")
		h.MustForgetPassword(t, "nobody@neoforge.test")
		if sent := h.MustDeliver(t); len(sent) != 0 {
			t.Fatalf("to nobody: %+v", sent)
		}
		h.MustForgetPassword(t, "Cleo@neoforge.test")
		unused := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/reset")
		h.MustForgetPassword(t, "cleo@neoforge.test")
		token := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/reset")
		if err := h.SetForgottenPassword(t, token, fixture.OtherPassword); err != nil {
			t.Fatal(err)
		}
		if m := h.MustMail(t, "cleo@neoforge.test"); m.Subject != "Your password at NeoForge was changed" {
			t.Errorf("the notice: %s", m.Subject)
		}
		h.MustRefuse(t, "the session from before", in.Secret)
		if _, err := h.TryPassword(t, "cleo@neoforge.test", fixture.Password); !errors.Is(err, identity.ErrInvalidCredentials) {
			t.Errorf("the old password: %v", err)
		}
		if _, err := h.TryPassword(t, "cleo@neoforge.test", fixture.OtherPassword); err != nil {
			t.Errorf("the new password: %v", err)
		}
		for what, token := range map[string]identity.Secret{"used": token, "another": unused, "made up": identity.NewSecret(), "empty": ""} {
			if err := h.SetForgottenPassword(t, token, fixture.OtherPassword); !errors.Is(err, identity.ErrInvalidLink) {
				t.Errorf("a link that is %s: %v", what, err)
			}
		}
	})
}

func TestResetPassword_LeavesTheLinkWhenThePasswordIsRefused(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo.berg@neoforge.test", identityport.RoleMember, true)
		h.MustForgetPassword(t, "cleo.berg@neoforge.test")
		token := fixture.MustLink(t, h.MustMail(t, "cleo.berg@neoforge.test"), "/reset")
		for _, weak := range []string{"short", "cleo.berg", ""} {
			if err := h.SetForgottenPassword(t, token, weak); !errors.Is(err, identity.ErrWeakPassword) {
				t.Errorf("%q: %v", weak, err)
			}
		}
		if err := h.SetForgottenPassword(t, token, fixture.OtherPassword); err != nil {
			t.Fatalf("the link after a password that was refused: %v", err)
		}
	})
}

func TestResetPassword_ProvesTheAddressAndEvictsWhoNeverDid(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustSignUp(t, "cleo@neoforge.test", fixture.Password, "Mallory")
		verifying := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/verify-email")
		squatter := h.MustSquat(t, "cleo@neoforge.test")
		insertIdentity(t, h, "cleo@neoforge.test", "mallory")
		h.MustForgetPassword(t, "cleo@neoforge.test")
		if err := h.SetForgottenPassword(t, fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/reset"), fixture.OtherPassword); err != nil {
			t.Fatal(err)
		}
		u := h.MustPerson(t, "cleo@neoforge.test")
		if !u.EmailVerified {
			t.Error("the address is not proven")
		}
		h.MustRefuse(t, "the squatter", squatter)
		if ids, err := h.Deps.Reads.IdentitiesOf(t.Context(), u.ID); err != nil || len(ids) != 0 {
			t.Errorf("the squatter's identities: %+v, %v", ids, err)
		}
		if err := h.ProveEmail(t, verifying); !errors.Is(err, identity.ErrInvalidLink) {
			t.Errorf("the squatter's registration: %v", err)
		}
		if _, err := h.TryPassword(t, "cleo@neoforge.test", fixture.OtherPassword); err != nil {
			t.Error(err)
		}
	})
}

func TestMailToken_IsGoodForItsPurposeInItsTimeOnce(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		h.MustForgetPassword(t, "cleo@neoforge.test")
		token := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/reset")
		if err := h.ProveEmail(t, token); !errors.Is(err, identity.ErrInvalidLink) {
			t.Errorf("to verify with: %v", err)
		}
		if err := h.ConfirmEmailChange(t.Context(), token, fixture.Laptop.Address); !errors.Is(err, identity.ErrInvalidLink) {
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
	})
}

func TestChangeEmail_TakesEffectWhenItIsConfirmedThere(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		in := h.MustEnter(t, "cleo@neoforge.test")
		a := h.MustActor(t, in.Secret)
		ask := func(email string) error { return h.AskEmailChange(t.Context(), a, email) }
		for email, want := range map[string]error{"nonsense": identity.ErrInvalidEmail, " CLEO@neoforge.test": identity.ErrEmailSame} {
			if err := ask(email); !errors.Is(err, want) || len(fault.As(err).Fields) != 1 {
				t.Errorf("%q: %v", email, err)
			}
		}
		h.MustForgetPassword(t, "cleo@neoforge.test")
		toOld := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/reset")
		if err := ask("Cleo@elsewhere.test"); err != nil {
			t.Fatal(err)
		}
		sent := h.MustDeliver(t)
		if len(sent) != 2 || sent[0].To != "cleo@elsewhere.test" || sent[1].To != "cleo@neoforge.test" ||
			!bytes.Contains([]byte(sent[1].Text), []byte("cleo@elsewhere.test")) {
			t.Fatalf("sent %+v", sent)
		}
		h.MustEnter(t, "cleo@neoforge.test") // until it is confirmed
		token := fixture.MustLink(t, sent[0], "/change-email")
		if err := h.ConfirmEmailChange(t.Context(), token, fixture.Laptop.Address); err != nil {
			t.Fatal(err)
		}
		if m := h.MustMail(t, "cleo@neoforge.test"); m.Subject != "Your address at NeoForge was changed" {
			t.Errorf("to the old address: %s", m.Subject)
		}
		if h.MustActor(t, in.Secret).Email != "cleo@elsewhere.test" {
			t.Error("the next request does not know the new address")
		}
		if _, err := h.TryPassword(t, "cleo@neoforge.test", fixture.Password); !errors.Is(err, identity.ErrInvalidCredentials) {
			t.Errorf("by the old address: %v", err)
		}
		h.MustEnter(t, "cleo@elsewhere.test")
		if err := h.SetForgottenPassword(t, toOld, fixture.OtherPassword); !errors.Is(err, identity.ErrInvalidLink) {
			t.Errorf("a link sent to the old address: %v", err)
		}
		if err := h.ConfirmEmailChange(t.Context(), token, fixture.Laptop.Address); !errors.Is(err, identity.ErrInvalidLink) {
			t.Errorf("the link once more: %v", err)
		}
	})
}

func TestChangeEmail_AnswersAlikeForATakenAddress(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, true)
		in := h.MustEnter(t, "cleo@neoforge.test")
		if err := h.AskEmailChange(t.Context(), h.MustActor(t, in.Secret), "ben@neoforge.test"); err != nil {
			t.Fatal(err)
		}
		sent := h.MustDeliver(t)
		if len(sent) != 2 || sent[0].To != "ben@neoforge.test" || fixture.LinkInMail.MatchString(sent[0].Text) || sent[1].To != "cleo@neoforge.test" {
			t.Fatalf("sent %+v", sent)
		}

		if err := h.AskEmailChange(t.Context(), h.MustActor(t, in.Secret), "late@neoforge.test"); err != nil {
			t.Fatal(err)
		}
		token := fixture.MustLink(t, h.MustDeliver(t)[0], "/change-email")
		h.MustCreate(t, "late@neoforge.test", identityport.RoleMember, true)
		if err := h.ConfirmEmailChange(t.Context(), token, fixture.Laptop.Address); !errors.Is(err, identity.ErrEmailTaken) {
			t.Errorf("taken meanwhile: %v", err)
		}
		if h.MustActor(t, in.Secret).Email != "cleo@neoforge.test" {
			t.Error("the address changed")
		}
	})
}

func TestSignInWithLink_SignsABrowserIn(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		before := h.MustEnter(t, "cleo@neoforge.test")
		h.MustAskLink(t, "nobody@neoforge.test")
		if sent := h.MustDeliver(t); len(sent) != 0 {
			t.Fatalf("to nobody: %+v", sent)
		}
		h.MustAskLink(t, "cleo@neoforge.test")
		token := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/auth/magic")
		in, err := h.SignInWithLink(t.Context(), signin.SignInWithLink{Token: token, Device: fixture.Laptop, Replaces: before.Secret})
		if err != nil {
			t.Fatal(err)
		}
		h.MustActor(t, in.Secret)
		h.MustRefuse(t, "the session that it replaces", before.Secret)
		if _, err := h.FollowLink(t, token); !errors.Is(err, identity.ErrInvalidLink) {
			t.Errorf("once more: %v", err)
		}
		h.MustAskLink(t, "cleo@neoforge.test")
		token = fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/auth/magic")
		h.Clock.Advance(15 * time.Minute)
		if _, err := h.FollowLink(t, token); !errors.Is(err, identity.ErrInvalidLink) {
			t.Errorf("after a quarter of an hour: %v", err)
		}
		h.MustEnter(t, "cleo@neoforge.test") // the password stays
	})
}

func TestSignInWithLink_OfSomebodyUnprovenEvictsThePassword(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustSignUp(t, "cleo@neoforge.test", fixture.Password, "Mallory")
		squatter := h.MustSquat(t, "cleo@neoforge.test")
		h.MustDeliver(t)
		h.MustAskLink(t, "cleo@neoforge.test")
		in, err := h.FollowLink(t, fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/auth/magic"))
		if err != nil {
			t.Fatal(err)
		}
		h.MustActor(t, in.Secret)
		h.MustRefuse(t, "the squatter", squatter)
		if !h.MustPerson(t, "cleo@neoforge.test").EmailVerified {
			t.Error("the address is not proven")
		}
		if _, err := h.TryPassword(t, "cleo@neoforge.test", fixture.Password); !errors.Is(err, identity.ErrInvalidCredentials) {
			t.Errorf("the squatter's password: %v", err)
		}
	})
}

func TestAskedMails_AreLimitedAndNotGivenUncounted(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, true)
		ask := map[string]func(email, address string) error{
			"forgot": func(email, address string) error {
				return h.ForgotPassword(t.Context(), signin.AskedByMail{Email: email, Address: address})
			},
			"magic link": func(email, address string) error {
				return h.SendMagicLink(t.Context(), signin.AskedByMail{Email: email, Address: address})
			},
			"register": func(email, address string) error {
				return h.SignUp(t.Context(), signin.SignUp{Email: email, Password: fixture.OtherPassword, Name: "Cleo", Address: address})
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
			if err := h.VerifyEmail(t.Context(), signin.VerifyEmail{Token: identity.NewSecret(), Program: true, Address: "192.0.2.78"}); !errors.Is(err, identity.ErrInvalidLink) {
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
	})
}

// asking is a check for people that one answer passes.
type asking struct{ asked atomic.Int64 }

func (*asking) Prompt(context.Context) (identity.CaptchaPrompt, error) {
	return identity.CaptchaPrompt{Label: "What has a smith in hand?", State: "state-1"}, nil
}

func (c *asking) Verify(_ context.Context, a identity.CaptchaAnswer) error {
	c.asked.Add(1)
	if a.Response != "hammer" || a.State != "state-1" || a.Address != fixture.Laptop.Address {
		return identity.ErrCaptchaFailed
	}
	return nil
}

func TestSignUp_AsksForTheCaptchaAsOtherFormsForStrangersDo(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		if _, asked, err := h.CaptchaPrompt(t.Context()); err != nil || asked {
			t.Fatalf("nothing was set up: %v", err)
		}
		check := &asking{}
		deps := h.Deps
		deps.Captcha = check
		app, err := fixture.NewIdentity(deps)
		if err != nil {
			t.Fatal(err)
		}
		p, asked, err := app.CaptchaPrompt(t.Context())
		if err != nil || !asked || p.State != "state-1" {
			t.Fatalf("%+v, %v", p, err)
		}
		for response, want := range map[string]error{"": identity.ErrCaptchaFailed, "tongs": identity.ErrCaptchaFailed, "hammer": nil} {
			answer := identity.CaptchaAnswer{Response: response, State: "state-1", Address: "198.51.100.1"}
			err := app.SignUp(t.Context(), signin.SignUp{
				Email: "cleo@neoforge.test", Password: fixture.Password, Name: "Cleo", Captcha: answer, Address: fixture.Laptop.Address,
			})
			if !errors.Is(err, want) {
				t.Errorf("register, %q: %v", response, err)
			}
			if err := app.ForgotPassword(t.Context(), signin.AskedByMail{Email: response + "x@neoforge.test", Captcha: answer, Address: fixture.Laptop.Address}); !errors.Is(err, want) {
				t.Errorf("forgot, %q: %v", response, err)
			}
		}
		if n := check.asked.Load(); n != 6 {
			t.Errorf("asked %d times", n)
		}
		if _, err := h.Deps.Reads.UserByEmail(t.Context(), "cleo@neoforge.test"); err != nil {
			t.Error(err)
		}
	})
}

func TestSendMail_WritesItAnewWhenItWasNotSent(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
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
	})
}

func TestSignUp_MakesOneAccountOfManyAtOnce(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		var running sync.WaitGroup
		for i := range 5 {
			running.Go(func() {
				err := h.SignUp(t.Context(), signin.SignUp{
					Email: "cleo@neoforge.test", Password: fixture.Password, Name: "Cleo", Address: "198.51.100." + string(rune('1'+i)),
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		if n := len(h.Ledger.Published("identity.user_registered.v1")); n != 1 {
			t.Errorf("%d accounts", n)
		}
		if sent := h.MustDeliver(t); len(sent) != 5 {
			t.Errorf("%d mails", len(sent))
		}
	})
}

// TestSignInWithLink_TakesALinkOnce has many take one link at the same moment, round after round.
func TestSignInWithLink_TakesALinkOnce(t *testing.T) {
	t.Parallel()
	rounds := 200
	if testing.Short() {
		rounds = 20
	}
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := fixture.NewRoom(t, open(t))
			h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
			id := h.MustPerson(t, "cleo@neoforge.test").ID
			for round := range rounds {
				secret := identity.NewSecret()
				token := identity.NewMailToken(id, identity.MagicLink, "cleo@neoforge.test", secret, h.Clock.Now())
				err := h.Deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
					return s.MailTokens.Insert(ctx, token)
				})
				if err != nil {
					t.Fatal(err)
				}
				var won atomic.Int64
				var running sync.WaitGroup
				ready := make(chan struct{})
				for range 4 {
					running.Go(func() {
						<-ready
						_, err := h.FollowLink(t, secret)
						switch {
						case err == nil:
							won.Add(1)
						case !errors.Is(err, identity.ErrInvalidLink):
							t.Error(err)
						}
					})
				}
				close(ready)
				running.Wait()
				if won.Load() != 1 {
					t.Fatalf("round %d: the link was taken %d times", round, won.Load())
				}
				h.Clock.Advance(15 * time.Minute) // lets the limit on links recover
			}
		})
	}
}

// TestAskedMails_AreCountedOverReplicas has two replicas on one Redis: what is asked of
// one counts at the other, and when Redis is away each still counts.
func TestAskedMails_AreCountedOverReplicas(t *testing.T) {
	t.Parallel()
	h := fixture.NewRoom(t, fixture.Databases["sqlite"](t))
	client, err := redisstore.Open(t.Context(), harness.Redis(t), "")
	if err != nil {
		t.Fatal(err)
	}
	var replicas []*fixture.Identity
	for range 2 {
		deps := h.Deps
		deps.Limiter = ratestore.New(client, ratemem.New(h.Clock))
		app, err := fixture.NewIdentity(deps)
		if err != nil {
			t.Fatal(err)
		}
		replicas = append(replicas, app)
	}
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, true)
	h.MustDeliver(t)
	ask := func(i int, email string) error {
		return replicas[i%2].ForgotPassword(t.Context(), signin.AskedByMail{Email: email, Address: fixture.Laptop.Address})
	}
	for i := range 5 {
		if err := ask(i, "cleo@neoforge.test"); err != nil {
			t.Fatalf("mail %d: %v", i+1, err)
		}
	}
	if sent := h.MustDeliver(t); len(sent) != 5 {
		t.Errorf("%d mails, want 5", len(sent))
	}
	for i := range 2 {
		if err := ask(i, "cleo@neoforge.test"); err != nil {
			t.Errorf("the sixth, at replica %d: %v", i, err)
		}
		if sent := h.MustDeliver(t); len(sent) != 0 {
			t.Errorf("the sixth, at replica %d: %d mails", i, len(sent))
		}
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if err := ask(0, "ben@neoforge.test"); err != nil {
			t.Fatal(err)
		}
	}
	if sent := h.MustDeliver(t); len(sent) == 0 || len(sent) > 5 {
		t.Errorf("%d mails without Redis", len(sent))
	}
}
