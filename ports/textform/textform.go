// Package textform brings what people type into the one form in which it is
// compared and shown: e-mail addresses, and the names of people and things.
//
// It is the one package within the walls that uses tables beyond the standard
// library's: IDNA (UTS 46) for domains, PRECIS (RFC 8264, 8265) for names. They are
// functions of their input alone.
package textform

import (
	"errors"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/secure/precis"
)

// What a text can be refused for.
var (
	ErrEmail = errors.New("textform: this is not an e-mail address")
	ErrName  = errors.New("textform: this is not a name")
)

const maxEmail = 254 // bytes (RFC 5321, 4.5.3.1)

// domains maps as browsers do, and refuses what no name server would have: bidi and
// combining marks out of place, labels that are too long.
var domains = idna.New(
	idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.ValidateLabels(true), idna.CheckHyphens(true),
	idna.CheckJoiners(true), idna.VerifyDNSLength(true), idna.Transitional(false),
)

// Email brings a bare address (RFC 5322 addr-spec) into the form in which addresses
// are compared: the domain in A-labels (RFC 5890), the ASCII letters in lower case.
// No other letter is folded, because to fold one is to make two mailboxes one:
// U+212A (Kelvin sign) is not "k", nor U+0130 "i". It fails with ErrEmail.
func Email(s string) (string, error) {
	s = strings.TrimSpace(s)
	at := strings.LastIndexByte(s, '@')
	if at < 1 || len(s) > 4*maxEmail || !utf8.ValidString(s) || strings.ContainsFunc(s, unseen) {
		return "", ErrEmail
	}
	domain, err := Domain(s[at+1:])
	if err != nil || !strings.Contains(domain, ".") {
		return "", ErrEmail
	}
	email := asciiLower(s[:at]) + "@" + domain
	a, err := mail.ParseAddress(email)
	if err != nil || a.Address != email || len(email) > maxEmail {
		return "", ErrEmail
	}
	return email, nil
}

// Domain is a domain in A-labels and lower case; ErrEmail.
func Domain(s string) (string, error) {
	if strings.ContainsFunc(s, unseen) {
		return "", ErrEmail
	}
	domain, err := domains.ToASCII(s)
	if err != nil {
		return "", ErrEmail
	}
	return domain, nil
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// Name trims a name of most characters at the most and joins its parts with single
// spaces. It fails with ErrName for one that shows nothing, and for characters that
// nobody sees or that turn the writing round; what joins emoji stays.
func Name(s string, most int) (string, error) {
	s = strings.TrimSpace(s)
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return "", ErrName
	}
	s = strings.Join(strings.Fields(s), " ")
	plain, err := precis.OpaqueString.String(withoutEmojiJoiners(s))
	if err != nil || !strings.ContainsFunc(plain, shows) {
		return "", ErrName
	}
	if plain == withoutEmojiJoiners(s) {
		plain = s // with its joiners
	}
	if utf8.RuneCountInString(plain) > most {
		return "", ErrName
	}
	return plain, nil
}

const (
	zeroWidthJoiner   = '\u200d'
	emojiPresentation = '\ufe0f'
)

// withoutEmojiJoiners leaves out what makes one picture of several, where it stands
// behind a picture.
func withoutEmojiJoiners(s string) string {
	var before rune
	return strings.Map(func(r rune) rune {
		if (r == zeroWidthJoiner || r == emojiPresentation) && (unicode.Is(unicode.So, before) || unicode.Is(unicode.Sk, before)) {
			return -1
		}
		before = r
		return r
	}, s)
}

// unseen reports whether a character takes part in a text without being seen.
func unseen(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// shows reports whether a character leaves a mark of its own. Braille's blank is a
// symbol to Unicode, and leaves none.
func shows(r rune) bool {
	return r != '\u2800' && unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) && !unseen(r)
}
