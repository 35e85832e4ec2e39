package config_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/app/config/billingconfig"
	"github.com/neoforge-dev/neoforge/app/config/identityconfig"
)

// load reads the settings of the platform and of the modules that have some.
func load(environ []string) (config.Config, error) {
	return config.Load(environ, config.SectionOf[identityconfig.Settings]("identity", ""), config.SectionOf[billingconfig.Settings]("billing", ""))
}

// identitySettings are identity's of c.
func identitySettings(t *testing.T, c config.Config) identityconfig.Settings {
	t.Helper()
	s, err := c.Of("identity")
	if err != nil {
		t.Fatal(err)
	}
	return s.(identityconfig.Settings)
}

const key = "SECRET_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

func TestLoad_TakesAnEmptyEnvironmentForALaptop(t *testing.T) {
	t.Parallel()
	c, err := load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.IsProduction() || c.HTTP.Addr != "127.0.0.1:8080" || c.HTTP.BaseURL != "http://localhost:8080" || c.Database.URL != "sqlite://var/neoforge.db" {
		t.Fatalf("defaults: %+v", c)
	}
}

func TestLoad_PortAloneListensEverywhere(t *testing.T) {
	t.Parallel()
	c, err := load([]string{"PORT=9000"})
	if err != nil {
		t.Fatal(err)
	}
	if c.HTTP.Addr != "0.0.0.0:9000" || c.HTTP.BaseURL != "http://localhost:9000" {
		t.Fatalf("have %+v", c.HTTP)
	}
	c, err = load([]string{"PORT=9000", "ADDR=127.0.0.1:1"})
	if err != nil || c.HTTP.Addr != "127.0.0.1:1" {
		t.Fatalf("ADDR must win: %+v, %v", c.HTTP, err)
	}
}

func TestValidate_ReportsFaultsTogetherInPlainWords(t *testing.T) {
	t.Parallel()
	_, err := load([]string{
		"APP_ENV=production", "ADDR=nowhere", "BASE_URL=http://example.com/app", "DATABASE_URL=mysql://x", "REDIS_URL=http://x",
		"SECRET_KEY=c2hvcnQ=", "LOG_LEVEL=loud", "RATE_LIMIT=off", "TRUSTED_PROXIES=0.0.0.0/0", "SHUTDOWN_TIMEOUT=soon",
		"OAUTH_GITHUB_CLIENT_ID=x", "OAUTH_OIDC_ACME_ISSUER=https://id.example.com",
	})
	if err == nil {
		t.Fatal("want faults")
	}
	for _, want := range []string{"ADDR", "BASE_URL", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "LOG_LEVEL", "RATE_LIMIT", "TRUSTED_PROXIES", "SHUTDOWN_TIMEOUT", "MAIL_URL", "MAIL_FROM", "OAUTH_GITHUB_CLIENT_SECRET", "OAUTH_OIDC_ACME"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not named in:\n%v", want, err)
		}
	}
}

