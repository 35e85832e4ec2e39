package wire

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/neoforge-dev/neoforge/adapters/jobqueue"
	"github.com/neoforge-dev/neoforge/app/config"
)

// Whoever sends SIGKILL waits for longer than the program needs to stop when a request
// and a job hang: compose does, and the documentation says how long that is.
func TestStopping_TakesNoLongerThanComposeWaits(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../deploy/compose/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Services map[string]struct {
			Environment     map[string]string
			StopGracePeriod string `yaml:"stop_grace_period"`
		}
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	manual, err := os.ReadFile("../../web/docs/deploy.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"web-1", "web-2"} {
		service := file.Services[name]
		environ := []string{
			"APP_ENV=" + service.Environment["APP_ENV"], "SECRET_KEY=" + base64.StdEncoding.EncodeToString([]byte(rand.Text()+rand.Text())),
			"BASE_URL=https://example.com", "MAIL_URL=smtp://mail.example.com:587", "MAIL_FROM=hello@example.com",
		}
		for _, setting := range []string{"DRAIN_DELAY", "SHUTDOWN_TIMEOUT"} {
			if value, given := service.Environment[setting]; given {
				environ = append(environ, setting+"="+value)
			}
		}
		cfg, err := config.Load(environ)
		if err != nil {
			t.Fatal(err)
		}
		waits, err := time.ParseDuration(service.StopGracePeriod)
		if err != nil {
			t.Fatalf("%s: stop_grace_period: %v", name, err)
		}
		if !cfg.IsProduction() || cfg.HTTP.DrainDelay <= 0 || cfg.HTTP.ShutdownTimeout <= 0 {
			t.Fatalf("%s: have %+v", name, cfg.HTTP)
		}
		const closing = time.Second // the database and Redis, which are told and not waited for
		if needs := cfg.HTTP.DrainDelay + cfg.HTTP.ShutdownTimeout + jobqueue.StopTimeout + closing; needs > waits {
			t.Errorf("%s is killed after %s and may need %s to stop", name, waits, needs)
		}
		seconds := int(waits / time.Second)
		for _, says := range []string{
			fmt.Sprintf("stop_grace_period: %ds", seconds), fmt.Sprintf("terminationGracePeriodSeconds: %d", seconds), fmt.Sprintf("TimeoutStopSec=%d", seconds),
			fmt.Sprintf("`DRAIN_DELAY` (%d s in production", cfg.HTTP.DrainDelay/time.Second), fmt.Sprintf("`SHUTDOWN_TIMEOUT` (%d s)", cfg.HTTP.ShutdownTimeout/time.Second),
		} {
			if !strings.Contains(string(manual), says) {
				t.Errorf("/docs/deploy does not say %q", says)
			}
		}
	}
}
