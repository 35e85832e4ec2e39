package stories_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestPeople_AcrossModules tells over HTTP what happens where modules meet: on SQLite,
// and on two replicas with Postgres and Redis that answer in turn.
func TestPeople_AcrossModules(t *testing.T) {
	t.Parallel()
	limits := []string{"RATE_LIMIT=off"}
	for name, start := range map[string]func(t *testing.T) town{
		"sqlite": func(t *testing.T) town {
			p := program.Start(t, program.Options{Environ: limits})
			return town{t, p.URL, func(t *testing.T, email string) *http.Client { return p.SignedIn(t, email) }}
		},
		"two replicas with postgres and redis": func(t *testing.T) town {
			r := program.StartReplicas(t, 2, program.Options{DatabaseURL: harness.Database(t, nil), RedisURL: harness.Redis(t), Environ: limits})
			return town{t, r.URL, func(t *testing.T, email string) *http.Client { return r.SignedIn(t, email) }}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t)
			p.editorsByGrant()
			p.deletedOrganization()
			p.linkNeedsTheOtherFactor()
			p.tokensFollowTheirPerson()
		})
	}
}

// town is a running site and the people of it.
type town struct {
	t    *testing.T
	site string
	in   func(t *testing.T, email string) *http.Client
}

// as is one of the sample people, in a browser of their own.
func (p town) as(name string) fixture.Correspondent {
	return fixture.Correspondent{T: p.t, HTTP: p.in(p.t, name+"@neoforge.test"), Site: p.site}
}

// bearing is a program with a personal access token, and without a cookie.
func (p town) bearing(token string) fixture.Correspondent {
	return fixture.Correspondent{T: p.t, HTTP: &http.Client{Timeout: 30 * time.Second, Transport: bearer(token)}, Site: p.site}
}

type bearer string

// RoundTrip implements http.RoundTripper.
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

func (p town) setRole(who fixture.Correspondent, role string) {
	p.t.Helper()
	p.as("ada").JSON("PATCH", "/api/v1/admin/users/"+who.ID(), `{"role":"`+role+`"}`, 200, nil)
}

