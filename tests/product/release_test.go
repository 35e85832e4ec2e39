package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
)

// A release is one file: its islands and styles are those of all four contexts, bundled.
func TestRelease_ServesWhatWasBundled(t *testing.T) {
	t.Parallel()
	if err := product().Bundle(t.Context(), io.Discard, filepath.Join("web", "dist")); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	binary := filepath.Join(dir, "notice-board")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "release", "-trimpath", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Run("offline", func(t *testing.T) {
		t.Parallel()
		readsAndWritesOffline(t, binary)
	})
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := fmt.Sprintf("127.0.0.1:%d", harness.Port(t))
			environ := []string{
				"APP_ENV=production", "ADDR=" + addr, "ADMIN_ADDR=off", "BASE_URL=https://board.example", "DRAIN_DELAY=0s", "DATABASE_URL=" + database(t),
				"SECRET_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "MAIL_URL=smtp://127.0.0.1:1", "MAIL_FROM=Board <hello@board.example>",
			}
			run := func(args ...string) *exec.Cmd {
				cmd := exec.CommandContext(context.WithoutCancel(t.Context()), binary, args...) // it is told to stop, and waited for
				cmd.Dir, cmd.Env = t.TempDir(), environ
				return cmd
			}
			if out, err := run("serve").CombinedOutput(); err == nil || !strings.Contains(string(out), "run `notice-board migrate up`") {
				t.Errorf("on an empty database: %v\n%s", err, out)
			}
			if out, err := run("migrate", "up").CombinedOutput(); err != nil || !strings.Contains(string(out), "notices/") {
				t.Fatalf("migrate up: %v\n%s", err, out)
			}
			if out, err := run("--version").CombinedOutput(); err != nil || string(out) != "notice-board v1.0.0\n" {
				t.Errorf("the version is %q, %v", out, err)
			}
			var log bytes.Buffer
			serving := run("serve")
			serving.Stdout, serving.Stderr = &log, &log
			if err := serving.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := serving.Process.Signal(syscall.SIGTERM); err != nil {
					t.Error(err)
				}
				if err := serving.Wait(); err != nil {
					t.Errorf("%v\n%s", err, &log)
				}
			})
			get := func(path string) (int, string) {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Host = "board.example"
				res, err := http.DefaultClient.Do(r)
				if err != nil {
					return 0, err.Error()
				}
				defer res.Body.Close()
				body, err := io.ReadAll(res.Body)
				if err != nil {
					t.Fatal(err)
				}
				return res.StatusCode, string(body)
			}
			eventually(t, "the release", func() bool {
				code, _ := get("/readyz")
				return code == http.StatusOK
			})
			code, page := get("/notices")
			if code != http.StatusOK || !strings.Contains(page, "<nf-notices-board ") || !strings.Contains(page, "shadowroot") || !strings.Contains(page, "<title>Notices · Notice Board</title>") {
				t.Errorf("the page is %d\n%s", code, page)
			}
			own := false
			for _, asset := range regexp.MustCompile(`/assets/[^"&]+`).FindAllString(page, -1) {
				code, body := get(asset)
				if code != http.StatusOK {
					t.Errorf("%s: %d", asset, code)
				}
				own = own || strings.Contains(asset, ".css") && strings.Contains(body, ".notice-board")
			}
			if !own {
				t.Error("no stylesheet holds the module's rules")
			}
			if code, _ := get("/dev"); code != http.StatusNotFound {
				t.Errorf("/dev answers %d", code)
			}
		})
	}
}
