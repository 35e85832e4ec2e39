package http_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// photograph is a JPEG of noise, which is large, with a secret in its Exif.
func photograph(t *testing.T, width, height int, seed uint64) []byte {
	t.Helper()
	p := image.NewRGBA(image.Rect(0, 0, width, height))
	random := rand.New(rand.NewPCG(seed, 1))
	for y := 0; y < height; y += 4 {
		for x := 0; x < width; x += 4 {
			c := color.RGBA{uint8(random.IntN(256)), uint8(random.IntN(256)), uint8(random.IntN(256)), 255}
			for i := range 16 {
				p.SetRGBA(x+i%4, y+i/4, c)
			}
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, p, nil); err != nil {
		t.Fatal(err)
	}
	exif := "Exif\x00\x00" + photographSecret
	head := []byte{0xff, 0xd8, 0xff, 0xe1, 0, byte(len(exif) + 2)}
	return append(append(head, exif...), out.Bytes()[2:]...)
}

const photographSecret = "GPS 52.5200 N, 13.4050 E"

type mediaAnswer struct {
	ID, Name, Alt, State, Path, URL string
	Bytes                           int64
	Version                         int
	Width, Height                   int
	Variants                        []struct {
		URL           string
		Width, Height int
	}
}

func sameOrigin(more ...string) []string {
	return append([]string{"Sec-Fetch-Site", "same-origin"}, more...)
}

// fetch answers a request with its headers.
func fetch(t *testing.T, client *http.Client, method, address string, body []byte, headers ...string) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	out, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, out
}

