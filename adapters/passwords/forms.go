package passwords

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

var (
	errCommon    = identity.ErrWeakPassword.WithMessage("Too many people use this password. Choose another one.")
	errUntypable = identity.ErrWeakPassword.WithMessage("The password has a character that not every keyboard can type again: a tab, a line break, or one that nobody sees, as within some emoji. Use letters, digits, signs and spaces.")
)

// form is a text that a password may have been hashed as.
type form struct {
	text    string
	current bool // as new hashes are made of it
}

// formsOf lists what a password may have been hashed as, each once: the form of
// today (PRECIS OpaqueString), if it has one, and that of earlier releases (NFKC). It
// lists none for what no password can be.
func formsOf(password string) []form {
	if len(password) > maxBytes || !utf8.ValidString(password) {
		return nil
	}
	var forms []form
	now, err := currentForm(password)
	if err == nil {
		forms = append(forms, form{now, true})
	}
	earlier := norm.NFKC.String(password)
	if utf8.RuneCountInString(earlier) <= maxLength && (err != nil || earlier != now) {
		forms = append(forms, form{text: earlier})
	}
	return forms
}

// currentForm is what a password is hashed as, however it was typed. It fails with
// ErrWeakPassword for what no password can be.
func currentForm(password string) (string, error) {
	if password == "" || len(password) > maxBytes || !utf8.ValidString(password) {
		return "", identity.ErrWeakPassword
	}
	text, err := textform.Password(password)
	if err != nil {
		return "", errUntypable
	}
	if utf8.RuneCountInString(text) > maxLength {
		return "", identity.ErrWeakPassword
	}
	return text, nil
}
