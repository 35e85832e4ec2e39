package main

import (
	"crypto/sha256"
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
)

var secret = []byte("a key of these tests, of some length")

func hashOf(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// batch is a seal that follows another.
func batch(number int64, name, previous string) audit.Sealed {
	return audit.Sealed{
		Number: number, Hash: hashOf(name), Previous: hashOf(previous), SealedAt: time.Unix(1_800_000_000, 0), KeyID: "k1", Signature: []byte{1},
		Entries: []audit.Entry{{ID: name, Actor: "cleo", Action: "test.done", Resource: "thing:1", At: time.Unix(1_800_000_000, 0)}},
	}
}

// receiving starts a receiver of a folder, and returns the program's end of it.
func receiving(t *testing.T, folder string, key []byte) *auditstream.Webhook {
	t.Helper()
	r, err := openReceiver(folder, secret, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	w, err := auditstream.NewWebhook(server.URL, key, clock.System{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func kept(t *testing.T, folder, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestReceiver_KeepsTheChainAndRefusesWhatDoesNotGoOnWithIt(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "audit")
	w := receiving(t, folder, secret)
	send := func(b audit.Sealed, want string) {
		t.Helper()
		err := w.Send(t.Context(), b)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("seal %d: %v, want %q", b.Number, err, want)
		}
	}
	send(batch(7, "g", "f"), "") // of a trail that was there before
	send(batch(8, "h", "g"), "")
	send(batch(8, "h", "g"), "") // again
	send(batch(7, "g", "f"), "") // all of it again
	send(batch(8, "other", "g"), "409")
	send(batch(10, "j", "i"), "409")
	send(batch(9, "i", "other"), "409")
	send(batch(1, "a", ""), "409")

	w = receiving(t, folder, secret) // started again
	send(batch(8, "other", "g"), "409")
	send(batch(9, "i", "h"), "")
	known, err := auditstream.NewAnchor(filepath.Join(folder, anchorFile)).Newest()
	if err != nil || known.String() != (audit.KnownSeal{Number: 9, Hash: hashOf("i")}).String() {
		t.Errorf("the anchor is %s, %v", known, err)
	}
	if lines := strings.Split(strings.TrimSpace(kept(t, folder, linesFile)), "\n"); len(lines) != 6 || !strings.Contains(lines[4], `"id":"i"`) {
		t.Errorf("kept are %q", lines)
	}
}

func TestReceiver_GoesOnAfterAWriteThatBrokeOff(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := receiving(t, folder, secret).Send(t.Context(), batch(1, "a", "")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, linesFile)
	if err := os.WriteFile(path, []byte(kept(t, folder, linesFile)+`{"seal":2,"hash":"`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := receiving(t, folder, secret).Send(t.Context(), batch(2, "b", "a")); err != nil {
		t.Fatal(err)
	}
	if r, err := openReceiver(folder, secret, time.Now); err != nil || r.newest != 2 {
		t.Errorf("%v, %+v", err, r)
	}
}

func TestReceiver_TakesNothingOfStrangers(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := receiving(t, folder, []byte("another key, of some length as well")).Send(t.Context(), batch(1, "a", "")); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("signed by another: %v", err)
	}
	late, err := openReceiver(folder, secret, func() time.Time { return time.Now().Add(6 * time.Minute) })
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(late)
	defer server.Close()
	w, err := auditstream.NewWebhook(server.URL, secret, clock.System{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Send(t.Context(), batch(1, "a", "")); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("sent again by who has listened: %v", err)
	}
	for method, want := range map[string]int{http.MethodGet: 405, http.MethodPost: 401} {
		r := httptest.NewRequest(method, "/", strings.NewReader(`{"seal":1}`))
		answer := httptest.NewRecorder()
		if late.ServeHTTP(answer, r); answer.Code != want {
			t.Errorf("%s: %d, want %d", method, answer.Code, want)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, linesFile)); err == nil {
		t.Error("something was kept")
	}
}