// TestMedia_FromUploadToDeletion uploads a picture, shows it in a post, replaces it and
// deletes it, by the API and by forms, on one replica and on two.
func TestMedia_FromUploadToDeletion(t *testing.T) {
	t.Parallel()
	for name, open := range sites {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, signedIn := open(t)
			ben := fixture.Correspondent{T: t, HTTP: signedIn("ben@neoforge.test"), Site: site}
			cleo := fixture.Correspondent{T: t, HTTP: signedIn("cleo@neoforge.test"), Site: site}
			anybody := &http.Client{}

			file := photograph(t, 1200, 900, 1)
			var m mediaAnswer
			out := ben.Send("POST", "/api/v1/media?name=C%3A%5Cwood.jpg&alt=A%20wood", "application/octet-stream", string(file), 201, sameOrigin()...)
			if err := json.Unmarshal(out, &m); err != nil {
				t.Fatal(err)
			}
			if m.Name != "wood.jpg" || m.Alt != "A wood" || m.Width != 1200 || m.Height != 900 || m.Path != "/media/"+m.ID {
				t.Errorf("uploaded is %+v", m)
			}
			cleo.Send("POST", "/api/v1/media", "application/octet-stream", string(file), 403, sameOrigin()...)
			for _, no := range []string{"", "<svg xmlns='http://www.w3.org/2000/svg'/>", "<!doctype html><script>alert(1)</script>", "GIF89a and no more"} {
				if answer, body := fetch(t, ben.HTTP, "POST", site+"/api/v1/media?name=a.jpg", []byte(no), sameOrigin("Content-Type", "application/octet-stream")...); answer.StatusCode != 422 && answer.StatusCode != 400 {
					t.Errorf("%q: %d: %.200s", no, answer.StatusCode, body)
				}
			}

			original, body := fetch(t, anybody, "GET", m.URL, nil)
			h := original.Header
			if original.StatusCode != 200 || h.Get("Content-Type") != "image/jpeg" || h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") ||
				!strings.Contains(h.Get("Cache-Control"), "immutable") || !strings.HasPrefix(h.Get("Content-Disposition"), "inline") || h.Get("Set-Cookie") != "" || original.ContentLength != int64(len(body)) {
				t.Errorf("the original is %d: %v", original.StatusCode, h)
			}
			if bytes.Contains(body, []byte("GPS")) || int64(len(body)) != m.Bytes {
				t.Errorf("it tells where it was taken, or is not whole: %d bytes", len(body))
			}
			if again, _ := fetch(t, anybody, "GET", m.URL, nil, "If-None-Match", h.Get("ETag")); again.StatusCode != 304 {
				t.Errorf("a second time: %d", again.StatusCode)
			}
			if head, _ := fetch(t, anybody, "HEAD", m.URL, nil); head.StatusCode != 200 || head.ContentLength != int64(len(body)) {
				t.Errorf("HEAD: %d, %d bytes", head.StatusCode, head.ContentLength)
			}
			for given, want := range map[string]string{"bytes=0-9": "0-9", "bytes=10-": "10-" + strconv.Itoa(len(body)-1), fmt.Sprintf("bytes=%d-%d", len(body)-5, len(body)+50): fmt.Sprintf("%d-%d", len(body)-5, len(body)-1)} {
				part, bytes := fetch(t, anybody, "GET", m.URL, nil, "Range", given)
				first, _, _ := strings.Cut(want, "-")
				from, _ := strconv.Atoi(first)
				if part.StatusCode != 206 || part.Header.Get("Content-Range") != "bytes "+want+"/"+strconv.Itoa(len(body)) || string(bytes) != string(body[from:from+len(bytes)]) {
					t.Errorf("%s: %d, %q, %d bytes", given, part.StatusCode, part.Header.Get("Content-Range"), len(bytes))
				}
			}
			if part, _ := fetch(t, anybody, "GET", m.URL, nil, "Range", "bytes=99999999-"); part.StatusCode != 416 {
				t.Errorf("a part beyond the end: %d", part.StatusCode)
			}
			for _, absent := range []string{"/media/" + m.ID + "/2/original.jpg", "/media/" + m.ID + "/1/original.png", "/media/" + m.ID + "/1/..%2f1%2foriginal.jpg", "/media/" + m.ID + "/01/original.jpg", "/media/x/1/original.jpg", "/media/x"} {
				if answer, _ := fetch(t, anybody, "GET", site+absent, nil); answer.StatusCode != 404 && answer.StatusCode != 400 {
					t.Errorf("%s: %d", absent, answer.StatusCode)
				}
			}
			if r, _ := fetch(t, anybody, "GET", site+m.Path, nil); r.Request.URL.String() != m.URL { // followed
				t.Errorf("%s leads to %s", m.Path, r.Request.URL)
			}

			var p struct{ ID, Slug string }
			ben.JSON("POST", "/api/v1/posts", `{"title":"In the wood","body_markdown":"First.\n\n![](`+m.Path+` \"Trees\")","visibility":"public"}`, 201, &p, sameOrigin()...)
			ben.Send("POST", "/api/v1/posts/"+p.ID+"/publish", "application/json", "", 200, sameOrigin()...)
			page := func() string { _, body := fetch(t, anybody, "GET", site+"/posts/"+p.Slug, nil); return string(body) }
			ben.Eventually("the post shows the sizes of its picture", func() bool {
				return strings.Contains(page(), "/media/"+m.ID+"/1/480x360.jpg 480w, ")
			})
			shown := page()
			for _, want := range []string{"<figure><img ", ` width="1200" height="900"`, `class="tone-`, ` alt="A wood"`, "<figcaption>Trees</figcaption>", `loading="lazy"`} {
				if !strings.Contains(shown, want) {
					t.Errorf("%s is missing of the page", want)
				}
			}
			if _, feed := fetch(t, anybody, "GET", site+"/feed.xml", nil); !strings.Contains(string(feed), `src=&#34;`+site+"/media/"+m.ID) || !strings.Contains(string(feed), `srcset=&#34;`+site+"/media/"+m.ID) || strings.Contains(string(feed), " /media/") {
				t.Errorf("the feed has other addresses: %.3000s", feed)
			}
			ben.JSON("GET", "/api/v1/media/"+m.ID, "", 200, &m)
			if m.State != "ready" || len(m.Variants) != 2 {
				t.Fatalf("prepared is %+v", m)
			}
			small, body := fetch(t, anybody, "GET", m.Variants[0].URL, nil)
			if c, err := jpeg.DecodeConfig(bytes.NewReader(body)); err != nil || c.Width != 480 || c.Height != 360 || small.Header.Get("Content-Type") != "image/jpeg" {
				t.Errorf("the smallest is %+v: %v", c, err)
			}

			var uses struct {
				Items []struct{ Post_id, Title string }
			}
			ben.JSON("GET", "/api/v1/media/"+m.ID+"/uses", "", 200, &uses)
			if len(uses.Items) != 1 || uses.Items[0].Post_id != p.ID || uses.Items[0].Title != "In the wood" {
				t.Errorf("it is used in %+v", uses)
			}
			ben.Send("DELETE", "/api/v1/media/"+m.ID, "", "", 409, sameOrigin("If-Match", "*")...)
			if body := string(ben.Send("POST", "/studio/media/"+m.ID+"/delete", "application/x-www-form-urlencoded", "version="+strconv.Itoa(m.Version), 409, sameOrigin()...)); !strings.Contains(body, "In the wood") {
				t.Errorf("the page that refuses does not say where: %.600s", body)
			}
			for method, path := range map[string]string{"GET": "", "DELETE": "", "PATCH": ""} {
				cleo.JSON(method, "/api/v1/media/"+m.ID+path, `{"alt":"x"}`, 403, nil, sameOrigin()...)
			}

			form, contentType := mediaForm(t, photograph(t, 800, 900, 2), m.Version+1)
			if body := string(ben.Send("POST", "/studio/media/"+m.ID+"/replace", contentType, form, 409, sameOrigin()...)); !strings.Contains(body, "Somebody changed this picture") {
				t.Errorf("another file of one that nobody saw so: %.2000s", body)
			}
			if body := string(ben.Send("POST", "/studio/media/"+m.ID+"/delete", "application/x-www-form-urlencoded", "", 409, sameOrigin()...)); !strings.Contains(body, "Somebody changed this picture") {
				t.Errorf("a form that says not what was seen: %.2000s", body)
			}
			other := fmt.Sprintf("%q", strconv.Itoa(m.Version+1))
			for method, file := range map[string]string{"PUT": string(photograph(t, 80, 90, 2)), "DELETE": ""} {
				at := "/api/v1/media/" + m.ID + map[string]string{"PUT": "/file"}[method]
				ben.Send(method, at, "application/octet-stream", file, 428, sameOrigin()...)
				ben.Send(method, at, "application/octet-stream", file, 412, sameOrigin("If-Match", other)...)
			}
			replaces := sameOrigin("Tus-Resumable", "1.0.0", "Upload-Length", "9", "Upload-Metadata", "replaces "+base64.StdEncoding.EncodeToString([]byte(m.ID)))
			ben.Send("POST", "/api/v1/media/uploads", "", "", 428, replaces...)
			ben.Send("POST", "/api/v1/media/uploads", "", "", 412, append(replaces, "If-Match", other)...)

			form, contentType = mediaForm(t, photograph(t, 800, 900, 2), m.Version)
			ben.Send("POST", "/studio/media/"+m.ID+"/replace", contentType, form, 0, sameOrigin()...)
			before := m
			ben.JSON("GET", "/api/v1/media/"+m.ID, "", 200, &m)
			if m.URL == before.URL || m.Width != 800 || m.Path != before.Path {
				t.Errorf("replaced is %+v", m)
			}
			ben.Eventually("the post shows the new picture and nothing of the old", func() bool {
				shown := page()
				return strings.Contains(shown, strings.TrimPrefix(m.URL, site)) && strings.Contains(shown, `/480x540.jpg 480w`) && !strings.Contains(shown, "/"+m.ID+"/1/")
			})

			ben.Send("POST", "/studio/media/"+m.ID, "application/x-www-form-urlencoded", url.Values{"name": {"glade.jpg"}, "alt": {"A glade"}, "version": {strconv.Itoa(m.Version)}}.Encode(), 0, sameOrigin()...)
			// A change names what it was made of, in the form as in the API.
			if body := string(ben.Send("POST", "/studio/media/"+m.ID, "application/x-www-form-urlencoded", url.Values{"name": {"mine.jpg"}, "alt": {"Mine"}, "version": {strconv.Itoa(m.Version)}}.Encode(), 409, sameOrigin()...)); !strings.Contains(body, `value="Mine"`) || !strings.Contains(body, "glade.jpg") || !strings.Contains(body, `name="version" value="`+strconv.Itoa(m.Version+1)+`"`) {
				t.Errorf("a form that was begun before: %.3000s", body)
			}
			described, stale := "/api/v1/media/"+m.ID, fmt.Sprintf("%q", strconv.Itoa(m.Version))
			ben.JSON("PATCH", described, `{"alt":"x"}`, 428, nil, sameOrigin()...)
			ben.JSON("PATCH", described, `{"alt":"x"}`, 412, nil, sameOrigin("If-Match", stale)...)
			ben.JSON("PATCH", described, `{"alt":"A glade"}`, 200, nil, sameOrigin("If-Match", stale)...) // as it is already
			ben.JSON("PATCH", described, `{"alt":"A glade at noon"}`, 200, &m, sameOrigin("If-Match", fmt.Sprintf("%q", strconv.Itoa(m.Version+1)))...)
			ben.JSON("PATCH", described, `{"alt":"A glade"}`, 200, &m, sameOrigin("If-Match", "*")...)
			if answer, _ := fetch(t, ben.HTTP, "GET", site+described, nil); m.Alt != "A glade" || answer.Header.Get("ETag") != fmt.Sprintf("%q", strconv.Itoa(m.Version)) {
				t.Errorf("described is %+v, %v", m, answer.Header)
			}
			library := string(ben.Send("GET", "/studio/media?q=GLADE", "", "", 200))
			if !strings.Contains(library, "glade.jpg") || !strings.Contains(library, "In one post") {
				t.Errorf("the library does not show it: %.2000s", library)
			}
			if body := string(ben.Send("GET", "/studio/media?q=nowhere", "", "", 200)); !strings.Contains(body, "Nothing found") {
				t.Error("a search finds what is not there")
			}
			if body := string(ben.Send("POST", "/studio/media", "application/x-www-form-urlencoded", "alt=kept", 422, sameOrigin()...)); !strings.Contains(body, "Choose a picture first.") || !strings.Contains(body, `value="kept"`) {
				t.Errorf("a form without a file: %.600s", body)
			}
			form, contentType = mediaForm(t, photograph(t, 100, 100, 3), 0)
			ben.Send("POST", "/studio/media", contentType, form, 0, sameOrigin()...)

			var draft struct{ Version int }
			ben.JSON("GET", "/api/v1/posts/"+p.ID, "", 200, &draft)
			ben.JSON("PATCH", "/api/v1/posts/"+p.ID, `{"body_markdown":"Without."}`, 200, nil, sameOrigin("If-Match", fmt.Sprintf("%q", strconv.Itoa(draft.Version)))...)
			ben.Send("DELETE", "/api/v1/media/"+m.ID, "", "", 204, sameOrigin("If-Match", "*")...)
			ben.Send("GET", "/api/v1/media/"+m.ID, "", "", 404)
			ben.Eventually("the files of a deleted picture are gone", func() bool {
				answer, _ := fetch(t, anybody, "GET", m.URL, nil)
				return answer.StatusCode == 404
			})
		})
	}
}

