package fiberhttp_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/andybalholm/brotli"
	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
)

// read is an operation that tells what it was given.
type read struct {
	ID     string `path:"id"`
	Search string `query:"q"`
	Note   string `header:"X-Note"`
	Body   struct {
		Name string `json:"name"`
		Tags []struct {
			Label string `json:"label,omitempty"`
		} `json:"tags,omitempty"`
	}
}

// reading serves an operation, a form, a webhook, and a page that shows its query.
func reading(t *testing.T) fiberhttptest.Client {
	t.Helper()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	fiberhttp.Operation(s, fiberhttp.Public(), huma.Operation{OperationID: "read", Method: "POST", Path: "/things/{id}", DefaultStatus: 200},
		func(context.Context, *read) (*struct{ Body string }, error) {
			return &struct{ Body string }{"read"}, nil
		})
	told := func(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.Bytes("text/plain", fmt.Appendf(nil, "%s|%s|%s", r.Param("name"), r.QueryValues().Encode(), r.FormValues().Encode())), nil
	}
	s.Page("POST", "/form/{name}", fiberhttp.Public(), told)
	s.Page("GET", "/page", fiberhttp.Public(), told)
	s.Page("POST", "/hooks/x", fiberhttp.Public(), text("heard"), fiberhttp.Program(), fiberhttp.CrossOrigin("signed"))
	s.Mount("/mounted", fiberhttp.Public(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	}), "mounted")
	return fiberhttptest.Serve(t, s)
}

// packed is a body that unfolds to n zeros.
func packed(t *testing.T, n int, open func(w io.Writer) io.WriteCloser) string {
	t.Helper()
	var out bytes.Buffer
	w := open(&out)
	if _, err := io.Copy(w, io.LimitReader(zeros{}, int64(n))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestEncodedBody_IsRefusedBeforeItIsUnpacked(t *testing.T) {
	t.Parallel()
	const unfolded = 256 << 20
	c := reading(t)
	bombs := map[string]string{
		"br":      packed(t, unfolded, func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, 5) }),
		"gzip":    packed(t, unfolded/8, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }),
		"deflate": packed(t, unfolded/8, func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 5); return f }),
	}
	bombs["gzip, br"], bombs["GZIP"], bombs["zstd"], bombs["identity"], bombs["x-made-up"] = bombs["br"], bombs["gzip"], "x", "x", "x"
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for encoding, body := range bombs {
		if len(body) > 60<<10 {
			body = body[:60<<10] // what the size of the body lets through
		}
		for _, path := range []string{"/api/v1/things/1", "/form/a", "/hooks/x", "/mounted/x", "/nowhere"} {
			a := c.JSON("POST", path, "", body, "Content-Encoding", encoding)
			if a.StatusCode != http.StatusUnsupportedMediaType || a.Header.Get("Accept-Encoding") != "identity" {
				t.Errorf("%s to %s: %d %v", encoding, path, a.StatusCode, a.Header)
			}
		}
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > unfolded/4 {
		t.Errorf("%d bytes were allocated", grown)
	}
}

