package http_test

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/entstore/errorstore"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/identitytest"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// namesOfAll are the parameters that name what is there for everybody, by the path
// with them: nothing that could be somebody else's.
var namesOfAll = map[string]string{
	"/account/connections/{provider}/link":                   "a provider that is set up",
	"/auth/{provider}":                                       "a provider that is set up",
	"/auth/{provider}/callback":                              "a provider that is set up",
	"/confirm/{provider}":                                    "a provider that is set up",
	"/webhooks/{provider}":                                   "a provider of payments",
	"/assets/{file...}":                                      "a file of the site",
	"/docs/{page}":                                           "a page of the documentation",
	"/catalog/{entry}":                                       "an entry of the component guide",
	"/mail-sent/{what}":                                      "a kind of letter",
	"/admin/site-pages/{site_page}":                          "a page of the site",
	"/admin/site-pages/{site_page}/versions/{number}":        "a version of a page of the site",
	"/api/v1/admin/site-pages/{site_page}/versions":          "a page of the site",
	"/api/v1/admin/site-pages/{site_page}/versions/{number}": "a version of a page of the site",
	"/api/v1/site-pages/{site_page}":                         "a page of the site",
	"/api/v1/admin/site-pages/{site_page}":                   "a page of the site",
	"/tags/{tag}":                                            "a tag of published posts",
	"/tags/{tag}/feed.xml":                                   "a tag of published posts",
	"/tags/{tag}/rss.xml":                                    "a tag of published posts",
	"/tags/{tag}/feed.json":                                  "a tag of published posts",
	"/sitemaps/{part}":                                       "a part of the map of the site",
	"/archive/{month}":                                       "a month in which posts were published",
	"/feeds/{secret}/feed.xml":                               "somebody's feed, open to who holds its secret",
	"/feeds/{secret}/rss.xml":                                "somebody's feed, open to who holds its secret",
	"/feeds/{secret}/feed.json":                              "somebody's feed, open to who holds its secret",
	"/api/v1/tags/{tag}":                                     "a tag of published posts",
	"/studio/tags/{tag}":                                     "a tag of the site",
	"/studio/tags/{tag}/rename":                              "a tag of the site",
	"/studio/tags/{tag}/free":                                "a tag of the site",
	"/api/v1/studio/tags/{tag}":                              "a tag of the site",
	"/api/v1/studio/tags/{tag}/rename":                       "a tag of the site",
	"/api/v1/studio/tags/{tag}/former-names/{former}":        "a tag of the site",
	"/media/{id}":                                            "a picture, open to who knows its address",
	"/media/{id}/{version}/{file}":                           "a file of a picture, open to who knows its address",
	"/dev/idp/{rest...}":                                     "a page of the development provider",
	"/dev/mailbox/{id}":                                      "a letter in the mailbox of development, which everybody reads",
	"/preview/{secret}":                                      "a post, open to who holds the secret of a link",
	"/dev/sandbox/checkout/{token}":                          "a checkout, open to who holds its signed token",
}

// nobodys is a name that nothing has.
const nobodys = "nothing-of-the-kind"

