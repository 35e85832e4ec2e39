package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/idna"
)

// HTTP is how the program listens and what it is called from outside.
type HTTP struct {
	Addr            string        `env:"ADDR" envDefault:"127.0.0.1:8080" doc:"listen address; PORT alone means 0.0.0.0:$PORT"`
	BaseURL         string        `env:"BASE_URL" doc:"the one public origin, for links in mails and OAuth callbacks; default http://localhost:<port of ADDR>, https with a certificate of its own"`
	AdminAddr       string        `env:"ADMIN_ADDR" envDefault:"127.0.0.1:9090" doc:"listen address of /metrics, and of /debug/pprof for this machine alone; off to have none"`
	TrustedProxies  []string      `env:"TRUSTED_PROXIES" doc:"CIDRs, comma-separated, whose X-Forwarded-For counts, or Forwarded where there is none"`
	CORSOrigins     []string      `env:"CORS_ORIGINS" doc:"other origins, comma-separated, whose pages may use the API with a bearer token, such as https://app.example.com; none by default"`
	Vitals          string        `env:"WEB_VITALS" envDefault:"on" doc:"off: pages do not measure what their visitors feel"`
	RateLimit       string        `env:"RATE_LIMIT" envDefault:"on" doc:"off for load tests; refused in production"`
	EarlyHints      string        `env:"EARLY_HINTS" envDefault:"off" doc:"on to tell browsers of people who are signed in what a page will load before it is made (103), behind a proxy that passes that on"`
	SecurityContact string        `env:"SECURITY_CONTACT" doc:"where to report a vulnerability, for security.txt: mailto:, https: or tel:; default: MAIL_FROM"`
	DrainDelay      time.Duration `env:"DRAIN_DELAY" doc:"how long requests are still accepted at a stop while /readyz says 503, so that the proxy has seen it; default 5s in production, 0s in development"`
	ShutdownTimeout time.Duration `env:"SHUTDOWN_TIMEOUT" envDefault:"20s" doc:"how long requests and jobs under way may take to finish at a stop"`
}

// Limited reports whether rate limits are in force.
func (h HTTP) Limited() bool { return h.RateLimit != "off" }

// Measures reports whether pages measure what their visitors feel.
func (h HTTP) Measures() bool { return h.Vitals != "off" }

// Secure reports whether the public origin is https.
func (h HTTP) Secure() bool { return strings.HasPrefix(h.BaseURL, "https://") }

func (h *HTTP) applyPort(port string, addrSet, secure bool) {
	if port != "" && !addrSet {
		h.Addr = "0.0.0.0:" + port
	}
	if h.BaseURL == "" {
		if _, p, err := net.SplitHostPort(h.Addr); err == nil {
			h.BaseURL = "http://localhost:" + p
			if secure {
				h.BaseURL = "https://localhost:" + p
			}
		}
	}
	h.BaseURL = originOf(strings.TrimRight(h.BaseURL, "/"))
	for i, cidr := range h.TrustedProxies {
		h.TrustedProxies[i] = strings.TrimSpace(cidr)
	}
}

// originOf writes an origin as browsers do in Origin, to which it is compared: in
// lower case, without the scheme's own port or zeros before another, a name of another
// script in its ASCII form, an IPv6 address in its short form. What is no origin it leaves as it is.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.User != nil {
		return address
	}
	host, port := u.Hostname(), u.Port()
	if n, err := strconv.ParseUint(port, 10, 16); err == nil {
		port = strconv.FormatUint(n, 10)
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.String()
	} else if host, err = idna.Lookup.ToASCII(host); err != nil {
		return address
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" && port != defaultPorts[u.Scheme] {
		host += ":" + port
	}
	return u.Scheme + "://" + host
}

var defaultPorts = map[string]string{"http": "80", "https": "443"}

// productionDrainDelay is longer than two looks of a proxy that looks every two seconds.
const productionDrainDelay = 5 * time.Second

func (h *HTTP) applyDrainDelay(given, production bool) {
	if !given && production {
		h.DrainDelay = productionDrainDelay
	}
}

