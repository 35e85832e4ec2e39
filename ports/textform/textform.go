// Package textform brings what people type into the one form in which it is
// compared and shown: e-mail addresses, passwords, and the names of people and things.
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
	"golang.org/x/text/unicode/norm"
)

// What a text can be refused for.
var (
	ErrEmail = errors.New("textform: this is not an e-mail address")
	ErrName  = errors.New("textform: this is not a name")
	// ErrPassword is a password with what not every keyboard can type again.
	ErrPassword = errors.New("textform: this is not a password")
)

// In bytes (RFC 5321, 4.5.3.1; RFC 1035, 2.3.4).
const (
	maxEmail  = 254
	maxDomain = 253
	maxLabel  = 63
)

// domains maps as browsers do, and refuses what no name server would have: bidi and
// combining marks out of place, labels that are too long.
var domains = idna.New(
	idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.ValidateLabels(true), idna.CheckHyphens(true),
	idna.CheckJoiners(true), idna.VerifyDNSLength(true), idna.Transitional(false),
)

// Email brings a bare address (RFC 5322 addr-spec) into the form in which addresses
// are compared: the domain in A-labels (RFC 5890), the ASCII letters in lower case.
// No other letter is folded, because to fold one is to make two mailboxes one:
// U+212A (Kelvin sign) is not "k", nor U+0130 "i". What is composed of marks is
// written in one way (NFC, RFC 6532) where that makes no ASCII of it. It fails with
// ErrEmail.
func Email(s string) (string, error) {
	s = strings.TrimSpace(s)
	at := strings.LastIndexByte(s, '@')
	if at < 1 || len(s) > 4*maxEmail || !utf8.ValidString(s) || strings.ContainsFunc(s, unseen) || strings.ContainsFunc(s[:at], blank) {
		return "", ErrEmail
	}
	domain, err := Domain(s[at+1:])
	if err != nil || !strings.Contains(domain, ".") {
		return "", ErrEmail
	}
	email := asciiLower(composed(s[:at])) + "@" + domain
	a, err := mail.ParseAddress(email)
	if err != nil || a.Address != email || len(email) > maxEmail {
		return "", ErrEmail
	}
	return email, nil
}

// Domain is a domain in A-labels and lower case; ErrEmail. One that is ASCII already is
// left to the name servers, which know more of them than the rules for hosts allow:
// underscores, hyphens in the third place.
func Domain(s string) (string, error) {
	if strings.ContainsFunc(s, unseen) {
		return "", ErrEmail
	}
	domain, err := domains.ToASCII(s)
	if err == nil {
		return domain, nil
	}
	if s == "" || len(s) > maxDomain || strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return "", ErrEmail
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > maxLabel {
			return "", ErrEmail
		}
	}
	return asciiLower(s), nil
}

// composed writes the local part of an address in NFC, unless an ASCII character
// would come of another one.
func composed(local string) string {
	nfc := norm.NFC.String(local)
	if ascii(nfc) > ascii(local) {
		return local
	}
	return nfc
}

func ascii(s string) (n int) {
	for _, r := range s {
		if r < utf8.RuneSelf {
			n++
		}
	}
	return n
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
	s = norm.NFC.String(strings.Join(strings.Fields(s), " "))
	bare := withoutEmojiJoiners(s)
	plain, err := precis.OpaqueString.String(bare)
	if err != nil || plain != bare || !strings.ContainsFunc(plain, shows) || utf8.RuneCountInString(s) > most {
		return "", ErrName
	}
	return s, nil
}

// Password brings a password into the form in which it is hashed (RFC 8265,
// OpaqueString): composed characters (NFC), a space for every other kind of space,
// case and width as they were typed. It fails with ErrPassword for an empty one, for
// control characters and for those that are not seen.
func Password(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", ErrPassword
	}
	out, err := precis.OpaqueString.String(s)
	if err != nil {
		return "", ErrPassword
	}
	return out, nil
}

// Fold leaves of a text what a careless reader sees: without case, accents, and the
// differences of compatible characters (NFKD). It is for finding what is alike, never
// for keeping.
func Fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
}

// DecodedDomain is a domain whose A-labels are decoded where they can be, for finding
// what is in it. What people read is [ShownDomain].
func DecodedDomain(s string) string {
	decoded, err := domains.ToUnicode(s)
	if err != nil {
		return s
	}
	return decoded
}

const (
	zeroWidthJoiner   = '\u200d'
	emojiPresentation = '\ufe0f'
	keycap            = '\u20e3'
)

// withoutEmojiJoiners leaves out what makes one picture of several, or a picture of a
// sign, and only where it does so: anywhere else it would be a letter that nobody sees.
func withoutEmojiJoiners(s string) string {
	runes := []rune(s)
	at := func(i int) rune {
		if i < 0 || i >= len(runes) {
			return 0
		}
		return runes[i]
	}
	var out strings.Builder
	for i, r := range runes {
		joins := r == zeroWidthJoiner && picture(at(i+1)) && (picture(at(i-1)) || at(i-1) == emojiPresentation && picture(at(i-2)))
		presents := r == emojiPresentation && (picture(at(i-1)) || at(i+1) == keycap && strings.ContainsRune("0123456789#*", at(i-1)))
		if !joins && !presents {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// picture reports whether a character is a symbol, or the colour of a skin.
func picture(r rune) bool { return unicode.In(r, unicode.So, unicode.Sk) }

// unseen reports whether a character takes part in a text without being seen.
func unseen(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// blank reports whether a character beyond ASCII stands for nothing that is seen.
func blank(r rune) bool { return r >= utf8.RuneSelf && !shows(r) && !unicode.Is(unicode.M, r) }

// shows reports whether a character leaves a mark of its own. Braille's blank and the
// note without a head are symbols to Unicode, and leave none.
func shows(r rune) bool {
	return r != '\u2800' && r != '\U0001d159' && unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) && !unseen(r)
}
