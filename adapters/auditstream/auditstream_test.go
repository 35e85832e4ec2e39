package auditstream_test

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/auditstream"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

var (
	at  = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	key = []byte("a key of these tests, of some length")
)

func batch(number int64) audit.Sealed {
	return audit.Sealed{
		Number: number, Hash: []byte{0xab}, Previous: []byte{0xcd}, SealedAt: at, Latest: at, KeyID: "k1", Signature: []byte{1, 2, 3},
		Entries: []audit.Entry{
			{ID: "1", Actor: "cleo", Action: "test.done", Resource: "thing:1", IP: "192.0.2.1", Detail: "two\nlines, \"quoted\"", At: at},
			{ID: "2", Actor: "system", Action: "test.counted", Resource: "thing:2", Times: 7, At: at},
		},
	}
}

func linesOf(t *testing.T, text string) (out []map[string]any) {
	t.Helper()
	scan := bufio.NewScanner(strings.NewReader(text))
	for scan.Scan() {
		var line map[string]any
		if err := json.Unmarshal(scan.Bytes(), &line); err != nil {
			line = map[string]any{"torn": scan.Text()}
		}
		out = append(out, line)
	}
	return out
}

func mustRead(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestFile_AppendsALineForEachEntryAndOneForItsSeal(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	sink := auditstream.NewFile(file, nil)
	for n := range int64(2) {
		if err := sink.Send(t.Context(), batch(n+1)); err != nil {
			t.Fatal(err)
		}
	}
	have := linesOf(t, mustRead(t, file))
	if len(have) != 6 || have[0]["detail"] != "two\nlines, \"quoted\"" || have[1]["times"] != 7.0 || have[2]["hash"] != "ab" || have[2]["previous"] != "cd" || have[2]["entries"] != 2.0 || have[2]["key"] != "k1" || have[2]["signature"] != "AQID" || have[5]["seal"] != 2.0 {
		t.Errorf("have %v", have)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v, %v", info.Mode(), err)
	}
}

func TestFile_GoesOnAfterItWasMovedAwayOrTorn(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	sink := auditstream.NewFile(file, nil)
	if err := sink.Send(t.Context(), batch(1)); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file, file+".1"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(`{"seal":2,"id":"`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := sink.Send(t.Context(), batch(2)); err != nil {
		t.Fatal(err)
	}
	if moved := linesOf(t, mustRead(t, file+".1")); len(moved) != 3 {
		t.Errorf("what was moved away has %v", moved)
	}
	if have := linesOf(t, mustRead(t, file)); len(have) != 4 || have[0]["torn"] == nil || have[1]["id"] != "1" {
		t.Errorf("have %v", have)
	}
}

func TestFile_FailsWhereItCannotWrite(t *testing.T) {
	t.Parallel()
	if err := auditstream.NewFile(filepath.Join(t.TempDir(), "missing", "audit.jsonl"), nil).Send(t.Context(), batch(1)); err == nil {
		t.Error("nothing was written, and it says that something was")
	}
}

func TestWebhook_PostsWhatTheReceiverCanVerify(t *testing.T) {
	t.Parallel()
	received := make(chan string, 1)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(r.Header.Get("Webhook-Id") + "." + r.Header.Get("Webhook-Timestamp") + "." + string(body)))
		if r.Method != http.MethodPost || r.Header.Get("Webhook-Id") != "seal-3" || r.Header.Get("Webhook-Signature") != "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)) {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		received <- string(body)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	sink, err := auditstream.NewWebhook(server.URL, key, clock.System{}, server.Client().Transport)
	if err != nil {
		t.Fatal(err)
	}
	if err := sink.Send(t.Context(), batch(3)); err != nil {
		t.Fatal(err)
	}
	if have := linesOf(t, <-received); len(have) != 3 || have[0]["actor"] != "cleo" || have[2]["hash"] != "ab" {
		t.Errorf("have %v", have)
	}
}

func TestWebhook_FailsOnEveryOtherAnswerAndFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer elsewhere.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/redirects":
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		case "/waits":
			w.Header().Set("Retry-After", "90")
			w.WriteHeader(http.StatusTooManyRequests)
		default:
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	send := func(path string) error {
		sink, err := auditstream.NewWebhook(server.URL+path, key, clock.System{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return sink.Send(t.Context(), batch(1))
	}
	for path, want := range map[string]string{"/redirects": "307", "/fails": "502"} {
		if err := send(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	var later *jobs.Postponed
	if err := send("/waits"); !errors.As(err, &later) || later.For != 90*time.Second {
		t.Errorf("have %v", err)
	}
	server.Close()
	if err := send("/?token=hunter2"); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("have %v", err)
	}
}

func TestAnchor_RemembersTheNewestSeal(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit.anchor")
	anchor := auditstream.NewAnchor(path)
	seal := func(number int64) audit.KnownSeal {
		hash := sha256.Sum256([]byte{byte(number)})
		return audit.KnownSeal{Number: number, Hash: hash[:]}
	}
	if have, err := anchor.Newest(); err != nil || have.Number != 0 {
		t.Errorf("without a file: %v, %v", have, err)
	}
	for _, number := range []int64{1, 3, 2} {
		if err := anchor.Keep(seal(number)); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := auditstream.NewAnchor(path).Newest(); err != nil || have.String() != seal(3).String() {
		t.Errorf("have %v, %v", have, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("it leaves %v: %v", left, err)
	}
}

func TestAnchor_RefusesAFileWithoutASeal(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\n", "3", "3:abc", "0:" + strings.Repeat("ab", 32)} {
		path := filepath.Join(t.TempDir(), "audit.anchor")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		anchor := auditstream.NewAnchor(path)
		if _, err := anchor.Newest(); err == nil || !strings.Contains(err.Error(), "AUDIT_ANCHOR") {
			t.Errorf("%q is read: %v", text, err)
		}
		if err := anchor.Keep(audit.KnownSeal{Number: 9, Hash: make([]byte, sha256.Size)}); err == nil {
			t.Errorf("%q is written over", text)
		}
	}
	gone := auditstream.NewAnchor(filepath.Join(t.TempDir(), "away", "audit.anchor"))
	if err := gone.Keep(audit.KnownSeal{Number: 1, Hash: make([]byte, sha256.Size)}); err == nil || !strings.Contains(err.Error(), "AUDIT_ANCHOR") {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestFile_TakesAccessFromOthers(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	var told []fs.FileMode
	sink := auditstream.NewFile(file, func(was fs.FileMode) { told = append(told, was) })
	for n := range int64(2) {
		if err := sink.Send(t.Context(), batch(n+1)); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 || len(told) != 1 || told[0] != 0o644 {
		t.Errorf("it has %v and told %v: %v", info.Mode(), told, err)
	}
}
