package http_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/identitytest"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// siteDatabases are what whole programs run on.
var siteDatabases = map[string]func(t *testing.T) string{
	"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "neoforge.db") },
	"postgres": func(t *testing.T) string { return harness.Database(t, nil) },
}

// withoutFactor is every route that needs a person and is open to who lacks the second
// factor that is required of them.
var withoutFactor = []string{
	"DELETE /api/v1/me", "DELETE /api/v1/me/deletion", "DELETE /api/v1/me/passkeys/{id}", "DELETE /api/v1/me/totp",
	"GET /account/data", "GET /account/data/delete", "GET /account/data/exports/{id}", "GET /account/second-factor",
	"GET /account/security", "GET /account/security/totp", "GET /api/v1/me", "GET /api/v1/me/consents", "GET /api/v1/me/export",
	"GET /api/v1/me/exports", "GET /api/v1/me/exports/{id}", "GET /api/v1/me/passkeys", "GET /api/v1/me/recovery-codes",
	"GET /api/v1/me/second-factor", "GET /api/v1/me/totp", "GET /confirm", "GET /confirm/resume",
	"PATCH /api/v1/me/passkeys/{id}", "POST /account/data/consents", "POST /account/data/delete", "POST /account/data/export",
	"POST /account/data/keep", "POST /account/security/passkeys", "POST /account/security/passkeys/{id}/remove",
	"POST /account/security/passkeys/{id}/rename", "POST /account/security/recovery-codes", "POST /account/security/totp",
	"POST /account/security/totp/confirm", "POST /account/security/totp/remove", "POST /api/v1/auth/logout",
	"POST /api/v1/me/confirm", "POST /api/v1/me/confirm/passkey", "POST /api/v1/me/exports", "POST /api/v1/me/passkeys",
	"POST /api/v1/me/passkeys/options", "POST /api/v1/me/recovery-codes", "POST /api/v1/me/totp", "POST /api/v1/me/totp/confirm",
	"POST /confirm", "POST /confirm/{provider}", "PUT /api/v1/me/consents",
}

// TestSecondFactorRequired_ClosesEveryOtherRoute asks every route as an administrator
// who has no second factor and no time left.
func TestSecondFactorRequired_ClosesEveryOtherRoute(t *testing.T) {
	t.Parallel()
	for name, database := range siteDatabases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openSiteOn(t, database(t), "REQUIRE_SECOND_FACTOR=everybody", "SECOND_FACTOR_GRACE=0")
			person := caller{role: identityport.RoleAdministrator, within: identity.Owner}
			reads, writes := person, person
			reads.scope, writes.scope = identity.ScopeRead, identity.ScopeWrite
			in, session := s.setUp(t, person)
			reader, readToken := s.setUp(t, reads)
			writer, writeToken := s.setUp(t, writes)
			var open []string
			for _, d := range readDeclared(t) {
				path := fill(d.path, in)
				if d.access == "public" {
					if d.method == http.MethodGet && !strings.Contains(d.path, "{") {
						if res, _ := s.ask(t, d.method, path, in, person, session, "text/html"); strings.Contains(res.Header.Get("Location"), "/account/second-factor") {
							t.Errorf("%s, which is public: led to %s", d, res.Header.Get("Location"))
						}
					}
					continue
				}
				api := strings.HasPrefix(d.path, "/api/")
				if slices.Contains(withoutFactor, d.String()) {
					open = append(open, d.String())
					if d.method != http.MethodGet {
						continue // it may end the session
					}
				}
				res, body := s.ask(t, d.method, path, in, person, session, "text/html")
				led := strings.HasPrefix(res.Header.Get("Location"), "/account/second-factor?return_to=") && res.StatusCode == http.StatusSeeOther
				silent := d.method == http.MethodHead // an answer to HEAD has no body to say why
				told := res.StatusCode == http.StatusForbidden && (silent || strings.Contains(string(body), identity.ErrSecondFactorNeeded.Code))
				if closed := led && !api || told && api; closed == slices.Contains(withoutFactor, d.String()) {
					t.Errorf("%s: %d to %q: %.200s", d, res.StatusCode, res.Header.Get("Location"), body)
				}
				if !api {
					continue
				}
				theirs, bearer, token := writer, writes, writeToken
				if d.method == http.MethodGet {
					theirs, bearer, token = reader, reads, readToken
				}
				if res, body := s.ask(t, d.method, fill(d.path, theirs), theirs, bearer, token, "application/json"); res.StatusCode != http.StatusForbidden || !silent && !strings.Contains(string(body), identity.ErrSecondFactorNeeded.Code) {
					t.Errorf("%s with a token: %d: %.200s", d, res.StatusCode, body)
				}
			}
			if res, _ := s.ask(t, http.MethodGet, "/api/v1/posts", reader, reads, readToken, "application/json"); res.StatusCode != http.StatusForbidden {
				t.Errorf("what is public, with a token: %d", res.StatusCode)
			}
			slices.Sort(open)
			if !slices.Equal(open, slices.Sorted(slices.Values(withoutFactor))) {
				t.Errorf("open are %v", open)
			}
		})
	}
}