// editorsByGrant: ben lets cleo edit one post, and that one alone.
func (p town) editorsByGrant() {
	ben, cleo := p.as("ben"), p.as("cleo")
	shared, kept := ben.Draft("Written by two"), ben.Draft("Written by one")
	version := 1
	revise := func(post string, status int) {
		p.t.Helper()
		cleo.JSON("PATCH", "/api/v1/posts/"+post, `{"excerpt":"By cleo."}`, status, nil, "If-Match", fmt.Sprintf(`"%d"`, version))
	}
	let := func(status int) {
		p.t.Helper()
		ben.JSON("POST", "/api/v1/posts/"+shared+"/shares", `{"email":"cleo@neoforge.test","share":"edit"}`, status, nil)
	}
	accept := func() {
		p.t.Helper()
		var offers struct{ Items []struct{ ID string } }
		cleo.JSON("GET", "/api/v1/me/offers", "", 200, &offers)
		if len(offers.Items) != 1 {
			p.t.Fatalf("offers: %+v", offers)
		}
		cleo.Send("GET", "/account/offers", "", "", 200)
		cleo.JSON("POST", "/api/v1/me/offers/"+offers.Items[0].ID+"/accept", "", 204, nil)
		cleo.JSON("DELETE", "/api/v1/me/offers/"+offers.Items[0].ID, "", 404, nil)
	}
	let(202)
	ben.JSON("POST", "/api/v1/posts/"+shared+"/shares", `{"email":"nobody-here@neoforge.test","share":"edit"}`, 202, nil) // nothing tells that nobody has it
	var shares struct{ Items []struct{ Email string } }
	ben.JSON("GET", "/api/v1/posts/"+shared+"/shares", "", 200, &shares)
	if len(shares.Items) != 0 {
		p.t.Errorf("listed before they accepted: %+v", shares.Items)
	}
	accept()
	revise(shared, 403) // who may not write at all is told so, whatever was granted
	p.setRole(cleo, "author")
	revise(kept, 404)
	revise(shared, 200)
	version++
	let(202) // once more changes nothing
	ben.JSON("GET", "/api/v1/posts/"+shared+"/shares", "", 200, &shares)
	if len(shares.Items) != 1 || shares.Items[0].Email != "cleo@neoforge.test" {
		p.t.Errorf("let in: %+v", shares.Items)
	}
	cleo.JSON("GET", "/api/v1/posts/"+shared+"/revisions", "", 200, nil)
	cleo.Send("GET", "/studio/posts/"+shared, "", "", 200)
	cleo.Send("GET", "/studio/posts/"+kept, "", "", 404)
	cleo.JSON("GET", "/api/v1/posts/"+kept+"/revisions", "", 404, nil)

	// To edit is not to hand on, nor to publish.
	cleo.JSON("GET", "/api/v1/posts/"+shared+"/shares", "", 403, nil)
	cleo.JSON("POST", "/api/v1/posts/"+shared+"/shares", `{"email":"dan@neoforge.test","share":"edit"}`, 403, nil)
	cleo.JSON("POST", "/api/v1/posts/"+shared+"/publish", "", 403, nil)
	cleo.JSON("POST", "/api/v1/posts/"+kept+"/publish", "", 404, nil)
	cleo.JSON("GET", "/api/v1/posts/"+kept+"/shares", "", 404, nil)

	ben.JSON("POST", "/api/v1/posts/"+shared+"/shares", `{"email":"cleo@neoforge.test","share":"everything"}`, 422, nil)
	ben.JSON("POST", "/api/v1/posts/"+shared+"/shares", `{"email":"cleo@neoforge.test","share":"publish","until":"2001-02-03T00:00:00Z"}`, 422, nil)
	ben.JSON("POST", "/api/v1/posts/"+shared+"/shares", `{"email":"cleo@neoforge.test","share":"publish"}`, 202, nil)
	cleo.JSON("POST", "/api/v1/posts/"+shared+"/publish", "", 403, nil)
	accept()
	cleo.JSON("POST", "/api/v1/posts/"+shared+"/publish", "", 200, nil)
	cleo.JSON("POST", "/api/v1/posts/"+shared+"/unpublish", "", 200, nil)
	version += 2

	// So does somebody whose role does not: what is shared with them says it, as in the studio, and for no other post.
	var writers struct{ Name string }
	p.as("ada").JSON("POST", "/api/v1/admin/roles", `{"label":"Writers","permissions":["content.post.write"]}`, 201, &writers)
	p.setRole(cleo, writers.Name)
	own := cleo.Draft("By who may not publish")
	for _, post := range []struct {
		id     string
		status int
	}{{shared, 200}, {own, 403}, {kept, 404}} {
		at := "/api/v1/posts/" + post.id
		cleo.JSON("PUT", at+"/schedule", fmt.Sprintf(`{"publish_at":%q}`, time.Now().Add(24*time.Hour).Format(time.RFC3339)), post.status, nil)
		cleo.JSON("DELETE", at+"/schedule", "", post.status, nil)
		cleo.JSON("POST", at+"/publish", "", post.status, nil)
		if post.status != 200 {
			cleo.JSON("POST", at+"/working-copy/publish", "", post.status, nil, "If-Match", `"1"`)
			cleo.JSON("POST", at+"/unpublish", "", post.status, nil)
			continue
		}
		var changes struct{ Version int }
		cleo.JSON("PATCH", at+"/working-copy", `{"excerpt":"By cleo, later."}`, 200, &changes, "If-Match", `"0"`)
		cleo.JSON("POST", at+"/working-copy/publish", "", 200, nil, "If-Match", fmt.Sprintf(`"%d"`, changes.Version))
		cleo.JSON("POST", at+"/unpublish", "", 200, nil)
		version += 5
	}
	p.setRole(cleo, "author")
	cleo.Send("GET", "/studio", "", "", 200)
	ben.Send("GET", "/studio/posts/"+shared+"/sharing", "", "", 200)
	cleo.Send("GET", "/studio/posts/"+shared+"/sharing", "", "", 403)
	ada := p.as("ada")
	why := func(person, action string) (allowed bool) {
		p.t.Helper()
		var told struct {
			Allowed bool
			Rules   []struct{ Text string }
		}
		ada.JSON("GET", "/api/v1/admin/access?kind=post&action="+action+"&resource="+shared+"&person="+person, "", 200, &told)
		if len(told.Rules) == 0 {
			p.t.Errorf("%s may %s for no reason that is told", person, action)
		}
		return told.Allowed
	}
	if !why("cleo@neoforge.test", "publish") || why("cleo@neoforge.test", "share") || !why("ben@neoforge.test", "share") || why("dan@neoforge.test", "edit") || why("", "edit") {
		p.t.Error("what is told of access is not what was shared")
	}
	ada.JSON("GET", "/api/v1/admin/access?kind=post&action=edit&resource="+shared+"&person=nobody-here@neoforge.test", "", 404, nil)
	ada.JSON("GET", "/api/v1/admin/access?kind=boat&action=edit&resource="+shared, "", 422, nil)
	ada.Send("GET", "/admin/access?action=post+edit&resource="+shared+"&person="+cleo.ID(), "", "", 200)
	ben.JSON("GET", "/api/v1/admin/access?kind=post&action=edit&resource="+shared, "", 403, nil)

	ben.JSON("DELETE", "/api/v1/posts/"+shared+"/shares/"+cleo.ID(), "", 204, nil)
	revise(shared, 404)
	cleo.Send("GET", "/studio/posts/"+shared, "", "", 404)
	cleo.JSON("GET", "/api/v1/posts/"+shared+"/revisions", "", 404, nil)
	ben.JSON("DELETE", "/api/v1/posts/"+shared+"/shares/"+cleo.ID(), "", 404, nil)

	// Who it is shared with reads a post that they would have to pay for, and no other.
	slug := func(post string) string {
		p.t.Helper()
		var got struct{ Slug string }
		ben.JSON("PATCH", "/api/v1/posts/"+post, `{"visibility":"paid","body_markdown":"Teaser.\n\nOnly for some."}`, 200, &got, "If-Match", "*")
		ben.JSON("POST", "/api/v1/posts/"+post+"/publish", "", 200, nil)
		return got.Slug
	}
	first, second := slug(shared), slug(kept)
	reads := func(slug string) bool {
		p.t.Helper()
		page := strings.Contains(string(cleo.Send("GET", "/posts/"+slug, "", "", 200)), "Only for some.")
		api := strings.Contains(string(cleo.Send("GET", "/api/v1/posts/"+slug, "", "", 200)), "Only for some.")
		if page != api {
			p.t.Errorf("the page of %s shows it: %v, the API: %v", slug, page, api)
		}
		return page
	}
	if reads(first) || reads(second) {
		p.t.Error("cleo reads what they did not pay for")
	}
	ben.JSON("POST", "/api/v1/posts/"+shared+"/shares", `{"email":"cleo@neoforge.test","share":"read"}`, 202, nil)
	if reads(first) {
		p.t.Error("an offer is read before it is accepted")
	}
	accept()
	if !reads(first) || reads(second) {
		p.t.Errorf("shared: reads it %v, and another %v", reads(first), reads(second))
	}
	ben.JSON("DELETE", "/api/v1/posts/"+shared+"/shares/"+cleo.ID(), "", 204, nil)
	if reads(first) {
		p.t.Error("taken back, and read")
	}
	p.setRole(cleo, "member")
	revise(shared, 403)
}