// listenable reports whether an address has a host and the number of a port.
func listenable(addr string) bool {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func (h *HTTP) validate(production bool) []error {
	var faults []error
	if !listenable(h.Addr) {
		faults = append(faults, fmt.Errorf("ADDR is %q: use host:port, such as 127.0.0.1:8080 (PORT alone means 0.0.0.0:$PORT)", h.Addr))
	}
	if h.AdminAddr != "off" && !listenable(h.AdminAddr) {
		faults = append(faults, fmt.Errorf("ADMIN_ADDR is %q: use host:port, such as 127.0.0.1:9090, or off", h.AdminAddr))
	}
	if production && h.AdminAddr == h.Addr && !strings.HasSuffix(h.Addr, ":0") {
		faults = append(faults, fmt.Errorf("ADMIN_ADDR is %q, and so is ADDR: use two, such as 127.0.0.1:9090 for ADMIN_ADDR", h.AdminAddr))
	}
	u, err := url.Parse(h.BaseURL)
	switch {
	case h.BaseURL == "" && !listenable(h.Addr): // it follows from ADDR
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || originOf(h.BaseURL) != h.BaseURL || strings.ContainsAny(h.BaseURL, "?#@") || u.Path != "" || !isHost(u.Hostname()) || !isPort(u.Port()):
		faults = append(faults, fmt.Errorf("BASE_URL is %q: use an origin without a path, such as https://example.com", h.BaseURL))
	case production && u.Scheme != "https":
		faults = append(faults, fmt.Errorf("BASE_URL is %q: production needs an https origin, or cookies and sign-in are not safe", h.BaseURL))
	}
	for _, cidr := range h.TrustedProxies {
		p, err := netip.ParsePrefix(cidr)
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("TRUSTED_PROXIES has %q: use CIDRs such as 10.0.0.0/8", cidr))
		case p.Bits() == 0:
			faults = append(faults, fmt.Errorf("TRUSTED_PROXIES has %q, which trusts everybody: list the proxies' own networks", cidr))
		}
	}
	faults = append(faults, h.validateCORS(production)...)
	if h.EarlyHints != "on" && h.EarlyHints != "off" {
		faults = append(faults, fmt.Errorf("EARLY_HINTS is %q: use on or off", h.EarlyHints))
	}
	switch {
	case h.RateLimit != "on" && h.RateLimit != "off":
		faults = append(faults, fmt.Errorf("RATE_LIMIT is %q: use on or off", h.RateLimit))
	case production && h.RateLimit == "off":
		faults = append(faults, fmt.Errorf("RATE_LIMIT is off: production needs it on"))
	}
	if h.Vitals != "on" && h.Vitals != "off" {
		faults = append(faults, fmt.Errorf("WEB_VITALS is %q: use on or off", h.Vitals))
	}
	if h.DrainDelay < 0 || h.DrainDelay > 5*time.Minute {
		faults = append(faults, fmt.Errorf("DRAIN_DELAY is %s: use a time up to 5m, such as 5s, or 0s to stop at once", h.DrainDelay))
	}
	if h.ShutdownTimeout <= 0 {
		faults = append(faults, fmt.Errorf("SHUTDOWN_TIMEOUT is %s: use a time such as 20s", h.ShutdownTimeout))
	}
	return faults
}

// validateCORS refuses what no browser writes in Origin: it would never match, or, worse,
// was meant to match more than one origin.
func (h *HTTP) validateCORS(production bool) []error {
	var faults []error
	refuse := func(given, why string) {
		faults = append(faults, fmt.Errorf("CORS_ORIGINS has %q: %s", given, why))
	}
	seen := map[string]bool{}
	for i, given := range h.CORSOrigins {
		origin := strings.TrimSpace(given)
		h.CORSOrigins[i] = origin
		mended := originOf(strings.TrimRight(strings.ToLower(origin), "/"))
		switch {
		case origin == "null":
			refuse(given, "that is every page that has no origin, such as a file or a sandboxed frame: list origins such as https://app.example.com")
		case strings.Contains(origin, "*"):
			refuse(given, "there are no patterns: list each origin, such as https://app.example.com")
		case !isOrigin(origin):
			if isOrigin(mended) {
				refuse(given, "browsers write it "+mended)
				continue
			}
			refuse(given, "use an origin without a path, such as https://app.example.com")
		case origin == h.BaseURL:
			refuse(given, "that is BASE_URL, whose own pages need no leave: list other origins, such as https://app.example.com")
		case production && !strings.HasPrefix(origin, "https://") && !loopback(hostOf(origin)):
			refuse(given, "whoever is between could change such a page and take its token: use https, such as https://app.example.com")
		case seen[origin]:
			refuse(given, "it is listed twice")
		}
		seen[origin] = true
	}
	return faults
}

// isOrigin reports whether an address is an origin as browsers write one.
func isOrigin(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Hostname() != "" && (u.Scheme == "http" || u.Scheme == "https") && originOf(address) == address &&
		u.Path == "" && !strings.ContainsAny(address, "?#@*") && isHost(u.Hostname()) && isPort(u.Port()) && u.Port() != "0"
}

// isPort reports whether a port can be one, or is left out.
func isPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil
}

// isHost refuses hosts that a browser writes otherwise in Origin: one whose last part is a
// number is an IPv4 address to it, of which 127.1 and 0x7f.1 are other spellings (URL standard, 3.5,
// "ends in a number checker"), an IPv6 address has no zone, and none ends as one of IPv4.
func isHost(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Zone() == "" && !ip.Is4In6()
	}
	labels := strings.Split(strings.TrimSuffix(strings.ToLower(host), "."), ".")
	last := labels[len(labels)-1]
	hex, isHex := strings.CutPrefix(last, "0x")
	return strings.Trim(last, "0123456789") != "" && !(isHex && strings.Trim(hex, "0123456789abcdef") == "")
}

// hostOf is the host of an origin, without its port.
func hostOf(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// loopback reports whether a host is this machine itself.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
