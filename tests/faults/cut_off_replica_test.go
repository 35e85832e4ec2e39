package faults_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/billing/billingapp"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// Two replicas on one database and one Redis. What is decided on the one that is cut off
// from Redis holds on the other at its next request, though that one has everything in
// its cache and in Redis.
func TestCutOffReplica_IsObeyedByTheOther(t *testing.T) {
	t.Parallel()
	for name, cut := range cuts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := twoReplicas(t)
			decided := s.decisions(t, s.there)
			cut(s.cable)
			for _, d := range decided {
				d.decide(s.here)
				d.holds(s.there)
				d.holds(s.here)
			}
		})
	}
}

// The other way round: what the cut off replica has in its memory.
func TestCutOffReplica_ObeysTheOther(t *testing.T) {
	t.Parallel()
	for name, cut := range cuts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := twoReplicas(t)
			decided := s.decisions(t, s.here)
			cut(s.cable)
			for _, d := range decided {
				d.decide(s.there)
				d.holds(s.there)
				if d.public { // read from the notes, not waited for
					waitFor(t, "the end of "+d.what, func() bool { return d.over(s.here) })
				}
				d.holds(s.here)
			}
		})
	}
}

var cuts = map[string]func(*harness.Cable){
	"refused":   (*harness.Cable).Cut,
	"swallowed": (*harness.Cable).Swallow,
}

// replicas are two: here reaches Redis by a cable.
type replicas struct {
	here, there *program.Program
	cable       *harness.Cable
	db          *entstore.DB
}

func twoReplicas(t *testing.T) *replicas {
	t.Helper()
	database, redis := harness.Database(t, program.MigrateUp), harness.Redis(t)
	cable, through := harness.Through(t, redis)
	o := program.Options{DatabaseURL: database, RedisURL: redis, Environ: []string{"RATE_LIMIT=off"}}
	db, err := entstore.Open(t.Context(), database, entstore.Options{MaxOpen: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s := &replicas{cable: cable, db: db, there: program.Start(t, o)}
	o.RedisURL, o.BaseURL = through, s.there.URL // as it is of one site, whose tokens both accept
	s.here = program.Start(t, o)
	return s
}

// decision is something that is allowed until it is decided otherwise.
type decision struct {
	t      *testing.T
	what   string
	public bool
	decide func(at *program.Program)
	over   func(at *program.Program) bool
	tags   string // of its stores' invalidations
}

// holds asks once.
func (d decision) holds(at *program.Program) {
	d.t.Helper()
	if !d.over(at) {
		d.t.Errorf("%s goes on", d.what)
	}
}

// decisions prepares them, and has both replicas, the one last, keep what they end.
func (s *replicas) decisions(t *testing.T, last *program.Program) []decision {
	t.Helper()
	sign := func(email string) *http.Client { return s.there.SignedIn(t, email) }
	ada, ben, dan := sign("ada@neoforge.test"), sign("ben@neoforge.test"), sign("dan@neoforge.test")
	cleo, other := sign("cleo@neoforge.test"), sign("cleo@neoforge.test")
	nobody := &http.Client{}

	paid := publish(t, s.there, ben, "Paid words", "paid")
	post := publish(t, s.there, ben, "Public words", "public")
	id := func(c *http.Client) string {
		var me struct{ ID string }
		read(t, c, s.there.URL+"/api/v1/me", &me)
		return me.ID
	}
	benID, cleoID := id(ben), id(cleo)
	organization := personalOrganization(t, s.there, dan)
	_, script := s.personalToken(t, cleo)

	signedOut := func(c *http.Client) func(*program.Program) bool {
		return func(at *program.Program) bool { return status(t, c, at.URL+"/api/v1/me") == http.StatusUnauthorized }
	}
	all := []decision{
		{t, "a revoked session", false, func(at *program.Program) {
			send(t, other, http.MethodDelete, at.URL+"/api/v1/me/sessions", "")
		}, signedOut(cleo), "TagSession"},
		{t, "the session, or the token, of who is suspended", false, func(at *program.Program) {
			send(t, ada, http.MethodPost, at.URL+"/api/v1/admin/users/"+cleoID+"/suspend", `{"reason":"Reads too much."}`)
		}, func(at *program.Program) bool { return signedOut(other)(at) && signedOut(script)(at) }, "TagUser"},
		{t, "a role that was taken", false, func(at *program.Program) {
			send(t, ada, http.MethodPatch, at.URL+"/api/v1/admin/users/"+benID, `{"role":"member"}`)
		}, func(at *program.Program) bool {
			return status(t, ben, at.URL+"/studio/posts/new") != http.StatusOK
		}, "TagUser"},
		{t, "an entitlement that ended", false, func(at *program.Program) {
			app, err := at.App.Billing()
			if err == nil {
				err = app.GrantPlan(t.Context(), billingapp.GrantPlan{Organization: organization, PlanCode: "free", Interval: billing.Monthly, Currency: "EUR"})
			}
			if err != nil {
				t.Fatal(err)
			}
		}, func(at *program.Program) bool {
			return !strings.Contains(text(t, dan, at.URL+"/posts/"+paid.Slug), "Words to read")
		}, "TagOrganization"},
		{t, "an unpublished post", true, func(at *program.Program) {
			send(t, ada, http.MethodPost, at.URL+"/api/v1/posts/"+post.ID+"/unpublish", "")
		}, func(at *program.Program) bool {
			for _, path := range []string{"/posts", "/feed.xml", "/api/v1/posts"} {
				if strings.Contains(text(t, nobody, at.URL+path), post.Slug) {
					return false
				}
			}
			return status(t, nobody, at.URL+"/posts/"+post.Slug) == http.StatusNotFound &&
				status(t, nobody, at.URL+"/api/v1/posts/"+post.Slug) == http.StatusNotFound &&
				status(t, ben, at.URL+"/posts/"+post.Slug) == http.StatusNotFound
		}, "TagPosts TagPost TagTagged StaleTags StaleBySave"},
	}
	all = append(s.otherDecisions(t, people{ada: ada, ben: ben, cleo: cleo, dan: dan}), all...)
	everyTagIsDecided(t, all)
	first := s.here
	if last == s.here {
		first = s.there
	}
	for range 2 { // loaded, then kept
		for _, at := range []*program.Program{first, last} {
			for _, d := range all {
				if d.over(at) {
					t.Fatalf("%s is over before it is decided", d.what)
				}
			}
		}
	}
	return all
}

type published struct{ ID, Slug string }

func publish(t *testing.T, at *program.Program, author *http.Client, title, visibility string) (p published) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"title": title, "body_markdown": "Open.\n\nWords to read.", "visibility": visibility})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(send(t, author, http.MethodPost, at.URL+"/api/v1/posts", string(body)), &p); err != nil {
		t.Fatal(err)
	}
	send(t, author, http.MethodPost, at.URL+"/api/v1/posts/"+p.ID+"/publish", "")
	return p
}

