package config

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// What the files for Kubernetes and App Platform set is accepted in production, together
// with the secrets that they ask for.
func TestDeployed_SettingsAreAccepted(t *testing.T) {
	t.Parallel()
	secrets := map[string]string{
		"DATABASE_PASSWORD": "a/b@c", "REDIS_PASSWORD": "d:e", "SECRET_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "MAIL_PASSWORD": "f",
	}
	environments := map[string]map[string]string{"App Platform": appPlatform(t, secrets)}
	overlays, err := filepath.Glob("../../deploy/kubernetes/overlays/*/settings.env")
	if err != nil || len(overlays) < 2 {
		t.Fatalf("%q, %v", overlays, err)
	}
	for _, overlay := range overlays {
		vars := variables(t, "../../deploy/kubernetes/secret.example.env")
		for name, value := range variables(t, overlay) {
			vars[name] = value
		}
		for name, value := range secrets {
			if _, asked := vars[name]; !asked {
				t.Errorf("secret.example.env does not name %s", name)
			}
			vars[name] = value
		}
		environments[overlay] = vars
	}
	for name, vars := range environments {
		known := map[string]bool{"GOMEMLIMIT": true} // of Go itself
		for _, n := range Names() {
			known[n] = true
		}
		environ := []string{"ADDR=0.0.0.0:8080", "ADMIN_ADDR=0.0.0.0:9090"} // of the image
		for key, value := range vars {
			environ = append(environ, key+"="+value)
			if !known[key] {
				t.Errorf("%s sets %s, which nobody reads", name, key)
			}
		}
		c, err := Load(environ)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !c.IsProduction() || !c.Database.IsPostgres() || c.Redis.URL == "" || len(c.HTTP.TrustedProxies) == 0 || c.Database.Password != secrets["DATABASE_PASSWORD"] {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

// variables are the lines NAME=value of a file.
func variables(t *testing.T, name string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range bytes.Lines(text) {
		if key, value, ok := strings.Cut(strings.TrimSpace(string(line)), "="); ok && !strings.HasPrefix(key, "#") {
			out[key] = value
		}
	}
	return out
}

// appPlatform is what app.yaml sets, filled in as deploy/digitalocean/apply and
// DigitalOcean do.
func appPlatform(t *testing.T, secrets map[string]string) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../deploy/digitalocean/app.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var spec struct {
		Envs []struct{ Key, Value string }
	}
	if err := yaml.Unmarshal(text, &spec); err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer(
		"${DOMAIN}", "example.com", "${db.USERNAME}", "neoforge", "${db.HOSTNAME}", "db.example.com", "${db.PORT}", "25060", "${db.DATABASE}", "neoforge",
		"${db.PASSWORD}", secrets["DATABASE_PASSWORD"], "${cache.USERNAME}", "default", "${cache.HOSTNAME}", "cache.example.com", "${cache.PORT}", "25061",
		"${cache.PASSWORD}", secrets["REDIS_PASSWORD"], "${SECRET_KEY}", secrets["SECRET_KEY"], "${MAIL_URL}", "smtp://user@mail.example.com:587",
		"${MAIL_PASSWORD}", secrets["MAIL_PASSWORD"], "${MAIL_FROM}", "NeoForge <hello@example.com>", "${AUDIT_STREAM}", "https://logs.example.com/audit", "${AUDIT_STREAM_SECRET}", secrets["SECRET_KEY"], "${CLOUDFLARE_ZONE_ID}", "", "${CLOUDFLARE_API_TOKEN}", "",
	)
	out := map[string]string{}
	for _, e := range spec.Envs {
		out[e.Key] = fill.Replace(e.Value)
		if strings.Contains(out[e.Key], "${") {
			t.Errorf("%s is %q: nobody fills it in", e.Key, out[e.Key])
		}
	}
	return out
}
