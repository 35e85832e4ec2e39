package identityhttp_test

import (
	"context"
	"html"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/identityhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
)

// stewards lets everybody look after people and roles.
type stewards struct{ fiberhttp.Authenticator }

func (f stewards) AuthenticateSession(ctx context.Context, s identity.Secret) (identity.Actor, error) {
	a, err := f.Authenticator.AuthenticateSession(ctx, s)
	a.Permissions = []identity.Permission{identity.PermissionManageUsers, identity.PermissionManageRoles, identity.PermissionImpersonate}
	return a, err
}

// staleAndFresh are one site, with one store, before and after a proof.
func staleAndFresh(t *testing.T) (routes []fiberhttp.RouteInfo, f *recorded, before, after fiberhttptest.Client) {
	t.Helper()
	f = &recorded{}
	settings := fiberhttptest.Settings(t)
	settings.Sessions = stewards{settings.Sessions}
	stale := fiberhttptest.MustNew(t, settings)
	settings.Sessions = fresh{settings.Sessions}
	proven := fiberhttptest.MustNew(t, settings)
	for _, s := range []*fiberhttp.Server{stale, proven} {
		if err := identityhttp.Register(s, depsOf(f)); err != nil {
			t.Fatal(err)
		}
	}
	return stale.Routes(), f, fiberhttptest.Serve(t, stale), fiberhttptest.Serve(t, proven)
}

// afterProof is where a form that wants a proof leads once it is there.
func afterProof(t *testing.T, a fiberhttptest.Answer) string {
	t.Helper()
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil || a.StatusCode != 303 || to.Path != "/confirm" {
		t.Fatalf("%d %q: %.200s", a.StatusCode, a.Header.Get("Location"), a.Body)
	}
	return to.Query().Get("return_to")
}

var secretFields = []string{"password", "current", "code", "challenge", "passkey"}

// fieldsOf are the fields of each form whose act goes on after a proof. Nothing else that
// a browser or a stranger's page put into the request is kept.
var fieldsOf = map[string][]string{
	"/account/connections/{id}/unlink": nil, "/account/connections/{provider}/link": nil,
	"/account/data/delete": {"email"}, "/account/data/export": nil,
	"/account/email": {"email"}, "/account/password": {"current", "password"},
	"/account/security/passkeys": nil, "/account/security/passkeys/{id}/remove": nil, "/account/security/passkeys/{id}/rename": {"name"},
	"/account/security/recovery-codes": nil, "/account/security/totp": {"return_to"}, "/account/security/totp/confirm": {"code", "return_to"},
	"/account/security/totp/remove": nil, "/account/tokens": {"name", "scopes", "days"},
	"/admin/jobs/{id}/discard": {"kind"}, "/admin/jobs/{id}/retry": {"kind"},
	"/admin/people/{id}/erase": {"email"}, "/admin/people/{id}/impersonate": nil, "/admin/people/{id}/name": {"name"}, "/admin/people/{id}/reset-factors": nil,
	"/admin/people/{id}/restore": nil, "/admin/people/{id}/role": {"role"}, "/admin/people/{id}/suspend": {"reason"},
	"/admin/roles": {"label", "permissions"}, "/admin/roles/{role}": {"label", "permissions"}, "/admin/roles/{role}/delete": nil,
	"/organizations/{id}/delete": nil, "/organizations/{id}/second-factor": {"required"}, "/organizations/{id}/transfer": {"user_id"},
}