func TestInput_RefusesWhatNoDatabaseKeeps(t *testing.T) {
	t.Parallel()
	c := reading(t)
	form := []string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin", "Accept", "application/json"}
	multipart := []string{"Content-Type", "multipart/form-data; boundary=x", "Sec-Fetch-Site", "same-origin", "Accept", "application/json"}
	object := []string{"Content-Type", "application/json", "Sec-Fetch-Site", "same-origin"}
	for name, row := range map[string]struct {
		method, path, body string
		headers            []string
		field              string
	}{
		"the path, NUL":                  {"POST", "/api/v1/things/a%00", `{"name":"x"}`, object, "id"},
		"the path, not UTF-8":            {"POST", "/api/v1/things/%ff", `{"name":"x"}`, object, "id"},
		"a query, NUL":                   {"POST", "/api/v1/things/1?q=a%00b", `{"name":"x"}`, object, "q"},
		"a query, not UTF-8":             {"POST", "/api/v1/things/1?q=%ff", `{"name":"x"}`, object, "q"},
		"a query that nobody reads":      {"GET", "/page?other=%c3", "", []string{"Accept", "application/json"}, "other"},
		"the name of a parameter":        {"GET", "/page?a%00b=1", "", []string{"Accept", "application/json"}, ""},
		"a header":                       {"POST", "/api/v1/things/1", `{"name":"x"}`, append([]string{"X-Note", "\xff"}, object...), "X-Note"},
		"a form":                         {"POST", "/form/a", "name=%00", form, "name"},
		"a form, not UTF-8":              {"POST", "/form/a", "ok=1&name=%e9", form, "name"},
		"a form's path":                  {"POST", "/form/%00", "name=a", form, "name"},
		"a multipart form":               {"POST", "/form/a", "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\na\x00\r\n--x--\r\n", multipart, "name"},
		"JSON, escaped NUL":              {"POST", "/api/v1/things/1", `{"name":"a\u0000"}`, object, "name"},
		"JSON, NUL within":               {"POST", "/api/v1/things/1", `{"name":"x","tags":[{"label":"ok"},{"label":"\u0000"}]}`, object, "tags[1].label"},
		"JSON, not UTF-8":                {"POST", "/api/v1/things/1", "{\"name\":\"\xff\"}", object, "name"},
		"JSON, half a pair":              {"POST", "/api/v1/things/1", `{"name":"a\ud800"}`, object, "name"},
		"JSON, half a pair, reversed":    {"POST", "/api/v1/things/1", `{"name":"\ude00\ud83d"}`, object, "name"},
		"JSON, half a pair, then text":   {"POST", "/api/v1/things/1", `{"name":"\uD83Dx\ude00"}`, object, "name"},
		"JSON, half a pair within":       {"POST", "/api/v1/things/1", `{"name":"\ufffd \\ud800 \ud83d\ude00","tags":[{"label":"\ufffd"},{"label":"\\\udfff"}]}`, object, "tags[1].label"},
		"JSON, half a pair in a key":     {"POST", "/api/v1/things/1", `{"name":"x","tags":[{"a":1,"\udbff":1}]}`, object, "tags[0].\ufffd"},
		"JSON, not UTF-8, after U+FFFD":  {"POST", "/api/v1/things/1", "{\"name\":\"\ufffd\",\"tags\":[{\"label\":\"\xff\"}]}", object, "tags[0].label"},
		"JSON without a type":            {"POST", "/api/v1/things/1", `{"name":"a\u0000"}`, []string{"Sec-Fetch-Site", "same-origin"}, "name"},
		"JSON by a type of its own":      {"POST", "/api/v1/things/1", `{"name":"a\u0000"}`, []string{"Content-Type", "application/merge-patch+json", "Sec-Fetch-Site", "same-origin"}, "name"},
		"JSON by a short type":           {"POST", "/api/v1/things/1", "{\"name\":\"\xff\"}", []string{"Content-Type", "json", "Sec-Fetch-Site", "same-origin"}, "name"},
		"JSON by an empty type":          {"POST", "/api/v1/things/1", `{"name":"a","name":"b"}`, []string{"Content-Type", "; charset=utf-8", "Sec-Fetch-Site", "same-origin"}, "name"},
		"JSON sent to a page":            {"POST", "/form/a", `{"name":"\u0000"}`, []string{"Content-Type", "text/plain", "Sec-Fetch-Site", "same-origin", "Accept", "application/json"}, "name"},
		"JSON, a key twice":              {"POST", "/api/v1/things/1", `{"name":"a","name":"b"}`, object, "name"},
		"JSON, a key in two cases":       {"POST", "/api/v1/things/1", `{"name":"a","NAME":"b"}`, object, "NAME"},
		"JSON, a key by another k":       {"POST", "/api/v1/things/1", `{"tags":[{"label":"a","kK":1,"k` + "\u212A" + `":2}]}`, object, "tags[0].k\u212A"},
		"JSON, nested beyond all reason": {"POST", "/api/v1/things/1", `{"name":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`, object, "name" + strings.Repeat("[0]", 63)},
	} {
		a := c.Do(row.method, row.path, row.body, row.headers...)
		var p struct {
			Code   string
			Errors []struct{ Field, Message string }
		}
		if err := json.Unmarshal([]byte(a.Body), &p); err != nil || a.StatusCode != http.StatusBadRequest || p.Code != "http.invalid_text" ||
			len(p.Errors) != 1 || p.Errors[0].Field != row.field || p.Errors[0].Message == "" {
			t.Errorf("%s: %d %.300s", name, a.StatusCode, a.Body)
		}
	}
	raw := c.Raw("POST /api/v1/things/a\xff HTTP/1.1\r\nHost: forge.test\r\nConnection: close\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"name\":\"x\"}")
	if !strings.HasPrefix(raw, "HTTP/1.1 400") || !strings.Contains(raw, `"id"`) {
		t.Errorf("a path of bytes that nothing escapes: %s", raw)
	}
	if a := c.Get("/page?q=%00", "", "Accept", "text/html"); a.StatusCode != http.StatusBadRequest || !strings.Contains(a.Body, "<h1") {
		t.Errorf("a browser: %d %.200s", a.StatusCode, a.Body)
	}
	for _, fine := range []string{`{"name":"\ufffd \\ud800 \\\\udc00 \uD83D\uDE00\ud83d\ude00","tags":[]}`, `{"name":"ü 👩‍👧 \ud83d\ude00 \ufffd","tags":[{"label":"a"},{"label":"a"}]}`, `{"name":"x","tags":[]}`} {
		if a := c.JSON("POST", "/api/v1/things/%C3%BC?q=%F0%9F%98%80", "", fine); a.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", fine, a.StatusCode, a.Body)
		}
	}
	if a := c.Do("POST", "/hooks/x", `{"a":1,"a":2,"b":"\u0000"}`, "Content-Type", "application/json"); a.StatusCode != http.StatusOK {
		t.Errorf("what a webhook's sender signs: %d", a.StatusCode)
	}
}

