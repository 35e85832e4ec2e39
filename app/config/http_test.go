package config

import (
	"strings"
	"testing"
)

func TestBaseURL_IsTheOriginThatBrowsersSend(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"https://example.com":            "https://example.com",
		"https://example.com/":           "https://example.com",
		"https://example.com:443":        "https://example.com",
		"https://example.com:443/":       "https://example.com",
		"http://example.com:80":          "http://example.com",
		"http://example.com:443":         "http://example.com:443",
		"https://example.com:80":         "https://example.com:80",
		"https://example.com:":           "https://example.com",
		"HTTPS://Example.COM:8443":       "https://example.com:8443",
		"https://MÜNCHEN.example":        "https://xn--mnchen-3ya.example",
		"https://xn--mnchen-3ya.example": "https://xn--mnchen-3ya.example",
		"http://[2001:DB8:0::1]:80":      "http://[2001:db8::1]",
		"http://[::1]:8080":              "http://[::1]:8080",
		"https://example.com#":           "https://example.com",
		"http://127.0.0.1:80":            "http://127.0.0.1",
	} {
		c, err := Load([]string{"BASE_URL=" + given})
		if err != nil || c.HTTP.BaseURL != want {
			t.Errorf("%s: %s, want %s, %v", given, c.HTTP.BaseURL, want, err)
		}
	}
	for _, given := range []string{
		"example.com", "ftp://example.com", "https://", "https://example.com/app", "https://example.com?", "https://example.com?a", "https://example.com#a",
		"https://u@example.com", "https://@example.com", "https://exa mple.com", "https://example.com:port",
	} {
		if c, err := Load([]string{"BASE_URL=" + given}); err == nil || !strings.Contains(err.Error(), "BASE_URL") {
			t.Errorf("%s is accepted as %s: %v", given, c.HTTP.BaseURL, err)
		}
	}
	if c, err := Load([]string{"PORT=80"}); err != nil || c.HTTP.BaseURL != "http://localhost" {
		t.Errorf("on port 80: %s, %v", c.HTTP.BaseURL, err)
	}
}

func TestTrustedProxies_MayBeListedWithSpaces(t *testing.T) {
	t.Parallel()
	c, err := Load([]string{"TRUSTED_PROXIES=10.0.0.0/8, 2001:db8::/32 "})
	if err != nil || len(c.HTTP.TrustedProxies) != 2 || c.HTTP.TrustedProxies[1] != "2001:db8::/32" {
		t.Errorf("%q, %v", c.HTTP.TrustedProxies, err)
	}
}

func TestCORSOrigins_AreExactAndSayWhatToWrite(t *testing.T) {
	t.Parallel()
	c, err := Load([]string{"CORS_ORIGINS=https://app.example.com, http://localhost:3000,https://xn--mnchen-3ya.example,https://192.0.2.7:8443,https://[2001:db8::1],https://7.example"})
	if err != nil || strings.Join(c.HTTP.CORSOrigins, " ") != "https://app.example.com http://localhost:3000 https://xn--mnchen-3ya.example https://192.0.2.7:8443 https://[2001:db8::1] https://7.example" {
		t.Errorf("%q, %v", c.HTTP.CORSOrigins, err)
	}
	if c, err := Load(nil); err != nil || len(c.HTTP.CORSOrigins) != 0 {
		t.Errorf("by default %q, %v", c.HTTP.CORSOrigins, err)
	}
	const example = "such as https://app.example.com"
	for given, want := range map[string]string{
		"*":                                           example,
		"null":                                        example,
		"https://*.example.com":                       example,
		"*.example.com":                               example,
		".example.com":                                example,
		"app.example.com":                             example,
		"ftp://app.example.com":                       example,
		"https://":                                    example,
		"https://app.example.com/path":                example,
		"https://app.example.com?x":                   example,
		"https://app.example.com#x":                   example,
		"https://u:p@app.example.com":                 example,
		"https://app.example.com/":                    "https://app.example.com",
		"https://App.Example.com":                     "https://app.example.com",
		"HTTPS://app.example.com":                     "https://app.example.com",
		"https://app.example.com:443":                 "https://app.example.com",
		"https://MÜNCHEN.example":                     "https://xn--mnchen-3ya.example",
		"https://app.example.com:0443":                "browsers write it https://app.example.com",
		"https://app.example.com:08443":               "browsers write it https://app.example.com:8443",
		"https://app.example.com:99999":               example,
		"https://app.example.com:0":                   example,
		"https://app.example.com:":                    "browsers write it https://app.example.com",
		"https://127.1":                               example,
		"https://2130706433":                          example,
		"https://0x7f.0.0.1":                          example,
		"https://0X7F000001":                          example,
		"https://127.0.0.01":                          example,
		"https://127.0.0.1.":                          example,
		"https://[fe80::1%25eth0]":                    example,
		"https://[::ffff:1.2.3.4]":                    example,
		"http://localhost:8080":                       "BASE_URL",
		"https://a.example.com,,https://b.test":       example,
		"https://a.example.com,https://a.example.com": "twice",
	} {
		_, err := Load([]string{"CORS_ORIGINS=" + given})
		if err == nil || !strings.Contains(err.Error(), "CORS_ORIGINS has ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", given, err, want)
		}
	}
	production := []string{"APP_ENV=production", "BASE_URL=https://example.com", "MAIL_URL=smtp://mail:25", "MAIL_FROM=a@example.com", "SECRET_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
	if _, err := Load(append(production, "CORS_ORIGINS=http://app.example.com")); err == nil || !strings.Contains(err.Error(), "CORS_ORIGINS") {
		t.Errorf("plain http in production: %v", err)
	}
	if _, err := Load(append(production, "CORS_ORIGINS=http://localhost:3000,http://[::1]:3000")); err != nil {
		t.Errorf("this machine itself, in production: %v", err)
	}
}
