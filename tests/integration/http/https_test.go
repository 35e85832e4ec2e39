package http_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"

	"github.com/neoforge-dev/neoforge/adapters/certificates/certificatestest"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

const securedHost = "forge.test"

// clientOf asks the site at addr whatever the name, and follows no redirect.
func clientOf(t *testing.T, addr string, roots *x509.CertPool) *http.Client {
	t.Helper()
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Timeout: time.Minute, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func bodyOf(t *testing.T, c *http.Client, address string) (*http.Response, string) {
	t.Helper()
	answer, err := c.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

func portOf(t *testing.T, p *program.Program) int {
	t.Helper()
	u, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	port := 0
	if _, err := fmt.Sscan(u.Port(), &port); err != nil {
		t.Fatal(err)
	}
	return port
}

func local(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

func TestHTTPS_IsServedWithTheProgramsOwnCertificate(t *testing.T) {
	t.Parallel()
	pair := certificatestest.MustMake(t, time.Now().Add(90*24*time.Hour), securedHost)
	cert, key := pair.MustWrite(t)
	plain, admin := harness.Port(t), harness.Port(t)
	p := program.Start(t, program.Options{BaseURL: "https://" + securedHost, Environ: []string{
		"TLS_CERT=" + cert, "TLS_KEY=" + key, "HTTP_REDIRECT_ADDR=" + local(plain), "ADMIN_ADDR=" + local(admin),
	}})
	c := clientOf(t, local(portOf(t, p)), pair.Roots)
	answer, _ := bodyOf(t, c, "https://"+securedHost+"/login")
	if answer.StatusCode != 200 || !strings.HasPrefix(answer.Header.Get("Strict-Transport-Security"), "max-age=63072000") {
		t.Errorf("%d %v", answer.StatusCode, answer.Header)
	}
	signedIn, _ := bodyOf(t, c, "https://"+securedHost+"/auth/dev?login_hint=ada@neoforge.test")
	for _, cookie := range signedIn.Cookies() {
		if !cookie.Secure {
			t.Errorf("the cookie %s would be sent over plain HTTP", cookie.Name)
		}
	}
	elsewhere, _ := bodyOf(t, clientOf(t, local(plain), nil), "http://"+securedHost+"/posts/a?tag=b%20c")
	if to := elsewhere.Header.Get("Location"); elsewhere.StatusCode != http.StatusPermanentRedirect || to != "https://"+securedHost+"/posts/a?tag=b%20c" {
		t.Errorf("plain HTTP: %d to %q", elsewhere.StatusCode, to)
	}
	_, metrics := bodyOf(t, clientOf(t, local(admin), nil), "http://"+local(admin)+"/metrics")
	for _, line := range []string{`neoforge_tls_certificate_expires_timestamp_seconds{host="forge.test"} 1.`, `neoforge_tls_certificate_failing{host="forge.test"} 0`} {
		if !strings.Contains(metrics, line) {
			t.Errorf("the metrics lack %s", line)
		}
	}
}

// authority is an authority that asks the ports for its proofs, whatever the name. It
// answers nobody before it knows the ports.
type authority struct {
	Directory string
	RootsFile string

	ports chan [2]int // of http-01 and tls-alpn-01
	roots chan *x509.CertPool
}

func startAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{ports: make(chan [2]int, 1), roots: make(chan *x509.CertPool, 1)}
	resolver := startResolver(t)
	known := make(chan struct{})
	var handler http.Handler
	go func() {
		ports := <-a.ports
		silent := log.New(io.Discard, "", 0)
		store := db.NewMemoryStore()
		issuer := ca.New(silent, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "The default profile"}})
		front := wfe.New(silent, store, va.New(silent, ports[0], ports[1], true, resolver, store), issuer, []string{"ca.test"}, true, false, 1, 1)
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(issuer.GetRootCert(0).PEM())
		a.roots <- roots
		handler = front.Handler()
		close(known)
	}()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-known
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	a.Directory = server.URL + wfe.DirectoryPath
	a.RootsFile = filepath.Join(t.TempDir(), "roots.pem")
	trusted := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(a.RootsFile, trusted, 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

// startResolver has every name lead to this machine.
func startResolver(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{Listener: ln, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, asked *dns.Msg) {
		m := new(dns.Msg)
		m.SetReply(asked)
		for _, q := range asked.Question {
			if q.Qtype == dns.TypeA {
				m.Answer = append(m.Answer, &dns.A{Hdr: dns.RR_Header{Name: q.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 1}, A: net.IPv4(127, 0, 0, 1)})
			}
		}
		_ = w.WriteMsg(m)
	})}
	ended := make(chan error, 1)
	go func() { ended <- server.ActivateAndServe() }()
	t.Cleanup(func() {
		_ = server.Shutdown()
		<-ended
	})
	return ln.Addr().String()
}

// A certificate is issued by an authority that looks for its proof at the program: on the
// port of HTTPS, or where that cannot be reached, on the one of plain HTTP.
func TestHTTPS_IsServedWithACertificateThatAnAuthorityIssued(t *testing.T) {
	t.Parallel()
	for name, reachable := range map[string]func(web, plain, nowhere int) [2]int{
		"tls-alpn-01": func(web, _, nowhere int) [2]int { return [2]int{nowhere, web} },
		"http-01":     func(_, plain, nowhere int) [2]int { return [2]int{plain, nowhere} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, plain, kept := startAuthority(t), harness.Port(t), filepath.Join(t.TempDir(), "acme")
			options := program.Options{BaseURL: "https://" + securedHost, Environ: []string{
				"TLS_ACME_HOSTS=" + securedHost, "TLS_ACME_EMAIL=ops@" + securedHost, "TLS_ACME_DIRECTORY=" + a.Directory, "TLS_ACME_ROOTS=" + a.RootsFile,
				"TLS_ACME_CACHE=" + kept, "HTTP_REDIRECT_ADDR=" + local(plain),
			}}
			p := program.Start(t, options)
			a.ports <- reachable(portOf(t, p), plain, harness.Port(t))
			roots := <-a.roots
			c := clientOf(t, local(portOf(t, p)), roots)
			answer, _ := bodyOf(t, c, "https://"+securedHost+"/healthz")
			if answer.StatusCode != 200 || answer.TLS.PeerCertificates[0].DNSNames[0] != securedHost {
				t.Errorf("%d with %q", answer.StatusCode, answer.TLS.PeerCertificates[0].DNSNames)
			}
			if other, err := c.Get("https://other.test/healthz"); err == nil {
				_ = other.Body.Close()
				t.Error("a name that is not listed has a certificate")
			}
			if elsewhere, _ := bodyOf(t, clientOf(t, local(plain), nil), "http://"+securedHost+"/x"); elsewhere.Header.Get("Location") != "https://"+securedHost+"/x" {
				t.Errorf("plain HTTP: %d", elsewhere.StatusCode)
			}
			if info, err := os.Stat(kept); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("the folder of the keys: %v, %v", info, err)
			}
			// Another replica with the same folder shows the same certificate, and asks nobody.
			options.Environ = append(options.Environ, "TLS_ACME_DIRECTORY=https://127.0.0.1:1/", "HTTP_REDIRECT_ADDR="+local(harness.Port(t)))
			second := program.Start(t, options)
			again, _ := bodyOf(t, clientOf(t, local(portOf(t, second)), roots), "https://"+securedHost+"/healthz")
			if !again.TLS.PeerCertificates[0].Equal(answer.TLS.PeerCertificates[0]) {
				t.Error("the second replica has another certificate")
			}
		})
	}
}