// Every route that asks for a recent proof goes on after it, with what its form holds
// and without its secrets.
func TestRecentProof_ResumesEveryAct(t *testing.T) {
	t.Parallel()
	routes, f, before, after := staleAndFresh(t)
	tried := 0
	for _, route := range routes {
		if !strings.HasSuffix(route.Access, "recently") || strings.HasPrefix(route.Path, "/api/") || route.Path == fiberhttp.ResumePath {
			continue
		}
		tried++
		path := strings.NewReplacer("{id}", "x-1", "{provider}", "dev", "{role}", "r-1").Replace(route.Path)
		if route.Method == "GET" {
			a := before.Get(path, "cleo")
			if to := afterProof(t, a); to != path {
				t.Errorf("%s leads on to %s", path, to)
			}
			continue
		}
		form := url.Values{"undeclared": {"kept nowhere"}, "csrf": {"kept nowhere"}, "username": {"kept nowhere"}, "reset_token": {"kept nowhere"}}
		for _, name := range []string{"name", "role", "reason", "email", "label", "permissions", "user_id", "required", "return_to", "scopes", "days", "kind"} {
			form.Set(name, `Sp"am <b>`)
		}
		for _, name := range secretFields {
			form.Set(name, "kept nowhere")
		}
		if path == "/account/security/passkeys" {
			form.Del("return_to") // which the page of a required factor alone sends; see below
		}
		a := before.Submit(path, "cleo", form)
		to := afterProof(t, a)
		page := after.Get(to, "cleo")
		fields, known := fieldsOf[route.Path]
		if !known {
			t.Errorf("%s: say which fields its form has", route.Path)
		}
		if path == "/account/security/passkeys" {
			if page.StatusCode != 303 || page.Header.Get("Location") != "/account/security?name=Sp%22am+%3Cb%3E" || page.Cookie("flash").Value != fiberhttp.ConfirmedFlash {
				t.Errorf("%s: %d %v", path, page.StatusCode, page.Header)
			}
			setUp := url.Values{"return_to": {"/billing?a=b"}}
			page = after.Get(afterProof(t, before.Submit(path, "cleo", setUp)), "cleo")
			if want := "/account/second-factor?return_to=%2Fbilling%3Fa%3Db"; page.StatusCode != 303 || page.Header.Get("Location") != want {
				t.Errorf("%s from the page that sets a factor up leads on to %q", path, page.Header.Get("Location"))
			}
			continue
		}
		has(t, page, 200, "Confirmed. Press “", `action="`+path+`"`)
		lacks(t, page, "kept nowhere", "Sp\"am <b>", `Press “” to`)
		for name := range form {
			secret := slices.Contains(secretFields, name)
			kept, again := strings.Contains(page.Body, `name="`+name+`" value="`+html.EscapeString(`Sp"am <b>`)+`"`), strings.Contains(page.Body, `name="`+name+`"`)
			if declared := slices.Contains(fields, name); kept != (declared && !secret) || again != declared {
				t.Errorf("%s, %s: declared %t, kept %t, in the form %t", path, name, declared, kept, again)
			}
		}
		if strings.Contains(to, "never") || !strings.HasPrefix(to, fiberhttp.ResumePath+"?act=") {
			t.Errorf("%s leads on to %s", path, to)
		}
	}
	if tried < 25 {
		t.Errorf("only %d routes ask for a recent proof", tried)
	}
	if len(f.answers) != 0 {
		t.Errorf("something was done without a press: %q", f.answers)
	}
}

func TestResume_IsForTheSessionThatBeganAndAfterItsProof(t *testing.T) {
	t.Parallel()
	_, _, before, after := staleAndFresh(t)
	to := afterProof(t, before.Submit("/account/email", "cleo", url.Values{"email": {"new@neoforge.test"}}))
	has(t, after.Get(to, "cleo"), 200, `value="new@neoforge.test"`, "Change the address", "autofocus")
	has(t, after.Get(to, "cleo"), 200, `value="new@neoforge.test"`) // reloaded
	lacks(t, after.Get(to, "ben"), "new@neoforge.test")
	for _, lost := range []string{to + "x", fiberhttp.ResumePath, fiberhttp.ResumePath + "?act=", fiberhttp.ResumePath + "?act=" + strings.Repeat("a", 500)} {
		has(t, after.Get(lost, "cleo"), 404, "Nothing was done")
	}
	has(t, after.Get(to, "ben"), 404, "Nothing was done")
	if a := before.Get(to, "cleo"); a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/confirm?return_to=") {
		t.Errorf("without the proof: %d %q", a.StatusCode, a.Header.Get("Location"))
	}
	if a := after.Get(to, ""); a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/login?") {
		t.Errorf("a visitor: %d %q", a.StatusCode, a.Header.Get("Location"))
	}
}

func (*recorded) ListRoles(context.Context, identity.Actor) ([]organizations.RoleInfo, error) {
	return []organizations.RoleInfo{{Name: "route-auditor", Label: "Auditor of routes"}}, nil
}

func (*recorded) ListMembers(context.Context, identity.Actor, identity.OrganizationID, string, int) ([]identity.Member, string, error) {
	return []identity.Member{{Membership: identity.Membership{User: "u-7"}, Name: "Dan", Email: "dan@neoforge.test"}}, "", nil
}

func TestResume_SaysFieldsInTheWordsOfTheirForm(t *testing.T) {
	t.Parallel()
	_, _, before, after := staleAndFresh(t)
	for _, c := range []struct {
		path  string
		form  url.Values
		shows []string
		not   []string
	}{
		{"/admin/people/x-1/role", url.Values{"role": {"route-auditor"}}, []string{"<strong>Role</strong>: Auditor of routes"}, []string{": route-auditor"}},
		{"/admin/roles", url.Values{"label": {"Smith"}, "permissions": {"identity.user.manage"}}, []string{"<strong>Name</strong>: Smith", "<strong>May</strong>: " + identitypages.PermissionTitle("identity.user.manage")}, []string{": identity."}},
		{"/organizations/o-1/transfer", url.Values{"user_id": {"u-7"}}, []string{"<strong>To</strong>: Dan (dan@neoforge.test)"}, []string{": u-7"}},
		{"/account/tokens", url.Values{"name": {"Backup"}, "scopes": {"read", "identity.user.manage"}, "days": {"0"}}, []string{"<strong>May</strong>: Read", "<strong>Ends</strong>: Never"}, []string{": identity.", ": read"}},
		{"/account/tokens", url.Values{"name": {"Backup"}, "days": {"90"}}, []string{"<strong>Ends</strong>: In 90 days"}, []string{": 90<"}},
	} {
		page := after.Get(afterProof(t, before.Submit(c.path, "cleo", c.form)), "cleo")
		has(t, page, 200, c.shows...)
		lacks(t, page, c.not...)
	}
}
