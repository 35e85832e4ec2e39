package account_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestCreatePersonalToken_ActsForItsPersonWithinScopes(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada := h.MustCreate(t, "ada@neoforge.test", identityport.RoleAdministrator, true)
	a := h.MustActor(t, h.MustEnter(t, "ada@neoforge.test").Secret)
	token, secret := h.MustIssueToken(t, a, 30, identity.ScopeRead, "content.comment")
	if !identity.IsPersonalSecret(secret.Reveal()) || strings.Contains(string(token.Hash), secret.Reveal()) {
		t.Errorf("issued %+v", token)
	}
	b := bearerOf(t, h, secret)
	if b.UserID != ada.ID || b.TokenID != token.ID || b.SessionID != "" || !slices.Equal(b.Permissions, []identity.Permission{"content.comment"}) ||
		!slices.Equal(b.Scopes, []string{"content.comment", "read"}) || b.RecentlyAuthenticated(h.Clock.Now()) || len(b.Organizations) != 1 {
		t.Errorf("acts as %+v", b)
	}
	for range 2 { // the first use is noted at once, the next not before five minutes
		bearerOf(t, h, secret)
	}
	used := func() identity.PersonalToken {
		all, err := h.PersonalTokens(t.Context(), a)
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v, %v", all, err)
		}
		return all[0]
	}
	first := used()
	if first.LastUsedAt.IsZero() || first.LastUsedFrom != "198.51.100.9" {
		t.Errorf("used: %+v", first)
	}
	h.Clock.Advance(identity.PersonalTokenTouch)
	bearerOf(t, h, secret)
	if again := used(); !again.LastUsedAt.After(first.LastUsedAt) {
		t.Errorf("used again: %+v", again)
	}
	if len(h.Ledger.Did("identity.token_created")) != 1 {
		t.Error("the token is not in the trail")
	}

	// A token is not a person: it makes nothing that outlives it.
	if _, _, err := h.CreatePersonalToken(t.Context(), b, account.CreatePersonalToken{Name: "x", Scopes: []identity.Scope{identity.ScopeRead}}); !errors.Is(err, identity.ErrNeedsPerson) {
		t.Errorf("a token makes a token: %v", err)
	}
	if _, err := h.RevokeOtherSessions(t.Context(), b); !errors.Is(err, identity.ErrNeedsPerson) {
		t.Errorf("a token signs its person out: %v", err)
	}
	if err := h.RevokeSession(t.Context(), b, a.SessionID); !errors.Is(err, identity.ErrNeedsPerson) {
		t.Errorf("a token ends a session: %v", err)
	}
	if err := h.RevokePersonalToken(t.Context(), b, token.ID); !errors.Is(err, identity.ErrNeedsPerson) {
		t.Errorf("a token revokes a token: %v", err)
	}
	if err := h.SignOut(t.Context(), b); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("a token signs out: %v", err)
	}
	if _, err := h.AuthenticateSession(t.Context(), secret); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("a token as a cookie: %v", err)
	}
	if _, err := h.AuthenticateToken(t.Context(), secret.Reveal()); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("a token as a JWT: %v", err)
	}
	if _, err := h.RefreshTokens(t.Context(), secret); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("a token as a refresh token: %v", err)
	}
	stale := a
	stale.AuthenticatedAt = h.Clock.Now().Add(-identityport.RecentAuthentication)
	if _, _, err := h.CreatePersonalToken(t.Context(), stale, account.CreatePersonalToken{Name: "x", Scopes: []identity.Scope{identity.ScopeRead}}); !errors.Is(err, identity.ErrNotRecent) {
		t.Errorf("without a recent proof: %v", err)
	}
}

func TestRevokePersonalToken_EndsItAsAgeAndErasureDo(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, true)
	a, ben := h.MustActor(t, h.MustEnter(t, "cleo@neoforge.test").Secret), h.MustActor(t, h.MustEnter(t, "ben@neoforge.test").Secret)
	revoked, revokedSecret := h.MustIssueToken(t, a, 0, identity.ScopeRead)
	_, month := h.MustIssueToken(t, a, 30, identity.ScopeRead)
	_, endless := h.MustIssueToken(t, a, 0, identity.ScopeWrite)
	for _, s := range []identity.Secret{revokedSecret, month, endless} {
		bearerOf(t, h, s)
	}
	for what, id := range map[string]string{"another's": revoked.ID, "nobody's": fixture.GoldenUser, "no id": "x"} {
		if err := h.RevokePersonalToken(t.Context(), ben, id); !errors.Is(err, identity.ErrTokenNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	bearerOf(t, h, revokedSecret)
	if err := h.RevokePersonalToken(t.Context(), a, revoked.ID); err != nil {
		t.Fatal(err)
	}
	fixture.MustRefuseToken(t, h.Identity, "revoked", revokedSecret)
	if err := h.RevokePersonalToken(t.Context(), a, revoked.ID); !errors.Is(err, identity.ErrTokenNotFound) {
		t.Errorf("revoked twice: %v", err)
	}

	for what, tampered := range map[string]identity.Secret{
		"nothing": "", "the prefix": "nfp_", "another": identity.NewPersonalSecret(), "lower case": identity.Secret(strings.ToLower(endless.Reveal())),
		"one letter more": endless + "A", "cut": endless[:len(endless)-1], "spaced": " " + endless, "without its prefix": endless[4:],
	} {
		fixture.MustRefuseToken(t, h.Identity, what, tampered)
	}

	h.Clock.Advance(30*24*time.Hour - time.Minute)
	bearerOf(t, h, month)
	h.Clock.Advance(time.Minute + time.Second)
	fixture.MustRefuseToken(t, h.Identity, "expired", month)
	bearerOf(t, h, endless)
	h.Clock.Advance(2 * keptEnded)
	if err := h.Run(t, "identity.purge_ended", nil); err != nil {
		t.Fatal(err)
	}
	if all, err := h.PersonalTokens(t.Context(), a); err != nil || len(all) != 1 || all[0].Scopes[0] != identity.ScopeWrite {
		t.Errorf("kept: %+v, %v", all, err)
	}
	bearerOf(t, h, endless)
	if err := h.EraseUser(t.Context(), a, cleo.ID); err != nil {
		t.Fatal(err)
	}
	fixture.MustRefuseToken(t, h.Identity, "of an erased person", endless)
}

// bearerOf is who a personal access token makes of a request.
func bearerOf(t *testing.T, h *fixture.Room, secret identity.Secret) identity.Actor {
	t.Helper()
	a, err := h.AuthenticatePersonalToken(t.Context(), secret, "198.51.100.9")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// keptEnded is how long what has ended is kept.
const keptEnded = 30 * 24 * time.Hour
