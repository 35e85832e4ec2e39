package http_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// sites are the program alone on SQLite, and two of it on Postgres and Redis.
var sites = map[string]func(t *testing.T) (url string, signedIn func(email string) *http.Client){
	"sqlite": func(t *testing.T) (string, func(string) *http.Client) {
		p := program.Start(t, program.Options{DatabaseURL: "sqlite://" + filepath.Join(t.TempDir(), "neoforge.db")})
		return p.URL, func(email string) *http.Client { return p.SignedIn(t, email) }
	},
	"postgres and redis, two replicas": func(t *testing.T) (string, func(string) *http.Client) {
		r := program.StartReplicas(t, 2, program.Options{DatabaseURL: harness.Database(t, nil), RedisURL: harness.Redis(t)})
		return r.URL, func(email string) *http.Client { return r.SignedIn(t, email) }
	},
}

// visitor asks for pages without following redirects.
type visitor struct {
	t    *testing.T
	site string
}

func (v visitor) get(path string) (status int, location, body string) {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, v.site+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	out, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	if answer.StatusCode == http.StatusMovedPermanently && !strings.Contains(answer.Header.Get("Cache-Control"), "no-store") {
		v.t.Errorf("%s leads elsewhere, to be kept: %q", path, answer.Header.Get("Cache-Control"))
	}
	return answer.StatusCode, answer.Header.Get("Location"), string(out)
}

// TestRenameAuthor_IsSeenAtTheNextRequest has an author change their name, and looks at
// every page that shows it, in the cache of every replica.
func TestRenameAuthor_IsSeenAtTheNextRequest(t *testing.T) {
	t.Parallel()
	for name, start := range sites {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, signedIn := start(t)
			ben := fixture.Correspondent{T: t, HTTP: signedIn("ben@neoforge.test"), Site: site}
			cleo := fixture.Correspondent{T: t, HTTP: signedIn("cleo@neoforge.test"), Site: site}
			v := visitor{t, site}
			var me struct{ Name string }
			ben.JSON("GET", "/api/v1/me", "", 200, &me)
			var list struct {
				Items []struct {
					Slug   string
					Author struct{ Handle, Name string }
				}
			}
			var written struct{ ID string }
			ben.JSON("POST", "/api/v1/posts", `{"title":"On handles","slug":"on-handles","body_markdown":"Text.","tags":["naming"],"visibility":"public"}`, 201, &written)
			ben.JSON("POST", "/api/v1/posts/"+written.ID+"/publish", "", 200, nil)
			ben.JSON("POST", "/api/v1/posts", `{"title":"For members","slug":"for-members","body_markdown":"Text.","visibility":"members"}`, 201, &written)
			ben.JSON("POST", "/api/v1/posts/"+written.ID+"/publish", "", 200, nil)
			ben.JSON("GET", "/api/v1/posts?tag=naming", "", 200, &list)
			if len(list.Items) != 1 {
				t.Fatalf("published: %+v", list)
			}
			handle := list.Items[0].Author.Handle
			pages := []string{
				"/", "/posts", "/posts/on-handles", "/tags/naming", "/feed.xml",
				"/api/v1/posts", "/api/v1/posts/on-handles", "/api/v1/posts?author=" + handle,
			}
			show := func(want, not string) {
				t.Helper()
				if name != "sqlite" { // the other replica hears of it by a message, of all pages at once
					ben.Eventually("both replicas show "+want, func() bool {
						for range 4 {
							if _, _, body := v.get("/"); !strings.Contains(body, want) {
								return false
							}
						}
						return true
					})
				}
				for _, path := range pages {
					for range 4 { // of every replica, from its cache as well
						if status, _, body := v.get(path); status != 200 || !strings.Contains(body, want) || not != "" && strings.Contains(body, ">"+not+"<") {
							t.Fatalf("%s: %d, shows %q: %t", path, status, want, strings.Contains(body, want))
						}
					}
				}
				for _, path := range []string{"/api/v1/posts", "/api/v1/posts/on-handles", "/api/v1/posts/for-members"} {
					for range 4 { // what is kept for those who are signed in
						if body := string(cleo.Send("GET", path, "", "", 200)); !strings.Contains(body, want) {
							t.Fatalf("%s does not show %q to a member", path, want)
						}
					}
				}
			}
			show(me.Name, "")
			if status, _, _ := v.get("/authors/" + handle); status != 200 {
				t.Fatalf("the author's page: %d", status)
			}
			for round, now := range []struct{ name, handle string }{{"Quill Feather", "quill-feather"}, {"Vellum Leaf", "vellum-leaf"}} {
				ben.JSON("PATCH", "/api/v1/me", fmt.Sprintf(`{"name":%q}`, now.name), 200, nil)
				show(now.name, me.Name)
				for range 2 {
					if status, to, _ := v.get("/authors/" + handle); status != 301 || to != "/authors/"+now.handle {
						t.Errorf("round %d: the page under the first handle: %d %q", round, status, to)
					}
					if status, _, body := v.get("/authors/" + now.handle); status != 200 || !strings.Contains(body, now.name) {
						t.Errorf("round %d: the page under the new handle: %d", round, status)
					}
				}
			}
			// Back to the first name: its handle is theirs again, and the last one leads to it.
			ben.JSON("PATCH", "/api/v1/me", fmt.Sprintf(`{"name":%q}`, me.Name), 200, nil)
			show(me.Name, "Vellum Leaf")
			if status, to, _ := v.get("/authors/vellum-leaf"); status != 301 || to != "/authors/"+handle {
				t.Errorf("after going back: %d %q", status, to)
			}
			// An administrator renames just as well, and a suspension ends the redirects.
			ada := fixture.Correspondent{T: t, HTTP: signedIn("ada@neoforge.test"), Site: site}
			id := ben.ID()
			ada.JSON("PATCH", "/api/v1/admin/users/"+id, `{"name":"Folio Recto"}`, 200, nil)
			show("Folio Recto", me.Name)
			if status, to, _ := v.get("/authors/" + handle); status != 301 || to != "/authors/folio-recto" {
				t.Errorf("renamed by an administrator: %d %q", status, to)
			}
			// What is kept for members is no longer for one who is suspended, at the next request.
			reads := func(gate string, body bool) {
				t.Helper()
				for range 4 {
					var post struct {
						Gate     string
						BodyHTML *string `json:"body_html"`
					}
					if cleo.JSON("GET", "/api/v1/posts/for-members", "", 200, &post); post.Gate != gate || (post.BodyHTML != nil) != body {
						t.Errorf("gate %q, body %v", post.Gate, post.BodyHTML)
					}
				}
			}
			reads("open", true)
			ada.JSON("POST", "/api/v1/admin/users/"+cleo.ID()+"/suspend", `{"reason":"A test."}`, 0, nil)
			reads("sign_in", false)
			ada.JSON("POST", "/api/v1/admin/users/"+id+"/suspend", `{"reason":"A test."}`, 0, nil)
			if status, to, _ := v.get("/authors/" + handle); status != 404 || to != "" {
				t.Errorf("of who is suspended: %d %q", status, to)
			}
		})
	}
}