// mediaForm is a form with a picture.
func mediaForm(t *testing.T, file []byte, version int) (body, contentType string) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	part, err := w.CreateFormFile("file", "another.jpg")
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = w.WriteField("alt", "Another")
	}
	if err == nil {
		err = w.WriteField("version", strconv.Itoa(version))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), w.FormDataContentType()
}

// TestUpload_GoesOnWhereItWasBrokenOff sends a picture in parts, some of them twice or
// wrong, on one replica and on two.
func TestUpload_GoesOnWhereItWasBrokenOff(t *testing.T) {
	t.Parallel()
	for name, open := range sites {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, signedIn := open(t)
			ben, ada := signedIn("ben@neoforge.test"), signedIn("ada@neoforge.test")
			file := photograph(t, 2000, 2000, 4)
			headers := func(more ...string) []string {
				return sameOrigin(append([]string{"Tus-Resumable", "1.0.0"}, more...)...)
			}
			begin := func(size int, more ...string) (*http.Response, []byte) {
				return fetch(t, ben, "POST", site+"/api/v1/media/uploads", nil, headers(append([]string{"Upload-Length", strconv.Itoa(size), "Upload-Metadata", "filename " + base64.StdEncoding.EncodeToString([]byte("wood.jpg"))}, more...)...)...)
			}
			begun, body := begin(len(file))
			upload := begun.Header.Get("Location")
			if begun.StatusCode != 201 || !strings.HasPrefix(upload, "/api/v1/media/uploads/") || begun.Header.Get("Tus-Resumable") != "1.0.0" {
				t.Fatalf("it begins with %d, %v: %s", begun.StatusCode, begun.Header, body)
			}
			send := func(client *http.Client, offset int, part []byte, more ...string) *http.Response {
				t.Helper()
				answer, _ := fetch(t, client, "PATCH", site+upload, part, headers(append([]string{"Upload-Offset", strconv.Itoa(offset), "Content-Type", "application/offset+octet-stream"}, more...)...)...)
				return answer
			}
			sum := sha256.Sum256(file[:100_000])
			checksum := "sha256 " + base64.StdEncoding.EncodeToString(sum[:])
			for _, step := range []struct {
				what         string
				client       *http.Client
				from, to     int
				more         []string
				want, offset int
			}{
				{"another person's", ada, 0, 10, nil, 404, 0},
				{"a part that was changed on its way", ben, 0, 99_999, []string{"Upload-Checksum", checksum}, 409, 0},
				{"another version of the protocol", ben, 0, 10, []string{"Tus-Resumable", "0.2.2"}, 412, 0},
				{"the first part", ben, 0, 100_000, []string{"Upload-Checksum", checksum}, 204, 100_000},
				{"the first part once more", ben, 0, 100_000, nil, 409, 100_000},
				{"a part of some bytes", ben, 100_000, 100_010, nil, 422, 100_000},
				{"a part that leaves a hole", ben, 100_001, 100_009, nil, 409, 100_000},
				{"the second part", ben, 100_000, len(file) - 5, nil, 204, len(file) - 5},
			} {
				if answer := send(step.client, step.from, file[step.from:step.to], step.more...); answer.StatusCode != step.want {
					t.Fatalf("%s: %d, want %d", step.what, answer.StatusCode, step.want)
				}
				if head, _ := fetch(t, ben, "HEAD", site+upload, nil, headers()...); head.StatusCode != 200 || head.Header.Get("Upload-Offset") != strconv.Itoa(step.offset) || head.Header.Get("Upload-Length") != strconv.Itoa(len(file)) || head.Header.Get("Cache-Control") != "no-store" {
					t.Fatalf("after %s: %d, %v", step.what, head.StatusCode, head.Header)
				}
			}
			if answer := send(ben, len(file)-5, append(bytes.Clone(file[len(file)-5:]), 0)); answer.StatusCode != 422 {
				t.Errorf("a part beyond the end: %d", answer.StatusCode)
			}
			last := send(ben, len(file)-5, file[len(file)-5:])
			if last.StatusCode != 204 || !strings.HasPrefix(last.Header.Get("Location"), "/api/v1/media/") {
				t.Fatalf("the last part: %d, %v", last.StatusCode, last.Header)
			}
			answer, body := fetch(t, ben, "GET", site+last.Header.Get("Location"), nil)
			var m mediaAnswer
			if err := json.Unmarshal(body, &m); err != nil || answer.StatusCode != 200 || m.Width != 2000 || m.Name != "wood.jpg" {
				t.Fatalf("the picture: %d, %s", answer.StatusCode, body)
			}
			if _, whole := fetch(t, ben, "GET", m.URL, nil); !bytes.HasSuffix(file, whole[len(whole)-1000:]) {
				t.Error("its parts stand in another order")
			}
			// Who lost the last answer asks on, in each way, and is told that it is done.
			picture := last.Header.Get("Location")
			if head, _ := fetch(t, ben, "HEAD", site+upload, nil, headers()...); head.StatusCode != 200 || head.Header.Get("Upload-Offset") != strconv.Itoa(len(file)) || head.Header.Get("Location") != picture {
				t.Errorf("how far is what is finished: %d, %v", head.StatusCode, head.Header)
			}
			for what, again := range map[string]*http.Response{"the last part once more": send(ben, len(file)-5, file[len(file)-5:]), "no byte at the end": send(ben, len(file), nil)} {
				if again.StatusCode != 204 || again.Header.Get("Location") != picture {
					t.Errorf("%s: %d, %v", what, again.StatusCode, again.Header)
				}
			}
			if head, _ := fetch(t, ada, "HEAD", site+upload, nil, headers()...); head.StatusCode != 404 {
				t.Errorf("another person asks for what is finished: %d", head.StatusCode)
			}
			if answer, _ := fetch(t, ben, "DELETE", site+upload, nil, headers()...); answer.StatusCode != 404 {
				t.Errorf("cancelling what is finished: %d", answer.StatusCode)
			}
			for size, want := range map[int]int{0: 422, -1: 422, 26 << 20: 422} {
				if answer, body := begin(size); answer.StatusCode != want {
					t.Errorf("%d bytes: %d, want %d: %s", size, answer.StatusCode, want, body)
				}
			}
			if answer, _ := begin(10, "Upload-Metadata", "filename %%%"); answer.StatusCode != 422 {
				t.Errorf("what is no metadata: %d", answer.StatusCode)
			}
			begun, _ = begin(20)
			upload = begun.Header.Get("Location")
			if answer := send(ben, 0, []byte("this is no picture..")); answer.StatusCode != 422 {
				t.Errorf("what is no picture: %d", answer.StatusCode)
			}
			if head, _ := fetch(t, ben, "HEAD", site+upload, nil, headers()...); head.StatusCode != 404 {
				t.Errorf("what is no picture is kept: %d", head.StatusCode)
			}
			begun, _ = begin(20)
			if answer, _ := fetch(t, ben, "DELETE", site+begun.Header.Get("Location"), nil, headers()...); answer.StatusCode != 204 {
				t.Errorf("cancelling: %d", answer.StatusCode)
			}
		})
	}
}