// surfer is a browser of one person's, without scripts.
type surfer struct {
	*http.Client
	site string
}

func (s *site) surfer(secret identity.Secret) surfer {
	jar := &oneCookie{cookies: []*http.Cookie{{Name: "session", Value: secret.Reveal()}}}
	return surfer{site: s.URL, Client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// oneCookie gives every request the same cookies.
type oneCookie struct{ cookies []*http.Cookie }

func (j *oneCookie) SetCookies(*url.URL, []*http.Cookie) {}

func (j *oneCookie) Cookies(*url.URL) []*http.Cookie { return j.cookies }

func (b surfer) do(t *testing.T, method, path string, form url.Values) (status int, to, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, b.site+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", b.site)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := b.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Location"), string(text)
}

var typedSecret = regexp.MustCompile(`<code class="secret">([A-Z2-7 ]+)</code>`)

// TestSecondFactorRequired_OfWhoeverAdministersAnything asks of roles made here, by what
// any module declares as administrative.
func TestSecondFactorRequired_OfWhoeverAdministersAnything(t *testing.T) {
	t.Parallel()
	for name, database := range siteDatabases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openSiteOn(t, database(t), "REQUIRE_SECOND_FACTOR=administrators", "SECOND_FACTOR_GRACE=0s")
			for role, c := range map[string]struct {
				permission identity.Permission
				path       string
				asked      bool
			}{
				"legal":  {content.PermissionManageSite, "/admin/site-pages", true},
				"helper": {identity.PermissionManageUsers, "/admin/people", true},
				"writer": {content.PermissionWrite, "/studio", false},
			} {
				now := time.Now().UTC().Truncate(time.Microsecond)
				s.do(t, func(ctx context.Context, st identity.Stores) error {
					return st.Roles.Insert(ctx, identity.CustomRole{
						ID: idgentest.New(), Name: role, Label: role, Permissions: []identity.Permission{c.permission}, CreatedAt: now, UpdatedAt: now, Version: 1,
					})
				})
				_, secret := s.setUp(t, caller{role: identity.Role(role)})
				status, to, _ := s.surfer(secret).do(t, http.MethodGet, c.path, nil)
				if led := strings.HasPrefix(to, "/account/second-factor"); led != c.asked || !c.asked && status != http.StatusOK {
					t.Errorf("%s: %d, led to %q", role, status, to)
				}
			}
		})
	}
}

