package config

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// Secrets holds the keys that sign what the program hands out.
type Secrets struct {
	Key string `env:"SECRET_KEY" secret:"true" doc:"32 or more random bytes, base64; a comma-separated list rotates: the first signs, all verify; made and kept in var/secret.key in development"`

	// Keys is SECRET_KEY decoded; empty in development when it is not set.
	Keys [][]byte `env:"-"`
}

// SampleKey stands in deploy/compose and the documentation; production refuses it.
const SampleKey = "c2FtcGxlLXNlY3JldC1rZXktZG8tbm90LXVzZS1pbi1wcm9kdWN0aW9u"

func (s *Secrets) parse(production bool) []error {
	const mend = "make one with: openssl rand -base64 32"
	if s.Key == "" {
		if production {
			return []error{fmt.Errorf("SECRET_KEY is missing: %s", mend)}
		}
		return nil
	}
	var faults []error
	for i, part := range strings.Split(s.Key, ",") {
		part = strings.TrimSpace(part)
		key, err := DecodeBase64(part)
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("SECRET_KEY, value %d, is not base64: %s", i+1, mend))
		case len(key) < 32:
			faults = append(faults, fmt.Errorf("SECRET_KEY, value %d, has %d bytes and needs 32: %s", i+1, len(key), mend))
		case production && part == SampleKey:
			faults = append(faults, fmt.Errorf("SECRET_KEY is the sample from the documentation, which everybody knows: %s", mend))
		default:
			s.Keys = append(s.Keys, key)
		}
	}
	return faults
}

// DecodeBase64 reads either alphabet of base64, with or without padding.
func DecodeBase64(s string) ([]byte, error) {
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if b, err := enc.DecodeString(s); err == nil {
			return b, nil
		}
	}
	return nil, fmt.Errorf("not base64")
}
