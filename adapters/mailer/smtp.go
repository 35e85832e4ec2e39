package mailer

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/neoforge-dev/neoforge/ports/mail"
)

const smtpTimeout = 15 * time.Second

// SMTP sends mails through a server (RFC 5321), one connection each: mails
// leave from jobs, a few at a time.
type SMTP struct {
	host    string
	from    string
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
	tls     *tls.Config
	options []gomail.Option
}

var _ mail.Sender = (*SMTP)(nil)

// NewSMTP reads smtp://user:password@host:port (encrypted by STARTTLS when the
// server offers it; port 587 unless given) or smtps:// (TLS from the start; port
// 465). from is the sender, "Name <address>" or an address. hello is the name that
// the program introduces itself by (RFC 5321, 4.1.1.1); empty: the domain of from,
// because servers refuse the bare name that a machine or a container has. password,
// which is not encoded, is that of the address's user where the address has none. A
// password is never sent over a connection that is not encrypted. It does not
// connect.
func NewSMTP(address, password, from, hello string) (*SMTP, error) {
	u, err := url.Parse(address)
	if err != nil {
		// net/url's error quotes the address, which holds the password.
		return nil, errors.New("mailer: the address of the server cannot be read; write smtp://user:password@host:port")
	}
	dialer := &net.Dialer{Timeout: smtpTimeout}
	s := &SMTP{
		host: u.Hostname(), dial: dialer.DialContext,
		tls: &tls.Config{MinVersion: tls.VersionTLS12, ServerName: u.Hostname()},
	}
	s.options = []gomail.Option{
		gomail.WithTimeout(smtpTimeout), gomail.WithTLSPolicy(gomail.TLSOpportunistic), gomail.WithTLSConfig(s.tls),
	}
	var port int
	switch u.Scheme {
	case "smtp":
		port = gomail.DefaultPortTLS
	case "smtps":
		port = gomail.DefaultPortSSL
		s.dial = (&tls.Dialer{NetDialer: dialer, Config: s.tls}).DialContext
	default:
		return nil, fmt.Errorf("mailer: the address of the server begins with %q, want smtp:// or smtps://", u.Scheme)
	}
	if s.host == "" || strings.Trim(u.Path, "/") != "" {
		return nil, errors.New("mailer: the address of the server names no host; write smtp://user:password@host:port")
	}
	if text := u.Port(); text != "" {
		if port, err = strconv.Atoi(text); err != nil || port < 1 || port > 65535 {
			return nil, fmt.Errorf("mailer: %q is not a port", text)
		}
	}
	s.options = append(s.options, gomail.WithPort(port))
	given, ok := u.User.Password()
	if !ok {
		given, ok = password, password != ""
	}
	if ok {
		s.options = append(s.options,
			gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(u.User.Username()), gomail.WithPassword(given))
	}
	if s.from, err = asciiDomain(from); err != nil {
		return nil, fmt.Errorf("mailer: the sender %q is not an address: %w", from, err)
	}
	if hello == "" {
		hello = domainOf(s.from)
	}
	s.options = append(s.options, gomail.WithHELO(hello))
	if _, err := gomail.NewClient(s.host, s.options...); err != nil {
		return nil, fmt.Errorf("mailer: %w", err)
	}
	return s, nil
}

// Send implements mail.Sender.
func (s *SMTP) Send(ctx context.Context, m mail.Message) error {
	message, err := compose(s.from, m)
	if err != nil {
		return err
	}
	// The library leaves the connection open when the server refuses the password,
	// and does not heed ctx once it is connected: so the connection is closed here.
	var connection net.Conn
	var release func() bool
	defer func() {
		if connection != nil {
			release()
			_ = connection.Close()
		}
	}()
	dial := gomail.WithDialContextFunc(func(dialing context.Context, network, address string) (net.Conn, error) {
		var err error
		if connection, err = s.dial(dialing, network, address); err != nil {
			return nil, err
		}
		release = context.AfterFunc(ctx, func() { _ = connection.Close() })
		return connection, nil
	})
	client, err := gomail.NewClient(s.host, append(slices.Clone(s.options), dial)...)
	if err != nil {
		return fmt.Errorf("mailer: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, message)
	if err == nil || message.IsDelivered() { // what fails after the server took the mail must not send it twice
		return nil
	}
	return fmt.Errorf("mailer: send: %w", refusal(m.To, err))
}

// refusal is a [mail.Refusal] when the server refused the recipient or the mail
// itself for good (5yz, RFC 5321). A connection that breaks is no refusal, and what
// the server says about the sender an operator can mend while the job is tried
// again. What breaks after the mail was written is [mail.ErrUnclear].
func refusal(to string, err error) error {
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return err
	}
	if failed.Reason == gomail.ErrSMTPDataClose && failed.ErrorCode() == 0 {
		return fmt.Errorf("%w: %w", mail.ErrUnclear, err) // the whole mail was written, and nothing answered
	}
	if failed.ErrorCode() < 500 {
		return err
	}
	switch failed.Reason {
	case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
		reason, _, _ := strings.Cut(failed.Error(), ", affected ")
		return &mail.Refusal{To: to, Reason: strings.Join(strings.Fields(reason), " ")}
	}
	return err
}

// compose writes a message in both forms (RFC 2046, multipart/alternative). It
// fails with a [mail.Refusal] when the address or the subject cannot be written.
func compose(from string, m mail.Message) (*gomail.Msg, error) {
	message := gomail.NewMsg()
	if err := message.From(from); err != nil {
		return nil, fmt.Errorf("mailer: sender: %w", err)
	}
	to, err := asciiDomain(m.To)
	if err == nil {
		err = message.To(to)
	}
	if err != nil {
		return nil, fmt.Errorf("mailer: recipient: %w", &mail.Refusal{To: m.To, Reason: "the address cannot be written: " + err.Error()})
	}
	if strings.ContainsAny(m.Subject, "\r\n") {
		return nil, fmt.Errorf("mailer: subject: %w", &mail.Refusal{To: m.To, Reason: "the subject is not one line"})
	}
	message.Subject(m.Subject)
	message.SetDate()
	message.SetMessageIDWithValue(cmp.Or(m.ID, rand.Text()) + "@" + domainOf(from)) // the library would name this machine
	// Out-of-office answers to programs help nobody (RFC 3834).
	message.SetGenHeader(gomail.Header("Auto-Submitted"), "auto-generated")
	message.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		message.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return message, nil
}