// TestSecondFactorRequired_LeadsThroughWithoutScripts sets an authenticator app up on
// the way to a page, as a browser without scripts does.
func TestSecondFactorRequired_LeadsThroughWithoutScripts(t *testing.T) {
	t.Parallel()
	for name, database := range siteDatabases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openSiteOn(t, database(t), "REQUIRE_SECOND_FACTOR=administrators", "SECOND_FACTOR_GRACE=0s")
			_, secret := s.setUp(t, caller{role: identityport.RoleAdministrator})
			b := s.surfer(secret)

			_, to, _ := b.do(t, http.MethodGet, "/admin/people?state=no_second_factor", nil)
			if want := "/account/second-factor?return_to=" + url.QueryEscape("/admin/people?state=no_second_factor"); to != want {
				t.Fatalf("led to %q, want %q", to, want)
			}
			_, _, page := b.do(t, http.MethodGet, to, nil)
			for _, words := range []string{"Set up a second factor", "NeoForge requires it", `value="/admin/people?state=no_second_factor"`, "/account/data", `action="/logout"`} {
				if !strings.Contains(page, words) {
					t.Errorf("the page lacks %q", words)
				}
			}
			back := url.Values{"return_to": {"/admin/people?state=no_second_factor"}}
			_, to, _ = b.do(t, http.MethodPost, "/account/security/totp", back)
			if !strings.HasPrefix(to, "/account/security/totp?return_to=") {
				t.Fatalf("led to %q", to)
			}
			_, _, page = b.do(t, http.MethodGet, to, nil)
			found := typedSecret.FindStringSubmatch(page)
			if found == nil {
				t.Fatalf("no secret on the page: %s", page)
			}
			back.Set("code", "000000x")
			if status, _, again := b.do(t, http.MethodPost, "/account/security/totp/confirm", back); status/100 != 4 || !strings.Contains(again, `name="return_to" value="/admin/people?state=no_second_factor"`) {
				t.Errorf("a wrong code: %d, and the way on is lost", status)
			}
			code, err := totp.GenerateCode(strings.ReplaceAll(found[1], " ", ""), time.Now())
			if err != nil {
				t.Fatal(err)
			}
			back.Set("code", code)
			status, _, page := b.do(t, http.MethodPost, "/account/security/totp/confirm", back)
			if status != http.StatusOK || !strings.Contains(page, `href="/admin/people?state=no_second_factor"`) || !strings.Contains(page, "recovery-codes") {
				t.Fatalf("%d: recovery codes and the way on: %s", status, page)
			}
			if status, to, _ := b.do(t, http.MethodGet, "/admin/people?state=no_second_factor", nil); status != http.StatusOK {
				t.Errorf("with a factor: %d to %q", status, to)
			}
			if status, _, page := b.do(t, http.MethodPost, "/account/security/totp/remove", url.Values{}); status != http.StatusConflict && status != http.StatusUnprocessableEntity || !strings.Contains(page, identity.ErrLastSecondFactor.Message) {
				t.Errorf("removing it: %d", status)
			}
		})
	}
}

// TestSecondFactorRequired_SaysUntilWhenInTheGracePeriod looks at the pages of an
// account while the grace period runs.
func TestSecondFactorRequired_SaysUntilWhenInTheGracePeriod(t *testing.T) {
	t.Parallel()
	s := openSiteOn(t, "sqlite://"+filepath.Join(t.TempDir(), "neoforge.db"), "REQUIRE_SECOND_FACTOR=everybody")
	_, secret := s.setUp(t, caller{role: identityport.RoleMember})
	b := s.surfer(secret)
	for _, path := range []string{"/account", "/account/security", "/account/devices"} {
		status, _, page := b.do(t, http.MethodGet, path, nil)
		if status != http.StatusOK || !strings.Contains(page, "A second factor is required of you") || !strings.Contains(page, `href="/account/second-factor"`) {
			t.Errorf("%s: %d, and the page does not say it", path, status)
		}
	}
	if _, _, page := b.do(t, http.MethodGet, "/api/v1/me/second-factor", nil); !strings.Contains(page, `"name":"NeoForge"`) || !strings.Contains(page, `"overdue":false`) {
		t.Errorf("the API: %s", page)
	}
}