// deletedOrganization: what a shared organization bought ends with it, for everybody
// who belonged to it.
func (p town) deletedOrganization() {
	cleo, ada := p.as("cleo"), p.as("ada")
	var made struct{ ID string }
	cleo.JSON("POST", "/api/v1/organizations", `{"name":"The Bellows"}`, 201, &made)
	at := "/api/v1/billing/subscription?organization_id=" + made.ID
	paid := func() bool {
		p.t.Helper()
		var held struct{ Items []string }
		cleo.JSON("GET", "/api/v1/billing/entitlements", "", 200, &held)
		return strings.Contains(strings.Join(held.Items, " "), "content.paid")
	}
	if paid() {
		p.t.Fatal("cleo has what they did not pay for")
	}
	buyFor(cleo, made.ID)
	cleo.Eventually("the organization has what it paid for", paid)
	var subscription struct{ Status string }
	cleo.JSON("GET", at, "", 200, &subscription)
	if subscription.Status != "active" {
		p.t.Errorf("the subscription is %s", subscription.Status)
	}
	cleo.JSON("DELETE", "/api/v1/organizations/"+made.ID, "", 204, nil)
	if paid() {
		p.t.Error("cleo still has what an organization paid for that is gone")
	}
	cleo.JSON("GET", at, "", 404, nil)
	closed := func() bool {
		p.t.Helper()
		var trail struct{ Items []struct{ Action string } }
		ada.JSON("GET", "/api/v1/admin/audit?action=billing.account_closed", "", 200, &trail)
		return len(trail.Items) == 1
	}
	ada.Eventually("billing has closed the account", closed)
}

