package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// browserTimeout is what a Chromium may take to start, or to end, on a busy machine.
const browserTimeout = 60 * time.Second

// browserFlags are what a browser under test is started with: nothing it does by itself,
// no window, no page slowed down for not being in front, and no transition between pages,
// during which a click would be lost.
var browserFlags = []string{
	"--headless", "--no-sandbox", "--no-first-run", "--no-default-browser-check", "--remote-debugging-port=0",
	"--disable-background-networking", "--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows",
	"--disable-breakpad", "--disable-client-side-phishing-detection", "--disable-component-update", "--disable-default-apps",
	"--disable-dev-shm-usage", "--disable-extensions", "--disable-features=Translate,MediaRouter", "--disable-hang-monitor",
	"--disable-ipc-flooding-protection", "--disable-popup-blocking", "--disable-prompt-on-repost", "--disable-quic",
	"--disable-renderer-backgrounding", "--disable-sync", "--force-color-profile=srgb", "--force-prefers-reduced-motion", "--metrics-recording-only",
	"--password-store=basic", "--use-mock-keychain", "--window-size=1280,900",
}

// sharedBrowser is the Chromium of this binary.
var sharedBrowser struct {
	start   sync.Once
	address string
	said    lastWords
	err     error
}

// SharedChromiumSaid returns what the shared Chromium wrote last, for the report of a
// failure.
func SharedChromiumSaid() string { return sharedBrowser.said.String() }

// SharedChromium returns the address of the DevTools, a WebSocket, of a Chromium that all
// tests of the binary share; it starts for the first of them. Each opens a browser context
// of its own (chromedp.WithNewBrowserContext), which has its own cookies, storage, caches
// and service workers, and disposes of it when it ends.
func SharedChromium(tb testing.TB) string {
	tb.Helper()
	path := Chromium(tb)
	sharedBrowser.start.Do(func() { sharedBrowser.address, sharedBrowser.err = startSharedChromium(path) })
	if sharedBrowser.err != nil {
		tb.Fatal(sharedBrowser.err)
	}
	return sharedBrowser.address
}

func startSharedChromium(path string) (address string, err error) {
	profile, err := os.MkdirTemp("", "neoforge-chromium-")
	if err != nil {
		return "", err
	}
	address, end, err := startChromium(path, profile, &sharedBrowser.said)
	atEnd(end)
	return address, err
}

// StartChromium starts a Chromium of the test's own with an empty profile and returns the
// address of its DevTools, a WebSocket. It ends, with all its processes, when the test does.
func StartChromium(tb testing.TB) string {
	tb.Helper()
	address, end, err := startChromium(Chromium(tb), tb.TempDir(), &lastWords{})
	tb.Cleanup(end)
	atEnd(end)
	if err != nil {
		tb.Fatal(err)
	}
	return address
}

// startChromium also returns, with an error, how to end what it has started.
func startChromium(path, profile string, said *lastWords) (address string, end func(), err error) {
	cmd := exec.Command(path, append(append([]string{"--user-data-dir=" + profile}, browserFlags...), "about:blank")...)
	cmd.Stdout, cmd.Stderr = said, said
	ownGroup(cmd)
	started, exited := make(chan error, 1), make(chan error, 1)
	go func() {
		// The kernel ends it when the thread that started it is gone: this one stays.
		runtime.LockOSThread()
		err := cmd.Start()
		if started <- err; err == nil {
			exited <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return "", func() { removeProfile(profile) }, fmt.Errorf("start %s: %w", path, err)
	}
	end = sync.OnceFunc(func() {
		endGroup(cmd)
		<-exited
		removeProfile(profile)
	})
	ctx, cancel := context.WithTimeout(context.Background(), browserTimeout)
	defer cancel()
	for {
		address, err := devTools(profile)
		if err == nil {
			return address, end, nil
		}
		select {
		case err := <-exited:
			exited <- err
			return "", end, fmt.Errorf("%s ended at its start: %w\n%s", path, err, said.String())
		case <-ctx.Done():
			return "", end, fmt.Errorf("%s did not say where it listens: %w\n%s", path, err, said.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// devTools reads where a Chromium listens: the port and the path, which it writes into
// its profile.
func devTools(profile string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(profile, "DevToolsActivePort"))
	if err != nil {
		return "", err
	}
	port, path, whole := strings.Cut(strings.TrimSpace(string(raw)), "\n")
	if !whole {
		return "", errors.New("DevToolsActivePort is not written yet")
	}
	return fmt.Sprintf("ws://127.0.0.1:%s%s", port, path), nil
}

// removeProfile removes it as soon as the last process has let go of it.
func removeProfile(profile string) {
	deadline := time.Now().Add(10 * time.Second)
	for os.RemoveAll(profile) != nil && time.Now().Before(deadline) {
		<-time.After(50 * time.Millisecond)
	}
}

// lastWords keeps what a program wrote, for the report of a failure.
type lastWords struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (w *lastWords) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.buf.Len() > 64<<10 {
		w.buf.Reset()
	}
	return w.buf.Write(p)
}

func (w *lastWords) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}