// TestSecondFactorRequired_ByAnOrganizationOverHTTP has an owner turn it on, first
// without a factor of their own, and a member led to the page where one is set up.
func TestSecondFactorRequired_ByAnOrganizationOverHTTP(t *testing.T) {
	t.Parallel()
	for name, database := range siteDatabases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openSiteOn(t, database(t), "SECOND_FACTOR_GRACE=0")
			in, secret := s.setUp(t, caller{role: identityport.RoleMember, within: identity.Owner})
			b, path := s.surfer(secret), "/organizations/"+in.organization
			if status, _, page := b.do(t, http.MethodPost, path+"/second-factor", url.Values{"required": {"yes"}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, identity.ErrOwnFactorFirst.Message) {
				t.Errorf("without a factor of their own: %d", status)
			}
			s.do(t, func(ctx context.Context, st identity.Stores) error {
				o, err := st.Organizations.Lock(ctx, identity.OrganizationID(in.organization))
				if err != nil {
					return err
				}
				o.FactorRequiredSince = time.Now().Add(-time.Minute)
				return st.Organizations.Update(ctx, o)
			})
			// Another session of the same people knows it: nothing of theirs is cached.
			_, other := s.setUp(t, caller{role: identityport.RoleMember})
			s.do(t, func(ctx context.Context, st identity.Stores) error {
				session, err := s.store.SessionByToken(ctx, other.Hash())
				if err != nil {
					return err
				}
				return st.Organizations.Join(ctx, identity.Membership{
					Organization: identity.OrganizationID(in.organization), User: session.User, Role: identity.Reader, CreatedAt: time.Now(),
				})
			})
			member := s.surfer(other)
			if status, to, _ := member.do(t, http.MethodGet, path, nil); status != http.StatusSeeOther || to != "/account/second-factor?return_to="+url.QueryEscape(path) {
				t.Errorf("the organization: %d to %q", status, to)
			}
			if status, _, body := member.do(t, http.MethodGet, "/api/v1"+path, nil); status != http.StatusForbidden || !strings.Contains(body, identity.ErrSecondFactorNeeded.Code) {
				t.Errorf("the organization by the API: %d: %s", status, body)
			}
			if status, _, page := member.do(t, http.MethodGet, "/account/second-factor", nil); status != http.StatusOK || !strings.Contains(page, "Shared requires it") {
				t.Errorf("the page: %d: %s", status, page)
			}
			if status, _, _ := member.do(t, http.MethodGet, "/account", nil); status != http.StatusOK {
				t.Errorf("the rest: %d", status)
			}
			if status, to, _ := member.do(t, http.MethodPost, path+"/leave", url.Values{}); status != http.StatusSeeOther || to != "/account/organizations" {
				t.Errorf("leaving: %d to %q", status, to)
			}
		})
	}
}

