package mailer

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	port "github.com/neoforge-dev/neoforge/ports/mail"
)

// server is an SMTP server that keeps what it is told.
type server struct {
	listener net.Listener
	rcpt     string      // the answer to RCPT TO; empty: the connection is cut
	mail     string      // the answer to MAIL FROM when set
	data     string      // the answer to the mail itself when set; "cut" cuts the connection
	rset     string      // the answer to RSET when set; "cut" cuts the connection
	auth     bool        // offer AUTH
	tls      *tls.Config // offer STARTTLS when set
	implicit bool        // speak TLS from the start

	mu       sync.Mutex
	commands []string
	messages []string
}

func serve(t *testing.T, rcpt string, auth bool) *server {
	t.Helper()
	return start(t, &server{rcpt: rcpt, auth: auth})
}

func start(t *testing.T, s *server) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.listener = listener
	var group sync.WaitGroup
	group.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() { s.talk(connection) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		group.Wait()
	})
	return s
}

func (s *server) url(user string) string { return "smtp://" + user + s.listener.Addr().String() }

func (s *server) talk(connection net.Conn) {
	defer func() { _ = connection.Close() }()
	_ = connection.SetDeadline(time.Now().Add(20 * time.Second))
	secure := false
	if s.implicit {
		connection, secure = tls.Server(connection, s.tls), true
	}
	lines := bufio.NewReader(connection)
	say := func(line string) { _, _ = fmt.Fprintf(connection, "%s\r\n", line) }
	say("220 mail.example.com ESMTP")
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.mu.Lock()
		s.commands = append(s.commands, line)
		s.mu.Unlock()
		switch verb, _, _ := strings.Cut(strings.ToUpper(line), " "); verb {
		case "EHLO":
			say("250-mail.example.com")
			if s.auth {
				say("250-AUTH PLAIN LOGIN")
			}
			if s.tls != nil && !secure {
				say("250-STARTTLS")
			}
			say("250 8BITMIME")
		case "STARTTLS":
			say("220 go on")
			connection, secure = tls.Server(connection, s.tls), true
			lines = bufio.NewReader(connection)
		case "AUTH":
			say("235 welcome")
		case "MAIL":
			say(cmp.Or(s.mail, "250 ok"))
		case "RSET":
			if s.rset == "cut" {
				return
			}
			say("250 ok")
		case "RCPT":
			if s.rcpt == "" {
				return
			}
			say(s.rcpt)
		case "DATA":
			say("354 go on")
			var message strings.Builder
			for {
				line, err := lines.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				message.WriteString(strings.TrimPrefix(line, "."))
			}
			s.mu.Lock()
			s.messages = append(s.messages, message.String())
			s.mu.Unlock()
			if s.data == "cut" {
				return
			}
			say(cmp.Or(s.data, "250 accepted"))
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (s *server) heard() (commands, messages []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.commands...), append([]string(nil), s.messages...)
}

var message = port.Message{
	To: "reader@example.com", Subject: "Grüße — your receipt", Text: "Thank you.\n.\nA line after a dot: ü", HTML: "<p>Thank you, ü.</p>",
}

func mustSMTP(t *testing.T, url string) *SMTP {
	t.Helper()
	s, err := NewSMTP(url, "", "NeoForge <press@example.com>", "")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSMTP_SendsAMailInBothForms(t *testing.T) {
	t.Parallel()
	s := serve(t, "250 ok", false)
	if err := mustSMTP(t, s.url("")).Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	commands, messages := s.heard()
	if len(messages) != 1 {
		t.Fatalf("%d messages arrived; heard %q", len(messages), commands)
	}
	got, err := mail.ReadMessage(strings.NewReader(messages[0]))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
	if err != nil || subject != message.Subject {
		t.Errorf("subject %q (%v)", subject, err)
	}
	for header, want := range map[string]string{"From": `"NeoForge" <press@example.com>`, "To": "<reader@example.com>", "Auto-Submitted": "auto-generated"} {
		if got.Header.Get(header) != want {
			t.Errorf("%s is %q, want %q", header, got.Header.Get(header), want)
		}
	}
	if got.Header.Get("Message-ID") == "" || got.Header.Get("Date") == "" {
		t.Error("the message has no id or no date")
	}
	kind, parameters, err := mime.ParseMediaType(got.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %q (%v)", kind, err)
	}
	parts := multipart.NewReader(got.Body, parameters["boundary"])
	for _, want := range []struct{ kind, body string }{{"text/plain", message.Text}, {"text/html", message.HTML}} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		if text := strings.ReplaceAll(strings.TrimRight(string(body), "\r\n"), "\r\n", "\n"); text != want.body || !strings.HasPrefix(part.Header.Get("Content-Type"), want.kind) {
			t.Errorf("%s: %q, want %q", part.Header.Get("Content-Type"), text, want.body)
		}
	}
}

func TestSMTP_TellsARefusalFromAFailure(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server  *server
		refused string // what the reason names; empty: the job is tried again
	}{
		"no such user":             {&server{rcpt: "550 5.1.1 no such user"}, "5.1.1 no such user"},
		"policy":                   {&server{rcpt: "554 5.7.1 rejected"}, "5.7.1 rejected"},
		"the name of the program":  {&server{rcpt: "504 5.5.2 <vm>: Helo command rejected"}, "Helo command rejected"},
		"no such domain":           {&server{rcpt: "553 5.1.3 bad address"}, "5.1.3 bad address"},
		"the mail itself":          {&server{rcpt: "250 ok", data: "554 5.6.0 looks like spam"}, "looks like spam"},
		"later":                    {&server{rcpt: "450 4.2.1 try later"}, ""},
		"the mail, later":          {&server{rcpt: "250 ok", data: "451 4.3.0 greylisted"}, ""},
		"the sender":               {&server{rcpt: "250 ok", mail: "550 5.7.1 not your domain"}, ""},
		"a connection that is cut": {&server{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := mustSMTP(t, start(t, c.server).url("")).Send(t.Context(), message)
			var refused *port.Refusal
			switch {
			case err == nil:
				t.Error("was sent")
			case errors.As(err, &refused) != (c.refused != ""):
				t.Errorf("%v", err)
			case refused != nil && (refused.To != message.To || !strings.Contains(refused.Reason, c.refused) || !errors.Is(err, port.ErrRefused)):
				t.Errorf("%+v", refused)
			}
		})
	}
}