func TestInput_BoundsWhatAnAnswerRepeats(t *testing.T) {
	t.Parallel()
	c := reading(t)
	if a := c.Do("POST", "/form/a", strings.Repeat("a&", 2000), "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin", "Accept", "application/json"); a.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a form of 2,000 fields: %d", a.StatusCode)
	}
	keys := `{"name":"x"`
	for i := range 2000 {
		keys += fmt.Sprintf(`,"k%d":0`, i)
	}
	if a := c.JSON("POST", "/api/v1/things/1", "", keys+"}"); a.StatusCode != http.StatusUnprocessableEntity || len(a.Body) > 4000 {
		t.Errorf("2,000 keys that nobody knows: %d, %d bytes", a.StatusCode, len(a.Body))
	}
}

func TestInput_SaysWhereAFaultIsInFewWords(t *testing.T) {
	t.Parallel()
	a := reading(t).JSON("POST", "/api/v1/things/1", "", `{"`+strings.Repeat("ü", 20_000)+`":"\u0000"}`)
	if a.StatusCode != http.StatusBadRequest || len(a.Body) > 2000 || !utf8.ValidString(a.Body) {
		t.Errorf("%d, %d bytes", a.StatusCode, len(a.Body))
	}
}

func TestQuery_ParsesWhatCanBeParsed(t *testing.T) {
	t.Parallel()
	c := reading(t)
	for query, want := range map[string]url.Values{
		"code=a;b&state=s":           {"code": {"a;b"}, "state": {"s"}},
		"return_to=/a%20b&q=100%":    {"return_to": {"/a b"}, "q": {"100%"}},
		"state=s&odd=%zz&more=%4":    {"state": {"s"}, "odd": {"%zz"}, "more": {"%4"}},
		"a=1&a=2&&b":                 {"a": {"1", "2"}, "b": {""}},
		"q=a+b%2Bc&u=%E2%82%AC;%3B;": {"q": {"a b+c"}, "u": {"€;;;"}},
	} {
		a := c.Get("/page?"+query, "")
		if a.StatusCode != http.StatusOK || a.Body != "|"+want.Encode()+"|" {
			t.Errorf("%s: %d %s, want %s", query, a.StatusCode, a.Body, want.Encode())
		}
		a = c.Do("POST", "/form/x", query, "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
		if a.StatusCode != http.StatusOK || a.Body != "x||"+want.Encode() {
			t.Errorf("as a form, %s: %d %s", query, a.StatusCode, a.Body)
		}
	}
}

func TestFraming_TakesChunkedAloneAndNothingElse(t *testing.T) {
	t.Parallel()
	c := reading(t)
	for header, refused := range map[string]bool{
		"Transfer-Encoding: chunked":                               false,
		"transfer-encoding:  Chunked ":                             false,
		"Transfer-Encoding: identity":                              true,
		"Transfer-Encoding: gzip, chunked":                         true,
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked": true,
		"Transfer-Encoding: chunked\r\nContent-Length: 0":          true,
		"Transfer-Encoding: xchunked":                              true,
		"Transfer-Encoding: identity\r\nContent-Length: 0":         true,
	} {
		answer := c.Raw("POST /hooks/x HTTP/1.1\r\nHost: forge.test\r\nConnection: close\r\n" + header + "\r\n\r\n0\r\n\r\n")
		status, _, _ := strings.Cut(strings.TrimPrefix(answer, "HTTP/1.1 "), " ")
		if want := map[bool]string{true: "400", false: "200"}[refused]; status != want && !(refused && status == "501") {
			t.Errorf("%q: %.60s", header, answer)
		}
	}
}
