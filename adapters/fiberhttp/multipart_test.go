package fiberhttp_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
)

// uploads is a site that says what a form brought.
func uploads(t *testing.T) fiberhttptest.Client {
	t.Helper()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	s.Page("POST", "/upload", fiberhttp.Public(), func(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		f, ok := r.File("picture")
		said := fmt.Sprintf("name=%q file=%t %q %d", r.Form("name"), ok, f.Name, len(f.Body))
		return fiberhttp.Bytes("text/plain", []byte(said)), nil
	}, fiberhttp.MaxBody(100<<10))
	return fiberhttptest.Serve(t, s)
}

func form(t *testing.T, fill func(w *multipart.Writer)) (contentType, body string) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	fill(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), out.String()
}

func TestMultipart_BringsFieldsAndFiles(t *testing.T) {
	t.Parallel()
	c := uploads(t)
	post := func(contentType, body string) fiberhttptest.Answer {
		return c.Do("POST", "/upload", body, "Content-Type", contentType, "Sec-Fetch-Site", "same-origin")
	}
	file := func(name, filename string, size int) func(w *multipart.Writer) {
		return func(w *multipart.Writer) {
			part, err := w.CreateFormFile(name, filename)
			if err == nil {
				_, err = part.Write(bytes.Repeat([]byte{0xff}, size))
			}
			if err == nil {
				err = w.WriteField("name", "Cleo é")
			}
			if err != nil {
				t.Error(err)
			}
		}
	}
	for name, want := range map[string]struct {
		fill func(w *multipart.Writer)
		said string
	}{
		"a file":             {file("picture", "me.png", 1000), `name="Cleo é" file=true "me.png" 1000`},
		"a path as its name": {file("picture", "../../etc/passwd", 3), `name="Cleo é" file=true "passwd" 3`},
		"another field":      {file("other", "me.png", 3), `name="Cleo é" file=false "" 0`},
		"many parts": {func(w *multipart.Writer) {
			for range 40 {
				_ = w.WriteField("name", "x")
			}
		}, `name="" file=false "" 0`},
		"a long field": {func(w *multipart.Writer) { _ = w.WriteField("name", strings.Repeat("x", 70<<10)) }, `name="" file=false "" 0`},
	} {
		contentType, body := form(t, want.fill)
		if a := post(contentType, body); a.StatusCode != 200 || a.Body != want.said {
			t.Errorf("%s: %d %q, want %q", name, a.StatusCode, a.Body, want.said)
		}
	}
	contentType, body := form(t, file("picture", "me.png", 1000))
	if a := post(contentType, body[:len(body)/2]); a.StatusCode != 200 || a.Body != `name="" file=false "" 0` {
		t.Errorf("half a form: %d %q", a.StatusCode, a.Body)
	}
	if a := post("multipart/form-data", body); a.StatusCode != 200 || a.Body != `name="" file=false "" 0` {
		t.Errorf("without a boundary: %d %q", a.StatusCode, a.Body)
	}
	contentType, body = form(t, file("picture", "me.png", 200<<10))
	if a := post(contentType, body); a.StatusCode != 413 {
		t.Errorf("too large: %d", a.StatusCode)
	}
	if a := c.Do("POST", "/upload", body, "Content-Type", contentType, "Sec-Fetch-Site", "cross-site"); a.StatusCode != 403 {
		t.Errorf("from elsewhere: %d", a.StatusCode)
	}
}
