package e2e_test

import (
	"archive/zip"
	"bytes"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// A person shows their face, takes their data along, leaves, and comes back: with
// scripts and without.
func TestPersonalData_IsExportedAndErased(t *testing.T) {
	t.Parallel()
	for name, scripts := range map[string]bool{"with scripts": true, "with scripts off": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			harness.Chromium(t)
			p := program.Start(t, program.Options{})
			b := open(t, p.URL)
			if !scripts {
				b.withoutScripts()
			}
			b.visit("/login?return_to=/account")
			b.fill("email", "cleo@neoforge.test")
			b.fill("password", "forge-ahead-2026")
			b.press("Sign in")

			b.do("choose a picture", chromedp.SetUploadFiles(chromedp.CSS(`input[name="avatar"]`), []string{picture(t)}))
			b.press("Use this picture")
			b.sees("That is your picture now.")
			b.until("the picture is shown", `[...document.images].filter((i) => i.src.includes('/avatars/') && i.complete && i.naturalWidth === 256).length > 0`)
			b.visit("/account/data")
			b.press("Collect my data")
			b.eventually("the archive is ready", func() bool { return strings.Contains(b.source(), "download") })
			href := read(b, chromedp.AttributeValue(chromedp.CSS(`a[download]`), "href"))
			archive(t, p.SignedIn(t, "cleo@neoforge.test"), p.URL+href.Value)

			b.visit("/account/data") // anew: the last one came by itself
			b.press("Delete my account")
			b.fill("email", "cleo@neoforge.test")
			b.press("Delete my account")
			b.sees("your account is going to be deleted")

			b.visit("/login?return_to=/posts")
			b.fill("email", "cleo@neoforge.test")
			b.fill("password", "forge-ahead-2026")
			b.press("Sign in")
			b.sees("Your account and everything in it is erased on")
			b.press("Keep my account")
			b.sees("Your account stays.")
		})
	}
}

// picture is a file that a person might choose.
func picture(t *testing.T) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 640, 480))
	for y := range 480 {
		for x := range 640 {
			img.Set(x, y, color.RGBA{R: uint8(x / 3), G: uint8(y / 2), B: 120, A: 255})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return file(t, "me.png", out.Bytes())
}

func file(t *testing.T, name string, body []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func archive(t *testing.T, c *http.Client, url string) {
	t.Helper()
	answer, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != 200 {
		t.Fatalf("%d, %v", answer.StatusCode, err)
	}
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil || len(z.File) < 5 {
		t.Errorf("%v of %d bytes", err, len(body))
	}
}
