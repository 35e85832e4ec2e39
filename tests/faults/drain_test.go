package faults_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// deployed reads an example from deploy and puts these addresses into it.
func deployed(t *testing.T, name string, replacements ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(replacements); i += 2 {
		if !bytes.Contains(text, []byte(replacements[i])) {
			t.Fatalf("deploy/%s does not say %s", name, replacements[i])
		}
	}
	return strings.NewReplacer(replacements...).Replace(string(text))
}

// background runs a program until the test ends, and returns when it listens.
func background(t *testing.T, addr string, environ []string, name string, args ...string) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(harness.Tool(t, name), args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), environ...), &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("%s said:\n%s", name, out.String()[max(0, out.Len()-4000):])
		}
	})
	waitFor(t, name, func() bool {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s ended: %v", name, err)
		default:
		}
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	})
}

func written(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Two replicas behind a proxy, with the configuration that deploy shows, are restarted
// in turn under constant load: no request fails. NEOFORGE_TEST_RESTARTS and
// NEOFORGE_TEST_REQUESTS ask for more than the few of every run.
func TestDrain_RestartsInTurnFailNoRequest(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(t *testing.T, addr, first, second string){
		"haproxy": func(t *testing.T, addr, first, second string) {
			text := deployed(t, "haproxy/haproxy.cfg", "bind :80", "bind "+addr, "web-1:8080", first, "web-2:8080", second)
			background(t, addr, nil, "haproxy", "-db", "-f", written(t, "haproxy.cfg", text))
		},
		"caddy": func(t *testing.T, addr, first, second string) {
			text := "{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}\n" +
				deployed(t, "compose/Caddyfile", "web-1:8080", first, "web-2:8080", second)
			home := t.TempDir()
			background(t, addr, []string{"SITE=http://" + addr, "HOME=" + home, "XDG_DATA_HOME=" + home, "XDG_CONFIG_HOME=" + home},
				"caddy", "run", "--adapter", "caddyfile", "--config", written(t, "Caddyfile", text))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			harness.Tool(t, name)
			restartInTurn(t, name, start)
		})
	}
}

func restartInTurn(t *testing.T, name string, proxy func(t *testing.T, addr, first, second string)) {
	t.Helper()
	addr := fmt.Sprintf("127.0.0.1:%d", harness.Port(t))
	site := "http://" + addr
	o := program.Options{
		DatabaseURL: harness.Database(t, program.MigrateUp), RedisURL: harness.Redis(t), BaseURL: site,
		Environ: []string{"TRUSTED_PROXIES=127.0.0.1/32", "RATE_LIMIT=off", "DRAIN_DELAY=4s"},
	}
	replicas := []*program.Process{program.StartProcess(t, o), program.StartProcess(t, o)}
	proxy(t, addr, replicas[0].Addr, replicas[1].Addr)
	ben := program.SignedInAt(t, site, "ben@neoforge.test")

	const list = "/api/v1/posts"
	restarts, requests := setting(t, "NEOFORGE_TEST_RESTARTS", 2), setting(t, "NEOFORGE_TEST_REQUESTS", 1000)
	l := startLoad(t, 16, max(200, requests/(6*restarts)), func(n int64) (int, error) {
		var status int
		var err error
		switch n % 8 {
		case 0:
			status, err = asks(ben, "POST", site+list, fmt.Sprintf(`{"title":"Draft %d","slug":"draft-%d","body_markdown":"Text.","tags":[],"visibility":"public"}`, n, n))
		case 1:
			status, err = asks(ben, "GET", site+"/api/v1/me", "")
		case 2:
			status, err = asks(ben, "GET", site+"/posts", "")
		default:
			status, err = asks(http.DefaultClient, "GET", site+list+"?limit=20", "")
		}
		if err == nil && status == http.StatusServiceUnavailable {
			err = errUnacceptable
		}
		return status, err
	})
	for i := range restarts {
		r := replicas[i%len(replicas)]
		r.Stop(t)
		r.Start(t)
		// The other one is not stopped before the proxy has taken this one in.
		waitFor(t, "requests at the replica that was restarted", func() bool { return r.Served(t, list) > 0 })
	}
	waitFor(t, "the rest of the requests", func() bool { return l.asked.Load() >= int64(requests) })
	l.report(t, fmt.Sprintf("%d restarts behind %s", restarts, name))
}
