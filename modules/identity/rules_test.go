package identity_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

func TestOAuthClaim_IsDecidedByIdentityThenByVerifiedEmail(t *testing.T) {
	t.Parallel()
	proven := &identity.User{ID: "proven", EmailVerified: true}
	unproven := &identity.User{ID: "unproven"}
	sameUnproven := &identity.User{ID: "same", Email: "cleo@example.com"}
	verified := identity.Claim{Email: "cleo@example.com", EmailVerified: true}
	unverified := identity.Claim{Email: "cleo@example.com"}
	absent := identity.Claim{EmailVerified: true}
	for name, c := range map[string]struct {
		claim        identity.Claim
		known, owner *identity.User
		want         identity.SignInDecision
	}{
		"a known identity enters":                              {verified, proven, nil, identity.EnterAccount},
		"a known identity enters whatever its address":         {unverified, proven, unproven, identity.EnterAccount},
		"a known identity proves its account's address":        {verified, sameUnproven, nil, identity.ClaimAccount},
		"a known identity of another address proves nothing":   {verified, unproven, nil, identity.EnterAccount},
		"a known identity that is not vouched for":             {unverified, sameUnproven, nil, identity.EnterAccount},
		"nobody has the proven address":                        {verified, nil, nil, identity.OpenAccount},
		"both sides proved the address":                        {verified, nil, proven, identity.LinkAccount},
		"the account's address was never proven":               {verified, nil, unproven, identity.ClaimAccount},
		"an unverified address does not register":              {unverified, nil, nil, identity.RefuseSignIn},
		"an unverified address does not link":                  {unverified, nil, proven, identity.RefuseSignIn},
		"an unverified address does not claim":                 {unverified, nil, unproven, identity.RefuseSignIn},
		"an absent address does not register, verified or not": {absent, nil, nil, identity.RefuseSignIn},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if have := identity.DecideSignIn(c.claim, c.known, c.owner); have != c.want {
				t.Fatalf("have %d, want %d", have, c.want)
			}
		})
	}
}

func TestSession_EndsByRevocationByIdlenessAndByAge(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	browser := identity.OpenSession("s", "u", identity.BrowserSession, identity.NewSecret(), identity.Device{}, now)
	program := identity.OpenSession("s", "u", identity.APISession, identity.NewSecret(), identity.Device{}, now)
	busy := browser
	busy.LastSeenAt = now.Add(identity.SessionAbsolute - time.Hour)
	revoked := browser
	revoked.RevokedAt = now.Add(time.Minute)
	for name, c := range map[string]struct {
		session identity.Session
		at      time.Time
		want    bool
	}{
		"new":                        {browser, now, true},
		"before it is idle":          {browser, now.Add(identity.SessionIdle - 1), true},
		"idle":                       {browser, now.Add(identity.SessionIdle), false},
		"a program is idle longer":   {program, now.Add(identity.SessionIdle), true},
		"a program is idle too long": {program, now.Add(identity.RefreshTTL), false},
		"in use to the last":         {busy, now.Add(identity.SessionAbsolute - 1), true},
		"in use past its age":        {busy, now.Add(identity.SessionAbsolute), false},
		"revoked":                    {revoked, now.Add(2 * time.Minute), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if have := c.session.ActiveAt(c.at); have != c.want {
				t.Fatalf("have %t", have)
			}
		})
	}
}

func TestSession_KeepsNoSecretAndNothingUnprintable(t *testing.T) {
	t.Parallel()
	secret := identity.NewSecret()
	agent := "Browser\x00\r\n\xff " + strings.Repeat("é", 400)
	s := identity.OpenSession("s", "u", identity.BrowserSession, secret, identity.Device{UserAgent: agent}, time.Now())
	if strings.Contains(string(s.TokenHash), secret.Reveal()) || len(s.TokenHash) != 32 {
		t.Error("the secret is kept")
	}
	if kept := s.Device.UserAgent; len(kept) > 400 || !utf8.ValidString(kept) || !strings.HasPrefix(kept, "Browser é") {
		t.Errorf("kept %q", kept)
	}
}

func TestSecrets_AreDistinctAndHidden(t *testing.T) {
	t.Parallel()
	a, b := identity.NewSecret(), identity.NewSecret()
	if a == b || len(a) != 43 {
		t.Fatalf("%d characters", len(a))
	}
	if strings.Contains(a.String(), a.Reveal()) {
		t.Fatal("a secret prints itself")
	}
}

func TestEmail_IsComparedTrimmedAndInLowerCase(t *testing.T) {
	t.Parallel()
	if e, err := identity.ParseEmail("  Cleo@Example.COM "); err != nil || e != "cleo@example.com" {
		t.Fatalf("have %q, %v", e, err)
	}
	for _, bad := range []string{
		"", "cleo", "cleo@", "@example.com", "cleo@localhost", "Cleo <cleo@example.com>", "cleo@example.com\r\nBcc: x@example.com",
		"a@b.c, d@e.f", "cleo@exam ple.com", strings.Repeat("a", 250) + "@b.co",
	} {
		if e, err := identity.ParseEmail(bad); !errors.Is(err, identity.ErrInvalidEmail) {
			t.Errorf("%q became %q, %v", bad, e, err)
		}
	}
}

func TestName_IsPrintableAndNotTooLong(t *testing.T) {
	t.Parallel()
	if n, err := identity.ParseName("  Cléo 🔥 "); err != nil || n != "Cléo 🔥" {
		t.Fatalf("have %q, %v", n, err)
	}
	for _, bad := range []string{"", "   ", "a\x00b", "a\nb", "\xff", strings.Repeat("é", 101)} {
		if n, err := identity.ParseName(bad); !errors.Is(err, identity.ErrInvalidName) {
			t.Errorf("%q became %q, %v", bad, n, err)
		}
	}
}

func TestRole_IsABuiltInOne(t *testing.T) {
	t.Parallel()
	for _, good := range []identity.Role{identityport.RoleMember, identityport.RoleAuthor, identityport.RoleAdministrator} {
		if r, err := identity.ParseRole(string(good)); err != nil || r != good {
			t.Errorf("%s: %q, %v", good, r, err)
		}
	}
	for _, bad := range []string{"", "root", "Member"} {
		if _, err := identity.ParseRole(bad); !errors.Is(err, identity.ErrUnknownRole) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestErase_IsForWhoMay(t *testing.T) {
	t.Parallel()
	cleo := identity.Actor{UserID: "cleo"}
	ada := identity.Actor{UserID: "ada", Permissions: []identity.Permission{identity.PermissionManageUsers}}
	for name, c := range map[string]struct {
		by   identity.Actor
		id   identity.UserID
		want bool
	}{
		"oneself":             {cleo, "cleo", true},
		"somebody else":       {cleo, "ben", false},
		"who manages anybody": {ada, "cleo", true},
		"a visitor nobody":    {identity.Actor{}, "", false},
	} {
		if have := identity.MayErase(c.by, c.id); have != c.want {
			t.Errorf("%s: have %t", name, have)
		}
	}
}

func TestMaySignIn_RefusesTheSuspendedAndWhoProvedNoAddress(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		user identity.User
		want error
	}{
		"proven":              {identity.User{EmailVerified: true}, nil},
		"suspended":           {identity.User{EmailVerified: true, SuspendedAt: time.Now()}, identity.ErrSuspended},
		"not proven":          {identity.User{}, identity.ErrEmailUnproven},
		"suspended, unproven": {identity.User{SuspendedAt: time.Now()}, identity.ErrSuspended},
	} {
		if err := c.user.MaySignIn(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
