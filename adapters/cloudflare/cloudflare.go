// Package cloudflare purges pages at Cloudflare, by their cache tags.
//
// It speaks to one operation of the API, POST /zones/{zone}/purge_cache
// (https://developers.cloudflare.com/api/resources/cache/methods/purge/).
package cloudflare

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/ports/cdn"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

const (
	// timeout is how long one answer may take, all of it.
	timeout = 10 * time.Second
	// maxTags is how many tags one call may name.
	maxTags = 30
	// maxBody bounds what is read of an answer.
	maxBody = 64 << 10
)

// Purger purges the pages of one zone.
type Purger struct {
	address, token string
	client         *http.Client
}

var _ cdn.Purger = (*Purger)(nil)

// New makes a Purger for a zone's id, with a token that may purge its cache. api is the
// address before /zones, such as https://api.cloudflare.com/client/v4. transport may be nil.
func New(api, zone, token string, transport http.RoundTripper) (*Purger, error) {
	u, err := url.Parse(api)
	if err != nil || u.Host == "" || zone == "" || token == "" {
		return nil, errors.New("cloudflare: the address of the API, the zone or the token is missing")
	}
	return &Purger{
		address: strings.TrimRight(api, "/") + "/zones/" + url.PathEscape(zone) + "/purge_cache",
		token:   token,
		client: &http.Client{Timeout: timeout, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // the token is for the API alone
		}},
	}, nil
}

// Purge implements cdn.Purger. Tags that were purged before one failed are purged again
// by the next try.
func (p *Purger) Purge(ctx context.Context, tags ...string) error {
	names := make([]string, len(tags))
	for i, t := range tags {
		names[i] = cdn.Tag(t)
	}
	slices.Sort(names)
	for batch := range slices.Chunk(slices.Compact(names), maxTags) {
		if err := p.purge(ctx, batch); err != nil {
			return fmt.Errorf("cloudflare: purge %d tags: %w", len(batch), err)
		}
	}
	return nil
}

func (p *Purger) purge(ctx context.Context, tags []string) error {
	body, err := json.Marshal(map[string][]string{"tags": tags})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // it was read, or is given up
	var said answer
	unread := json.NewDecoder(io.LimitReader(resp.Body, maxBody)).Decode(&said)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		return jobs.PostponedBy(resp.Header.Get("Retry-After"), errors.New("it answered 429, too many purges"))
	case resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden:
		return fmt.Errorf("it answered %d%s: CLOUDFLARE_API_TOKEN needs the permission Zone, Cache Purge, for the zone CLOUDFLARE_ZONE_ID", resp.StatusCode, said)
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("it answered %d%s", resp.StatusCode, said)
	case unread != nil:
		return fmt.Errorf("its answer cannot be read: %w", unread)
	case !said.Success:
		return fmt.Errorf("it refused%s", said)
	}
	return nil
}

// answer is the envelope of every answer of the API.
type answer struct {
	Success bool `json:"success"`
	Errors  []struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"errors"`
}

func (a answer) String() string {
	var b strings.Builder
	for i, e := range a.Errors {
		if i == 3 {
			break
		}
		fmt.Fprintf(&b, ", %d %.200q", e.Code, e.Message)
	}
	return b.String()
}
