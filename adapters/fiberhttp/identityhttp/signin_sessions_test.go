package identityhttp_test

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/identityhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/privacy"
)

func (f *recorded) RevokeOtherSessions(_ context.Context, a identity.Actor) (int, error) {
	f.revoked = "all but " + a.SessionID
	return 1, identity.CheckPerson(a)
}

func (f *recorded) PersonalTokens(context.Context, identity.Actor) ([]identity.PersonalToken, error) {
	long := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	return []identity.PersonalToken{
		{ID: "t-1", Name: "Back<ups>", Hint: "WXYZ", Scopes: []identity.Scope{"content.post.write", "read"}, CreatedAt: long, LastUsedAt: long, LastUsedFrom: "203.0.113.7"},
		{ID: "t-2", Name: "Old", Scopes: []identity.Scope{"write"}, CreatedAt: long, ExpiresAt: long},
	}, nil
}

func (f *recorded) CreatePersonalToken(_ context.Context, a identity.Actor, c account.CreatePersonalToken) (identity.PersonalToken, identity.Secret, error) {
	t, err := identity.IssuePersonalToken("t-3", a, c.Name, c.Scopes, c.Days, "nfp_THESECRET", time.Now())
	return t, "nfp_THESECRET", err
}

func (f *recorded) RevokePersonalToken(_ context.Context, a identity.Actor, id string) error {
	if err := identity.CheckPerson(a); err != nil {
		return err
	}
	if id != "t-1" {
		return identity.ErrTokenNotFound
	}
	f.revoked = id
	return nil
}

func (f *recorded) DeleteAccount(_ context.Context, c privacy.DeleteAccount) (identity.User, error) {
	return identity.User{ID: c.Actor.UserID, EraseAt: time.Now()}, nil
}

// fresh signs everybody in a moment ago.
type fresh struct{ fiberhttp.Authenticator }

func (f fresh) AuthenticateSession(ctx context.Context, s identity.Secret) (identity.Actor, error) {
	a, err := f.Authenticator.AuthenticateSession(ctx, s)
	a.AuthenticatedAt = time.Now()
	return a, err
}

// freshSite is a site where everybody proved themselves a moment ago.
func freshSite(t *testing.T) (*recorded, fiberhttptest.Client) {
	t.Helper()
	f := &recorded{}
	settings := fiberhttptest.Settings(t)
	settings.Sessions = fresh{settings.Sessions}
	s := fiberhttptest.MustNew(t, settings)
	if err := identityhttp.Register(s, depsOf(f)); err != nil {
		t.Fatal(err)
	}
	return f, fiberhttptest.Serve(t, s)
}

func TestDevicesPage_ListsThemAndSignsThemOut(t *testing.T) {
	t.Parallel()
	f, c := site(t)
	a := c.Get("/account/devices", "cleo")
	if a.StatusCode != 200 || strings.Contains(a.Body, "<b>1</b>") || !strings.Contains(a.Body, "/account/sessions/s-other/revoke") ||
		strings.Contains(a.Body, "/account/sessions/s-cleo/revoke") || !strings.Contains(a.Body, "This one") ||
		strings.Count(a.Body, " by Development sign-in and recovery code") != 1 {
		t.Fatalf("%d %s", a.StatusCode, a.Body)
	}
	if strings.Index(a.Body, "s-other") < strings.Index(a.Body, "Programs") {
		t.Error("the program is listed among the browsers")
	}
	if a := c.Submit("/account/sessions/s-other/revoke", "cleo", nil); a.StatusCode != 303 || a.Header.Get("Location") != "/account/devices" || f.revoked != "s-other" {
		t.Errorf("%d %q", a.StatusCode, a.Header.Get("Location"))
	}
	if a := c.Submit("/account/sessions/s-ben/revoke", "cleo", nil); a.StatusCode != 404 {
		t.Errorf("somebody else's: %d", a.StatusCode)
	}
	if a := c.Submit("/account/sessions/revoke-others", "cleo", nil); a.StatusCode != 303 || f.revoked != "all but s-cleo" {
		t.Errorf("all others: %d, %s", a.StatusCode, f.revoked)
	}
	if a := c.Submit("/account/sessions/s-cleo/revoke", "cleo", nil); a.Header.Get("Location") != "/" || a.Cookie("session").Value != "" {
		t.Errorf("one's own: %v", a.Header)
	}
	if a := c.Get("/account/devices", ""); a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/login") {
		t.Errorf("a visitor: %d", a.StatusCode)
	}
	if a := c.JSON("DELETE", "/api/v1/me/sessions", "cleo", ""); a.StatusCode != 204 {
		t.Errorf("by the API: %d %s", a.StatusCode, a.Body)
	}
}

