package http_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestSitePages_AreWhatPeopleAgreeTo has an administrator publish the texts, by the page
// and by the API, and somebody register who was shown the ones before.
func TestSitePages_AreWhatPeopleAgreeTo(t *testing.T) {
	t.Parallel()
	for name, start := range sites {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, signedIn := start(t)
			v := visitor{t, site}
			shows := func(path, want string) {
				t.Helper()
				if name != "sqlite" { // the other replica hears of it by a message
					fixture.Correspondent{T: t, HTTP: nil, Site: site}.Eventually("both replicas show "+want, func() bool {
						for range 4 {
							if _, _, body := v.get(path); !strings.Contains(body, want) {
								return false
							}
						}
						return true
					})
				}
				for range 4 { // of every replica, from its cache as well
					if status, _, body := v.get(path); status != 200 || !strings.Contains(body, want) {
						t.Fatalf("%s: %d, without %q", path, status, want)
					}
				}
			}
			shows("/terms", "has not published this text yet")
			shows("/privacy", "has not published this text yet")
			if a := (visitor{t, site}).headers("/terms"); a.Get("Cache-Control") != "private, no-cache" || a.Get("ETag") == "" {
				t.Errorf("the terms are for shared caches: %v", a)
			}
			shows("/posts", `href="/privacy"`)
			shows("/register", `<a href="/terms">`)
			if status, _, _ := v.get("/api/v1/site-pages/terms"); status != 404 {
				t.Errorf("a page that is not there: %d", status)
			}

			ben := fixture.Correspondent{T: t, HTTP: signedIn("ben@neoforge.test"), Site: site}
			ben.JSON("PUT", "/api/v1/admin/site-pages/terms", `{"body_markdown":"x"}`, 403, nil, "If-Match", `"0"`)
			ben.Send("GET", "/admin/site-pages", "", "", 403)

			ada := fixture.Correspondent{T: t, HTTP: signedIn("ada@neoforge.test"), Site: site}
			post := func(fields url.Values) (status int, body string) {
				t.Helper()
				answer, err := ada.HTTP.PostForm(site+"/admin/site-pages/terms", fields)
				if err != nil {
					t.Fatal(err)
				}
				defer answer.Body.Close()
				out, err := io.ReadAll(answer.Body)
				if err != nil {
					t.Fatal(err)
				}
				return answer.StatusCode, string(out)
			}
			const text = "## Scope\n\nBe **kind**. <script>alert(1)</script>"
			if status, body := post(url.Values{"seen": {"0"}, "intent": {"preview"}, "body_markdown": {text}}); status != 200 || !strings.Contains(body, "<strong>kind</strong>") {
				t.Errorf("a preview: %d", status)
			}
			shows("/terms", "has not published this text yet")
			if status, body := post(url.Values{"seen": {"0"}, "body_markdown": {"  "}}); status != 422 || !strings.Contains(body, "Write the text") {
				t.Errorf("nothing: %d", status)
			}
			if status, _ := post(url.Values{"seen": {"0"}, "body_markdown": {text}}); status != 200 {
				t.Fatalf("publish: %d", status)
			}
			shows("/terms", "<strong>kind</strong>")
			if _, _, body := v.get("/terms"); strings.Contains(body, "alert(1)</script>") {
				t.Error("a script is in the page")
			}
			if status, body := post(url.Values{"seen": {"0"}, "body_markdown": {"Over it."}}); status != 409 || !strings.Contains(body, "Over it.") {
				t.Errorf("over a version that was not seen: %d", status)
			}

			var page struct{ Version, Body_markdown string }
			ada.JSON("GET", "/api/v1/site-pages/terms", "", 200, &page)
			registers := func(email, terms, password string) (int, string) {
				t.Helper()
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, site+"/register", strings.NewReader(url.Values{
					"name": {"Dora"}, "email": {email}, "password": {password}, "terms_version": {terms},
				}.Encode()))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				r.Header.Set("Sec-Fetch-Site", "same-origin")
				answer, err := http.DefaultTransport.RoundTrip(r)
				if err != nil {
					t.Fatal(err)
				}
				defer answer.Body.Close()
				out, err := io.ReadAll(answer.Body)
				if err != nil {
					t.Fatal(err)
				}
				return answer.StatusCode, string(out)
			}
			_, _, form := v.get("/register")
			shown := regexp.MustCompile(`name="terms_version" value="([^"]+)"`).FindStringSubmatch(form)
			if len(shown) != 2 || shown[1] != page.Version {
				t.Fatalf("the form has %q, in force is %q", shown, page.Version)
			}
			ada.JSON("PUT", "/api/v1/admin/site-pages/terms", `{"body_markdown":"Be kinder."}`, 200, &page, "If-Match", `"1"`)
			ada.JSON("PUT", "/api/v1/admin/site-pages/terms", `{"body_markdown":"Be kindest."}`, 412, nil, "If-Match", `"1"`)
			ada.JSON("PUT", "/api/v1/admin/site-pages/terms", `{"body_markdown":"Be kindest."}`, 428, nil)
			shows("/terms", "Be kinder.")
			if status, body := registers("dora@neoforge.test", shown[1], "correct-horse-battery-7"); status != 422 || !strings.Contains(body, `There is a new version of the <a href="/terms">terms of use</a>.`) || !strings.Contains(body, page.Version) || strings.Contains(body, `<a href="/privacy">privacy notice</a>. Read it`) {
				t.Errorf("who was shown the text before: %d", status)
			}
			if status, body := registers("dora@neoforge.test", shown[1], ""); status != 422 || !strings.Contains(body, `There is a new version of the <a href="/terms">terms of use</a>.`) {
				t.Errorf("a form that comes back with the text in force does not say so: %d", status)
			}
			if status, _ := registers("dora@neoforge.test", page.Version, "correct-horse-battery-7"); status != 303 {
				t.Errorf("who was shown the text in force: %d", status)
			}

			// So by the API, and on the way through a provider.
			program := fixture.Correspondent{T: t, HTTP: http.DefaultClient, Site: site}
			var refused struct{ Code string }
			body := `{"email":"emil@neoforge.test","name":"Emil","password":"correct-horse-battery-7","terms_version":"`
			program.JSON("POST", "/api/v1/auth/register", body+shown[1]+`"}`, 409, &refused)
			if refused.Code != "identity.consent_outdated" {
				t.Errorf("the text before, by the API: %q", refused.Code)
			}
			program.JSON("POST", "/api/v1/auth/register", body+page.Version+`"}`, 202, nil)
			if status, _, body := v.get("/login?return_to=/pricing"); status != 200 || !strings.Contains(body, "terms_version="+page.Version) {
				t.Errorf("the sign-in page does not say which text it showed: %d", status)
			}
			if status, to, _ := v.get("/auth/dev?return_to=/pricing&terms_version=" + page.Version); status != 303 || !strings.Contains(to, "/dev/idp/") {
				t.Errorf("to the provider, shown the text in force: %d %s", status, to)
			}
			if status, _, body := v.get("/auth/dev?return_to=/pricing&terms_version=" + shown[1]); status != 422 ||
				!strings.Contains(body, `There is a new version of the <a href="/terms">terms of use</a>.`) || !strings.Contains(body, "return_to=%2Fpricing") || !strings.Contains(body, page.Version) {
				t.Errorf("to the provider, shown the text before: %d", status)
			}

			// Who had agreed to the text before is asked for the new one.
			ada.JSON("PUT", "/api/v1/me/consents", `{"items":[{"kind":"terms","given":true}]}`, 200, nil)
			var consents struct {
				Items []struct{ Kind, Version string }
			}
			ada.JSON("GET", "/api/v1/me/consents", "", 200, &consents)
			found := false
			for _, c := range consents.Items {
				found = found || c.Kind == "terms" && c.Version == page.Version
			}
			if !found {
				t.Errorf("the consent has not the version %q: %+v", page.Version, consents)
			}
			if trail := ada.Send("GET", "/api/v1/admin/audit", "", "", 200); !strings.Contains(string(trail), "content.site_page_published") || !strings.Contains(string(trail), page.Version) {
				t.Error("the audit trail does not have it")
			}
			if body := ada.Send("GET", "/admin/site-pages/terms", "", "", 200); strings.Count(string(body), "by Ada") != 2 {
				t.Error("the versions are not there with who published them")
			}
			if body := string(ada.Send("GET", "/admin/site-pages/terms", "", "", 200)); strings.Contains(body, "alert(1)") || !strings.Contains(body, "/admin/site-pages/terms/versions/1") {
				t.Error("the list holds the texts of the versions, or does not lead to them")
			}
			if body := string(ada.Send("GET", "/admin/site-pages/terms/versions/1", "", "", 200)); !strings.Contains(body, "<strong>kind</strong>") || !strings.Contains(body, "alert(1)") {
				t.Error("a version is not there as it was read and written")
			}
			for _, nothing := range []string{"3", "0", "-1", "x", "99999999999999999999"} {
				ada.Send("GET", "/admin/site-pages/terms/versions/"+nothing, "", "", 404)
			}
			var versions struct {
				Items []struct {
					Number          int
					Version, Editor string
				}
				Next_cursor *string
			}
			ada.JSON("GET", "/api/v1/admin/site-pages/terms/versions", "", 200, &versions)
			if len(versions.Items) != 2 || versions.Items[0].Version != page.Version || versions.Items[1].Editor == "" || versions.Next_cursor != nil {
				t.Errorf("the versions by the API: %+v", versions)
			}
			ada.JSON("GET", "/api/v1/admin/site-pages/terms/versions?cursor="+cursor.Encode(cursor.Position{At: time.Unix(1, 0), ID: "2"}), "", 200, &versions)
			if len(versions.Items) != 1 || versions.Items[0].Number != 1 {
				t.Errorf("the versions before the second: %+v", versions)
			}
			for _, wrong := range []string{"2", "0", cursor.Encode(cursor.Position{At: time.Unix(1, 0), ID: "2147483648"})} {
				ada.JSON("GET", "/api/v1/admin/site-pages/terms/versions?cursor="+wrong, "", 422, nil)
				ada.Send("GET", "/admin/site-pages/terms?cursor="+wrong, "", "", 422)
			}
			var first struct{ Body_markdown, Body_html string }
			ada.JSON("GET", "/api/v1/admin/site-pages/terms/versions/1", "", 200, &first)
			if first.Body_markdown != text || !strings.Contains(first.Body_html, "<strong>kind</strong>") {
				t.Errorf("the first version by the API: %+v", first)
			}
			ben.JSON("GET", "/api/v1/admin/site-pages/terms/versions/1", "", 403, nil)
			ada.JSON("GET", "/api/v1/admin/site-pages/terms/versions/3", "", 404, nil)

			// Who may write the pages of the site, and no posts, sees a preview.
			var me, role struct{ ID, Name string }
			ben.JSON("GET", "/api/v1/me", "", 200, &me)
			ada.JSON("POST", "/api/v1/admin/roles", `{"label":"Legal","permissions":["content.site.manage"]}`, 201, &role)
			ada.JSON("PATCH", "/api/v1/admin/users/"+me.ID, `{"role":"`+role.Name+`"}`, 200, nil)
			ben.Send("GET", "/studio", "", "", 403)
			preview := url.Values{"seen": {"2"}, "intent": {"preview"}, "body_markdown": {"Be **brave**."}}.Encode()
			if body := string(ben.Send("POST", "/admin/site-pages/terms", "application/x-www-form-urlencoded", preview, 200, "Sec-Fetch-Site", "same-origin")); !strings.Contains(body, "<strong>brave</strong>") {
				t.Error("no preview for who may write the pages of the site alone")
			}
		})
	}
}
