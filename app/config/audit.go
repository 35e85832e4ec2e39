package config

import (
	"fmt"
	"net/url"
	"path/filepath"
)

// Audit is where the audit trail is sent besides the database.
type Audit struct {
	Stream string `env:"AUDIT_STREAM" doc:"where each sealed entry of the audit trail is sent as well: file:///a/path to append JSON lines, or https://an.address to post them; empty: nowhere"`
	Secret string `env:"AUDIT_STREAM_SECRET" secret:"true" doc:"signs what is posted to AUDIT_STREAM, as Standard Webhooks has it: 24 or more random bytes, base64"`

	Anchor string `env:"AUDIT_ANCHOR" doc:"the file that remembers the newest seal of the audit trail outside of the database, by its whole path; empty: none, and then it does not show when the newest seals are removed"`

	// File is the path of AUDIT_STREAM; empty where that is an address.
	File string `env:"-"`
	// Key is AUDIT_STREAM_SECRET decoded.
	Key []byte `env:"-"`
}

func (a *Audit) parse(production bool) []error {
	problems := a.parseStream(production)
	if a.Anchor != "" && (!filepath.IsAbs(a.Anchor) || filepath.Clean(a.Anchor) != a.Anchor || a.Anchor == a.File) {
		problems = append(problems, fmt.Errorf("AUDIT_ANCHOR is %q: name a file of its own by its whole path, such as /var/lib/neoforge/audit.anchor", a.Anchor))
	}
	return problems
}

func (a *Audit) parseStream(production bool) []error {
	const mend = "make one with: openssl rand -base64 32"
	if a.Stream == "" {
		if a.Secret != "" {
			return []error{fmt.Errorf("AUDIT_STREAM_SECRET is set, but AUDIT_STREAM is not: name the https:// address that it is for, or take it away")}
		}
		return nil
	}
	u, err := url.Parse(a.Stream)
	switch {
	case err != nil || u.User != nil || u.Fragment != "":
		return []error{fmt.Errorf("AUDIT_STREAM is not an address: use one such as file:///var/log/audit.jsonl or https://logs.example.com/audit, without a user or a fragment")}
	case u.Scheme == "file":
		if u.Host != "" || !filepath.IsAbs(u.Path) || filepath.Clean(u.Path) != u.Path || u.RawQuery != "" {
			return []error{fmt.Errorf("AUDIT_STREAM is %q: name a file by its whole path, such as file:///var/log/audit.jsonl", a.Stream)}
		}
		if a.Secret != "" {
			return []error{fmt.Errorf("AUDIT_STREAM_SECRET signs what is posted, and AUDIT_STREAM is a file: take the secret away")}
		}
		a.File = u.Path
		return nil
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return []error{fmt.Errorf("AUDIT_STREAM begins with neither file:/// nor https://: use one such as file:///var/log/audit.jsonl or https://logs.example.com/audit")}
	case production && u.Scheme != "https":
		return []error{fmt.Errorf("AUDIT_STREAM begins with http, which would show the trail to the network: use https")}
	}
	switch a.Key, err = DecodeBase64(a.Secret); {
	case a.Secret == "":
		return []error{fmt.Errorf("AUDIT_STREAM_SECRET is missing: %s", mend)}
	case err != nil:
		return []error{fmt.Errorf("AUDIT_STREAM_SECRET is not base64: %s", mend)}
	case len(a.Key) < 24:
		return []error{fmt.Errorf("AUDIT_STREAM_SECRET has %d bytes and needs 24: %s", len(a.Key), mend)}
	}
	return nil
}