func TestDrainDelay_IsForProductionUnlessGiven(t *testing.T) {
	t.Parallel()
	production := []string{"APP_ENV=production", "BASE_URL=https://example.com", "MAIL_URL=smtp://mail:25", "MAIL_FROM=a@example.com", key}
	for _, tc := range []struct {
		environ []string
		want    time.Duration
	}{
		{nil, 0},
		{[]string{"DRAIN_DELAY=2s"}, 2 * time.Second},
		{production, 5 * time.Second},
		{append([]string{"DRAIN_DELAY=0s"}, production...), 0},
		{append([]string{"DRAIN_DELAY=12s"}, production...), 12 * time.Second},
	} {
		if c, err := load(tc.environ); err != nil || c.HTTP.DrainDelay != tc.want {
			t.Errorf("%q: %s, %v, want %s", tc.environ, c.HTTP.DrainDelay, err, tc.want)
		}
	}
	for _, wrong := range []string{"-1s", "6m", "5"} {
		if _, err := load([]string{"DRAIN_DELAY=" + wrong}); err == nil || !strings.Contains(err.Error(), "DRAIN_DELAY") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

func TestValidate_RefusesWeakSecretsInProduction(t *testing.T) {
	t.Parallel()
	good := []string{"APP_ENV=production", "BASE_URL=https://example.com", "MAIL_URL=smtp://mail:25", "MAIL_FROM=a@example.com"}
	for name, tc := range map[string]struct {
		secret string
		ok     bool
	}{
		"missing":      {"", false},
		"short":        {"SECRET_KEY=AAAA", false},
		"not base64":   {"SECRET_KEY=!!!", false},
		"sample":       {"SECRET_KEY=" + config.SampleKey, false},
		"one of two":   {key + ",AAAA", false},
		"one":          {key, true},
		"two, rotated": {key + ",HxEeHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgE=", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := load(append([]string{tc.secret}, good...))
			if (err == nil) != tc.ok {
				t.Fatalf("have %v", err)
			}
		})
	}
}

func TestProviders_AreTurnedOnByTheirVariables(t *testing.T) {
	t.Parallel()
	c, err := load([]string{
		"OAUTH_GITHUB_CLIENT_ID=a", "OAUTH_GITHUB_CLIENT_SECRET=b",
		"OAUTH_OIDC_ACME_ISSUER=https://id.example.com", "OAUTH_OIDC_ACME_CLIENT_ID=c", "OAUTH_OIDC_ACME_CLIENT_SECRET=d", "OAUTH_OIDC_ACME_LABEL=Acme",
	})
	if err != nil {
		t.Fatal(err)
	}
	if have := identitySettings(t, c).OAuth; len(have) != 2 || have[0].Name != "github" || have[1].Name != "acme" || have[1].Label != "Acme" {
		t.Fatalf("have %+v", have)
	}
}

func TestDescribe_NamesEverySettingAndHidesSecrets(t *testing.T) {
	t.Parallel()
	c, err := load([]string{key, "DATABASE_URL=postgres://u:hunter2@db/app"})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, s := range config.Describe(c) {
		seen[s.Name] = true
		if s.Doc == "" {
			t.Errorf("%s has no meaning written down", s.Name)
		}
		if strings.Contains(s.Value, "hunter2") || strings.Contains(s.Value, "AAEC") {
			t.Errorf("%s shows a secret: %s", s.Name, s.Value)
		}
	}
	for _, name := range []string{"APP_ENV", "ADDR", "BASE_URL", "ADMIN_ADDR", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "MAIL_URL", "MAIL_FROM", "RATE_LIMIT", "TRUSTED_PROXIES", "LOG_LEVEL", "SANDBOX_WEBHOOK_SECRET", "PORT"} {
		if !seen[name] {
			t.Errorf("%s is not described", name)
		}
	}
}

func TestProviders_TakeTheirOwnVariables(t *testing.T) {
	t.Parallel()
	c, err := load([]string{
		"OAUTH_APPLE_CLIENT_ID=com.example.web", "OAUTH_APPLE_TEAM_ID=team", "OAUTH_APPLE_KEY_ID=key", "OAUTH_APPLE_PRIVATE_KEY=pem",
		"OAUTH_GITLAB_CLIENT_ID=a", "OAUTH_GITLAB_CLIENT_SECRET=b", "OAUTH_GITLAB_ISSUER=https://git.example.com",
		"OAUTH_MICROSOFT_CLIENT_ID=a", "OAUTH_MICROSOFT_CLIENT_SECRET=b", "OAUTH_MICROSOFT_TENANT=consumers",
		"OAUTH_DISCORD_CLIENT_ID=", "OAUTH_DISCORD_CLIENT_SECRET=",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := identityconfig.Providers{
		{Name: "apple", Label: "Apple", Kind: "apple", ClientID: "com.example.web", TeamID: "team", KeyID: "key", PrivateKey: "pem"},
		{Name: "gitlab", Label: "GitLab", Kind: "gitlab", Issuer: "https://git.example.com", ClientID: "a", ClientSecret: "b"},
		{Name: "microsoft", Label: "Microsoft", Kind: "microsoft", Tenant: "consumers", ClientID: "a", ClientSecret: "b"},
	}
	if have := identitySettings(t, c).OAuth; !slices.Equal(have, want) {
		t.Fatalf("have %+v", have)
	}
	for what, env := range map[string][]string{
		"_TEAM_ID, _KEY_ID and _PRIVATE_KEY": {"OAUTH_APPLE_CLIENT_ID=a", "OAUTH_APPLE_TEAM_ID=team"},
		"set one of them":                    {"OAUTH_APPLE_CLIENT_ID=a", "OAUTH_APPLE_CLIENT_SECRET=b", "OAUTH_APPLE_TEAM_ID=c", "OAUTH_APPLE_KEY_ID=d", "OAUTH_APPLE_PRIVATE_KEY=e"},
		"OAUTH_GITHUB_ISSUER":                {"OAUTH_GITHUB_CLIENT_ID=a", "OAUTH_GITHUB_CLIENT_SECRET=b", "OAUTH_GITHUB_ISSUER=http://git.example.com"},
		"the name github is taken":           {"OAUTH_GITHUB_CLIENT_ID=a", "OAUTH_GITHUB_CLIENT_SECRET=b", "OAUTH_OIDC_GITHUB_ISSUER=https://id.example.com", "OAUTH_OIDC_GITHUB_CLIENT_ID=c", "OAUTH_OIDC_GITHUB_CLIENT_SECRET=d"},
	} {
		if _, err := load(env); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: have %v", what, err)
		}
	}
}

func TestRetention_RefusesWhatIsTooShortToServe(t *testing.T) {
	t.Parallel()
	c, err := load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Retention.Events != 90*24*time.Hour || c.Retention.Audit != 730*24*time.Hour || identitySettings(t, c).Retention.Sessions != 30*24*time.Hour {
		t.Errorf("%+v", c)
	}
	names := []string{"RETAIN_EVENTS", "RETAIN_AUDIT", "RETAIN_SESSIONS", "RETAIN_WEBHOOKS", "RETAIN_REFUSED_MAIL", "RETAIN_DEAD_JOBS"}
	for _, name := range names {
		if _, err := load([]string{name + "=0"}); err != nil {
			t.Errorf("%s=0, for ever: %v", name, err)
		}
		for _, value := range []string{"1h", "-1h"} {
			if _, err := load([]string{name + "=" + value}); err == nil || !strings.Contains(err.Error(), name+" is ") || !strings.Contains(err.Error(), "or 0 for ever") {
				t.Errorf("%s=%s: %v", name, value, err)
			}
		}
	}
}

func TestLoad_SaysWhatToWriteInsteadOfWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	_, err := load([]string{
		"SHUTDOWN_TIMEOUT=20", "SECOND_FACTOR_GRACE=a week", "DATABASE_MAX_CONNS=many", "ADDR=here", "ADMIN_ADDR=127.0.0.1:http-alt",
	})
	var faults *config.Faults
	if !errors.As(err, &faults) {
		t.Fatal(err)
	}
	var have []string
	for _, f := range faults.List {
		have = append(have, f.Error())
	}
	slices.Sort(have)
	want := []string{
		`ADDR is "here": use host:port, such as 127.0.0.1:8080 (PORT alone means 0.0.0.0:$PORT)`,
		`ADMIN_ADDR is "127.0.0.1:http-alt": use host:port, such as 127.0.0.1:9090, or off`,
		"DATABASE_MAX_CONNS=many: write a whole number, such as 20",
		"SECOND_FACTOR_GRACE=a week: write a number with its unit, such as 90s, 15m or 168h",
		"SHUTDOWN_TIMEOUT=20: write 20s",
	}
	if !slices.Equal(have, want) {
		t.Errorf("have\n%s\nwant\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
}

func TestLoad_RefusesOneAddressForTwoListeners(t *testing.T) {
	t.Parallel()
	_, err := load([]string{key, "APP_ENV=production", "BASE_URL=https://example.com", "ADDR=127.0.0.1:9090"})
	if err == nil || !strings.Contains(err.Error(), "use two") {
		t.Errorf("have %v", err)
	}
}

// keepNotices are settings of a module of a product.
type keepNotices struct {
	Keep  time.Duration `env:"KEEP" envDefault:"48h" doc:"how long a notice is kept"`
	Limit int           `env:"LIMIT" envDefault:"5" doc:"how many there may be"`
	Key   string        `env:"KEY" secret:"true" doc:"what it is signed with"`
}

func (k *keepNotices) Validate(bool) []error {
	if k.Keep < time.Hour {
		return []error{errors.New("NOTICES_KEEP is too short: use 1h or more")}
	}
	return nil
}

func TestSections_AreReadCheckedAndListedWithTheOthers(t *testing.T) {
	t.Parallel()
	section := config.SectionOf[keepNotices]("notices", "NOTICES_")
	c, err := config.Load([]string{"NOTICES_KEEP=72h", "NOTICES_KEY=hunter2"}, section)
	if err != nil {
		t.Fatal(err)
	}
	if have, err := c.Of("notices"); err != nil || have != (keepNotices{Keep: 72 * time.Hour, Limit: 5, Key: "hunter2"}) {
		t.Errorf("have %+v, %v", have, err)
	}
	if _, err := c.Of("content"); err == nil {
		t.Error("settings that were never read are answered")
	}
	listed := map[string]string{}
	for _, s := range config.Describe(c) {
		listed[s.Name] = s.Value + ", " + s.Default + ", " + s.Doc
	}
	for name, want := range map[string]string{
		"NOTICES_KEEP": "72h0m0s, 48h, how long a notice is kept", "NOTICES_LIMIT": "5, 5, how many there may be", "NOTICES_KEY": "(set), , what it is signed with",
	} {
		if listed[name] != want {
			t.Errorf("%s is listed as %q, want %q", name, listed[name], want)
		}
	}
	if have := section.Names(); !slices.Equal(have, []string{"NOTICES_KEEP", "NOTICES_LIMIT", "NOTICES_KEY"}) {
		t.Errorf("it reads %v", have)
	}
	_, err = config.Load([]string{"ADDR=nowhere", "NOTICES_KEEP=2m", "NOTICES_LIMIT=few", "RETAIN_SESSIONS=1h"}, section, config.SectionOf[identityconfig.Settings]("identity", ""))
	for _, want := range []string{"ADDR", "NOTICES_KEEP is too short", "NOTICES_LIMIT=few: write a whole number", "RETAIN_SESSIONS"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not said: %v", want, err)
		}
	}
	if _, err = config.Load([]string{"NOTICES_KEEP=2"}, section); err == nil || strings.Contains(err.Error(), "too short") || !strings.Contains(err.Error(), "write 2s") {
		t.Errorf("of what cannot be read it is said once, what to write: %v", err)
	}
}

// A fault of reading knows the name and the type of its field alone.
func TestSections_NameTheVariableThatCannotBeRead(t *testing.T) {
	t.Parallel()
	type settings struct {
		Board struct {
			Keep int `env:"BOARD_KEEP" doc:"notices"`
		}
		Shelf struct {
			Keep int `env:"SHELF_KEEP" doc:"books"`
			Pin  int `env:"PIN" secret:"true" doc:"opens it"`
		}
	}
	_, err := config.Load([]string{"N_BOARD_KEEP=3", "N_SHELF_KEEP=few", "N_PIN=12a4"}, config.SectionOf[settings]("n", "N_"))
	if err == nil || !strings.Contains(err.Error(), "N_SHELF_KEEP=few: write a whole number") || !strings.Contains(err.Error(), "N_PIN: write a whole number") {
		t.Errorf("have %v", err)
	}
	if err != nil && (strings.Contains(err.Error(), "BOARD_KEEP") || strings.Contains(err.Error(), "12a4")) {
		t.Errorf("what could be read is blamed, or a secret is told: %v", err)
	}
}
