package breached

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/cache"
)

const (
	// timeout is how long one answer may take, all of it; somebody waits for it.
	timeout = 2 * time.Second
	// maxBody bounds an answer, unpacked. A range of a thousand lines has 40 KiB.
	maxBody = 1 << 20
	// ttl is how long a range is kept.
	ttl = 12 * time.Hour
	// maxRedirects bounds how often the service may point elsewhere on itself.
	maxRedirects = 3
)

// HTTP asks a service in the manner of Pwned Passwords: GET base/PREFIX is answered
// with lines SUFFIX:COUNT.
type HTTP struct {
	base   string
	client *http.Client
	cache  cache.Cache
}

var _ identity.BreachedPasswords = (*HTTP)(nil)

// Transport shares no connections with the rest of the program.
func Transport() *http.Transport {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: timeout,
		MaxConnsPerHost: 8, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10,
	}
}

// NewHTTP makes one for the service at base, an absolute address. transport may be
// nil; then it is [Transport]'s.
func NewHTTP(base string, c cache.Cache, transport http.RoundTripper) (*HTTP, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || c == nil {
		return nil, errors.New("breached: the service's address or the cache is missing")
	}
	if transport == nil {
		transport = Transport()
	}
	return &HTTP{
		base: strings.TrimRight(base, "/"), cache: c,
		client: &http.Client{Timeout: timeout, Transport: transport, CheckRedirect: sameOrigin},
	}, nil
}

// sameOrigin keeps what is asked with the service that was chosen.
func sameOrigin(next *http.Request, before []*http.Request) error {
	first := before[0].URL
	if next.URL.Scheme != first.Scheme || next.URL.Host != first.Host || len(before) > maxRedirects {
		return errors.New("it redirects to another origin, or in circles")
	}
	return nil
}

// Range implements identity.BreachedPasswords.
func (h *HTTP) Range(ctx context.Context, prefix string) ([]identity.BreachedPassword, error) {
	if err := checkPrefix(prefix); err != nil {
		return nil, err
	}
	out, err := cache.FetchJSON(ctx, h.cache, "identity.breached:"+h.base+":"+prefix, cache.Options{TTL: ttl}, func(ctx context.Context) ([]identity.BreachedPassword, error) {
		return h.ask(ctx, prefix)
	})
	if err != nil {
		var located *url.Error
		if errors.As(err, &located) {
			err = located.Err // the address holds the prefix
		}
		return nil, fmt.Errorf("breached: ask the service: %w", err)
	}
	return out, nil
}

func (h *HTTP) ask(ctx context.Context, prefix string) ([]identity.BreachedPassword, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.base+"/"+prefix, http.NoBody)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Add-Padding", "true") // or the length of the answer would tell the range
	r.Header.Set("User-Agent", "NeoForge")
	resp, err := h.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %d", resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > maxBody:
		return nil, errTooMany
	}
	out := []identity.BreachedPassword{}
	for line := range strings.Lines(string(body)) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		suffix, count, err := parseLine(line, hashLength-identity.BreachedPrefix)
		if err != nil {
			return nil, err
		}
		if count > 0 { // the others are padding
			out = append(out, identity.BreachedPassword{Suffix: suffix, Count: count})
		}
	}
	return out, nil
}