func TestPersonalToken_NeedsARecentProofAndIsShownOnce(t *testing.T) {
	t.Parallel()
	_, stale := site(t)
	for _, a := range []fiberhttptest.Answer{stale.Get("/account/tokens/new", "ben"), stale.Submit("/account/tokens", "ben", url.Values{"name": {"x"}})} {
		if a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/confirm?return_to=") {
			t.Errorf("without a proof: %d %q", a.StatusCode, a.Header.Get("Location"))
		}
	}
	if a := stale.JSON("POST", "/api/v1/me/tokens", "ben", `{"name":"x","scopes":["read"]}`); a.StatusCode != 403 || !strings.Contains(a.Body, "recent_authentication_required") {
		t.Errorf("without a proof: %d %s", a.StatusCode, a.Body)
	}

	f, c := freshSite(t)
	if a := c.Get("/account/tokens", "ben"); a.StatusCode != 200 || strings.Contains(a.Body, "<ups>") || !strings.Contains(a.Body, "read · content.post.write") || !strings.Contains(a.Body, "Expired") {
		t.Errorf("%d %s", a.StatusCode, a.Body)
	}
	if a := c.Get("/account/tokens/new", "ben"); a.StatusCode != 200 || !strings.Contains(a.Body, `value="content.post.publish"`) || strings.Contains(a.Body, "identity.user.manage") {
		t.Errorf("%d %s", a.StatusCode, a.Body)
	}
	good := url.Values{"name": {"Deploy"}, "scopes": {"read", "content.post.write"}, "days": {"90"}}
	a := c.Submit("/account/tokens", "ben", good)
	if a.StatusCode != 200 || !strings.Contains(a.Body, "nfp_THESECRET") || a.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("%d %v %s", a.StatusCode, a.Header, a.Body)
	}
	for what, change := range map[string]url.Values{
		"no name": {"name": {""}}, "no scope": {"scopes": nil}, "a permission that ben lacks": {"scopes": {"read", "identity.user.manage"}},
		"no life": {"days": {"x"}}, "a life of one's own": {"days": {"100000"}},
	} {
		form := url.Values{}
		for k, v := range good {
			form[k] = v
		}
		for k, v := range change {
			form[k] = v
		}
		if a := c.Submit("/account/tokens", "ben", form); a.StatusCode != 422 || strings.Contains(a.Body, "nfp_THESECRET") {
			t.Errorf("%s: %d", what, a.StatusCode)
		}
	}
	if a := c.Submit("/account/tokens/t-1/revoke", "ben", nil); a.StatusCode != 303 || a.Header.Get("Location") != "/account/tokens" || f.revoked != "t-1" {
		t.Errorf("%d", a.StatusCode)
	}
	if a := c.Submit("/account/tokens/t-9/revoke", "ben", nil); a.StatusCode != 404 {
		t.Errorf("nobody's: %d", a.StatusCode)
	}
}