// TestSecondFactorRequired_ByAnOrganizationThroughTheAPI turns the requirement on and
// off, and looks at who is told which members lack a factor.
func TestSecondFactorRequired_ByAnOrganizationThroughTheAPI(t *testing.T) {
	t.Parallel()
	for name, database := range siteDatabases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openSiteOn(t, database(t))
			in, secret := s.setUp(t, caller{role: identityport.RoleMember, within: identity.Owner})
			b, path := s.surfer(secret), "/api/v1/organizations/"+in.organization
			owner := fixture.Correspondent{T: t, HTTP: b.Client, Site: s.URL}
			type problem struct{ Code string }
			patch := func(c fixture.Correspondent, body string, status int, code string) {
				t.Helper()
				var p problem
				c.JSON(http.MethodPatch, path, body, status, &p, "Sec-Fetch-Site", "same-origin")
				if p.Code != code {
					t.Errorf("%s: %q, want %q", body, p.Code, code)
				}
			}
			const require, stop = `{"second_factor_required":true}`, `{"second_factor_required":false}`
			patch(owner, require, 409, identity.ErrOwnFactorFirst.Code)
			patch(owner, `{"second_factor_required":"yes"}`, 422, "http.invalid_request")
			// What is refused changes nothing.
			patch(owner, `{"name":"Renamed","second_factor_required":true}`, 409, identity.ErrOwnFactorFirst.Code)
			var before struct {
				Name                   string
				Second_factor_required bool
			}
			if owner.JSON(http.MethodGet, path, "", 200, &before); before.Name != "Shared" {
				t.Errorf("it is called %q after a change that was refused", before.Name)
			}

			join := func(c caller, role identity.OrganizationRole, factor bool) fixture.Correspondent {
				_, other := s.setUp(t, c)
				session, err := s.store.SessionByToken(t.Context(), other.Hash())
				if err != nil {
					t.Fatal(err)
				}
				s.do(t, func(ctx context.Context, st identity.Stores) error {
					if factor {
						if err := st.Passkeys.Insert(ctx, identitytest.Passkey(session.User)); err != nil {
							return err
						}
					}
					return st.Organizations.Join(ctx, identity.Membership{
						Organization: identity.OrganizationID(in.organization), User: session.User, Role: role, CreatedAt: time.Now(),
					})
				})
				return fixture.Correspondent{T: t, HTTP: s.surfer(other).Client, Site: s.URL}
			}
			manager := join(caller{role: identityport.RoleMember}, identity.Owner, true)
			stale := join(caller{role: identityport.RoleMember, stale: true}, identity.Owner, true)
			reader := join(caller{role: identityport.RoleMember}, identity.Reader, false)
			patch(stale, require, 403, identity.ErrNotRecent.Code)
			patch(reader, require, 403, identity.ErrForbidden.Code)
			patch(manager, `{"name":"\u200b","second_factor_required":true}`, 422, identity.ErrInvalidName.Code)
			if manager.JSON(http.MethodGet, path, "", 200, &before); before.Second_factor_required {
				t.Error("a factor is required by a change that was refused")
			}

			type member struct {
				User_id               string
				Second_factor_missing *bool
				Second_factor_due     *time.Time
			}
			lists := func(c fixture.Correspondent) (told, missing int) {
				t.Helper()
				var list struct{ Items []member }
				c.JSON(http.MethodGet, path+"/members", "", 200, &list)
				if len(list.Items) != 6 {
					t.Fatalf("%d members", len(list.Items))
				}
				for _, m := range list.Items {
					if m.Second_factor_missing == nil {
						continue
					}
					told++
					if *m.Second_factor_missing {
						missing++
					}
					if *m.Second_factor_missing != (m.Second_factor_due != nil) {
						t.Errorf("%+v", m)
					}
				}
				return told, missing
			}
			if told, _ := lists(manager); told != 0 {
				t.Errorf("nothing is required, and %d members are said to lack it, or not", told)
			}
			var shown struct{ Second_factor_required bool }
			manager.JSON(http.MethodPatch, path, require, 200, &shown, "Sec-Fetch-Site", "same-origin")
			if !shown.Second_factor_required {
				t.Error("it is not required")
			}
			if told, missing := lists(manager); told != 6 || missing != 3 {
				t.Errorf("of %d members %d lack it", told, missing)
			}
			if told, _ := lists(reader); told != 0 {
				t.Error("a reader is told who lacks it")
			}
			page := string(manager.Send(http.MethodGet, "/organizations/"+in.organization, "", "", 200))
			if strings.Count(page, "No second factor") != 3 || !strings.Contains(page, "has until ") {
				t.Error("the page does not say who lacks it, and until when they may")
			}
			if page := string(reader.Send(http.MethodGet, "/organizations/"+in.organization, "", "", 200)); strings.Contains(page, "No second factor") {
				t.Error("the page tells a reader who lacks it")
			}
			manager.JSON(http.MethodPatch, path, stop, 200, &shown, "Sec-Fetch-Site", "same-origin")
			if shown.Second_factor_required {
				t.Error("it is still required")
			}
		})
	}
}
