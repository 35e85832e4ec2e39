package config

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

const key = "SECRET_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

func TestAnEmptyEnvironmentIsALaptop(t *testing.T) {
	t.Parallel()
	c, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.IsProduction() || c.HTTP.Addr != "127.0.0.1:8080" || c.HTTP.BaseURL != "http://localhost:8080" || c.Database.URL != "sqlite://var/neoforge.db" {
		t.Fatalf("defaults: %+v", c)
	}
}

func TestPortAloneListensEverywhere(t *testing.T) {
	t.Parallel()
	c, err := Load([]string{"PORT=9000"})
	if err != nil {
		t.Fatal(err)
	}
	if c.HTTP.Addr != "0.0.0.0:9000" || c.HTTP.BaseURL != "http://localhost:9000" {
		t.Fatalf("have %+v", c.HTTP)
	}
	c, err = Load([]string{"PORT=9000", "ADDR=127.0.0.1:1"})
	if err != nil || c.HTTP.Addr != "127.0.0.1:1" {
		t.Fatalf("ADDR must win: %+v, %v", c.HTTP, err)
	}
}

func TestFaultsAreReportedTogetherInPlainWords(t *testing.T) {
	t.Parallel()
	_, err := Load([]string{
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
		if c, err := Load(tc.environ); err != nil || c.HTTP.DrainDelay != tc.want {
			t.Errorf("%q: %s, %v, want %s", tc.environ, c.HTTP.DrainDelay, err, tc.want)
		}
	}
	for _, wrong := range []string{"-1s", "6m", "5"} {
		if _, err := Load([]string{"DRAIN_DELAY=" + wrong}); err == nil || !strings.Contains(err.Error(), "DRAIN_DELAY") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

func TestProductionRefusesWeakSecrets(t *testing.T) {
	t.Parallel()
	good := []string{"APP_ENV=production", "BASE_URL=https://example.com", "MAIL_URL=smtp://mail:25", "MAIL_FROM=a@example.com"}
	for name, tc := range map[string]struct {
		secret string
		ok     bool
	}{
		"missing":      {"", false},
		"short":        {"SECRET_KEY=AAAA", false},
		"not base64":   {"SECRET_KEY=!!!", false},
		"sample":       {"SECRET_KEY=" + SampleKey, false},
		"one of two":   {key + ",AAAA", false},
		"one":          {key, true},
		"two, rotated": {key + ",HxEeHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgE=", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(append([]string{tc.secret}, good...))
			if (err == nil) != tc.ok {
				t.Fatalf("have %v", err)
			}
		})
	}
}

func TestProvidersAreTurnedOnByTheirVariables(t *testing.T) {
	t.Parallel()
	c, err := Load([]string{
		"OAUTH_GITHUB_CLIENT_ID=a", "OAUTH_GITHUB_CLIENT_SECRET=b",
		"OAUTH_OIDC_ACME_ISSUER=https://id.example.com", "OAUTH_OIDC_ACME_CLIENT_ID=c", "OAUTH_OIDC_ACME_CLIENT_SECRET=d", "OAUTH_OIDC_ACME_LABEL=Acme",
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.OAuth) != 2 || c.OAuth[0].Name != "github" || c.OAuth[1].Name != "acme" || c.OAuth[1].Label != "Acme" {
		t.Fatalf("have %+v", c.OAuth)
	}
}

func TestDescribeNamesEverySettingAndHidesSecrets(t *testing.T) {
	t.Parallel()
	c, err := Load([]string{key, "DATABASE_URL=postgres://u:hunter2@db/app"})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, s := range Describe(c) {
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

func TestEachProviderTakesItsOwnVariables(t *testing.T) {
	t.Parallel()
	c, err := Load([]string{
		"OAUTH_APPLE_CLIENT_ID=com.example.web", "OAUTH_APPLE_TEAM_ID=team", "OAUTH_APPLE_KEY_ID=key", "OAUTH_APPLE_PRIVATE_KEY=pem",
		"OAUTH_GITLAB_CLIENT_ID=a", "OAUTH_GITLAB_CLIENT_SECRET=b", "OAUTH_GITLAB_ISSUER=https://git.example.com",
		"OAUTH_MICROSOFT_CLIENT_ID=a", "OAUTH_MICROSOFT_CLIENT_SECRET=b", "OAUTH_MICROSOFT_TENANT=consumers",
		"OAUTH_DISCORD_CLIENT_ID=", "OAUTH_DISCORD_CLIENT_SECRET=",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []OAuthProvider{
		{Name: "apple", Label: "Apple", Kind: "apple", ClientID: "com.example.web", TeamID: "team", KeyID: "key", PrivateKey: "pem"},
		{Name: "gitlab", Label: "GitLab", Kind: "gitlab", Issuer: "https://git.example.com", ClientID: "a", ClientSecret: "b"},
		{Name: "microsoft", Label: "Microsoft", Kind: "microsoft", Tenant: "consumers", ClientID: "a", ClientSecret: "b"},
	}
	if !slices.Equal(c.OAuth, want) {
		t.Fatalf("have %+v", c.OAuth)
	}
	for what, env := range map[string][]string{
		"_TEAM_ID, _KEY_ID and _PRIVATE_KEY": {"OAUTH_APPLE_CLIENT_ID=a", "OAUTH_APPLE_TEAM_ID=team"},
		"set one of them":                    {"OAUTH_APPLE_CLIENT_ID=a", "OAUTH_APPLE_CLIENT_SECRET=b", "OAUTH_APPLE_TEAM_ID=c", "OAUTH_APPLE_KEY_ID=d", "OAUTH_APPLE_PRIVATE_KEY=e"},
		"OAUTH_GITHUB_ISSUER":                {"OAUTH_GITHUB_CLIENT_ID=a", "OAUTH_GITHUB_CLIENT_SECRET=b", "OAUTH_GITHUB_ISSUER=http://git.example.com"},
		"the name github is taken":           {"OAUTH_GITHUB_CLIENT_ID=a", "OAUTH_GITHUB_CLIENT_SECRET=b", "OAUTH_OIDC_GITHUB_ISSUER=https://id.example.com", "OAUTH_OIDC_GITHUB_CLIENT_ID=c", "OAUTH_OIDC_GITHUB_CLIENT_SECRET=d"},
	} {
		if _, err := Load(env); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: have %v", what, err)
		}
	}
}

func TestRetention_RefusesWhatIsTooShortToServe(t *testing.T) {
	t.Parallel()
	c, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Retention.Events != 90*24*time.Hour || c.Retention.Audit != 730*24*time.Hour || c.Retention.Sessions != 30*24*time.Hour {
		t.Errorf("%+v", c.Retention)
	}
	names := []string{"RETAIN_EVENTS", "RETAIN_AUDIT", "RETAIN_SESSIONS", "RETAIN_WEBHOOKS", "RETAIN_REFUSED_MAIL", "RETAIN_DEAD_JOBS"}
	for _, name := range names {
		if _, err := Load([]string{name + "=0"}); err != nil {
			t.Errorf("%s=0, for ever: %v", name, err)
		}
		for _, value := range []string{"1h", "-1h"} {
			if _, err := Load([]string{name + "=" + value}); err == nil || !strings.Contains(err.Error(), name+" is ") || !strings.Contains(err.Error(), "or 0 for ever") {
				t.Errorf("%s=%s: %v", name, value, err)
			}
		}
	}
}

func TestLoad_SaysWhatToWriteInsteadOfWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	_, err := Load([]string{
		"SHUTDOWN_TIMEOUT=20", "SECOND_FACTOR_GRACE=a week", "DATABASE_MAX_CONNS=many", "ADDR=here", "ADMIN_ADDR=127.0.0.1:http-alt",
	})
	var faults *Faults
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
	_, err := Load([]string{key, "APP_ENV=production", "BASE_URL=https://example.com", "ADDR=127.0.0.1:9090"})
	if err == nil || !strings.Contains(err.Error(), "use two") {
		t.Errorf("have %v", err)
	}
}