func personalOrganization(t *testing.T, at *program.Program, c *http.Client) identityport.OrganizationID {
	t.Helper()
	var list struct {
		Items []struct {
			ID       identityport.OrganizationID
			Personal bool
		}
	}
	read(t, c, at.URL+"/api/v1/organizations", &list)
	for _, o := range list.Items {
		if o.Personal {
			return o.ID
		}
	}
	t.Fatalf("there is no personal organization among %v", list)
	return ""
}

func read(t *testing.T, c *http.Client, url string, into any) {
	t.Helper()
	if err := json.Unmarshal(send(t, c, http.MethodGet, url, ""), into); err != nil {
		t.Fatal(err)
	}
}

// send fails unless the answer is good.
func send(t *testing.T, c *http.Client, method, url, body string) []byte {
	t.Helper()
	code, out := exchange(t, c, method, url, body)
	if code >= 400 {
		t.Fatalf("%s %s: %d %s", method, url, code, out)
	}
	return out
}

func text(t *testing.T, c *http.Client, url string) string {
	t.Helper()
	_, out := exchange(t, c, http.MethodGet, url, "")
	return string(out)
}

func status(t *testing.T, c *http.Client, url string) int {
	t.Helper()
	code, _ := exchange(t, c, http.MethodGet, url, "")
	return code
}

func exchange(t *testing.T, c *http.Client, method, url, body string) (int, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	out, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode >= 500 {
		t.Fatalf("%s %s: %d %s", method, url, answer.StatusCode, out)
	}
	return answer.StatusCode, out
}
