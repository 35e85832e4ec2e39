package config

import (
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
)

// Mail is how mails leave.
type Mail struct {
	URL      string `env:"MAIL_URL" secret:"true" doc:"smtp://user:password@host:port or smtps://; empty: the mailbox at /dev/mailbox in development; required in production"`
	Password string `env:"MAIL_PASSWORD" secret:"true" doc:"the password of MAIL_URL where it has none, as it is: nothing in it is encoded"`
	From     string `env:"MAIL_FROM" envDefault:"hello@neoforge.test" doc:"the sender of mails; required in production"`
	EHLO     string `env:"MAIL_EHLO" doc:"the name that the program introduces itself by to the mail server, such as app.example.com; empty: the domain of MAIL_FROM"`
}

func (m Mail) validate(production bool) []error {
	faults := m.validateServer(production)
	a, err := mail.ParseAddress(m.From)
	switch {
	case err != nil:
		faults = append(faults, fmt.Errorf("MAIL_FROM is %q: use an address such as Name <hello@example.com>", m.From))
	case production && a.Address == "hello@neoforge.test":
		faults = append(faults, fmt.Errorf("MAIL_FROM is missing: use an address of yours such as Name <hello@example.com>"))
	}
	if m.EHLO != "" && !hostName.MatchString(m.EHLO) {
		faults = append(faults, fmt.Errorf("MAIL_EHLO is %q: use a full name such as app.example.com", m.EHLO))
	}
	return faults
}

// validateServer says what is wrong with where mails are handed over. Nothing of the
// address is repeated: any part may be a piece of the password.
func (m Mail) validateServer(production bool) []error {
	const forms = "use smtp://user:password@host:587 or smtps://user:password@host:465" //nolint:gosec // the form of an address, with nobody's password
	switch {
	case m.URL == "" && production:
		return []error{fmt.Errorf("MAIL_URL is missing: %s", forms)}
	case m.URL == "" && m.Password != "":
		return []error{fmt.Errorf("MAIL_PASSWORD is set, but MAIL_URL is not: set MAIL_URL=smtp://user@host:587, or leave it empty")}
	case m.URL == "":
		return nil
	}
	u, err := url.Parse(m.URL)
	if err != nil || u.Host == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return []error{fmt.Errorf("MAIL_URL is not a mail server's address: %s, where / + = @ ? # %% and the like in the password are percent-encoded, or leave the password out and set MAIL_PASSWORD", forms)}
	}
	switch password, _ := u.User.Password(); {
	case m.Password == "":
	case password != "":
		return []error{fmt.Errorf("MAIL_PASSWORD is set, and MAIL_URL has a password too: keep one of them, such as MAIL_URL=%s://user@host:587", u.Scheme)}
	case u.User.Username() == "":
		return []error{fmt.Errorf("MAIL_PASSWORD is set, but MAIL_URL names no user: use MAIL_URL=%s://user@host:587", u.Scheme)}
	}
	return nil
}

// hostName is a name of at least two labels (RFC 1123), in ASCII.
var hostName = regexp.MustCompile(`^(?i:[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(?i:[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)$`)

// contact is the sender's address as a URI; empty when it is not valid.
func (m Mail) contact() string {
	a, err := mail.ParseAddress(m.From)
	if err != nil {
		return ""
	}
	return "mailto:" + a.Address
}
