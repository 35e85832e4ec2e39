package config

import (
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// LetsEncrypt is the authority that is asked unless another is named.
const LetsEncrypt = "https://acme-v02.api.letsencrypt.org/directory"

const acmeFolder = "var/acme"

// TLS is how the program holds its own certificate: files, or an authority that issues one
// by ACME. With neither it speaks plain HTTP, to a proxy.
type TLS struct {
	Cert          string   `env:"TLS_CERT" doc:"file with the program's own certificate and its intermediate ones, PEM; read again when it changes; empty: plain HTTP, behind a proxy"`
	Key           string   `env:"TLS_KEY" doc:"file with the key of TLS_CERT, PEM"`
	ACMEHosts     []string `env:"TLS_ACME_HOSTS" doc:"names, comma-separated, for which an authority issues certificates by ACME; setting it accepts the authority's terms of service"`
	ACMEEmail     string   `env:"TLS_ACME_EMAIL" doc:"whom the authority may write to"`
	ACMEDirectory string   `env:"TLS_ACME_DIRECTORY" envDefault:"https://acme-v02.api.letsencrypt.org/directory" doc:"the authority's ACME directory"`
	ACMERoots     string   `env:"TLS_ACME_ROOTS" doc:"file with the certificates, PEM, by which the authority's own address is trusted; empty: the system's"`
	ACMECache     string   `env:"TLS_ACME_CACHE" envDefault:"var/acme" doc:"folder for account, keys and certificates; several replicas need the same one"`
	RedirectAddr  string   `env:"HTTP_REDIRECT_ADDR" doc:"listen address, such as 0.0.0.0:80, that leads plain HTTP to the https origin and answers ACME's http-01; empty: none"`
}

// Enabled reports whether the program speaks HTTPS itself.
func (t TLS) Enabled() bool { return t.Cert != "" || t.Key != "" || t.ACME() }

// ACME reports whether an authority issues the certificates.
func (t TLS) ACME() bool { return len(t.ACMEHosts) > 0 }

func (t *TLS) trim() {
	for i, h := range t.ACMEHosts {
		t.ACMEHosts[i] = strings.TrimSpace(h)
	}
}

// validate checks the settings with those of the listener that they secure.
func (t *TLS) validate(h HTTP) []error {
	var faults []error
	add := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	switch {
	case t.Cert != "" && t.Key == "":
		add("TLS_KEY is not set, and TLS_CERT is: name the file with its key, such as /etc/neoforge/tls.key")
	case t.Key != "" && t.Cert == "":
		add("TLS_CERT is not set, and TLS_KEY is: name the file with its certificate, such as /etc/neoforge/tls.crt")
	}
	if (t.Cert != "" || t.Key != "") && t.ACME() {
		add("TLS_ACME_HOSTS and TLS_CERT are both set: use the one or the other")
	}
	if t.ACME() {
		faults = append(faults, t.validateACME(h)...)
	} else {
		for name, given := range map[string]bool{
			"TLS_ACME_EMAIL": t.ACMEEmail != "", "TLS_ACME_ROOTS": t.ACMERoots != "",
			"TLS_ACME_DIRECTORY": t.ACMEDirectory != LetsEncrypt, "TLS_ACME_CACHE": t.ACMECache != acmeFolder,
		} {
			if given {
				add("%s is set, and TLS_ACME_HOSTS is not: name the hosts, such as example.com", name)
			}
		}
		slices.SortFunc(faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	}
	if t.Enabled() && !h.Secure() && isOrigin(h.BaseURL) {
		add("BASE_URL is %q, and the program speaks HTTPS itself: use an https origin, such as https://example.com", h.BaseURL)
	}
	switch {
	case t.RedirectAddr == "":
	case !t.Enabled():
		add("HTTP_REDIRECT_ADDR is %q, and there is no certificate of the program's own: set TLS_CERT and TLS_KEY, or TLS_ACME_HOSTS; a proxy that holds it redirects by itself", t.RedirectAddr)
	case !listenable(t.RedirectAddr):
		add("HTTP_REDIRECT_ADDR is %q: use host:port, such as 0.0.0.0:80", t.RedirectAddr)
	case !strings.HasSuffix(t.RedirectAddr, ":0") && (t.RedirectAddr == h.Addr || t.RedirectAddr == h.AdminAddr):
		add("HTTP_REDIRECT_ADDR is %q, and so is ADDR or ADMIN_ADDR: use another one, such as 0.0.0.0:80", t.RedirectAddr)
	}
	return faults
}

func (t *TLS) validateACME(h HTTP) []error {
	var faults []error
	for _, host := range t.ACMEHosts {
		if err := issuable(host); err != nil {
			faults = append(faults, fmt.Errorf("TLS_ACME_HOSTS has %q: %w", host, err))
		}
	}
	if own := hostOf(h.BaseURL); own != "" && !slices.Contains(t.ACMEHosts, own) {
		faults = append(faults, fmt.Errorf("TLS_ACME_HOSTS does not have %s, the host of BASE_URL: add it", own))
	}
	if t.ACMEEmail != "" {
		if a, err := mail.ParseAddress(t.ACMEEmail); err != nil || a.Address != t.ACMEEmail {
			faults = append(faults, fmt.Errorf("TLS_ACME_EMAIL is %q: use an address such as ops@example.com", t.ACMEEmail))
		}
	}
	if u, err := url.Parse(t.ACMEDirectory); err != nil || u.Scheme != "https" || u.Host == "" {
		faults = append(faults, fmt.Errorf("TLS_ACME_DIRECTORY is %q: use an https address, such as %s", t.ACMEDirectory, LetsEncrypt))
	}
	if t.ACMECache == "" {
		faults = append(faults, fmt.Errorf("TLS_ACME_CACHE is empty: name a folder that stays, such as %s", acmeFolder))
	}
	return faults
}

// issuable refuses what no authority issues a certificate for by the challenges that the
// program answers.
func issuable(host string) error {
	ascii, err := idna.Lookup.ToASCII(host)
	if _, isIP := netip.ParseAddr(host); isIP == nil {
		return errors.New("use a name, such as example.com, not an IP address")
	}
	switch {
	case strings.Contains(host, "*"):
		return errors.New("list each name, such as www.example.com: a certificate for all takes a challenge in DNS, which a proxy or another tool answers")
	case err != nil || !strings.Contains(host, ".") || strings.HasSuffix(host, ".") || strings.ContainsAny(host, ":/ "):
		return errors.New("use a name, such as example.com")
	case ascii != host:
		return fmt.Errorf("write it %s", ascii)
	}
	return nil
}
