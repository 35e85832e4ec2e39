package stories_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/certificates/certificatestest"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

const (
	productionHost = "forge.test"
	passphrase     = "eleven quiet lanterns drift"
)

// fromAPage sends what a browser sends from a page of the site, to the site's own port.
type fromAPage struct{ to http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (f fromAPage) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return f.to.RoundTrip(r)
}

// browserOf is somebody at a site that is served by HTTPS.
func browserOf(t *testing.T, p *program.Program, roots *x509.CertPool) fixture.Correspondent {
	t.Helper()
	at, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", "127.0.0.1:"+at.Port())
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return fixture.Correspondent{T: t, Site: "https://" + productionHost, HTTP: &http.Client{Jar: jar, Timeout: time.Minute, Transport: fromAPage{transport}}}
}

func submit(c fixture.Correspondent, path string, fields ...string) string {
	c.T.Helper()
	values := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return string(c.Send("POST", path, "application/x-www-form-urlencoded", values.Encode(), 0))
}

// TestProduction_AnAdministratorAndAnAuthorDoAllOfIt has the settings of production, without
// any of development's sample people: the first administrator is made on the command line, the
// author registers by mail.
func TestProduction_AnAdministratorAndAnAuthorDoAllOfIt(t *testing.T) {
	t.Parallel()
	for name, on := range map[string]func(t *testing.T) program.Options{
		"sqlite": func(t *testing.T) program.Options {
			file := "sqlite://" + filepath.Join(t.TempDir(), "neoforge.db")
			if err := program.MigrateUp(t.Context(), file); err != nil {
				t.Fatal(err)
			}
			return program.Options{DatabaseURL: file}
		},
		"postgres and redis": func(t *testing.T) program.Options {
			return program.Options{DatabaseURL: harness.Database(t, program.MigrateUp), RedisURL: harness.Redis(t)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			office, mailURL := openPostOffice(t)
			pair := certificatestest.MustMake(t, time.Now().Add(90*24*time.Hour), productionHost)
			cert, key := pair.MustWrite(t)
			o := on(t)
			o.BaseURL = "https://" + productionHost
			secret := make([]byte, 32)
			_, _ = rand.Read(secret)
			o.Environ = []string{"APP_ENV=production", "DRAIN_DELAY=0s", "SECRET_KEY=" + base64.StdEncoding.EncodeToString(secret), "TLS_CERT=" + cert, "TLS_KEY=" + key, "MAIL_URL=" + mailURL, "MAIL_FROM=Site <site@example.com>", "STORAGE_URL=file://" + t.TempDir()}
			p := program.Start(t, o)
			rooms, err := p.App.Identity()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := rooms.Administration.CreateUser(t.Context(), administration.CreateUser{ // as `user create` does
				Email: "ada@example.com", Name: "Ada", Password: passphrase, Role: identityport.RoleAdministrator, EmailVerified: true,
			}); err != nil {
				t.Fatal(err)
			}
			ada, ben, visitor := browserOf(t, p, pair.Roots), browserOf(t, p, pair.Roots), browserOf(t, p, pair.Roots)
			visitor.Send("GET", "/auth/dev", "", "", 404)
			submit(ada, "/login", "email", "ada@example.com", "password", passphrase)
			becomesAuthor(t, office, ada, ben)
			writesAll(t, ada, ben, visitor)
		})
	}
}

var verification = regexp.MustCompile(`https://forge\.test/verify-email\?token=([\w.~-]+)`)

func becomesAuthor(t *testing.T, office *postOffice, ada, ben fixture.Correspondent) {
	t.Helper()
	submit(ben, "/register", "email", "ben@example.com", "name", "Ben", "password", passphrase)
	var token string
	ben.Eventually("a mail to prove the address", func() bool {
		found := verification.FindStringSubmatch(office.letters("ben@example.com"))
		if found != nil {
			token = found[1]
		}
		return found != nil
	})
	submit(ben, "/verify-email", "token", token)
	submit(ben, "/login", "email", "ben@example.com", "password", passphrase)
	ben.JSON("POST", "/api/v1/posts", `{"title":"Too early","body_markdown":"No."}`, 403, nil)
	var people struct{ Items []struct{ ID, Email string } }
	ada.JSON("GET", "/api/v1/admin/users?q=ben", "", 200, &people)
	if len(people.Items) != 1 {
		t.Fatalf("found %+v", people)
	}
	ada.JSON("PATCH", "/api/v1/admin/users/"+people.Items[0].ID, `{"role":"author"}`, 200, nil)
}

