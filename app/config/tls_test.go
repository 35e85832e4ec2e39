package config

import (
	"strings"
	"testing"
)

func TestTLS_IsOffUnlessACertificateIsNamed(t *testing.T) {
	t.Parallel()
	c, err := Load(nil)
	if err != nil || c.TLS.Enabled() || c.HTTP.BaseURL != "http://localhost:8080" {
		t.Errorf("%+v, %v", c.TLS, err)
	}
	c, err = Load([]string{"TLS_CERT=a.crt", "TLS_KEY=a.key", "ADDR=127.0.0.1:8443", "HTTP_REDIRECT_ADDR=127.0.0.1:8080"})
	if err != nil || !c.TLS.Enabled() || c.TLS.ACME() || c.HTTP.BaseURL != "https://localhost:8443" || !c.HTTP.Secure() {
		t.Errorf("%+v at %s, %v", c.TLS, c.HTTP.BaseURL, err)
	}
	c, err = Load([]string{"TLS_ACME_HOSTS=example.com, www.example.com", "BASE_URL=https://example.com", "TLS_ACME_EMAIL=ops@example.com"})
	if err != nil || !c.TLS.ACME() || len(c.TLS.ACMEHosts) != 2 || c.TLS.ACMEHosts[1] != "www.example.com" || c.TLS.ACMEDirectory != LetsEncrypt {
		t.Errorf("%+v, %v", c.TLS, err)
	}
}

func TestTLS_RefusesWhatContradictsItselfAllAtOnce(t *testing.T) {
	t.Parallel()
	const files, acme = "TLS_CERT=a.crt TLS_KEY=a.key", "TLS_ACME_HOSTS=example.com BASE_URL=https://example.com"
	for given, want := range map[string][]string{
		"TLS_CERT=a.crt": {"TLS_KEY is not set"},
		"TLS_KEY=a.key":  {"TLS_CERT is not set"},
		files + " " + acme + " TLS_ACME_EMAIL=x HTTP_REDIRECT_ADDR=80":                                        {"TLS_ACME_HOSTS and TLS_CERT are both set", "TLS_ACME_EMAIL is", "HTTP_REDIRECT_ADDR is"},
		files + " BASE_URL=http://example.com":                                                                {"BASE_URL is \"http://example.com\""},
		"HTTP_REDIRECT_ADDR=127.0.0.1:80":                                                                     {"HTTP_REDIRECT_ADDR is", "TLS_ACME_HOSTS"},
		files + " HTTP_REDIRECT_ADDR=127.0.0.1:8080":                                                          {"HTTP_REDIRECT_ADDR is", "ADDR"},
		"TLS_ACME_EMAIL=a@example.com TLS_ACME_CACHE=/x TLS_ACME_ROOTS=r TLS_ACME_DIRECTORY=https://ca.test/": {"TLS_ACME_EMAIL is set", "TLS_ACME_CACHE is set", "TLS_ACME_ROOTS is set", "TLS_ACME_DIRECTORY is set"},
		"TLS_ACME_HOSTS=www.example.com BASE_URL=https://example.com":                                         {"TLS_ACME_HOSTS does not have example.com"},
		acme + " TLS_ACME_CACHE=":                                                                             nil, // as if not set
		acme + " TLS_ACME_EMAIL=Ops<ops@example.com>":                                                         {"TLS_ACME_EMAIL"},
		acme + " TLS_ACME_DIRECTORY=http://ca.test/":                                                          {"TLS_ACME_DIRECTORY"},
		"BASE_URL=https://example.com TLS_ACME_HOSTS=example.com,*.example.com,127.0.0.1,localhost,Example.com,MÜNCHEN.example,a.test:443,https://b.test,,c.test.": {
			`has "*.example.com"`, `has "127.0.0.1"`, `has "localhost"`, `has "Example.com": write it example.com`, `has "MÜNCHEN.example": write it xn--mnchen-3ya.example`,
			`has "a.test:443"`, `has "https://b.test"`, `has ""`, `has "c.test."`,
		},
	} {
		_, err := Load(strings.Split(given, " "))
		if want == nil {
			if err != nil {
				t.Errorf("%s: %v", given, err)
			}
			continue
		}
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q is not said in\n%v", given, w, err)
			}
		}
	}
}
