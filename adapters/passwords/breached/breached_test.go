package breached_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/memory/cachemem"
	"github.com/neoforge-dev/neoforge/adapters/passwords/breached"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/identitytest"
)

func TestHTTP_IsACollection(t *testing.T) {
	t.Parallel()
	identitytest.RunBreachedPasswords(t, func(t *testing.T, lines []string) identity.BreachedPasswords {
		return mustHTTP(t, mustServe(t, service(lines)).URL+"/range")
	})
}

func TestFile_IsACollection(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]string{"LF": "\n", "CRLF": "\r\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			identitytest.RunBreachedPasswords(t, func(t *testing.T, lines []string) identity.BreachedPasswords {
				return mustFile(t, strings.Join(lines, end)+end)
			})
		})
	}
	t.Run("no end, lower case", func(t *testing.T) {
		t.Parallel()
		identitytest.RunBreachedPasswords(t, func(t *testing.T, lines []string) identity.BreachedPasswords {
			return mustFile(t, strings.ToLower(strings.Join(lines, "\n")))
		})
	})
}

// service answers as Pwned Passwords does, with padding when it is asked for.
func service(lines []string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		prefix := strings.TrimPrefix(r.URL.Path, "/range/")
		for _, line := range lines {
			if suffix, found := strings.CutPrefix(line, prefix); found {
				_, _ = io.WriteString(w, suffix+"\r\n")
			}
		}
		if r.Header.Get("Add-Padding") == "true" {
			_, _ = fmt.Fprintf(w, "%035X:0\r\n%035X:0", 1, 2)
		}
	}
}

func mustServe(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func mustHTTP(t *testing.T, base string) *breached.HTTP {
	t.Helper()
	c, err := cachemem.New(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	h, err := breached.NewHTTP(base, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func mustFile(t *testing.T, text string) *breached.File {
	t.Helper()
	f, err := breached.OpenFile(write(t, text))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hashes.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestHTTP_TellsFiveDigitsAndAsksForPadding(t *testing.T) {
	t.Parallel()
	var asked atomic.Pointer[http.Request]
	h := mustHTTP(t, mustServe(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked.Store(r) })).URL+"/range/")
	if n, err := identity.TimesBreached(t.Context(), h, "garfield"); err != nil || n != 0 {
		t.Fatalf("%d, %v", n, err)
	}
	r := asked.Load()
	if r == nil || r.Method != http.MethodGet || !regexp.MustCompile(`^/range/[0-9A-F]{5}$`).MatchString(r.RequestURI) || r.Header.Get("Add-Padding") != "true" ||
		r.UserAgent() == "" || r.Header.Get("Cookie") != "" || r.ContentLength > 0 {
		t.Fatalf("asked %+v", r)
	}
}

func TestHTTP_AsksOnceForARange(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	away := atomic.Bool{}
	away.Store(true)
	h := mustHTTP(t, mustServe(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		if away.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintf(w, "%035X:4", 10)
	})).URL)
	if _, err := h.Range(t.Context(), "ABCDE"); err == nil {
		t.Fatal("a failure is no answer")
	}
	away.Store(false)
	for range 3 { // a failure is not kept, an answer is
		if all, err := h.Range(t.Context(), "ABCDE"); err != nil || len(all) != 1 || all[0].Count != 4 {
			t.Fatalf("%v, %v", all, err)
		}
	}
	if asked.Load() != 2 {
		t.Errorf("asked %d times", asked.Load())
	}
}

func TestHTTP_FailsForWhatIsNoAnswer(t *testing.T) {
	t.Parallel()
	for what, answer := range map[string]http.HandlerFunc{
		"500": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"429": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
		"404": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"a page": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<!doctype html><title>Sign in to this network</title>")
		},
		"whole hashes": func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintf(w, "%040X:4", 10) },
		"a minus":      func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintf(w, "%035X:-4", 10) },
		"no count":     func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintf(w, "%035X", 10) },
		"too much":     func(w http.ResponseWriter, _ *http.Request) { endless(w) },
		"a broken body": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "0")
		},
		"a circle": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			h := mustHTTP(t, mustServe(t, answer).URL)
			all, err := h.Range(t.Context(), "ABCDE")
			if err == nil || len(all) != 0 {
				t.Fatalf("%v, %v", all, err)
			}
			if strings.Contains(err.Error(), "ABCDE") {
				t.Errorf("the log would hold the prefix: %v", err)
			}
		})
	}
}