func writesAll(t *testing.T, ada, ben, visitor fixture.Correspondent) {
	t.Helper()
	type written struct {
		ID, Slug, Status string
		Version          int
	}
	seen := func(version int) []string { return []string{"If-Match", fmt.Sprintf(`"%d"`, version)} }
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	var picture struct{ ID string }
	out := ben.Send("POST", "/api/v1/media?name=boats.png&alt=Boats", "application/octet-stream", drawn.String(), 201)
	picture.ID = regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(string(out))[1]

	// A page and a post, by the forms of a page without script.
	submit(ben, "/studio/posts", "title", "About us", "body_markdown", "Who we are.", "visibility", "public", "kind", "page", "intent", "publish")
	if page := string(visitor.Send("GET", "/pages/about-us", "", "", 0)); !strings.Contains(page, "Who we are.") {
		t.Errorf("the page says %.800s", page)
	}
	submit(ben, "/studio/posts", "title", "Boats", "body_markdown", "At the quay.\n\n![Boats](/media/"+picture.ID+")", "visibility", "public", "tags", "harbours", "intent", "publish")
	if page := string(visitor.Send("GET", "/posts/boats", "", "", 200)); !strings.Contains(page, "At the quay.") || !strings.Contains(page, `alt="Boats"`) {
		t.Errorf("the post says %.800s", page)
	}
	var post written
	ben.JSON("GET", "/api/v1/posts/boats", "", 200, &post)
	at := "/api/v1/posts/" + post.ID
	studio := "/studio/posts/" + post.ID

	// A working copy, which readers do not see before it is published.
	var changes struct{ Version int }
	ben.JSON("PATCH", at+"/working-copy", `{"body_markdown":"At the other quay."}`, 200, &changes, "If-Match", `"0"`)
	if page := string(visitor.Send("GET", "/posts/boats", "", "", 200)); strings.Contains(page, "other quay") {
		t.Error("readers see changes that are not published")
	}
	ben.JSON("POST", at+"/working-copy/publish", "", 200, &post, seen(changes.Version)...)
	ben.Eventually("readers see the changes", func() bool {
		return strings.Contains(string(visitor.Send("GET", "/posts/boats", "", "", 200)), "other quay")
	})

	// A draft: its review, a preview link, a schedule and its end.
	var draft written
	ben.JSON("POST", "/api/v1/posts", `{"title":"Nets","body_markdown":"Mended at dusk.","visibility":"members"}`, 201, &draft)
	on := "/api/v1/posts/" + draft.ID
	ben.JSON("POST", on+"/review", `{"note":"Please read it."}`, 0, nil)
	ada.JSON("POST", on+"/approve", `{}`, 0, nil, "If-Match", "*")
	var link struct{ URL string }
	ben.JSON("POST", on+"/preview-links", `{"days":1}`, 201, &link)
	if page := string(visitor.Send("GET", strings.TrimPrefix(link.URL, visitor.Site), "", "", 200)); !strings.Contains(page, "<h1") || !strings.Contains(page, "Nets") || strings.Contains(page, "Mended at dusk.") {
		t.Errorf("behind the link to what is for members stands %.2000s", page)
	}
	ben.JSON("PUT", on+"/schedule", fmt.Sprintf(`{"publish_at":%q}`, time.Now().Add(48*time.Hour).UTC().Format(time.RFC3339)), 200, nil, "If-Match", "*")
	ben.JSON("DELETE", on+"/schedule", "", 0, nil, "If-Match", "*")

	// Every page of the studio that belongs to a post opens, and so do the others.
	for _, page := range []string{"/studio", "/studio/media", "/studio/media/" + picture.ID, "/studio/posts/new", studio, studio + "/details", studio + "/cover", studio + "/authors", studio + "/revisions", studio + "/sharing", "/studio/posts/" + draft.ID + "/previews"} {
		ben.Send("GET", page, "", "", 200)
	}
	for _, page := range []string{"/studio/tags", "/admin", "/admin/people", "/admin/system"} {
		ada.Send("GET", page, "", "", 200)
	}
	// The administrator's part: others' posts, many at once, the trash and back.
	ada.JSON("POST", "/api/v1/posts/bulk", `{"action":"add_tag","value":"evening","posts":[{"id":"`+post.ID+`"},{"id":"`+draft.ID+`"}]}`, 200, nil)
	ada.JSON("DELETE", on, "", 0, nil, "If-Match", "*")
	ada.JSON("POST", on+"/restore", "", 0, nil)
	if found := string(visitor.Send("GET", "/search?q=quay", "", "", 200)); !strings.Contains(found, "/posts/boats") {
		t.Errorf("the search finds %.800s", found)
	}
	if tagged := string(visitor.Send("GET", "/tags/evening", "", "", 200)); !strings.Contains(tagged, "/posts/boats") || strings.Contains(tagged, "Nets") {
		t.Errorf("under the tag stands %.800s", tagged)
	}
}
