package http_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestPreviewLink_OpensAPostBehindItsGate makes links to a draft, opens them without an
// account, and takes them back, on one replica and on two.
func TestPreviewLink_OpensAPostBehindItsGate(t *testing.T) {
	t.Parallel()
	for name, open := range sites {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, signedIn := open(t)
			ben := fixture.Correspondent{T: t, HTTP: signedIn("ben@neoforge.test"), Site: site}
			cleo := fixture.Correspondent{T: t, HTTP: signedIn("cleo@neoforge.test"), Site: site}
			reader := visitor{t, site}
			write := func(visibility string) (id string) {
				t.Helper()
				var p struct{ ID string }
				ben.JSON("POST", "/api/v1/posts", `{"title":"Not yet `+visibility+`","body_markdown":"Open words.\n\nGated words.","visibility":"`+visibility+`"}`, 201, &p, "Sec-Fetch-Site", "same-origin")
				return p.ID
			}
			type link struct{ ID, URL string }
			create := func(id string) (l link) {
				t.Helper()
				ben.JSON("POST", "/api/v1/posts/"+id+"/preview-links", `{"days":1}`, 201, &l, "Sec-Fetch-Site", "same-origin")
				return link{l.ID, strings.TrimPrefix(l.URL, site)}
			}
			public, paid := write("public"), write("paid")
			first, second, gated := create(public), create(public), create(paid)
			if first.URL == second.URL || !strings.HasPrefix(first.URL, "/preview/") {
				t.Fatalf("links %q and %q", first.URL, second.URL)
			}
			status, _, body := reader.get(first.URL)
			if status != 200 || !strings.Contains(body, "Gated words.") || !strings.Contains(body, "This is a preview") || !strings.Contains(body, `name="robots" content="noindex"`) || strings.Contains(body, "<nf-content-share") {
				t.Errorf("the preview answers %d: %.600s", status, body)
			}
			r, err := http.Get(site + first.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Body.Close()
			if cc := r.Header.Get("Cache-Control"); !strings.Contains(cc, "no-store") || r.Header.Get("Referrer-Policy") != "no-referrer" {
				t.Errorf("it may be kept (%q), or its address told (%q)", cc, r.Header.Get("Referrer-Policy"))
			}
			for who, page := range map[string]func() string{
				"a visitor": func() string { _, _, body := reader.get(gated.URL); return body },
				"a member":  func() string { return string(cleo.Send("GET", gated.URL, "", "", 200)) },
			} {
				if body := page(); !strings.Contains(body, "Open words.") || strings.Contains(body, "Gated words.") {
					t.Errorf("%s reads what is for subscribers, or nothing", who)
				}
			}
			cleo.Send("POST", "/api/v1/posts/"+public+"/preview-links", "application/json", `{"days":1}`, 403, "Sec-Fetch-Site", "same-origin")
			for body, status := range map[string]int{`{"days":0}`: 422, `{"days":91}`: 422, `{"days":"x"}`: 422} {
				ben.Send("POST", "/api/v1/posts/"+public+"/preview-links", "application/json", body, status, "Sec-Fetch-Site", "same-origin")
			}

			// The page makes one, whose address it shows once.
			made := string(ben.Send("POST", "/studio/posts/"+public+"/previews", "application/x-www-form-urlencoded", url.Values{"days": {"90"}}.Encode(), 200, "Sec-Fetch-Site", "same-origin"))
			_, address, _ := strings.Cut(made, `class="preview-link"><a href="`)
			address, _, _ = strings.Cut(strings.TrimPrefix(address, site), `"`)
			if status, _, _ := reader.get(address); status != 200 {
				t.Errorf("the link of the page answers %d", status)
			}
			if again := string(ben.Send("GET", "/studio/posts/"+public+"/previews", "", "", 200)); strings.Contains(again, address) {
				t.Error("the page shows the address again")
			}
			ben.Send("POST", "/studio/posts/"+public+"/previews", "application/x-www-form-urlencoded", "days=many", 422, "Sec-Fetch-Site", "same-origin")

			ben.Send("DELETE", "/api/v1/posts/"+paid+"/preview-links/"+first.ID, "", "", 404, "Sec-Fetch-Site", "same-origin") // of another post
			ben.Send("DELETE", "/api/v1/posts/"+public+"/preview-links/"+first.ID, "", "", 204, "Sec-Fetch-Site", "same-origin")
			ben.Send("DELETE", "/api/v1/posts/"+public, "", "", 204, "Sec-Fetch-Site", "same-origin")
			for what, at := range map[string]string{"taken back": first.URL, "in the trash": second.URL, "made up": "/preview/AAAAAAAAAAAAAAAAAAAAAAAAAA", "empty": "/preview/%20"} {
				if status, _, _ := reader.get(at); status != 404 {
					t.Errorf("%s, the link answers %d", what, status)
				}
			}
		})
	}
}
