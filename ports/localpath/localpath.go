// Package localpath tells the paths of this site from what only looks like one: a visitor
// who is sent somewhere after signing in, paying or confirming stays on this site.
package localpath

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLength bounds a path, in bytes.
const MaxLength = 2000

// Is reports whether p leads to a page of this site: one slash at the front, no backslash,
// no control character. Browsers read "//host" and "/\host" as another host, and drop tabs
// and line breaks before they look.
func Is(p string) bool {
	if len(p) > MaxLength || !utf8.ValidString(p) || !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") || strings.ContainsFunc(p, foreign) {
		return false
	}
	u, err := url.Parse(p)
	return err == nil && u.Host == "" && u.Scheme == ""
}

func foreign(r rune) bool { return r == '\\' || r == utf8.RuneError || unicode.IsControl(r) }

// OrRoot returns p when it leads to a page of this site, otherwise "/".
func OrRoot(p string) string {
	if !Is(p) {
		return "/"
	}
	return p
}