// buyFor pays for the plan with everything on an organization's account.
func buyFor(c fixture.Correspondent, organization string) {
	c.T.Helper()
	var plans struct {
		Items []struct {
			Code   string
			Prices []struct{ ID string }
		}
	}
	c.JSON("GET", "/api/v1/billing/plans", "", 200, &plans)
	for _, plan := range plans.Items {
		if plan.Code != "pro" {
			continue
		}
		var checkout struct {
			URL string `json:"checkout_url"`
		}
		body := fmt.Sprintf(`{"price_id":%q,"organization_id":%q}`, plan.Prices[0].ID, organization)
		c.JSON("POST", "/api/v1/billing/checkout", body, 201, &checkout, "Idempotency-Key", "for-"+organization)
		u, err := url.Parse(checkout.URL)
		if err != nil {
			c.T.Fatal(err)
		}
		c.Send("POST", u.RequestURI(), "application/json", `{"outcome":"paid"}`, 0)
	}
}

// linkNeedsTheOtherFactor: dan has an authenticator app; a letter's link alone signs
// nobody in.
func (p town) linkNeedsTheOtherFactor() {
	dan := p.as("dan")
	var setup struct{ Secret string }
	dan.JSON("POST", "/api/v1/me/totp", "", 201, &setup)
	dan.JSON("POST", "/api/v1/me/totp/confirm", `{"code":"`+p.code(setup.Secret, 0)+`"}`, 200, nil)

	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	reader := fixture.Correspondent{T: p.t, HTTP: &http.Client{Jar: jar, Timeout: 30 * time.Second, Transport: asPage{}}, Site: p.site}
	reader.Send("POST", "/login/link", form, "email=dan%40neoforge.test", 0)
	link := regexp.MustCompile(`/auth/magic\?token=([A-Za-z0-9_-]+)`)
	var token string
	reader.Eventually("the letter comes", func() bool {
		found := link.FindStringSubmatch(string(reader.Send("GET", "/dev/mailbox.json?to=dan%40neoforge.test", "", "", 200)))
		if found != nil {
			token = found[1]
		}
		return found != nil
	})
	page := reader.Send("POST", "/auth/magic", form, "token="+token, 200)
	if !strings.Contains(string(page), "One more step") {
		p.t.Errorf("after the link:\n%.600s", page)
	}
	reader.JSON("GET", "/api/v1/me", "", 401, nil)
	if at := reader.Send("GET", "/account", "", "", 200); !strings.Contains(string(at), `name="password"`) {
		p.t.Error("the link alone opens the account")
	}
	reader.Send("POST", "/login/second-factor", form, "code=000000", 422)
	reader.JSON("GET", "/api/v1/me", "", 401, nil)
	reader.Send("POST", "/login/second-factor", form, "code="+p.code(setup.Secret, 1), 200)
	if reader.ID() != dan.ID() {
		p.t.Error("both factors lead to somebody else")
	}
}

const form = "application/x-www-form-urlencoded"

// asPage sends what a page of the site would.
type asPage struct{}

// RoundTrip implements http.RoundTripper.
func (asPage) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return http.DefaultTransport.RoundTrip(r)
}

// code is what an authenticator app shows steps from now.
func (p town) code(secret string, steps int) string {
	p.t.Helper()
	code, err := totp.GenerateCode(secret, time.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		p.t.Fatal(err)
	}
	return code
}

// tokensFollowTheirPerson: a program of ben's may do what ben may, at every request.
func (p town) tokensFollowTheirPerson() {
	ben, ada := p.as("ben"), p.as("ada")
	var made struct{ Token string }
	ben.JSON("POST", "/api/v1/me/tokens", `{"name":"A script","scopes":["read","write","content.post.write"]}`, 201, &made)
	script := p.bearing(made.Token)
	write := func(status int) {
		p.t.Helper()
		for range 2 { // each replica
			script.JSON("POST", "/api/v1/posts", `{"title":"By a script","body_markdown":"Beep.","visibility":"public"}`, status, nil)
		}
	}
	read := func(status int) {
		p.t.Helper()
		for range 2 {
			script.JSON("GET", "/api/v1/me", "", status, nil)
		}
	}
	write(201)
	read(200)
	id := ben.ID()
	p.setRole(ben, "member")
	write(403)
	read(200)
	p.setRole(ben, "author")
	write(201)
	ada.JSON("POST", "/api/v1/admin/users/"+id+"/suspend", `{"reason":"A test of it."}`, 204, nil)
	read(401)
	write(401)
	ben.JSON("GET", "/api/v1/me", "", 401, nil)
}
