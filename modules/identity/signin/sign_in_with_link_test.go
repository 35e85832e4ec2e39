package signin_test

import (
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestSignInWithLink_SignsABrowserIn(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
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
}

func TestSignInWithLink_OfSomebodyUnprovenEvictsThePassword(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
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
}
