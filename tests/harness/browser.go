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
// no window, and no page slowed down for not being in front.
var browserFlags = []string{
	"--headless", "--no-sandbox", "--no-first-run", "--no-default-browser-check", "--remote-debugging-port=0",
	"--disable-background-networking", "--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows",
	"--disable-breakpad", "--disable-client-side-phishing-detection", "--disable-component-update", "--disable-default-apps",
	"--disable-dev-shm-usage", "--disable-extensions", "--disable-features=Translate,MediaRouter", "--disable-hang-monitor",
	"--disable-ipc-flooding-protection", "--disable-popup-blocking", "--disable-prompt-on-repost", "--disable-quic",
	"--disable-renderer-backgrounding", "--disable-sync", "--force-color-profile=srgb", "--metrics-recording-only",
	"--password-store=basic", "--use-mock-keychain", "--window-size=1280,900",
}

// StartChromium starts a Chromium with an empty profile and returns the address of its
// DevTools, a WebSocket. It ends, with all its processes, when the test does.
func StartChromium(tb testing.TB, flags ...string) string {
	tb.Helper()
	path := Chromium(tb)
	profile := tb.TempDir()
	var said lastWords
	args := append(append([]string{"--user-data-dir=" + profile}, browserFlags...), flags...)
	cmd := exec.Command(path, append(args, "about:blank")...)
	cmd.Stdout, cmd.Stderr = &said, &said
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
		tb.Fatalf("start %s: %v", path, err)
	}
	end := sync.OnceFunc(func() {
		endGroup(cmd)
		<-exited
		removeProfile(profile)
	})
	tb.Cleanup(end)
	atEnd(end)

	ctx, cancel := context.WithTimeout(context.Background(), browserTimeout)
	defer cancel()
	for {
		address, err := devTools(profile)
		if err == nil {
			return address
		}
		select {
		case err := <-exited:
			exited <- err
			tb.Fatalf("%s ended at its start: %v\n%s", path, err, said.String())
		case <-ctx.Done():
			tb.Fatalf("%s did not say where it listens: %v\n%s", path, err, said.String())
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
