package identityconfig

import (
	"strings"
	"testing"
)

func TestLoad_ChecksWhereBreachedPasswordsAre(t *testing.T) {
	t.Parallel()
	production := []string{key, "APP_ENV=production", "BASE_URL=https://example.com", "MAIL_URL=smtp://mail:25", "MAIL_FROM=a@example.com"}
	for value, want := range map[string]struct {
		development, production bool
		file                    string
	}{
		"":                                 {true, true, ""},
		"https://hashes.example/range":     {true, true, ""},
		"https://hashes.example/range/":    {true, true, ""},
		"http://127.0.0.1:8081/range":      {true, false, ""},
		"file:///srv/the%20hashes.txt":     {true, true, "/srv/the hashes.txt"},
		"/srv/hashes.txt":                  {},
		"file://srv/hashes.txt":            {},
		"file:hashes.txt":                  {},
		"https:///range":                   {},
		"ftp://hashes.example/range":       {},
		"https://me:secret@hashes.example": {},
		"https://hashes.example/?range=":   {},
		"on":                               {},
	} {
		for _, environ := range [][]string{nil, production} {
			c, err := load(append([]string{"BREACHED_PASSWORDS_URL=" + value}, environ...))
			good := want.development
			if environ != nil {
				good = want.production
			}
			switch {
			case (err == nil) != good:
				t.Errorf("%q in production %t: %v", value, environ != nil, err)
			case err != nil && (!strings.Contains(err.Error(), "BREACHED_PASSWORDS_URL") || !strings.Contains(err.Error(), "use https://") || strings.Contains(err.Error(), "secret")):
				t.Errorf("%q: %v", value, err)
			case err == nil && c.Passwords.BreachedFile() != want.file:
				t.Errorf("%q is the file %q", value, c.Passwords.BreachedFile())
			}
		}
	}
}