// TestSetAvatar_SaysBesideTheFieldWhatIsWrong sends pictures that are none, of every
// size that somebody refuses: the use case, the route, the server.
func TestSetAvatar_SaysBesideTheFieldWhatIsWrong(t *testing.T) {
	t.Parallel()
	p := program.Start(t, program.Options{DatabaseURL: "sqlite://" + filepath.Join(t.TempDir(), "neoforge.db")})
	who := p.SignedIn(t, "cleo@neoforge.test")
	for name, row := range map[string]struct {
		size, status int
		said         string
		head         string
	}{
		"nothing":                {0, 422, "The file is empty.", ""},
		"no picture":             {100, 422, "This is not a picture that can be read.", ""},
		"a PNG of a few bytes":   {100, 422, "at most 3 MB and 16 million pixels", pngHead(50_000, 50_000)},
		"a PNG with much in it":  {identity.AvatarUpload - 33, 422, "at most 3 MB and 16 million pixels", pngHead(50_000, 50_000)},
		"a row of pixels":        {100, 422, "at most 3 MB and 16 million pixels", pngHead(1_000_000, 1)},
		"a GIF of a few bytes":   {100, 422, "at most 3 MB and 16 million pixels", "GIF89a\xff\xff\xff\xff\x00\x00\x00"},
		"a PNG beyond the bytes": {identity.AvatarUpload, 413, "at most 3 MB", pngHead(50_000, 50_000)},
		"more than a picture":    {identity.AvatarUpload + 1, 413, "at most 3 MB", ""},
		"more than the route":    {identity.AvatarUpload + 100<<10, 413, "at most 3 MB", ""},
		"more than the site":     {12 << 20, 413, "at most 3 MB", ""},
		"far more":               {40 << 20, 413, "at most 3 MB", ""},
	} {
		var out bytes.Buffer
		w := multipart.NewWriter(&out)
		part, err := w.CreateFormFile("avatar", "me.png")
		if err == nil {
			_, err = part.Write(append([]byte(row.head), bytes.Repeat([]byte{'x'}, row.size)...))
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		answer, err := who.Post(p.URL+"/account/avatar", w.FormDataContentType(), &out)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != row.status {
			t.Errorf("%s: %d, %v", name, answer.StatusCode, err)
		}
		_, beside, found := strings.Cut(string(body), `id="avatar-error"`)
		if !found || !strings.Contains(beside[:min(len(beside), 600)], row.said) {
			t.Errorf("%s: the field says nothing of %q", name, row.said)
		}
		if !strings.Contains(string(body), "Sign out") {
			t.Errorf("%s: the page forgot who is signed in", name)
		}
	}
}

func (v visitor) headers(path string) http.Header {
	v.t.Helper()
	answer, err := http.Get(v.site + path)
	if err != nil {
		v.t.Fatal(err)
	}
	answer.Body.Close()
	return answer.Header
}

// pngHead is the beginning of a PNG of that many pixels (PNG, 11.2.2).
func pngHead(w, h uint32) string {
	head := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"), w)
	head = append(binary.BigEndian.AppendUint32(head, h), 8, 2, 0, 0, 0)
	return string(binary.BigEndian.AppendUint32(head, crc32.ChecksumIEEE(head[12:])))
}
