package errortracking

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMessage bounds what is kept of a message, in bytes.
const maxMessage = 2 << 10

// rule is one thing that is taken out of messages.
type rule struct {
	found *regexp.Regexp
	put   string
}

// rules in the order in which they apply: what holds other things first.
var rules = []rule{
	// What a header line or an assignment of a secret's name holds.
	{regexp.MustCompile(`(?i)\b((?:set-)?cookie|(?:proxy-)?authorization)(\s*[:=]\s*)[^\n]*`), "${1}${2}[secret]"},
	{regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]+`), "${1} [secret]"},
	// An address with a password in it, and the query of one.
	{regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\s"'<>]*@`), "${1}[secret]@"},
	{regexp.MustCompile(`\?[^\s"'<>?=]*=[^\s"'<>]*`), "?[query]"},
	{regexp.MustCompile(`(?i)\b([a-z0-9_.-]*(?:password|passwd|passphrase|secret|token|api[_-]?key|credential|dsn|session|signature|pwd)[a-z0-9_-]*|code|state)(["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s&,;]+)`), "${1}${2}[secret]"},
	// What databases say of a row: Postgres names its values in the detail.
	{regexp.MustCompile(`(?i)\b(key \([^)\n]*\)\s*=\s*)\(.*`), "${1}([text])"},
	{regexp.MustCompile(`(?i)\b(failing row contains\s*)\(.*`), "${1}([text])"},
	{regexp.MustCompile(`[^\s"'<>()\[\]{}:;,=@]+(?:@|%40)[^\s"'<>()\[\]{}:;,=@]+`), "[email]"},
}

// later rules apply to what is left once texts in quotes are gone.
var later = []rule{
	{regexp.MustCompile(`\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b`), "[id]"},
	// Of IPv6, with a run of zeros left out and written whole.
	{regexp.MustCompile(`\[?\b[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){0,6}::[0-9a-fA-F:]*\]?`), "[address]"},
	{regexp.MustCompile(`\[?[0-9a-fA-F]{1,4}(?::{1,2}[0-9a-fA-F]{1,4}){3,7}\]?`), "[address]"},
	{regexp.MustCompile(`\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b`), "[address]"},
	{regexp.MustCompile(`\b(?:0x)?[0-9a-fA-F]{16,}\b`), "[id]"},
	{regexp.MustCompile(`\+?\d(?:[ ()./-]{0,2}\d){6,}`), "[number]"},
}

// quoted is a text in quotes with the word before it. One that does not end does so where the message does.
var quoted = regexp.MustCompile("(?s)([A-Za-z]*)(\\s*)(\"(?:[^\"\\\\]|\\\\.)*(?:\"|\\\\?$)|`[^`]*(?:`|$)|“[^”]*(?:”|$)|«[^»]*(?:»|$))")

// apostrophe is a text in single quotes, which a word does not come right before.
var apostrophe = regexp.MustCompile(`(?s)(^|[\s(=:,\[{])'[^']*(?:'|$)`)

// named are the words after which quotes hold a name of the schema or the code, not a text.
var named = map[string]bool{
	"column": true, "constraint": true, "relation": true, "table": true, "index": true, "function": true, "type": true, "schema": true, "field": true,
}

var identifier = regexp.MustCompile("^[\"`][a-z_][a-z0-9_.]{0,62}[\"`]$")

// wordlike is what may be a token: long, of letters and digits.
var wordlike = regexp.MustCompile(`[A-Za-z0-9_+/=-]{20,}(?:\.[A-Za-z0-9_+/=-]+)*`)

// Scrub takes out of a message what could be somebody's or secret: addresses of mail and of
// networks, passwords, tokens, cookies, queries, ids, long numbers and texts in quotes, and
// what a page must not be made to show: control characters and those that turn the direction
// of writing. What stays is at most 2 KiB of valid UTF-8.
func Scrub(s string) string {
	s = plain(truncate(s, 4*maxMessage))
	for _, r := range rules {
		s = r.found.ReplaceAllString(s, r.put)
	}
	s = quoted.ReplaceAllStringFunc(s, func(found string) string {
		m := quoted.FindStringSubmatch(found)
		if named[strings.ToLower(m[1])] && identifier.MatchString(m[3]) {
			return found
		}
		return m[1] + m[2] + "[text]"
	})
	s = apostrophe.ReplaceAllString(s, "${1}[text]")
	for _, r := range later {
		s = r.found.ReplaceAllString(s, r.put)
	}
	s = wordlike.ReplaceAllStringFunc(s, func(word string) string {
		if strings.ContainsAny(word, "0123456789") && strings.ContainsFunc(word, unicode.IsLetter) {
			return "[token]"
		}
		return word
	})
	return truncate(strings.TrimSpace(s), maxMessage)
}

// plain is s without what a page or a log must not be made to show.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			return -1
		}
		return r // what is no UTF-8 becomes U+FFFD
	}, s)
}

// name is what stands in one line, such as a route: it is not scrubbed, for it is written in
// the code, but it may come from a browser and is kept plain and short.
func name(s string) string {
	return truncate(strings.Join(strings.Fields(plain(truncate(s, 2*maxName))), " "), maxName)
}

// truncate cuts s to at most limit bytes, between two characters.
func truncate(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
