package integration_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
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
					correspondent{t, nil, site}.eventually("both replicas show "+want, func() bool {
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
			shows("/posts", `href="/privacy"`)
			shows("/register", `<a href="/terms">`)
			if status, _, _ := v.get("/api/v1/site-pages/terms"); status != 404 {
				t.Errorf("a page that is not there: %d", status)
			}

			ben := correspondent{t, signedIn("ben@neoforge.test"), site}
			ben.json("PUT", "/api/v1/admin/site-pages/terms", `{"body_markdown":"x"}`, 403, nil, "If-Match", `"0"`)
			ben.send("GET", "/admin/site-pages", "", "", 403)

			ada := correspondent{t, signedIn("ada@neoforge.test"), site}
			post := func(fields url.Values) (status int, body string) {
				t.Helper()
				answer, err := ada.http.PostForm(site+"/admin/site-pages/terms", fields)
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
			ada.json("GET", "/api/v1/site-pages/terms", "", 200, &page)
			registers := func(email, terms string) (int, string) {
				t.Helper()
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, site+"/register", strings.NewReader(url.Values{
					"name": {"Dora"}, "email": {email}, "password": {"correct-horse-battery-7"}, "terms_version": {terms},
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
			ada.json("PUT", "/api/v1/admin/site-pages/terms", `{"body_markdown":"Be kinder."}`, 200, &page, "If-Match", `"1"`)
			ada.json("PUT", "/api/v1/admin/site-pages/terms", `{"body_markdown":"Be kindest."}`, 412, nil, "If-Match", `"1"`)
			ada.json("PUT", "/api/v1/admin/site-pages/terms", `{"body_markdown":"Be kindest."}`, 428, nil)
			shows("/terms", "Be kinder.")
			if status, body := registers("dora@neoforge.test", shown[1]); status != 422 || !strings.Contains(body, "The text has changed meanwhile") || !strings.Contains(body, page.Version) {
				t.Errorf("who was shown the text before: %d", status)
			}
			if status, _ := registers("dora@neoforge.test", page.Version); status != 303 {
				t.Errorf("who was shown the text in force: %d", status)
			}

			// Who had agreed to the text before is asked for the new one.
			ada.json("PUT", "/api/v1/me/consents", `{"items":[{"kind":"terms","given":true}]}`, 200, nil)
			var consents struct {
				Items []struct{ Kind, Version string }
			}
			ada.json("GET", "/api/v1/me/consents", "", 200, &consents)
			found := false
			for _, c := range consents.Items {
				found = found || c.Kind == "terms" && c.Version == page.Version
			}
			if !found {
				t.Errorf("the consent has not the version %q: %+v", page.Version, consents)
			}
			if trail := ada.send("GET", "/api/v1/admin/audit", "", "", 200); !strings.Contains(string(trail), "content.site_page_published") || !strings.Contains(string(trail), page.Version) {
				t.Error("the audit trail does not have it")
			}
			if body := ada.send("GET", "/admin/site-pages/terms", "", "", 200); strings.Count(string(body), "by Ada") != 2 {
				t.Error("the versions are not there with who published them")
			}
		})
	}
}
