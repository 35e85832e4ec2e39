package identity_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

func TestPersonalToken_IsRecognizedByItsForm(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^nfp_[A-Z2-7]{59}$`)
	seen := map[identity.Secret]bool{}
	for range 100 {
		s := identity.NewPersonalSecret()
		if !form.MatchString(s.Reveal()) || !identity.IsPersonalSecret(s.Reveal()) || seen[s] {
			t.Fatalf("made %q", s.Reveal())
		}
		seen[s] = true
	}
	good := identity.NewPersonalSecret().Reveal()
	other := func(i int) string {
		b := []byte(good)
		if b[i] == 'A' {
			b[i] = 'B'
		} else {
			b[i] = 'A'
		}
		return string(b)
	}
	bad := []string{"", "nfp_", good[:len(good)-1], good + "A", strings.ToLower(good), "nfx_" + good[4:], " " + good, strings.Repeat("nfp_", 1000)}
	for i := 4; i < len(good); i++ {
		bad = append(bad, other(i))
	}
	for _, s := range bad {
		if identity.IsPersonalSecret(s) {
			t.Errorf("%q passes", s)
		}
	}
}

func TestPersonalToken_IsIssuedWithinWhatItsPersonHolds(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ben := identity.Actor{
		UserID: "ben", Permissions: []identity.Permission{"content.post.write"},
		Within: map[identity.OrganizationID][]identity.Permission{"o": {"billing.manage"}},
	}
	issue := func(name string, days int, scopes ...identity.Scope) (identity.PersonalToken, error) {
		return identity.IssuePersonalToken("t", ben, name, scopes, days, "nfp_secret", now)
	}
	token, err := issue(" Backups ", 30, "read", "content.post.write", "read", "billing.manage")
	if err != nil || token.Name != "Backups" || !token.ExpiresAt.Equal(now.AddDate(0, 0, 30)) || token.Hint != "cret" ||
		!slices.Equal(token.Scopes, []identity.Scope{"billing.manage", "content.post.write", "read"}) {
		t.Errorf("%+v, %v", token, err)
	}
	if token, err := issue("Endless", 0, "write"); err != nil || !token.ExpiresAt.IsZero() {
		t.Errorf("%+v, %v", token, err)
	}
	for what, c := range map[string]struct {
		name   string
		days   int
		scopes []identity.Scope
		want   error
	}{
		"no name":                     {" ", 30, []identity.Scope{"read"}, identity.ErrInvalidTokenName},
		"a name that is too long":     {strings.Repeat("x", 101), 30, []identity.Scope{"read"}, identity.ErrInvalidTokenName},
		"no scope":                    {"x", 30, nil, identity.ErrInvalidScopes},
		"neither reading nor writing": {"x", 30, []identity.Scope{"content.post.write"}, identity.ErrInvalidScopes},
		"a permission that ben lacks": {"x", 30, []identity.Scope{"read", "identity.user.manage"}, identity.ErrInvalidScopes},
		"an empty scope":              {"x", 30, []identity.Scope{"read", ""}, identity.ErrInvalidScopes},
		"very many scopes":            {"x", 30, slices.Repeat([]identity.Scope{"read"}, 100), identity.ErrInvalidScopes},
		"any number of days":          {"x", 31, []identity.Scope{"read"}, identity.ErrInvalidTokenTTL},
		"a life in the past":          {"x", -30, []identity.Scope{"read"}, identity.ErrInvalidTokenTTL},
	} {
		if _, err := issue(c.name, c.days, c.scopes...); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestPersonalToken_MayDoWhatItsPersonMayAndItsScopesName(t *testing.T) {
	t.Parallel()
	now := time.Now()
	ben := identity.Actor{
		UserID: "ben", SessionID: "s", AuthenticatedAt: now, Permissions: []identity.Permission{"a", "b"},
		Within: map[identity.OrganizationID][]identity.Permission{"o": {"b", "c"}, "p": {"c"}},
	}
	token := identity.PersonalToken{ID: "t", Scopes: []identity.Scope{"b", "lost since", identity.ScopeRead}}
	a := token.Narrow(ben)
	if !slices.Equal(a.Permissions, []identity.Permission{"b"}) || !slices.Equal(a.Within["o"], []identity.Permission{"b"}) || len(a.Within["p"]) != 0 {
		t.Errorf("may %v, within %v", a.Permissions, a.Within)
	}
	if a.UserID != "ben" || a.TokenID != "t" || a.SessionID != "" || a.RecentlyAuthenticated(now) {
		t.Errorf("is %+v", a)
	}
	if len(ben.Permissions) != 2 || len(ben.Within["o"]) != 2 {
		t.Error("the person was narrowed as well")
	}
	if identity.CheckScope(a, true) != nil || !errors.Is(identity.CheckScope(a, false), identity.ErrInsufficientScope) {
		t.Error("a reading token")
	}
	writes := identity.PersonalToken{ID: "t", Scopes: []identity.Scope{identity.ScopeWrite}}.Narrow(ben)
	if identity.CheckScope(writes, false) != nil || !errors.Is(identity.CheckScope(writes, true), identity.ErrInsufficientScope) || len(writes.Permissions) != 0 {
		t.Error("a writing token")
	}
	if identity.CheckScope(ben, true) != nil || identity.CheckScope(ben, false) != nil || identity.CheckScope(identity.Actor{}, false) != nil {
		t.Error("somebody without a token")
	}
	if identity.CheckPerson(ben) != nil || !errors.Is(identity.CheckPerson(a), identity.ErrNeedsPerson) ||
		!errors.Is(identity.CheckPerson(identity.Actor{UserID: "ben", Impersonator: "ada"}), identity.ErrNeedsPerson) ||
		!errors.Is(identity.CheckPerson(identity.Actor{}), identity.ErrNotSignedIn) {
		t.Error("who is a person")
	}
}

func TestPersonalToken_EndsOnTime(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for what, c := range map[string]struct {
		token identity.PersonalToken
		want  bool
	}{
		"without an end": {identity.PersonalToken{}, true},
		"before its end": {identity.PersonalToken{ExpiresAt: now.Add(1)}, true},
		"at its end":     {identity.PersonalToken{ExpiresAt: now}, false},
		"revoked":        {identity.PersonalToken{RevokedAt: now.Add(-time.Hour)}, false},
	} {
		if c.token.ActiveAt(now) != c.want {
			t.Errorf("%s: %t", what, !c.want)
		}
	}
}
