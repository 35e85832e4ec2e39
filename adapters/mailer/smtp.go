package mailer

import (
	"context"
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

	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/mail"
)

const smtpTimeout = 15 * time.Second

// ErrRefused means that no retry can deliver the letter.
var ErrRefused = fault.New(fault.Invalid, "mail.refused", "The letter cannot be delivered to this address. Check the address.")

// SMTP sends letters through a server (RFC 5321), one connection each: letters
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
// 465). from is the sender, "Name <address>" or an address. A password is never
// sent over a connection that is not encrypted. It does not connect.
func NewSMTP(address, from string) (*SMTP, error) {
	u, err := url.Parse(address)
	if err != nil {
		// net/url's error quotes the address, which holds the password.
		return nil, errors.New("mailer: the address of the server cannot be read; write smtp://user:password@host:port")
	}
	dialer := &net.Dialer{Timeout: smtpTimeout}
	s := &SMTP{
		host: u.Hostname(), from: from, dial: dialer.DialContext,
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
	if password, ok := u.User.Password(); ok {
		s.options = append(s.options,
			gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	if err := gomail.NewMsg().From(from); err != nil {
		return nil, fmt.Errorf("mailer: the sender %q is not an address: %w", from, err)
	}
	if _, err := gomail.NewClient(s.host, s.options...); err != nil {
		return nil, fmt.Errorf("mailer: %w", err)
	}
	return s, nil
}

// Send implements mail.Sender.
func (s *SMTP) Send(ctx context.Context, m mail.Message) error {
	letter, err := compose(s.from, m)
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
	if err := client.DialAndSendWithContext(ctx, letter); err != nil {
		var refused *gomail.SendError
		if errors.As(err, &refused) && refused.Reason == gomail.ErrSMTPRcptTo && !refused.IsTemp() {
			return fmt.Errorf("mailer: send: %w (%w)", ErrRefused, err)
		}
		return fmt.Errorf("mailer: send: %w", err)
	}
	return nil
}

// compose writes a letter in both forms (RFC 2046, multipart/alternative). It
// fails with ErrRefused when the address or the subject cannot be written.
func compose(from string, m mail.Message) (*gomail.Msg, error) {
	letter := gomail.NewMsg()
	if err := letter.From(from); err != nil {
		return nil, fmt.Errorf("mailer: sender: %w", err)
	}
	if err := letter.To(m.To); err != nil {
		return nil, fmt.Errorf("mailer: recipient: %w (%w)", ErrRefused, err)
	}
	if strings.ContainsAny(m.Subject, "\r\n") {
		return nil, fmt.Errorf("mailer: %w", ErrRefused.WithMessage("The subject of a letter must be one line."))
	}
	letter.Subject(m.Subject)
	letter.SetDate()
	letter.SetMessageID()
	// Out-of-office answers to programs help nobody (RFC 3834).
	letter.SetGenHeader(gomail.Header("Auto-Submitted"), "auto-generated")
	letter.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		letter.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return letter, nil
}
