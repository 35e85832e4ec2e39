package textform

import (
	"slices"
	"strings"
	"unicode"
)

// schemes are those beyond "://" that mail clients, or what they hand a text to, make
// a link of, or that do something when one is pressed.
var schemes = []string{
	"bitcoin", "callto", "data", "facetime", "facetime-audio", "file", "ftp", "geo", "http", "https", "intent", "javascript", "ldap", "magnet", "mailto", "mms",
	"ms-settings", "search-ms", "sftp", "sip", "sips", "skype", "sms", "smsto", "ssh", "tel", "tg", "vbscript", "viber", "view-source", "webcal", "whatsapp", "xmpp", "zoommtg",
}

// HasLink reports whether a text holds what readers of mail make a link of, in whatever
// characters it is written: a known scheme with something behind its colon, "//" or
// "www." before a host, a host with a path, a share of a network ("\\host").
func HasLink(s string) bool {
	for word := range strings.FieldsSeq(strings.Map(asciiDot, Fold(s))) {
		if strings.Contains(word, "://") || strings.Contains(word, `\\`) || hasScheme(word) || hasHost(word) {
			return true
		}
	}
	return false
}

// hasScheme finds "tel:5", also within "(tel:5)" and "call-tel:5", not "tel:" or "hotel:5".
func hasScheme(word string) bool {
	for at, r := range word {
		if r != ':' || at+1 == len(word) {
			continue
		}
		for _, scheme := range schemes {
			if before, found := strings.CutSuffix(word[:at], scheme); found && !endsInLetter(before) {
				return true
			}
		}
	}
	return false
}

// hasHost finds "www.x", "//x.y" and "x.y/z".
func hasHost(word string) bool {
	if _, rest, found := strings.Cut(word, "www."); found && rest != "" {
		return true
	}
	if before, rest, found := strings.Cut(word, "//"); found && !endsInLetter(before) {
		if dot := strings.IndexByte(rest, '.'); dot > 0 && dot+1 < len(rest) {
			return true
		}
	}
	dot := strings.IndexByte(word, '.')
	return dot > 0 && strings.IndexByte(word[dot:], '/') > 1
}

// endsInLetter reports whether what follows continues a word of ASCII.
func endsInLetter(s string) bool {
	if s == "" {
		return false
	}
	last := s[len(s)-1]
	return 'a' <= last && last <= 'z' || '0' <= last && last <= '9'
}

// Unlinked is a text of somebody's choice in which no reader of mails finds anything to
// make a link of: a space stands after every dot between two labels, after the colon of
// whatever could be a scheme, and between two backslashes; what is not seen is left out.
// Other texts stay as they are.
func Unlinked(s string) string {
	runes := []rune(strings.ToValidUTF8(s, ""))
	var out strings.Builder
	for i, r := range runes {
		switch {
		case unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp):
			out.WriteByte(' ')
			continue
		case unicode.In(r, unicode.Bidi_Control) || unseen(r) && r != zeroWidthJoiner && r != emojiPresentation:
			continue
		}
		out.WriteRune(r)
		if i+1 == len(runes) {
			continue
		}
		after := runes[i+1]
		labels := asciiDot(r) == '.' && i > 0 && unicode.In(runes[i-1], unicode.L, unicode.M, unicode.N) && !unicode.IsSpace(after) && asciiDot(after) != '.'
		scheme := colon(r) && !unicode.IsSpace(after) && (after == '/' || after == '\uff0f' || schemeBefore(runes[:i]))
		share := backslash(r) && backslash(after)
		if labels || scheme || share {
			out.WriteByte(' ')
		}
	}
	return out.String()
}

func colon(r rune) bool { return r == ':' || r == '\uff1a' || r == '\ufe55' }

func backslash(r rune) bool { return r == '\\' || r == '\uff3c' || r == '\ufe68' }

// schemeBefore reports whether a text ends in what could be a scheme (RFC 3986, 3.1):
// a letter, or digits of a word that begins with one, which those of a time do not.
func schemeBefore(runes []rune) bool {
	for i, r := range slices.Backward(runes) {
		switch {
		case unicode.In(r, unicode.L, unicode.M):
			if i+1 == len(runes) || i == 0 || !unicode.In(runes[i-1], unicode.L, unicode.M, unicode.N) {
				return true
			}
		case !unicode.Is(unicode.N, r) && !strings.ContainsRune("+-.", r):
			return false
		}
	}
	return false
}

// asciiDot makes one of the characters that separate the labels of a domain (UTS 46).
func asciiDot(r rune) rune {
	switch r {
	case '\u3002', '\uff0e', '\uff61', '\u2024':
		return '.'
	}
	return r
}
