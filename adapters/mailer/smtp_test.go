package mailer

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
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

	"github.com/neoforge-dev/neoforge/ports/fault"
	port "github.com/neoforge-dev/neoforge/ports/mail"
)

// server is an SMTP server that keeps what it is told.
type server struct {
	listener net.Listener
	rcpt     string      // the answer to RCPT TO
	auth     bool        // offer AUTH
	tls      *tls.Config // offer STARTTLS when set
	implicit bool        // speak TLS from the start

	mu       sync.Mutex
	commands []string
	letters  []string
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
		case "RCPT":
			say(s.rcpt)
		case "DATA":
			say("354 go on")
			var letter strings.Builder
			for {
				line, err := lines.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				letter.WriteString(strings.TrimPrefix(line, "."))
			}
			s.mu.Lock()
			s.letters = append(s.letters, letter.String())
			s.mu.Unlock()
			say("250 accepted")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (s *server) heard() (commands, letters []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.commands...), append([]string(nil), s.letters...)
}

var letter = port.Message{
	To: "reader@example.com", Subject: "Grüße — your receipt", Text: "Thank you.\n.\nA line after a dot: ü", HTML: "<p>Thank you, ü.</p>",
}

func mustSMTP(t *testing.T, url string) *SMTP {
	t.Helper()
	s, err := NewSMTP(url, "NeoForge <press@example.com>")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestALetterArrivesInBothForms(t *testing.T) {
	t.Parallel()
	s := serve(t, "250 ok", false)
	if err := mustSMTP(t, s.url("")).Send(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	commands, letters := s.heard()
	if len(letters) != 1 {
		t.Fatalf("%d letters arrived; heard %q", len(letters), commands)
	}
	got, err := mail.ReadMessage(strings.NewReader(letters[0]))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
	if err != nil || subject != letter.Subject {
		t.Errorf("subject %q (%v)", subject, err)
	}
	for header, want := range map[string]string{"From": `"NeoForge" <press@example.com>`, "To": "<reader@example.com>", "Auto-Submitted": "auto-generated"} {
		if got.Header.Get(header) != want {
			t.Errorf("%s is %q, want %q", header, got.Header.Get(header), want)
		}
	}
	if got.Header.Get("Message-ID") == "" || got.Header.Get("Date") == "" {
		t.Error("the letter has no id or no date")
	}
	kind, parameters, err := mime.ParseMediaType(got.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %q (%v)", kind, err)
	}
	parts := multipart.NewReader(got.Body, parameters["boundary"])
	for _, want := range []struct{ kind, body string }{{"text/plain", letter.Text}, {"text/html", letter.HTML}} {
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

func TestARefusedAddressIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]fault.Kind{"550 5.1.1 no such user": fault.Invalid, "450 4.2.1 try later": fault.Internal} {
		err := mustSMTP(t, serve(t, answer, false).url("")).Send(t.Context(), letter)
		if err == nil || fault.KindOf(err) != want {
			t.Errorf("%s: %v is of kind %d, want %d", answer, err, fault.KindOf(err), want)
		}
	}
}

func TestAPasswordIsNotSentInTheOpen(t *testing.T) {
	t.Parallel()
	s := serve(t, "250 ok", true)
	err := mustSMTP(t, s.url("forge:hunter2@")).Send(t.Context(), letter)
	commands, letters := s.heard()
	if err == nil || len(letters) > 0 {
		t.Errorf("sent without encryption: %v", err)
	}
	for _, c := range commands {
		if strings.HasPrefix(strings.ToUpper(c), "AUTH") {
			t.Errorf("sent %q in the open", c)
		}
	}
}

func TestThePasswordIsSentOverAnEncryptedConnection(t *testing.T) {
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
			if err := mustSMTP(t, address).Send(t.Context(), letter); err == nil {
				t.Error("a server with a certificate that nobody vouches for was trusted")
			}
			client := mustSMTP(t, address)
			client.tls.RootCAs = trusted
			if err := client.Send(t.Context(), letter); err != nil {
				t.Fatal(err)
			}
			commands, letters := s.heard()
			authenticated := slices.ContainsFunc(commands, func(c string) bool { return strings.HasPrefix(c, "AUTH PLAIN ") })
			if len(letters) != 1 || !authenticated {
				t.Fatalf("%d letters; heard %q", len(letters), commands)
			}
		})
	}
}

func TestAServerThatIsAwayIsAnErrorToRetry(t *testing.T) {
	t.Parallel()
	s := serve(t, "250 ok", false)
	_ = s.listener.Close()
	if err := mustSMTP(t, s.url("")).Send(t.Context(), letter); err == nil || fault.KindOf(err) == fault.Invalid {
		t.Fatalf("got %v", err)
	}
}

func TestBadSettingsAreRefusedWithoutTellingThePassword(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "mail.example.com", "http://u:hunter2@host", "smtp://", "smtp://u:hunter2@host:0", "smtp://u:hunter2@host:x", "smtp://u:hunter2@ho st", "smtp://host/path"} {
		if _, err := NewSMTP(address, "press@example.com"); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", address, err)
		}
	}
	for _, from := range []string{"", "nobody", "a@b\r\nBcc: c@d"} {
		if _, err := NewSMTP("smtp://host", from); err == nil {
			t.Errorf("sender %q was accepted", from)
		}
	}
	for _, address := range []string{"smtp://host", "smtp://host:2525", "smtps://u:p%40ss@host", "smtp://user:pass@[::1]:25"} {
		if _, err := NewSMTP(address, "Name <press@example.com>"); err != nil {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestACancelledSendingEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := mustSMTP(t, serve(t, "250 ok", false).url("")).Send(ctx, letter); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}
