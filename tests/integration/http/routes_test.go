package http_test

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/entstore/identitystore"
	"github.com/neoforge-dev/neoforge/app/wire"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// declaredRoutes says of every route who may use it: method, path, access, and what
// is asked beyond: "member", "owner" or a permission within the organization of the
// path; "person" for what a personal access token never does, "session" for what it
// has none to do with, "program" for what takes a token outside the API, and "author"
// for a page that tells everybody else why it is not theirs.
//
//go:embed testdata/routes.txt
var declaredRoutes string

type declared struct{ method, path, access, beyond string }

func (d declared) String() string { return d.method + " " + d.path }

// withinOrganization reports whether more is asked within the organization of the path.
func (d declared) withinOrganization() bool {
	return !slices.Contains([]string{"", "person", "session", "program", "author"}, d.beyond)
}

func readDeclared(t *testing.T) map[string]declared {
	t.Helper()
	table := map[string]declared{}
	lines := bufio.NewScanner(strings.NewReader(declaredRoutes))
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "\t")
		if strings.HasPrefix(lines.Text(), "#") || len(fields) < 3 {
			continue
		}
		d := declared{method: fields[0], path: fields[1], access: fields[2]}
		if len(fields) > 3 {
			d.beyond = fields[3]
		}
		table[d.String()] = d
	}
	return table
}

// caller is one kind of person who asks. Each case has one of their own.
type caller struct {
	name      string
	visitor   bool
	role      identity.Role
	suspended bool
	stale     bool // who proved themselves too long ago
	within    identity.OrganizationRole
	scope     identity.Scope // asks with a personal access token
}

var callers = []caller{
	{name: "a visitor", visitor: true},
	{name: "a member", role: identityport.RoleMember},
	{name: "an author", role: identityport.RoleAuthor},
	{name: "an administrator", role: identityport.RoleAdministrator},
	{name: "somebody whose role holds one permission", role: "route-auditor"},
	{name: "an author who is suspended", role: identityport.RoleAuthor, suspended: true},
	{name: "an owner of the organization", role: identityport.RoleMember, within: identity.Owner},
	{name: "staff of the organization", role: identityport.RoleMember, within: identity.Staff},
	{name: "a reader of the organization", role: identityport.RoleMember, within: identity.Reader},
	{name: "a custom role of the organization", role: identityport.RoleMember, within: "host"},
	{name: "an owner who proved themselves long ago", role: identityport.RoleMember, within: identity.Owner, stale: true},
	{name: "an administrator who proved themselves long ago", role: identityport.RoleAdministrator, stale: true},
	{name: "an owner's token that reads", role: identityport.RoleMember, within: identity.Owner, scope: identity.ScopeRead},
	{name: "an owner's token that writes", role: identityport.RoleMember, within: identity.Owner, scope: identity.ScopeWrite},
	{name: "an author's token that reads", role: identityport.RoleAuthor, scope: identity.ScopeRead},
}

// The classes of answers.
const (
	letIn   = "let in"
	out     = "asked to sign in"
	confirm = "asked to confirm"
	refused = "refused"
	absent  = "told that it does not exist"
)

// expected is the rule that the table stands for, told anew: not what the server
// declares of itself.
func expected(d declared, c caller, holds func(identity.Role) []identity.Permission) string {
	safe, takesToken := d.method == http.MethodGet, strings.HasPrefix(d.path, "/api/v1/") || d.beyond == "program"
	if c.scope != "" && !takesToken {
		c.visitor = true // pages take no token
	}
	permission, recently := strings.CutSuffix(d.access, " recently")
	switch d.access {
	case "public", "signed in":
		permission = ""
	case "signed in recently":
		permission, recently = "", true
	}
	signedIn := !c.visitor && !c.suspended
	switch {
	case signedIn && c.scope != "" && safe != (c.scope == identity.ScopeRead):
		return refused // whoever may use the route: the token may not
	case d.access == "public":
		return letIn
	case !signedIn:
		return out
	case permission != "" && (c.scope != "" || !slices.Contains(holds(c.role), identity.Permission(permission))):
		return refused
	case recently && (c.stale || c.scope != ""):
		return confirm
	}
	switch {
	case d.beyond == "person" && c.scope != "":
		return refused
	case d.beyond == "session" && c.scope != "":
		return out
	case d.beyond == "author" && !slices.Contains(holds(c.role), content.PermissionWrite): // whom the page tells why
		return refused
	case !d.withinOrganization():
		return letIn
	case c.within == "":
		return absent
	case d.beyond == "member" || c.within == identity.Owner && c.scope == "":
		return letIn
	case d.beyond == string(identity.PermissionInvite) && c.scope == "" && (c.within == identity.Staff || c.within == "host"):
		return letIn
	}
	return refused
}

// site is the whole application with a hand in its database, so that each case has
// people and an organization of its own.
type site struct {
	*program.Program
	db      *entstore.DB
	store   *identitystore.Store
	founder identity.UserID
	foreign map[string]string // of the founder's, by what stands before it in a path
}

