package release_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

func smoke(t *testing.T, site string, environ ...string) (output string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "./smoke", site)
	cmd.Env = append(os.Environ(), environ...)
	out, err := cmd.CombinedOutput()
	var exited *exec.ExitError
	switch {
	case errors.As(err, &exited):
		code = exited.ExitCode()
	case err != nil:
		t.Fatal(err)
	}
	return string(out), code
}

// The script that looks at a release looks at the program, which has /dev in development.
func TestSmoke_PassesOnTheProgram(t *testing.T) {
	t.Parallel()
	p := program.Start(t, program.Options{})
	if output, code := smoke(t, p.URL, "SMOKE_DEVELOPMENT=1"); code != 0 || !strings.Contains(output, p.URL+" serves") {
		t.Errorf("exit %d: %s", code, output)
	}
	if output, code := smoke(t, p.URL); code != 1 || !strings.Contains(output, "/dev is shown to everybody") || !strings.Contains(output, "1 faults") {
		t.Errorf("what only development shows: exit %d: %s", code, output)
	}
}

func TestSmoke_NamesEveryFault(t *testing.T) {
	t.Parallel()
	ready := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			http.Error(w, "out of order", http.StatusInternalServerError)
		}
	}))
	t.Cleanup(ready.Close)
	output, code := smoke(t, ready.URL)
	for _, want := range []string{"/ is answered with 500", "content-security-policy", "/posts is answered with 500", "/api/v1/me answers 500", "/metrics is shown"} {
		if code != 1 || !strings.Contains(output, want) {
			t.Errorf("exit %d, without %q: %s", code, want, output)
		}
	}
	away := httptest.NewServer(http.NotFoundHandler())
	away.Close()
	if output, code := smoke(t, away.URL, "SMOKE_WAIT=0"); code != 1 || !strings.Contains(output, "is not ready") {
		t.Errorf("nobody answers: exit %d: %s", code, output)
	}
	if output, code := smoke(t, "example.com"); code != 2 || !strings.Contains(output, "usage") {
		t.Errorf("no origin: exit %d: %s", code, output)
	}
}