// belongings gives the founder one of everything that a path can name.
func (s *site) belongings(t *testing.T) map[string]string {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Microsecond)
	secret := identity.NewSecret()
	session := identity.OpenSession(idgentest.New(), s.founder, identity.BrowserSession, secret, fixture.Laptop, now)
	external := identity.ExternalIdentity{ID: idgentest.New(), User: s.founder, Provider: "dev", Subject: "founder", CreatedAt: now}
	token := fixture.GrantedToken(s.founder, identity.ScopeRead, identity.NewSecret(), now)
	passkey := identitytest.Passkey(s.founder)
	export := identity.DataExport{
		ID: idgentest.New(), User: s.founder, State: identity.ExportRunning, Total: 1, CreatedAt: now, ExpiresAt: now.Add(identity.ExportTTL),
	}
	guest := identity.UserID(idgentest.New())
	s.do(t, func(ctx context.Context, st identity.Stores) (err error) {
		try := func(next error) {
			if err == nil {
				err = next
			}
		}
		try(person(ctx, st, s.founder, identityport.RoleAuthor, time.Time{}, now))
		try(person(ctx, st, guest, identityport.RoleAuthor, time.Time{}, now))
		try(st.Sessions.Insert(ctx, session))
		try(st.Identities.Insert(ctx, external))
		try(st.Tokens.Insert(ctx, token, now, 10))
		try(st.Passkeys.Insert(ctx, passkey))
		try(st.Exports.Insert(ctx, export))
		try(st.Roles.Insert(ctx, identity.CustomRole{
			ID: idgentest.New(), Name: "route-auditor", Label: "Auditor", Permissions: []identity.Permission{identity.PermissionReadAudit},
			CreatedAt: now, UpdatedAt: now, Version: 1,
		}))
		return err
	})
	draft := s.writes(t, secret)
	link := s.previews(t, secret, draft)
	offer := identity.ResourceGrant{
		ID: idgentest.New(), User: guest, Permission: content.PermissionEdit, Resource: "post:offered", GrantedBy: s.founder, CreatedAt: now,
	}
	s.do(t, func(ctx context.Context, st identity.Stores) error {
		if _, err := st.Exports.Finish(ctx, export.ID, []byte("an archive"), now); err != nil {
			return err
		}
		_, err := st.Grants.Put(ctx, identity.ResourceGrant{
			ID: idgentest.New(), User: guest, Permission: content.PermissionEdit, Resource: content.ResourceOf(content.PostID(draft.ID)),
			GrantedBy: s.founder, CreatedAt: now, AcceptedAt: now,
		})
		if err != nil {
			return err
		}
		_, err = st.Grants.Put(ctx, offer)
		return err
	})
	var handle string
	if err := s.db.SQL().QueryRowContext(t.Context(), "SELECT handle FROM content_authors WHERE name = 'Somebody'").Scan(&handle); err != nil {
		t.Fatal(err)
	}
	view := idgentest.New()
	if _, err := s.db.SQL().ExecContext(t.Context(), "INSERT INTO content_saved_views (id, owner_id, name, query, created_at) VALUES ($1, $2, 'Drafts', 'status=draft', $3)", view, string(s.founder), now); err != nil {
		t.Fatal(err)
	}
	picture, upload := s.pictures(t, now)
	refused := mail.Failure{ID: idgentest.New(), Kind: "identity.send_mail", Payload: []byte("{}"), To: "somebody@example.com", Reason: "550"}
	if err := entstoretest.MustOutbox(t, s.db).RecordFailure(t.Context(), refused); err != nil {
		t.Fatal(err)
	}
	dead := fixture.DeadJob(t, s.db, fixture.Dead{Kind: "test.gone"})
	return map[string]string{
		"mail": refused.ID, "jobs": dead, "dead": dead, "errors": s.seenError(t),
		"offers":   offer.ID,
		"sessions": session.ID, "identities": external.ID, "connections": external.ID, "tokens": token.ID, "passkeys": passkey.ID,
		"exports": export.ID, "people": string(s.founder), "users": string(s.founder), "avatars": string(s.founder),
		"posts": draft.ID, "revisions": "1", "slugs": draft.Slug, "authors": handle, "links": link, "previews": link, "views": view, "media": picture, "uploads": upload, "shares": string(guest), "sharing": string(guest), "roles": "route-auditor",
	}
}

// pictures are one of the founder's library, and one that they are uploading.
func (s *site) pictures(t *testing.T, now time.Time) (picture, upload string) {
	t.Helper()
	picture, upload = idgentest.New(), idgentest.New()
	for _, row := range []struct {
		insert string
		args   []any
	}{
		{"INSERT INTO content_media (id, owner_id, name, alt, words, format, animated, bytes, width, height, tone, state, version, revision, variants, created_at, updated_at) VALUES ($1, $2, 'a.png', '', 'a png', 'png', false, 1, 1, 1, '', 'ready', 1, 1, '[]', $3, $3)", []any{picture, string(s.founder), now}},
		{"INSERT INTO content_uploads (id, owner_id, name, alt, bytes, received, parts, created_at, expires_at) VALUES ($1, $2, 'b.png', '', 10, 0, '[]', $3, $4)", []any{upload, string(s.founder), now, now.Add(time.Hour)}},
	} {
		if _, err := s.db.SQL().ExecContext(t.Context(), row.insert, row.args...); err != nil {
			t.Fatal(err)
		}
	}
	return picture, upload
}

// seenError is a defect that was seen once.
func (s *site) seenError(t *testing.T) string {
	t.Helper()
	store, err := errorstore.New(s.db)
	if err != nil {
		t.Fatal(err)
	}
	const id = "0123456789abcdef0123456789abcdef"
	now := time.Now()
	if err := store.Add(t.Context(), []errortracking.Addition{{
		Fingerprint: id, Count: 1, First: now, Last: now, Sample: errortracking.Report{Kind: errortracking.Request, Message: "broken", Route: "/", Method: "GET", At: now},
	}}); err != nil {
		t.Fatal(err)
	}
	return id
}