func TestPersonalTokenAPI_MakesListsAndRevokes(t *testing.T) {
	t.Parallel()
	f, c := freshSite(t)
	a := c.JSON("POST", "/api/v1/me/tokens", "ben", `{"name":"Deploy","scopes":["write","content.post.write"],"expires_in_days":30}`)
	var made struct {
		ID, Token string
		Scopes    []string
		ExpiresAt *time.Time `json:"expires_at"`
	}
	if err := json.Unmarshal([]byte(a.Body), &made); err != nil || a.StatusCode != 201 || made.Token != "nfp_THESECRET" || made.ExpiresAt == nil || !slices.Contains(made.Scopes, "write") {
		t.Fatalf("%d %s", a.StatusCode, a.Body)
	}
	for body, status := range map[string]int{
		`{"name":"x","scopes":["read"]}`: 201, `{"name":"","scopes":["read"]}`: 422, `{"name":"x","scopes":[]}`: 422, `{"name":"x"}`: 422,
		`{"name":"x","scopes":["read"],"expires_in_days":31}`: 422, `{"name":"x","scopes":["identity.user.manage","read"]}`: 422,
	} {
		if a := c.JSON("POST", "/api/v1/me/tokens", "ben", body); a.StatusCode != status {
			t.Errorf("%s: %d %s", body, a.StatusCode, a.Body)
		}
	}
	if a := c.Get("/api/v1/me/tokens", "ben"); a.StatusCode != 200 || strings.Contains(a.Body, `"token"`) || !strings.Contains(a.Body, `"next_cursor":null`) || !strings.Contains(a.Body, `"last_used_at":null`) {
		t.Errorf("%d %s", a.StatusCode, a.Body)
	}
	if a := c.JSON("DELETE", "/api/v1/me/tokens/t-1", "ben", ""); a.StatusCode != 204 || f.revoked != "t-1" {
		t.Errorf("%d %s", a.StatusCode, a.Body)
	}
	if a := c.JSON("DELETE", "/api/v1/me/tokens/t-9", "ben", ""); a.StatusCode != 404 {
		t.Errorf("%d %s", a.StatusCode, a.Body)
	}
}

func TestPersonalToken_IsHeldToItsScopesAndIsNoPerson(t *testing.T) {
	t.Parallel()
	_, c := freshSite(t)
	reads, writes := "Bearer "+fiberhttptest.ReadingToken, "Bearer "+fiberhttptest.WritingToken
	for _, tc := range []struct {
		token, method, path, body string
		status                    int
		code                      string
	}{
		{reads, "GET", "/api/v1/me", "", 200, ""},
		{reads, "GET", "/api/v1/me/tokens", "", 200, ""},
		{writes, "GET", "/api/v1/me", "", 403, "identity.insufficient_scope"},
		{reads, "DELETE", "/api/v1/me/sessions", "", 403, "identity.insufficient_scope"},
		{writes, "DELETE", "/api/v1/me/sessions", "", 403, "identity.needs_person"},
		{writes, "DELETE", "/api/v1/me/tokens/t-1", "", 403, "identity.needs_person"},
		{writes, "POST", "/api/v1/me/tokens", `{"name":"x","scopes":["read"]}`, 403, "identity.recent_authentication_required"},
		{"Bearer nfp_unknown", "GET", "/api/v1/me", "", 401, "identity.invalid_token"},
		{"bearer nfp_", "GET", "/api/v1/me", "", 401, "identity.invalid_token"},
	} {
		a := c.Do(tc.method, tc.path, tc.body, "Authorization", tc.token, "Content-Type", "application/json")
		if a.StatusCode != tc.status || !strings.Contains(a.Body, tc.code) {
			t.Errorf("%s %s by %s: %d %s", tc.method, tc.path, tc.token, a.StatusCode, a.Body)
		}
	}
	for _, path := range []string{"/account/tokens", "/account/devices", "/account"} {
		if a := c.Do("GET", path, "", "Authorization", reads); a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/login") {
			t.Errorf("a page by a token: %s %d", path, a.StatusCode)
		}
	}
	if a := c.Do("GET", "/api/v1/me", "", "Cookie", "session="+fiberhttptest.ReadingToken); a.StatusCode != 401 {
		t.Errorf("a token as a cookie: %d", a.StatusCode)
	}
}