func TestSMTP_SendsOnceWhenTheConnectionBreaksAfterwards(t *testing.T) {
	t.Parallel()
	s := start(t, &server{rcpt: "250 ok", rset: "cut"})
	if err := mustSMTP(t, s.url("")).Send(t.Context(), message); err != nil {
		t.Errorf("a mail that was taken would be sent again: %v", err)
	}
	if _, messages := s.heard(); len(messages) != 1 {
		t.Errorf("%d mails arrived", len(messages))
	}
}

func TestSMTP_WritesDomainsInASCII(t *testing.T) {
	t.Parallel()
	s := serve(t, "250 ok", false)
	client, err := NewSMTP(s.url(""), "", "Grüße <presse@bücher.example>", "")
	if err != nil {
		t.Fatal(err)
	}
	to := message
	to.To = "reader@münchen.test"
	if err := client.Send(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	commands, messages := s.heard()
	for _, want := range []string{"EHLO xn--bcher-kva.example", "MAIL FROM:<presse@xn--bcher-kva.example>", "RCPT TO:<reader@xn--mnchen-3ya.test>"} {
		if !slices.ContainsFunc(commands, func(c string) bool { return strings.HasPrefix(c, want) }) {
			t.Errorf("did not say %q in %q", want, commands)
		}
	}
	got, err := mail.ReadMessage(strings.NewReader(messages[0]))
	if err != nil {
		t.Fatal(err)
	}
	if id := got.Header.Get("Message-ID"); !strings.HasSuffix(id, "@xn--bcher-kva.example>") || !strings.Contains(got.Header.Get("To"), "@xn--mnchen-3ya.test") {
		t.Errorf("Message-ID %q, To %q", id, got.Header.Get("To"))
	}
}

func TestSMTP_IntroducesItselfAsSet(t *testing.T) {
	t.Parallel()
	s := serve(t, "250 ok", false)
	client, err := NewSMTP(s.url(""), "", "press@example.com", "app.example.org")
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	if commands, _ := s.heard(); commands[0] != "EHLO app.example.org" {
		t.Errorf("said %q", commands[0])
	}
}

func TestSMTP_APasswordIsNotSentInTheOpen(t *testing.T) {
	t.Parallel()
	s := serve(t, "250 ok", true)
	err := mustSMTP(t, s.url("forge:hunter2@")).Send(t.Context(), message)
	commands, messages := s.heard()
	if err == nil || len(messages) > 0 {
		t.Errorf("sent without encryption: %v", err)
	}
	for _, c := range commands {
		if strings.HasPrefix(strings.ToUpper(c), "AUTH") {
			t.Errorf("sent %q in the open", c)
		}
	}
}

func TestSMTP_ThePasswordIsSentOverAnEncryptedConnection(t *testing.T) {
	t.Parallel()
	identity := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(identity.Close)
	trusted := x509.NewCertPool()
	trusted.AddCert(identity.Certificate())
	for name, implicit := range map[string]bool{"smtp": false, "smtps": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, &server{rcpt: "250 ok", auth: true, implicit: implicit, tls: &tls.Config{Certificates: identity.TLS.Certificates}})
			address := name + "://forge:hunter2@" + s.listener.Addr().String()
			if err := mustSMTP(t, address).Send(t.Context(), message); err == nil {
				t.Error("a server with a certificate that nobody vouches for was trusted")
			}
			client := mustSMTP(t, address)
			client.tls.RootCAs = trusted
			if err := client.Send(t.Context(), message); err != nil {
				t.Fatal(err)
			}
			commands, messages := s.heard()
			authenticated := slices.ContainsFunc(commands, func(c string) bool { return strings.HasPrefix(c, "AUTH PLAIN ") })
			if len(messages) != 1 || !authenticated {
				t.Fatalf("%d messages; heard %q", len(messages), commands)
			}
		})
	}
}

