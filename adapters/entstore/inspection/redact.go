package inspection

import (
	"strings"
	"unicode/utf8"
)

// maxText bounds a statement as it is shown, in bytes.
const maxText = 4 << 10

// redacted is a statement without its literals and comments, each literal a question mark.
// pg_stat_statements puts placeholders in the place of constants, but not always: what it has
// forgotten before the end of a statement, or what it does not parse, it keeps as it came,
// and that may be people's. Placeholders, names and names in double quotes stay. What is
// opened and never closed hides the rest.
func redacted(text string) string {
	var out strings.Builder
	for i := 0; i < len(text) && out.Len() < maxText; {
		rest := text[i:]
		switch c := text[i]; {
		case c == '\'':
			out.WriteByte('?')
			i += quoted(rest, '\'', escapes(text[:i]))
		case c == '"':
			n := quoted(rest, '"', false)
			out.WriteString(rest[:n])
			i += n
		case c == '$':
			n, literal := dollar(rest)
			if literal {
				out.WriteByte('?')
			} else {
				out.WriteString(rest[:n])
			}
			i += n
		case strings.HasPrefix(rest, "--"):
			i += before(rest, "\n")
		case strings.HasPrefix(rest, "/*"):
			out.WriteByte(' ')
			i += comment(rest)
		case isDigit(c), c == '.' && len(rest) > 1 && isDigit(rest[1]):
			out.WriteByte('?')
			i += number(rest)
		case isWord(c):
			n := word(rest)
			if n < len(rest) && rest[n] == '\'' && isPrefix(rest[:n]) { // a literal of a kind: E'', B'', X'', N''
				i += n
				continue
			}
			out.WriteString(rest[:n])
			i += n
		default:
			out.WriteByte(c)
			i++
		}
	}
	shown := out.String()
	if len(shown) > maxText {
		for shown = shown[:maxText]; !utf8.ValidString(shown) && shown != ""; {
			shown = shown[:len(shown)-1]
		}
		shown += "…"
	}
	return strings.ToValidUTF8(shown, "\uFFFD")
}

// quoted is how long what is in quotes is, which stand for themselves twice, or after a
// backslash where that escapes.
func quoted(s string, quote byte, backslash bool) int {
	for i := 1; i < len(s); i++ {
		switch {
		case backslash && s[i] == '\\':
			i++
		case s[i] != quote:
		case i+1 < len(s) && s[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return len(s)
}

// escapes reports whether a literal that begins behind s is one with backslashes.
func escapes(s string) bool {
	if s == "" || s[len(s)-1] != 'E' && s[len(s)-1] != 'e' {
		return false
	}
	return len(s) == 1 || !isWord(s[len(s)-2]) && !isDigit(s[len(s)-2])
}

// dollar is how long a placeholder is, or a literal in dollars.
func dollar(s string) (n int, literal bool) {
	tag := 1
	for tag < len(s) && (isWord(s[tag]) || isDigit(s[tag])) {
		tag++
	}
	if tag > 1 && isDigit(s[1]) || tag == len(s) || s[tag] != '$' {
		return tag, false
	}
	mark := s[:tag+1]
	if end := strings.Index(s[len(mark):], mark); end >= 0 {
		return end + 2*len(mark), true
	}
	return len(s), true
}

// comment is how long a comment is: they stand within each other.
func comment(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "/*"):
			depth++
			i++
		case strings.HasPrefix(s[i:], "*/"):
			if depth--; depth == 0 {
				return i + 2
			}
			i++
		}
	}
	return len(s)
}

// number is how long a number is, in any of its forms.
func number(s string) int {
	i := 0
	for i < len(s) {
		exponent := (s[i] == '+' || s[i] == '-') && i > 0 && (s[i-1] == 'e' || s[i-1] == 'E') && !strings.HasPrefix(s, "0x") && !strings.HasPrefix(s, "0X")
		if !isDigit(s[i]) && !isWord(s[i]) && s[i] != '.' && !exponent {
			break
		}
		i++
	}
	return i
}

func word(s string) int {
	i := 0
	for i < len(s) && (isWord(s[i]) || isDigit(s[i]) || s[i] == '$') {
		i++
	}
	return i
}

func before(s, end string) int {
	if i := strings.Index(s, end); i >= 0 {
		return i
	}
	return len(s)
}

func isPrefix(w string) bool { return len(w) == 1 && strings.Contains("eEbBxXnN", w) }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isWord takes every byte of a letter beyond ASCII for one of a name, as Postgres does.
func isWord(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}
