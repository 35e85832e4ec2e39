package signin_test

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestSignUp_MakesAnAccountAndSendsAMailThatVerifiesIt(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
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
}

func TestSignUp_OfSomebodysAddressTellsItsOwnerAlone(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
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
}

func TestSignUp_NamesEveryFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
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
}

func TestSignUp_AsksForTheCaptchaAsOtherFormsForStrangersDo(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
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
		answer := identity.CaptchaAnswer{Response: response, State: "state-1", IP: "198.51.100.1"}
		err := app.SignUp(t.Context(), signin.SignUp{
			Email: "cleo@neoforge.test", Password: fixture.Password, Name: "Cleo", Captcha: answer, IP: fixture.Laptop.IP,
		})
		if !errors.Is(err, want) {
			t.Errorf("register, %q: %v", response, err)
		}
		if err := app.ForgotPassword(t.Context(), signin.AskedByMail{Email: response + "x@neoforge.test", Captcha: answer, IP: fixture.Laptop.IP}); !errors.Is(err, want) {
			t.Errorf("forgot, %q: %v", response, err)
		}
	}
	if n := check.asked.Load(); n != 6 {
		t.Errorf("asked %d times", n)
	}
	if _, err := h.Deps.Reads.UserByEmail(t.Context(), "cleo@neoforge.test"); err != nil {
		t.Error(err)
	}
}

// asking is a check for people that one answer passes.
type asking struct{ asked atomic.Int64 }

func (*asking) Prompt(context.Context) (identity.CaptchaPrompt, error) {
	return identity.CaptchaPrompt{Label: "What has a smith in hand?", State: "state-1"}, nil
}

func (c *asking) Verify(_ context.Context, a identity.CaptchaAnswer) error {
	c.asked.Add(1)
	if a.Response != "hammer" || a.State != "state-1" || a.IP != fixture.Laptop.IP {
		return identity.ErrCaptchaFailed
	}
	return nil
}
