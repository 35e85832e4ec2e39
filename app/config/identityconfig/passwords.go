package identityconfig

import (
	"errors"
	"net/url"
	"path/filepath"
)

// Passwords is what new passwords are held against.
type Passwords struct {
	Breached string `env:"BREACHED_PASSWORDS_URL" doc:"where new passwords are looked up among breached ones: a service's https://host/range, which is told five digits of a hash, or a sorted file's file:///folder/hashes.txt; empty: nowhere"`
}

var errBreached = errors.New("BREACHED_PASSWORDS_URL is neither a service's address nor a file's: use https://api.pwnedpasswords.com/range, or file:///folder/hashes.txt with the whole path, or leave it empty")

func (p Passwords) validate(production bool) []error {
	if p.Breached == "" {
		return nil
	}
	u, err := url.Parse(p.Breached)
	if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return []error{errBreached}
	}
	switch {
	case u.Scheme == "https" && u.Host != "":
		return nil
	case u.Scheme == "http" && u.Host != "" && production:
		return []error{errors.New("BREACHED_PASSWORDS_URL is a plain http address, whose answers anybody on the way can change: use https://")}
	case u.Scheme == "http" && u.Host != "":
		return nil
	case u.Scheme == "file" && u.Host == "" && filepath.IsAbs(u.Path):
		return nil
	}
	return []error{errBreached}
}

// BreachedFile is the path of the file; empty when it is none.
func (p Passwords) BreachedFile() string {
	u, err := url.Parse(p.Breached)
	if err != nil || u.Scheme != "file" {
		return ""
	}
	return u.Path
}