// draft is a post that nobody but its author sees.
type draft struct{ ID, Slug string }

func (s *site) writes(t *testing.T, secret identity.Secret) draft {
	t.Helper()
	var written draft
	s.creates(t, secret, "/api/v1/posts", `{"title":"Kept to oneself `+idgentest.New()+`","body_markdown":"Not yet.","visibility":"public","tags":["kept"]}`, &written)
	if written.Slug == "" {
		t.Fatalf("written %+v", written)
	}
	return written
}

// previews makes a link that opens a draft, and returns its id.
func (s *site) previews(t *testing.T, secret identity.Secret, of draft) string {
	t.Helper()
	var link struct{ ID string }
	s.creates(t, secret, "/api/v1/posts/"+of.ID+"/preview-links", `{"days":1}`, &link)
	return link.ID
}

// creates makes something through the API.
func (s *site) creates(t *testing.T, secret identity.Secret, path, body string, into any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.AddCookie(&http.Cookie{Name: "session", Value: secret.Reveal()})
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(into); err != nil || res.StatusCode != http.StatusCreated {
		t.Fatalf("%s: %d, %v", path, res.StatusCode, err)
	}
}

// comparison is one caller with two paths, of which the second names what nobody has.
type comparison struct {
	by              caller
	with            identity.Secret
	in              shared
	foreign, absent string
}

// The callers to whom nothing of the founder's exists, or who may not look.
var (
	stranger  = caller{name: "a stranger who writes", role: identityport.RoleAuthor}
	auditor   = caller{name: "somebody whose role holds one permission", role: "route-auditor"}
	aOwner    = caller{name: "an owner of another organization", role: identityport.RoleAuthor, within: identity.Owner}
	staleRoot = caller{name: "an administrator who proved themselves long ago", role: identityport.RoleAdministrator, stale: true}
)

// comparisons is what a route with parameters is asked; none when its parameters
// name nothing that anybody owns.
func (s *site) comparisons(t *testing.T, route fiberhttp.RouteInfo) []comparison {
	t.Helper()
	path := route.Path
	compare := func(c caller, foreign, absent func(in shared) string) comparison {
		in, secret := s.setUp(t, c)
		return comparison{c, secret, in, foreign(in), absent(in)}
	}
	switch {
	case strings.Contains(path, "/organizations/{id}"):
		none := shared{idgentest.New(), idgentest.New(), idgentest.New()}
		all := []comparison{compare(stranger, func(in shared) string { return fill(path, in) }, func(shared) string { return fill(path, none) })}
		if parts := parameter.FindAllString(path, -1); len(parts) > 1 {
			other, role := s.elsewhere(t)
			all = append(all, compare(aOwner,
				func(in shared) string { return within(path, in.organization, other, role) },
				func(in shared) string { return within(path, in.organization, none, nobodys) }))
		}
		return all
	case strings.Contains(path, "/organizations/invitations/{invitation}"):
		return []comparison{compare(stranger,
			func(in shared) string { return strings.Replace(path, "{invitation}", in.invitation, 1) },
			func(shared) string { return strings.Replace(path, "{invitation}", idgentest.New(), 1) })}
	case strings.HasPrefix(path, "/admin/"), strings.HasPrefix(path, "/api/v1/admin/"):
		all := []comparison{s.outside(t, stranger, path), s.outside(t, auditor, path)}
		if strings.HasSuffix(route.Access, " recently") {
			all = append(all, s.outside(t, staleRoot, path))
		}
		return all
	case strings.Contains(path, "/posts/{id}/shares/{user}"), strings.Contains(path, "/posts/{id}/sharing/{user}"):
		in, secret := s.setUp(t, stranger)
		own := s.writes(t, secret).ID
		mine := func(user string) string { return strings.NewReplacer("{id}", own, "{user}", user).Replace(path) }
		return []comparison{s.outside(t, stranger, path), {stranger, secret, in, mine(string(s.founder)), mine(idgentest.New())}}
	case s.belonging(path) != "":
		all := []comparison{s.outside(t, stranger, path)}
		if route.Access == "public" {
			all = append(all, s.outside(t, caller{name: "a visitor", visitor: true}, path))
		}
		return all
	}
	return nil
}