func openSite(t *testing.T) *site {
	t.Helper()
	return openSiteOn(t, "sqlite://"+filepath.Join(t.TempDir(), "neoforge.db"))
}

// openSiteOn is openSite on a database, with further settings.
func openSiteOn(t *testing.T, database string, environ ...string) *site {
	t.Helper()
	return openSiteWith(t, program.Options{DatabaseURL: database, Environ: append([]string{"RATE_LIMIT=off"}, environ...)})
}

func openSiteWith(t *testing.T, o program.Options) *site {
	t.Helper()
	s := &site{Program: program.Start(t, o)}
	s.db = entstoretest.MustOpen(t, o.DatabaseURL)
	store, err := identitystore.New(s.db, entstoretest.MustOutbox(t, s.db))
	if err != nil {
		t.Fatal(err)
	}
	s.store, s.founder = store, identity.UserID(idgentest.New())
	s.foreign = s.belongings(t)
	return s
}

func (s *site) do(t *testing.T, fn func(ctx context.Context, st identity.Stores) error) {
	t.Helper()
	if err := s.store.Do(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func person(ctx context.Context, st identity.Stores, id identity.UserID, role identity.Role, suspended, now time.Time) error {
	u := identity.User{
		ID: id, Email: identity.Email(string(id) + "@neoforge.test"), EmailVerified: true, Name: "Somebody", Role: role,
		SuspendedAt: suspended, CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	if err := st.Users.Insert(ctx, u); err != nil {
		return err
	}
	own := identity.Organization{ID: identity.OrganizationID(idgentest.New()), Name: u.Name, Personal: true, CreatedAt: now}
	return st.Organizations.Insert(ctx, own, id)
}

// shared is an organization of the founder's with a guest and an open invitation.
type shared struct{ organization, guest, invitation string }

// setUp writes an organization, and who asks, with what they ask with.
func (s *site) setUp(t *testing.T, c caller) (shared, identity.Secret) {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Microsecond)
	o := identity.Organization{ID: identity.OrganizationID(idgentest.New()), Name: "Shared", CreatedAt: now}
	who, guest, secret := identity.UserID(idgentest.New()), identity.UserID(idgentest.New()), identity.NewSecret()
	invitation := identity.Invitation{
		ID: idgentest.New(), Organization: o.ID, Email: identity.Email(string(o.ID) + "@invited.test"), Role: identity.Reader,
		Hash: identity.NewSecret().Hash(), InvitedBy: s.founder, CreatedAt: now, ExpiresAt: now.Add(time.Hour),
	}
	if c.scope != "" {
		secret = identity.NewPersonalSecret()
	}
	s.do(t, func(ctx context.Context, st identity.Stores) error {
		err := st.Organizations.Insert(ctx, o, s.founder)
		try := func(next error) {
			if err == nil {
				err = next
			}
		}
		try(person(ctx, st, guest, identityport.RoleMember, time.Time{}, now))
		try(st.Organizations.Join(ctx, identity.Membership{Organization: o.ID, User: guest, Role: identity.Reader, CreatedAt: now}))
		try(st.Invitations.Insert(ctx, invitation))
		try(st.Roles.Insert(ctx, identity.CustomRole{
			ID: idgentest.New(), Organization: o.ID, Name: "host", Label: "Host", Permissions: []identity.Permission{identity.PermissionInvite},
			CreatedAt: now, UpdatedAt: now, Version: 1,
		}))
		if c.visitor || err != nil {
			return err
		}
		suspended := time.Time{}
		if c.suspended {
			suspended = now
		}
		try(person(ctx, st, who, c.role, suspended, now))
		if c.within != "" {
			try(st.Organizations.Join(ctx, identity.Membership{Organization: o.ID, User: who, Role: c.within, CreatedAt: now}))
		}
		if c.scope != "" {
			try(st.Tokens.Insert(ctx, fixture.GrantedToken(who, c.scope, secret, now), now, 10))
			return err
		}
		session := identity.OpenSession(idgentest.New(), who, identity.BrowserSession, secret, fixture.Laptop, now)
		if c.stale {
			session.AuthenticatedAt = now.Add(-time.Hour)
		}
		try(st.Sessions.Insert(ctx, session))
		return err
	})
	return shared{string(o.ID), string(guest), invitation.ID}, secret
}

var parameter = regexp.MustCompile(`\{([a-z_]+)(\.\.\.)?\}`)

// fill puts an organization's parts into a path, and ids that nobody has elsewhere.
func fill(path string, in shared) string {
	within := strings.Contains(path, "/organizations/{id}")
	return parameter.ReplaceAllStringFunc(path, func(p string) string {
		switch name := strings.Trim(p, "{}."); {
		case within && name == "id":
			return in.organization
		case within && name == "user":
			return in.guest
		case within && name == "invitation":
			return in.invitation
		case within && name == "role":
			return "host"
		case name == "id" || name == "user" || name == "invitation":
			return idgentest.New()
		}
		return "nothing-of-the-kind"
	})
}

// ask sends what is well formed wherever an organization is concerned, and nothing
// elsewhere.
func (s *site) ask(t *testing.T, method, path string, in shared, c caller, secret identity.Secret, accept string) (*http.Response, []byte) {
	t.Helper()
	api := strings.HasPrefix(path, "/api/")
	var body io.Reader
	if method != http.MethodGet {
		body = strings.NewReader("{}")
		if !api {
			body = strings.NewReader("")
		}
		if path == "/api/v1/me/consents" {
			body = strings.NewReader(`{"items":[{"kind":"news","given":true}]}`)
		}
		if strings.Contains(path, "/organizations") {
			words := map[string]string{"name": "Renamed", "role": "reader", "user_id": in.guest, "email": idgentest.New() + "@invited.test", "label": "Role"}
			body = strings.NewReader(wordsFor(path, method, api, words))
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	r.Header.Set("Origin", s.URL)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if api {
		r.Header.Set("Content-Type", "application/json")
	}
	switch {
	case c.scope != "":
		r.Header.Set("Authorization", "Bearer "+secret.Reveal())
	case !c.visitor:
		r.AddCookie(&http.Cookie{Name: "session", Value: secret.Reveal()})
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, text
}

// wordsFor is the body of a request about an organization.
func wordsFor(path, method string, api bool, words map[string]string) string {
	if !api {
		form := url.Values{}
		for name, value := range words {
			form.Set(name, value)
		}
		return form.Encode()
	}
	fields := map[string][]string{"transfer": {"user_id"}, "invitations": {"email", "role"}, "roles": {"label"}}
	last := path[strings.LastIndex(path, "/")+1:]
	chosen, known := fields[last]
	if !known {
		chosen = []string{"name"}
		if strings.Contains(path, "/members/") {
			chosen = []string{"role"}
		}
		if strings.Contains(path, "/roles/") {
			chosen = []string{"label"}
		}
	}
	doc := map[string]any{}
	for _, name := range chosen {
		doc[name] = words[name]
	}
	if last == "roles" && method == http.MethodPost {
		doc["permissions"] = []string{}
	}
	text, _ := json.Marshal(doc) // of texts alone, which never fails
	return string(text)
}

// classOf tells what an answer means.
func classOf(d declared, res *http.Response, body []byte) string {
	var p struct{ Code string }
	_ = json.Unmarshal(body, &p) // an answer that is no problem has no code
	location := res.Header.Get("Location")
	switch {
	case p.Code == identity.ErrNotSignedIn.Code, res.Request.Method == http.MethodHead && res.StatusCode == http.StatusUnauthorized, d.access != "public" && strings.HasPrefix(location, "/login"):
		return out
	case p.Code == identity.ErrNotRecent.Code, strings.HasPrefix(location, "/confirm?"):
		return confirm
	case res.StatusCode == http.StatusForbidden:
		return refused
	case res.StatusCode == http.StatusNotFound && d.withinOrganization():
		return absent
	case res.StatusCode >= 500 && res.StatusCode != http.StatusServiceUnavailable:
		return res.Status
	}
	return letIn
}

const problems = "application/problem+json"

// permissionsOfRoles is what the built-in roles hold, as the modules declare it.
func permissionsOfRoles() map[identity.Role][]identity.Permission {
	out := map[identity.Role][]identity.Permission{}
	for _, m := range []wire.Module{wire.Identity, wire.Billing, wire.Content} {
		for _, g := range m.Grants {
			for _, r := range g.Roles {
				out[r] = append(out[r], g.Permission)
			}
		}
	}
	return out
}

// TestRoutes_AnswerEverybodyAsDeclared asks every route of the program as
// everybody, and holds the class of each answer against the table.
func TestRoutes_AnswerEverybodyAsDeclared(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	routes, err := s.App.Routes()
	if err != nil {
		t.Fatal(err)
	}
	roles := permissionsOfRoles()
	holds := func(r identity.Role) []identity.Permission {
		if r == "route-auditor" {
			return []identity.Permission{identity.PermissionReadAudit}
		}
		return roles[r]
	}
	if !slices.Contains(holds(identityport.RoleAuthor), content.PermissionWrite) {
		t.Fatal("an author may not write")
	}
	table, cases := readDeclared(t), 0
	for _, route := range routes {
		key := route.Method + " " + route.Path
		d, listed := table[key]
		if !listed {
			t.Errorf("nobody declared who may use this route; add the line\n%s\t%s\t%s", route.Method, route.Path, route.Access)
			continue
		}
		delete(table, key)
		for _, c := range callers {
			in, secret := s.setUp(t, c)
			path := fill(route.Path, in)
			res, body := s.ask(t, route.Method, path, in, c, secret, problems)
			cases++
			if have, want := classOf(d, res, body), expected(d, c, holds); have != want {
				t.Errorf("%s: %s is %s, want %s\n%s %s", d, c.name, have, want, res.Status, short(body))
			}
		}
	}
	for key := range table {
		t.Errorf("%s is declared and not served", key)
	}
	pairs := s.foreignAsAbsent(t, routes)
	t.Logf("%d routes, %d callers, %d cases; %d comparisons of foreign with absent ids", len(routes), len(callers), cases, pairs)
}

func short(b []byte) string { return string(b[:min(len(b), 300)]) }
