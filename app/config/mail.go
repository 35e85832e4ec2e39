package config

import (
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
)

// Mail is how mails leave.
type Mail struct {
	URL  string `env:"MAIL_URL" secret:"true" doc:"smtp://user:password@host:port or smtps://; empty: the mailbox at /dev/mailbox in development; required in production"`
	From string `env:"MAIL_FROM" envDefault:"NeoForge <hello@neoforge.test>" doc:"the sender of mails; required in production"`
	EHLO string `env:"MAIL_EHLO" doc:"the name that the program introduces itself by to the mail server, such as app.example.com; empty: the domain of MAIL_FROM"`
}

func (m Mail) validate(production bool) []error {
	var faults []error
	if m.URL == "" {
		if production {
			faults = append(faults, fmt.Errorf("MAIL_URL is missing: use smtp://user:password@host:587 or smtps://user:password@host:465"))
		}
	} else if u, err := url.Parse(m.URL); err != nil || u.Host == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") {
		faults = append(faults, fmt.Errorf("MAIL_URL is not a mail server's address: use smtp://user:password@host:587 or smtps://user:password@host:465"))
	}
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
