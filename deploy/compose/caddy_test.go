package compose_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/tests/harness"
)

// The proxy believes what the network in front of it says of a visitor's address, and
// nobody else.
func TestCaddyfile_BelievesTheNetworkInFrontAlone(t *testing.T) {
	t.Parallel()
	caddy := harness.Tool(t, "caddy")
	replica := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Header.Get("X-Forwarded-For")) // the client may be gone
	}))
	t.Cleanup(replica.Close)
	text, err := os.ReadFile("Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	for networks, want := range map[string]string{
		"":                             "127.0.0.1",
		"192.0.2.0/24 2001:db8::/32":   "127.0.0.1",
		"192.0.2.0/24 127.0.0.0/8":     "203.0.113.9, 127.0.0.1",
		"2400:cb00::/32 127.0.0.1/32 ": "203.0.113.9, 127.0.0.1",
	} {
		t.Run(networks, func(t *testing.T) {
			t.Parallel()
			site := fmt.Sprintf("http://127.0.0.1:%d", harness.Port(t))
			home := t.TempDir()
			file := filepath.Join(home, "Caddyfile")
			at := strings.TrimPrefix(replica.URL, "http://")
			deployed := "{\n\tadmin off\n\tauto_https off\n}\n" + strings.NewReplacer("web-1:8080", at, "web-2:8080", at).Replace(string(text))
			// In compose the proxy has a network of its own; here the visitor is this machine.
			deployed = strings.ReplaceAll(deployed, "{$CDN_NETWORKS:127.0.0.1/32}", "{$CDN_NETWORKS:192.0.2.1/32}")
			if err := os.WriteFile(file, []byte(deployed), 0o600); err != nil {
				t.Fatal(err)
			}
			var said bytes.Buffer
			cmd := exec.Command(caddy, "run", "--adapter", "caddyfile", "--config", file)
			cmd.Env = append(os.Environ(), "SITE="+site, "HOME="+home, "XDG_DATA_HOME="+home, "XDG_CONFIG_HOME="+home)
			if networks != "" {
				cmd.Env = append(cmd.Env, "CDN_NETWORKS="+networks)
			}
			cmd.Stdout, cmd.Stderr = &said, &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
				if t.Failed() {
					t.Logf("caddy said:\n%s", said.String())
				}
			})
			if have := forwardedFor(t, site); have != want {
				t.Errorf("behind %q the program hears of %q, want %q", networks, have, want)
			}
		})
	}
}

// forwardedFor asks as the network in front does, once the proxy listens.
func forwardedFor(t *testing.T, site string) string {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		conn, err := net.Dial("tcp", strings.TrimPrefix(site, "http://"))
		if err == nil {
			_ = conn.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("caddy does not listen: %v", err)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Forwarded-For", "203.0.113.9")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
