package signin_test

import (
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestSignOut_IsRefusedAtTheNextRequest(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in, other := h.MustEnter(t, "cleo@neoforge.test"), h.MustEnter(t, "cleo@neoforge.test")
	a := h.MustActor(t, in.Secret)
	h.MustActor(t, other.Secret)
	if err := h.SignOut(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	h.MustRefuse(t, "signed out", in.Secret)
	h.MustActor(t, other.Secret)
	if err := h.SignOut(t.Context(), a); err != nil {
		t.Errorf("a second time: %v", err)
	}
	if err := h.SignOut(t.Context(), identity.Actor{}); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("a visitor: %v", err)
	}

	pair := h.MustSignInProgram(t, "cleo@neoforge.test")
	p, err := h.AuthenticateToken(t.Context(), pair.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.SignOut(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if _, err := h.AuthenticateToken(t.Context(), pair.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the access token: %v", err)
	}
	if _, err := h.RefreshTokens(t.Context(), pair.RefreshToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the refresh token: %v", err)
	}
}

func TestRevokeSession_EndsOnesOwnOnly(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, true)
	laptopIn, phoneIn := h.MustEnter(t, "cleo@neoforge.test"), h.MustEnter(t, "cleo@neoforge.test")
	cleo, ben := h.MustActor(t, laptopIn.Secret), h.MustActor(t, h.MustEnter(t, "ben@neoforge.test").Secret)
	h.MustActor(t, phoneIn.Secret)
	for what, id := range map[string]string{"another's": phoneIn.Session.ID, "nobody's": fixture.GoldenUser, "no id": "x"} {
		if err := h.RevokeSession(t.Context(), ben, id); !errors.Is(err, identity.ErrSessionNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	h.MustActor(t, phoneIn.Secret)
	if err := h.RevokeSession(t.Context(), cleo, phoneIn.Session.ID); err != nil {
		t.Fatal(err)
	}
	h.MustRefuse(t, "revoked", phoneIn.Secret)
	h.MustActor(t, laptopIn.Secret)
	if err := h.RevokeSession(t.Context(), identity.Actor{}, laptopIn.Session.ID); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("a visitor: %v", err)
	}
}

func TestAuthenticateSession_EndsACachedOneOnTime(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in := h.MustEnter(t, "cleo@neoforge.test")
	h.MustActor(t, in.Secret)
	h.Clock.Advance(identity.SessionIdle - time.Minute)
	a := h.MustActor(t, in.Secret) // in use once more
	p, err := h.Profile(t.Context(), a)
	if err != nil || len(p.Sessions) != 1 || !p.Sessions[0].LastSeenAt.After(in.Session.LastSeenAt) {
		t.Fatalf("profile: %+v, %v", p, err)
	}
	h.Clock.Advance(identity.SessionIdle - time.Minute)
	h.MustActor(t, in.Secret)
	h.Clock.Advance(identity.SessionIdle)
	h.MustRefuse(t, "idle", in.Secret)
	if p, err := h.Profile(t.Context(), a); err != nil || len(p.Sessions) != 0 {
		t.Errorf("profile: %+v, %v", p, err)
	}
}

func TestRefreshTokens_AfterAPauseAsLongAsTheToken(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	pair := h.MustSignInProgram(t, "cleo@neoforge.test")
	h.Clock.Advance(identity.RefreshTTL - time.Minute)
	next, err := h.RefreshTokens(t.Context(), pair.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.AuthenticateToken(t.Context(), next.AccessToken); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(identity.RefreshTTL)
	if _, err := h.RefreshTokens(t.Context(), next.RefreshToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Fatalf("past its time: %v", err)
	}
}

func TestRevokeOtherSessions_EndsAllButThis(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, true)
	here, there, ben := h.MustEnter(t, "cleo@neoforge.test"), h.MustEnter(t, "cleo@neoforge.test"), h.MustEnter(t, "ben@neoforge.test")
	pair := h.MustSignInProgram(t, "cleo@neoforge.test")
	a := h.MustActor(t, here.Secret)
	h.MustActor(t, there.Secret)
	for _, want := range []int{2, 0} {
		if n, err := h.RevokeOtherSessions(t.Context(), a); err != nil || n != want {
			t.Fatalf("%d ended, %v", n, err)
		}
	}
	h.MustActor(t, here.Secret)
	h.MustActor(t, ben.Secret)
	h.MustRefuse(t, "another browser", there.Secret)
	if _, err := h.AuthenticateToken(t.Context(), pair.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the program: %v", err)
	}
	if _, err := h.RefreshTokens(t.Context(), pair.RefreshToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the program's refresh token: %v", err)
	}
	if len(h.Ledger.Did("identity.other_sessions_revoked")) != 1 {
		t.Error("not in the trail once")
	}
	if _, err := h.RevokeOtherSessions(t.Context(), identity.Actor{}); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("a visitor: %v", err)
	}
}

// TestAuthenticate_EndsSessionsOnTime goes to the edges: a session in use ends at its age, an idle one
// at its idleness, and not a moment earlier.
func TestAuthenticate_EndsSessionsOnTime(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in, pair := h.MustEnter(t, "cleo@neoforge.test"), h.MustSignInProgram(t, "cleo@neoforge.test")
	const step = 10 * 24 * time.Hour
	for elapsed := step; elapsed < identity.SessionAbsolute; elapsed += step {
		h.Clock.Advance(step)
		h.MustActor(t, in.Secret)
		next, err := h.RefreshTokens(t.Context(), pair.RefreshToken)
		if err != nil {
			t.Fatalf("after %v: %v", elapsed, err)
		}
		pair = next
	}
	left := in.Session.ExpiresAt.Sub(h.Clock.Now())
	h.Clock.Advance(left - time.Minute)
	h.MustActor(t, in.Secret)
	if next, err := h.RefreshTokens(t.Context(), pair.RefreshToken); err != nil {
		t.Error(err)
	} else {
		pair = next
	}
	if _, err := h.AuthenticateToken(t.Context(), pair.AccessToken); err != nil {
		t.Error(err)
	}
	h.Clock.Advance(time.Minute + time.Second)
	h.MustRefuse(t, "past its age", in.Secret)
	if _, err := h.AuthenticateToken(t.Context(), pair.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("an access token that outlives its session: %v", err)
	}
	if _, err := h.RefreshTokens(t.Context(), pair.RefreshToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("a refresh token that outlives its session: %v", err)
	}
}

// A person is active when they sign in, and while their session or token is used.
func TestAuthenticate_NotesThatAPersonIsActive(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, true) // never comes
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	active := func(want int) {
		t.Helper()
		if f, _, err := h.Figures(t.Context(), nil); err != nil || f.ActiveWithin[1] != want {
			t.Errorf("%d are active, want %d: %v", f.ActiveWithin[1], want, err)
		}
	}
	active(0)
	in := h.MustEnter(t, "cleo@neoforge.test")
	active(1)
	h.Clock.Advance(2 * identity.Day)
	active(0)
	h.MustActor(t, in.Secret)
	active(1)
}