// outside asks for what is the founder's.
func (s *site) outside(t *testing.T, c caller, path string) comparison {
	t.Helper()
	in, secret := s.setUp(t, c)
	absent := parameter.ReplaceAllStringFunc(path, func(p string) string {
		switch p {
		case "{id}", "{user}":
			return idgentest.New()
		case "{number}":
			return "1" // what every post has
		}
		return nobodys
	})
	return comparison{c, secret, in, s.belonging(path), absent}
}

// belonging fills a path with what is the founder's; empty when nothing of theirs
// fits.
func (s *site) belonging(path string) string {
	fits := true
	filled := regexp.MustCompile(`([a-z]+)/(\{[a-z.]+\})`).ReplaceAllStringFunc(path, func(p string) string {
		kind, name, _ := strings.Cut(p, "/")
		known := kind
		if name == "{slug}" {
			known = "slugs"
		}
		fits = fits && s.foreign[known] != ""
		return kind + "/" + s.foreign[known]
	})
	if !fits {
		return ""
	}
	return filled
}

// elsewhere is an organization that none of the callers belongs to, and a role that
// only it has.
func (s *site) elsewhere(t *testing.T) (shared, string) {
	t.Helper()
	in, _ := s.setUp(t, caller{visitor: true})
	now, name := time.Now().UTC().Truncate(time.Microsecond), "only-elsewhere"
	s.do(t, func(ctx context.Context, st identity.Stores) error {
		return st.Roles.Insert(ctx, identity.CustomRole{
			ID: idgentest.New(), Organization: identity.OrganizationID(in.organization), Name: name, Label: "Elsewhere", CreatedAt: now, UpdatedAt: now, Version: 1,
		})
	})
	return in, name
}

// within fills a path of one's own organization with parts of another.
func within(path, own string, of shared, role string) string {
	return strings.NewReplacer("{id}", own, "{user}", of.guest, "{invitation}", of.invitation, "{role}", role).Replace(path)
}

// foreignAsAbsent asks every route with a parameter for what belongs to somebody
// else, and for what nobody has: the answers differ in nothing but the name itself.
// A route that is in no comparison, and names nothing that is there for everybody,
// is a fault.
func (s *site) foreignAsAbsent(t *testing.T, routes []fiberhttp.RouteInfo) int {
	t.Helper()
	pairs := 0
	for _, route := range routes {
		if !parameter.MatchString(route.Path) || namesOfAll[route.Path] != "" {
			continue
		}
		all := s.comparisons(t, route)
		if len(all) == 0 {
			t.Errorf("%s %s is in no comparison of what is somebody else's with what does not exist", route.Method, route.Path)
		}
		for _, c := range all {
			for _, accept := range []string{problems, "text/html"} {
				there, theirs := s.ask(t, route.Method, c.foreign, c.in, c.by, c.with, accept)
				here, nothing := s.ask(t, route.Method, c.absent, c.in, c.by, c.with, accept)
				pairs++
				names := append(strings.Split(c.foreign, "/"), strings.Split(c.absent, "/")...)
				if a, b := plainAnswer(there, theirs, names), plainAnswer(here, nothing, names); a != b {
					t.Errorf("%s %s tells %s what is somebody else's from what does not exist:\n%s\n%s", route.Method, route.Path, c.by.name, a, b)
				}
			}
		}
	}
	return pairs
}

var (
	anyID     = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	requestID = regexp.MustCompile(`\b[0-9a-f]{32}\b`)
	heldAct   = regexp.MustCompile(`act%3D[A-Za-z0-9_-]{43}`)
	nonce     = regexp.MustCompile(`nonce[-=]"?[A-Za-z0-9+/_=-]+`)
)

// plainAnswer is an answer without the ids in it, and without the parts of the path
// that are names.
func plainAnswer(res *http.Response, body []byte, parts []string) string {
	var b strings.Builder
	b.WriteString(res.Status + "\n")
	var names []string
	for name := range res.Header {
		if name != "Date" && name != "X-Request-Id" && name != "Server-Timing" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		b.WriteString(name + ": " + strings.Join(res.Header[name], "; ") + "\n")
	}
	b.Write(body)
	text := b.String()
	for _, p := range parts {
		if strings.Contains(p, "-") { // no word of the site's own paths
			text = strings.ReplaceAll(text, p, "ID")
		}
	}
	text = heldAct.ReplaceAllString(text, "act%3DACT")
	text = anyID.ReplaceAllString(text, "ID")
	return nonce.ReplaceAllString(requestID.ReplaceAllString(text, "REQUEST"), "NONCE")
}
