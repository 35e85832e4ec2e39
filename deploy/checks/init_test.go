package checks

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// folder is a copy of what deploy/compose/init and compose read.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"init", "example.env", "compose.yaml"} {
		text, err := os.ReadFile(filepath.Join("../compose", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// initialized runs init there, with nothing in the environment but what is given.
func initialized(t *testing.T, dir string, environ ...string) (output string, err error) {
	t.Helper()
	cmd := exec.Command(filepath.Join(dir, "init"))
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, environ...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// ofFolder is the project as docker compose reads it in that folder, with its .env.
func ofFolder(t *testing.T, dir string) *types.Project {
	t.Helper()
	o, err := cli.NewProjectOptions([]string{filepath.Join(dir, "compose.yaml")},
		cli.WithEnvFiles(filepath.Join(dir, ".env")), cli.WithDotEnv, cli.WithDefaultProfiles(), cli.WithInterpolation(true), cli.WithConsistency(true), cli.WithNormalization(true))
	if err != nil {
		t.Fatal(err)
	}
	p, err := o.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestComposeInit_MakesWhatStartsAsItStands(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if out, err := initialized(t, dir); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	info, err := os.Stat(filepath.Join(dir, ".env"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the secrets may be read by others: %v", info.Mode())
	}
	p := ofFolder(t, dir)
	if _, there := p.Services["mailbox"]; !there {
		t.Error("nothing takes the mails")
	}
	settings := p.Services["web-1"].Environment
	if *settings["MAIL_URL"] != "smtp://mailbox:1025" || *settings["BASE_URL"] != "https://localhost" {
		t.Errorf("the settings are %v", settings)
	}
	secrets := map[string]string{}
	for name, value := range map[string]string{
		"SECRET_KEY": *settings["SECRET_KEY"], "DATABASE_PASSWORD": *settings["DATABASE_PASSWORD"], "REDIS_PASSWORD": *settings["REDIS_PASSWORD"],
		"GF_SECURITY_ADMIN_PASSWORD": *p.Services["grafana"].Environment["GF_SECURITY_ADMIN_PASSWORD"],
	} {
		if len(value) < 40 {
			t.Errorf("%s is %q", name, value)
		}
		if other, taken := secrets[value]; taken {
			t.Errorf("%s is the same as %s", name, other)
		}
		secrets[value] = name
	}
}

func TestComposeInit_KeepsTheSecretsThatAreThere(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if out, err := initialized(t, dir); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	before, err := os.ReadFile(filepath.Join(dir, ".env"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := initialized(t, dir); err == nil || !strings.Contains(out, "is there already") {
		t.Errorf("a second run says %q, %v", out, err)
	}
	after, err := os.ReadFile(filepath.Join(dir, ".env"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Error("a second run changed the secrets")
	}
}

func TestComposeInit_TakesOverWhatIsGiven(t *testing.T) {
	t.Parallel()
	const password = `a$b#c"d\e f=g`
	dir := folder(t)
	out, err := initialized(t, dir, "BASE_URL=https://example.com", "MAIL_URL=smtp://user@mail.example.com:587", "MAIL_PASSWORD="+password, "MAIL_FROM=Name <a@example.com>", "POSTGRES_PASSWORD="+password)
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	p := ofFolder(t, dir)
	settings := p.Services["web-2"].Environment
	for name, want := range map[string]string{
		"BASE_URL": "https://example.com", "MAIL_URL": "smtp://user@mail.example.com:587", "MAIL_PASSWORD": password, "MAIL_FROM": "Name <a@example.com>", "DATABASE_PASSWORD": password,
	} {
		if have := *settings[name]; have != want {
			t.Errorf("%s is %q, want %q", name, have, want)
		}
	}
	if _, there := p.Services["mailbox"]; there {
		t.Error("the mailbox runs beside the mail server")
	}
}

func TestComposeInit_SaysWhatItCannotWrite(t *testing.T) {
	t.Parallel()
	for want, environ := range map[string][]string{
		"MAIL_FROM is missing":    {"MAIL_URL=smtp://mail.example.com:587"},
		"MAIL_PASSWORD has a '":   {"MAIL_URL=smtp://a@mail.example.com:587", "MAIL_FROM=a@example.com", "MAIL_PASSWORD=it's"},
		"SECRET_KEY has a ' or a": {"SECRET_KEY=two\nlines"},
	} {
		dir := folder(t)
		out, err := initialized(t, dir, environ...)
		if err == nil || !strings.Contains(out, want) {
			t.Errorf("with %q it says %q, %v", environ, out, err)
		}
		if made, err := filepath.Glob(filepath.Join(dir, ".env*")); err != nil || len(made) > 0 {
			t.Errorf("with %q it leaves %q behind, %v", environ, made, err)
		}
	}
}