func TestNewSMTP_UsesThePasswordThatStandsApart(t *testing.T) {
	t.Parallel()
	const secret = "a/b+c=d@e%f#g?h:i"
	identity := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(identity.Close)
	s := start(t, &server{rcpt: "250 ok", auth: true, implicit: true, tls: &tls.Config{Certificates: identity.TLS.Certificates}})
	client, err := NewSMTP("smtps://forge@"+s.listener.Addr().String(), secret, "press@example.com", "")
	if err != nil {
		t.Fatal(err)
	}
	client.tls.RootCAs = x509.NewCertPool()
	client.tls.RootCAs.AddCert(identity.Certificate())
	if err := client.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	want := "AUTH PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00forge\x00"+secret))
	if commands, _ := s.heard(); !slices.Contains(commands, want) {
		t.Errorf("heard %q, want %q", commands, want)
	}
}

func TestSMTP_AServerThatIsAwayIsAnErrorToRetry(t *testing.T) {
	t.Parallel()
	s := serve(t, "250 ok", false)
	_ = s.listener.Close()
	if err := mustSMTP(t, s.url("")).Send(t.Context(), message); err == nil || errors.Is(err, port.ErrRefused) {
		t.Fatalf("got %v", err)
	}
}

func TestSMTP_RefusesBadSettingsWithoutShowingThePassword(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "mail.example.com", "http://u:hunter2@host", "smtp://", "smtp://u:hunter2@host:0", "smtp://u:hunter2@host:x", "smtp://u:hunter2@ho st", "smtp://host/path"} {
		if _, err := NewSMTP(address, "", "press@example.com", ""); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", address, err)
		}
	}
	for _, from := range []string{"", "nobody", "a@b\r\nBcc: c@d"} {
		if _, err := NewSMTP("smtp://host", "", from, ""); err == nil {
			t.Errorf("sender %q was accepted", from)
		}
	}
	for _, address := range []string{"smtp://host", "smtp://host:2525", "smtps://u:p%40ss@host", "smtp://user:pass@[::1]:25"} {
		if _, err := NewSMTP(address, "", "Name <press@example.com>", ""); err != nil {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestSMTP_ACancelledSendingEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := mustSMTP(t, serve(t, "250 ok", false).url("")).Send(ctx, message); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}
