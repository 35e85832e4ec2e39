package config

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// The settings that the compose file makes of its .env are accepted, whatever
// characters the passwords have, and both ends get the same ones.
func TestCompose_PassesAnyPasswordOn(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../deploy/compose/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Services map[string]struct {
			Environment map[string]string
			Command     []string
		}
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{"plain", "a/b", "a+b=", "a@b:c", "100%", "%41", "a#b?c&d", `q"u'o\te`, "ü b", "/+=@%:?#[]"} {
		given := map[string]string{
			"POSTGRES_PASSWORD": password, "SECRET_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "MAIL_URL": "smtp://user@mail:25", "MAIL_FROM": "NeoForge <hello@example.com>",
			"REDIS_PASSWORD": password + "r", "MAIL_PASSWORD": password + "m",
			"AUDIT_STREAM": "https://logs.example.com/audit", "AUDIT_STREAM_SECRET": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "AUDIT_ANCHOR": "/var/lib/neoforge/audit.anchor",
		}
		for _, service := range []string{"web-1", "web-2", "migrate"} {
			var environ []string
			for name, value := range file.Services[service].Environment {
				environ = append(environ, name+"="+interpolated(t, value, given))
			}
			c, err := Load(environ)
			if err != nil {
				t.Fatalf("%s with the password %s: %v", service, password, err)
			}
			if !c.IsProduction() || !c.Database.IsPostgres() || c.Database.Password != password || strings.Contains(c.Database.URL, password) {
				t.Errorf("%s has the password %q, want %q", service, c.Database.Password, password)
			}
			if c.Audit.Stream != given["AUDIT_STREAM"] || c.Audit.Secret != given["AUDIT_STREAM_SECRET"] || c.Audit.Anchor != given["AUDIT_ANCHOR"] {
				t.Errorf("%s has of the audit trail %+v", service, c.Audit)
			}
			if c.Redis.Password != password+"r" || c.Mail.Password != password+"m" {
				t.Errorf("%s has the passwords %q and %q, want %q and an r, and an m", service, c.Redis.Password, c.Mail.Password, password)
			}
		}
		if have := interpolated(t, file.Services["postgres"].Environment["POSTGRES_PASSWORD"], given); have != password {
			t.Errorf("Postgres has the password %q, want %q", have, password)
		}
		redis := file.Services["redis"]
		at := slices.Index(redis.Command, "--requirepass")
		if at < 0 || interpolated(t, redis.Command[at+1], given) != password+"r" || interpolated(t, redis.Environment["REDISCLI_AUTH"], given) != password+"r" {
			t.Errorf("Redis runs %q with %q, not with the password %q and an r", redis.Command, redis.Environment, password)
		}
	}
}

var placeholder = regexp.MustCompile(`\$\{([A-Z_]+)(?::([-?])([^}]*))?\}`)

// interpolated fills in ${NAME}, ${NAME:-default} and ${NAME:?message}.
func interpolated(t *testing.T, value string, given map[string]string) string {
	t.Helper()
	return placeholder.ReplaceAllStringFunc(value, func(found string) string {
		parts := placeholder.FindStringSubmatch(found)
		set, ok := given[parts[1]]
		switch {
		case ok:
			return set
		case parts[2] == "?":
			t.Errorf("%s must be set: %s", parts[1], parts[3])
		}
		return parts[3]
	})
}
