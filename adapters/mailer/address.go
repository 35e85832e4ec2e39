package mailer

import (
	"fmt"
	netmail "net/mail"
	"strings"

	"github.com/neoforge-dev/neoforge/ports/textform"
)

// asciiDomain writes an address, with or without a name, so that every server takes
// its domain: in A-labels (RFC 5890), which need no SMTPUTF8. A local part that is
// not ASCII stays: only a server with SMTPUTF8 takes it, in whatever form.
func asciiDomain(address string) (string, error) {
	a, err := netmail.ParseAddress(address)
	if err != nil {
		return "", err
	}
	at := strings.LastIndexByte(a.Address, '@')
	domain, err := textform.Domain(a.Address[at+1:])
	if err != nil {
		return "", fmt.Errorf("the domain of %q is none: %w", a.Address, err)
	}
	if a.Address = a.Address[:at+1] + domain; a.Name == "" {
		return a.Address, nil
	}
	return a.String(), nil
}

// domainOf is what stands behind the @ of an address that asciiDomain wrote.
func domainOf(address string) string {
	return strings.TrimSuffix(address[strings.LastIndexByte(address, '@')+1:], ">")
}
