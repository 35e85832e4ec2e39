package program

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"
)

// SignedIn is a browser of one of the sample people, signed in by redirects alone:
// a client with their cookie, and the sign of a page of the site on what it sends.
func (p *Program) SignedIn(tb testing.TB, email string) *http.Client {
	tb.Helper()
	return signedIn(tb, p.URL, email)
}

// SignedIn is as [Program.SignedIn], through the proxy.
func (r *Replicas) SignedIn(tb testing.TB, email string) *http.Client {
	tb.Helper()
	return signedIn(tb, r.URL, email)
}

// SignedInAt is as [Program.SignedIn], at any address of the site.
func SignedInAt(tb testing.TB, site, email string) *http.Client {
	tb.Helper()
	return signedIn(tb, site, email)
}

func signedIn(tb testing.TB, site, email string) *http.Client {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatal(err)
	}
	c := &http.Client{Jar: jar, Timeout: 30 * time.Second, Transport: sameOrigin{}}
	answer, err := c.Get(site + "/auth/dev?login_hint=" + url.QueryEscape(email))
	if err != nil {
		tb.Fatalf("sign %s in: %v", email, err)
	}
	defer answer.Body.Close()
	who, err := c.Get(site + "/api/v1/me")
	if err != nil {
		tb.Fatalf("sign %s in: %v", email, err)
	}
	defer who.Body.Close()
	if body, err := io.ReadAll(who.Body); err != nil || !strings.Contains(string(body), fmt.Sprintf("%q", email)) {
		tb.Fatalf("sign %s in: the site knows %s, %v", email, body, err)
	}
	return c
}

// sameOrigin sends what a page of the site would.
type sameOrigin struct{}

// RoundTrip implements http.RoundTripper.
func (sameOrigin) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return http.DefaultTransport.RoundTrip(r)
}