// endless answers good lines for as long as somebody reads.
func endless(w io.Writer) {
	for i := range 1 << 20 {
		if _, err := fmt.Fprintf(w, "%035X:1\r\n", i); err != nil {
			return
		}
	}
}

func TestHTTP_FollowsNoRedirectElsewhere(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int64
	other := mustServe(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	h := mustHTTP(t, mustServe(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusFound)
	})).URL)
	if all, err := h.Range(t.Context(), "ABCDE"); err == nil || elsewhere.Load() != 0 {
		t.Errorf("%v, %v; the other was asked %d times", all, err, elsewhere.Load())
	}
	moved := http.NewServeMux()
	moved.HandleFunc("/old/", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.Replace(r.URL.Path, "old", "range", 1), http.StatusMovedPermanently)
	})
	moved.HandleFunc("/range/", service([]string{"ABCDE" + strings.Repeat("0", 35) + ":5"}))
	h = mustHTTP(t, mustServe(t, moved).URL+"/old")
	if all, err := h.Range(t.Context(), "ABCDE"); err != nil || len(all) != 1 {
		t.Errorf("within the origin: %v, %v", all, err)
	}
}

func TestHTTP_WaitsForNobodyWhoHangs(t *testing.T) {
	t.Parallel()
	c, err := cachemem.New(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	h, err := breached.NewHTTP("https://hashes.example/range", c, hanging{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Range(t.Context(), "ABCDE"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("have %v, want the client's own deadline", err)
	}
}

// hanging answers when the request is given up, and fails one that never would be.
type hanging struct{}

func (hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, bounded := r.Context().Deadline(); !bounded {
		return nil, errors.New("the request has no deadline")
	}
	return nil, context.DeadlineExceeded
}

func TestOpenFile_RefusesWhatIsNoCollection(t *testing.T) {
	t.Parallel()
	low, high := strings.Repeat("1", 40)+":1\n", strings.Repeat("E", 40)+":1\n"
	for what, path := range map[string]string{
		"empty": write(t, ""), "a folder": t.TempDir(), "absent": filepath.Join(t.TempDir(), "absent"), "words": write(t, "garfield\nbrooklyn\n"),
		"by how often": write(t, high+low), "NTLM hashes": write(t, strings.Repeat("1", 32)+":1\n"), "a long line": write(t, strings.Repeat("1", 5000)), "no last line": write(t, low+strings.Repeat("\n", 300)),
	} {
		if f, err := breached.OpenFile(path); err == nil {
			t.Errorf("%s: opened", what)
			_ = f.Close()
		}
	}
}

func TestFile_FailsWhereItIsBroken(t *testing.T) {
	t.Parallel()
	line := func(first string) string { return first + strings.Repeat("0", 40-len(first)) + ":1\n" }
	for what, text := range map[string]string{
		"out of order":    line("1") + line("ABCDE2") + line("ABCDE1") + line("F"),
		"a line of words": line("1") + "garfield\n" + line("ABCDE") + line("F"),
		"a long line":     line("1") + strings.Repeat("A", 20_000) + "\n" + line("F"),
	} {
		if all, err := mustFile(t, text).Range(t.Context(), "ABCDE"); err == nil {
			t.Errorf("%s: %v", what, all)
		}
	}
	f := mustFile(t, line("1"))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Range(t.Context(), "ABCDE"); err == nil {
		t.Error("a closed file answers")
	}
}

func FuzzFile_Range(f *testing.F) {
	f.Add([]byte(strings.Repeat("1", 40)+":1\n"+strings.Repeat("2", 40)+":1\n"), "11111")
	f.Add([]byte("\n\n\x00:"), "00000")
	f.Fuzz(func(t *testing.T, text []byte, prefix string) {
		path := filepath.Join(t.TempDir(), "hashes.txt")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := breached.OpenFile(path)
		if err != nil {
			return
		}
		defer func() { _ = file.Close() }()
		all, err := file.Range(t.Context(), prefix)
		if err == nil && (len(prefix) != identity.BreachedPrefix || len(all) > len(text)/41) {
			t.Fatalf("%q: %v", prefix, all)
		}
		for _, p := range all {
			if len(p.Suffix) != 35 || p.Count < 1 {
				t.Fatalf("%+v", p)
			}
		}
	})
}
