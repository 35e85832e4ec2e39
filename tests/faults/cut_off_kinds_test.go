package faults_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// people are browsers: of an administrator, an author, and two members.
type people struct{ ada, ben, cleo, dan *http.Client }

// bearer is a program with a token.
type bearer string

// RoundTrip implements http.RoundTripper.
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

// personalToken makes one, and the program that has it.
func (s *replicas) personalToken(t *testing.T, owner *http.Client) (id string, c *http.Client) {
	t.Helper()
	var made struct{ ID, Token string }
	if err := json.Unmarshal(send(t, owner, http.MethodPost, s.there.URL+"/api/v1/me/tokens", `{"name":"A script","scopes":["read"]}`), &made); err != nil {
		t.Fatal(err)
	}
	return made.ID, &http.Client{Transport: bearer(made.Token)}
}

func (s *replicas) otherDecisions(t *testing.T, p people) []decision {
	t.Helper()
	var nobody http.Client
	site := s.there.URL
	post := func(c *http.Client, path, body string, into any) {
		t.Helper()
		if err := json.Unmarshal(send(t, c, http.MethodPost, site+path, body), into); err != nil {
			t.Fatal(err)
		}
	}
	me := func(c *http.Client) (who struct{ ID, Name string }) {
		read(t, c, site+"/api/v1/me", &who)
		return who
	}
	danID, benID, cleoID := me(p.dan).ID, me(p.ben).ID, me(p.cleo).ID
	refused := func(c *http.Client) func(*program.Program) bool {
		return func(at *program.Program) bool { return status(t, c, at.URL+"/api/v1/me") == http.StatusUnauthorized }
	}

	revokedID, revoked := s.personalToken(t, p.dan)

	identity, err := s.there.App.Identity()
	if err != nil {
		t.Fatal(err)
	}
	const password = "nine quiet foxes went north"
	if _, err := identity.Administration.CreateUser(t.Context(), administration.CreateUser{
		Email: "finn@neoforge.test", Name: "Finn", Password: password, Role: identityport.RoleMember, EmailVerified: true,
	}); err != nil {
		t.Fatal(err)
	}
	var tokens struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	post(&nobody, "/api/v1/auth/login", `{"email":"finn@neoforge.test","password":"`+password+`"}`, &tokens)
	app := &http.Client{Transport: bearer(tokens.Access)}

	var role struct{ Name string }
	post(p.ada, "/api/v1/admin/roles", `{"label":"Writers","permissions":["content.post.write"]}`, &role)
	send(t, p.ada, http.MethodPatch, site+"/api/v1/admin/users/"+danID, `{"role":"`+role.Name+`"}`)

	var team, invitation struct{ ID string }
	post(p.ben, "/api/v1/organizations", `{"name":"Team"}`, &team)
	members := "/api/v1/organizations/" + team.ID + "/members"
	post(p.ben, "/api/v1/organizations/"+team.ID+"/invitations", `{"email":"cleo@neoforge.test","role":"reader"}`, &invitation)
	send(t, p.cleo, http.MethodPost, site+"/account/organizations/invitations/"+invitation.ID+"/accept", "")

	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 64, 64))); err != nil {
		t.Fatal(err)
	}
	var shown struct {
		AvatarURL string `json:"avatar_url"`
	}
	if err := json.Unmarshal(send(t, p.dan, http.MethodPut, site+"/api/v1/me/avatar", picture.String()), &shown); err != nil {
		t.Fatal(err)
	}
	terms := func(at *program.Program, version, words string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, at.URL+"/api/v1/admin/site-pages/terms", strings.NewReader(`{"body_markdown":"`+words+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("If-Match", version)
		answer, err := p.ada.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("publish the terms: %d, %v", answer.StatusCode, err)
		}
	}
	terms(s.there, `"0"`, "Earlier words.")
	bylined := publish(t, s.there, p.ben, "Words with a name", "public")
	author := me(p.ben).Name

	return []decision{
		{t, "a personal token that was revoked", false, func(at *program.Program) {
			send(t, p.dan, http.MethodDelete, at.URL+"/api/v1/me/tokens/"+revokedID, "")
		}, refused(revoked), "TagToken"},
		{t, "the tokens of an app that signed out", false, func(at *program.Program) {
			send(t, app, http.MethodPost, at.URL+"/api/v1/auth/logout", "")
		}, func(at *program.Program) bool {
			if !refused(app)(at) {
				return false
			}
			code, _ := exchange(t, &nobody, http.MethodPost, at.URL+"/api/v1/auth/refresh", `{"refresh_token":"`+tokens.Refresh+`"}`)
			return code == http.StatusUnauthorized
		}, "TagSession"},
		{t, "a permission that was taken from a role", false, func(at *program.Program) {
			send(t, p.ada, http.MethodPatch, at.URL+"/api/v1/admin/roles/"+role.Name, `{"permissions":[]}`)
		}, func(at *program.Program) bool {
			return status(t, p.dan, at.URL+"/studio/posts/new") != http.StatusOK
		}, "TagRoles"},
		{t, "a membership", false, func(at *program.Program) {
			send(t, p.ben, http.MethodDelete, at.URL+members+"/"+cleoID, "")
		}, func(at *program.Program) bool {
			return status(t, p.cleo, at.URL+members) != http.StatusOK
		}, "TagUser"},
		{t, "a picture that was removed", true, func(at *program.Program) {
			send(t, p.dan, http.MethodDelete, at.URL+"/api/v1/me/avatar", "")
		}, func(at *program.Program) bool {
			return status(t, &nobody, at.URL+shown.AvatarURL) == http.StatusNotFound
		}, "TagAvatar"},
		{t, "an earlier version of a page of the site", true, func(at *program.Program) {
			terms(at, `"1"`, "Later words.")
		}, func(at *program.Program) bool {
			return !strings.Contains(text(t, &nobody, at.URL+"/api/v1/site-pages/terms"), "Earlier words")
		}, "TagSitePages"},
		{t, "a former name", true, func(at *program.Program) {
			send(t, p.ada, http.MethodPatch, at.URL+"/api/v1/admin/users/"+benID, `{"name":"Quillfeather"}`)
			// Content learns of it by an event, which either replica may carry out.
			waitForJobs(t, s.db, "events.deliver")
		}, func(at *program.Program) bool {
			return !strings.Contains(text(t, &nobody, at.URL+"/posts/"+bylined.Slug), author)
		}, "TagBylines"},
		{t, "a list without a new plan", true, func(at *program.Program) {
			app, err := at.App.Billing()
			if err == nil {
				err = app.PutPlan(t.Context(), billing.Plan{
					Code: "patron", Name: "Patron", Entitlements: []billing.Entitlement{"content.paid"},
					Prices: []billing.Price{{Interval: billing.Yearly, Money: billing.Money{Amount: 9900, Currency: "EUR"}}},
				})
			}
			if err != nil {
				t.Fatal(err)
			}
		}, func(at *program.Program) bool {
			return strings.Contains(text(t, &nobody, at.URL+"/api/v1/billing/plans"), "patron")
		}, "TagPlans"},
	}
}

var invalidated = regexp.MustCompile(`\.Invalidate\(([^\n]*)\)`)

// everyTagIsDecided fails for a tag that a store invalidates and no decision is about.
func everyTagIsDecided(t *testing.T, all []decision) {
	t.Helper()
	files, err := filepath.Glob("../../adapters/entstore/*store/*.go")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files of stores, %v", len(files), err)
	}
	var decided, found []string
	for _, d := range all {
		decided = append(decided, strings.Fields(d.tags)...)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range invalidated.FindAllStringSubmatch(string(source), -1) {
			found = append(found, regexp.MustCompile(`\bTag[A-Z]\w*`).FindAllString(call[1], -1)...)
		}
	}
	if len(found) < 20 {
		t.Fatalf("%d invalidations were found", len(found))
	}
	for _, tag := range found {
		if !strings.Contains(" "+strings.Join(decided, " ")+" ", " "+tag+" ") {
			t.Errorf("no decision is about %s", tag)
		}
	}
}
