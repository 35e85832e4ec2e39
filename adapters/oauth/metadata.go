package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxRedirects is how often an answer may be moved within its origin.
const maxRedirects = 3

// metadata is what is read of a provider's own description.
type metadata struct {
	Issuer        string
	Authorization string
	Token         string
	Userinfo      string
	Keys          string
	Auth          []string
	Algorithms    []string
	NamesIssuer   string
}

// metadata reads the description of an issuer.
func (d *discovery) metadata(ctx context.Context, issuer string) (metadata, error) {
	body, err := fetch(ctx, followingOrigin(d.client), strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration")
	if err != nil {
		return metadata{}, err
	}
	var m members
	if err := json.Unmarshal(body, &m); err != nil {
		return metadata{}, fmt.Errorf("it is no JSON object: %w", err)
	}
	return metadata{
		Issuer: m.text("issuer"), Authorization: m.text("authorization_endpoint"), Token: m.text("token_endpoint"),
		Userinfo: m.text("userinfo_endpoint"), Keys: m.text("jwks_uri"),
		Auth: m.list("token_endpoint_auth_methods_supported"), Algorithms: m.list("id_token_signing_alg_values_supported"),
		NamesIssuer: m.word("authorization_response_iss_parameter_supported"),
	}, nil
}

// fetch reads a public document of a provider. Its error names no more of an answer
// than its status.
func fetch(ctx context.Context, client *http.Client, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	switch {
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		to, _, _ := strings.Cut(resp.Header.Get("Location"), "?")
		return nil, fmt.Errorf("%.200s answered %d and leads to %.200q, which is another origin or one redirect too many", address, resp.StatusCode, to)
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%.200s answered %d", address, resp.StatusCode)
	}
	return io.ReadAll(resp.Body)
}

// followingOrigin is a client for what carries no secret: it follows a few redirects
// that stay on the origin that was asked. The others are the answer.
func followingOrigin(c *http.Client) *http.Client {
	following := *c
	following.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects || origin(r.URL) != origin(via[0].URL) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return &following
}

func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// sameIssuer reports whether two addresses name one issuer. Providers and people
// write it with and without its last slash.
func sameIssuer(a, b string) bool {
	return strings.TrimSuffix(a, "/") == strings.TrimSuffix(b, "/")
}

// members are those of a JSON object, by their exact names: the standard decoder
// would take "Email" for "email".
type members map[string]json.RawMessage

var errNoObject = errors.New("it is no JSON object")

// UnmarshalJSON takes an object and nothing else, null included.
func (m *members) UnmarshalJSON(b []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil {
		return err
	}
	if fields == nil {
		return errNoObject
	}
	*m = fields
	return nil
}

// text is a member that is a string; anything else counts as not said.
func (m members) text(name string) string {
	var s string
	if json.Unmarshal(m[name], &s) != nil {
		return ""
	}
	return s
}

// word is a boolean or a number as it stands there, also when it is written as a
// string; empty when it is not said, or null.
func (m members) word(name string) string {
	raw := string(m[name])
	if raw == "null" {
		return ""
	}
	return strings.Trim(raw, `"`)
}

// list is a member that is a list of strings, or one string.
func (m members) list(name string) []string {
	var all []json.RawMessage
	if json.Unmarshal(m[name], &all) != nil {
		all = []json.RawMessage{m[name]}
	}
	var out []string
	for _, raw := range all {
		var s string
		if json.Unmarshal(raw, &s) == nil && s != "" {
			out = append(out, s)
		}
	}
	return out
}
