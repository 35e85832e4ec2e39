package identity

import (
	"strings"
	"unicode"
)

// errOwnWords refuses what anybody would try first.
var errOwnWords = ErrWeakPassword.WithMessage("The password must not be your address or your name. Choose another one.")

// NotOwnWords fails with ErrWeakPassword when a password is the person's address or
// name, in whatever case, with whatever signs between and digits behind. The other
// rules of passwords are the [PasswordHasher]'s.
func NotOwnWords(password string, email Email, name string) error {
	bare := bareWords(password)
	if bare == "" {
		return nil
	}
	local, host, _ := strings.Cut(string(email), "@")
	domain, _, _ := strings.Cut(host, ".")
	for _, own := range []string{string(email), local, local + domain, name} {
		if bare == bareWords(own) {
			return errOwnWords
		}
	}
	return nil
}

// bareWords leaves the letters and digits, in lower case, without digits at the end.
func bareWords(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
	return strings.TrimRightFunc(s, unicode.IsDigit)
}
