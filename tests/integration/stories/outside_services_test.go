package stories_test

import (
	"bufio"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// mailPort is where a mail server should be. It says nothing to who calls, then hangs
// up on everybody, then takes mails.
type mailPort struct {
	url string

	mu    sync.Mutex
	state string // "hangs", "hangs up", "works"
	calls []net.Conn
	took  int
}

func openMailPort(t *testing.T) *mailPort {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mailPort{url: "smtp://" + ln.Addr().String(), state: "hangs"}
	var all sync.WaitGroup
	t.Cleanup(func() {
		_ = ln.Close()
		m.become("hangs up")
		all.Wait()
	})
	all.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			m.mu.Lock()
			state := m.state
			m.calls = append(m.calls, c)
			m.mu.Unlock()
			switch state {
			case "hangs up":
				_ = c.Close()
			case "works":
				all.Go(func() { m.take(c) })
			}
		}
	})
	return m
}

// become changes what it does, and hangs up on who is there.
func (m *mailPort) become(state string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state = state
	for _, c := range m.calls {
		_ = c.Close()
	}
	m.calls = nil
}

func (m *mailPort) holding() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.calls)
}

func (m *mailPort) taken() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.took
}

// take speaks as much SMTP as one mail needs.
func (m *mailPort) take(c net.Conn) {
	defer func() { _ = c.Close() }()
	_, _ = fmt.Fprint(c, "220 mail.example.com\r\n")
	data := false
	for lines := bufio.NewScanner(c); lines.Scan(); {
		line := strings.ToUpper(lines.Text())
		switch {
		case data && line == ".":
			data = false
			m.mu.Lock()
			m.took++
			m.mu.Unlock()
			_, _ = fmt.Fprint(c, "250 taken\r\n")
		case data:
		case line == "DATA":
			data = true
			_, _ = fmt.Fprint(c, "354 go on\r\n")
		default:
			_, _ = fmt.Fprint(c, "250 ok\r\n")
		}
	}
}

type serviceList struct {
	Items []struct {
		Service, State   string
		LastError        string `json:"last_error"`
		Answered, Failed uint64
		Refused          uint64
	}
}

// TestOutsideServices_AMailServerThatHangsKeepsNoPaymentWaiting has every worker of mails
// wait for a server that says nothing while somebody pays, and then looks at what
// administrators see of that server.
func TestOutsideServices_AMailServerThatHangsKeepsNoPaymentWaiting(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(t *testing.T) string{
		"sqlite":   func(*testing.T) string { return "" },
		"postgres": func(t *testing.T) string { return harness.Database(t, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := openMailPort(t)
			p := program.Start(t, program.Options{DatabaseURL: url(t), Environ: []string{"MAIL_URL=" + server.url, "MAIL_FROM=Site <site@example.com>", "RATE_LIMIT=off"}})
			mailServerHangs(t, server, p)
		})
	}
}

func mailServerHangs(t *testing.T, server *mailPort, p *program.Program) {
	ada := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, "ada@neoforge.test"), Site: p.URL}
	cleo := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, "cleo@neoforge.test"), Site: p.URL}
	ben := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, "ben@neoforge.test"), Site: p.URL}
	mailBen := func() { ada.JSON("POST", "/api/v1/admin/users/"+ben.ID()+"/send-reset", "", 204, nil) }
	mails := func() (m struct {
		State            string
		LastError        string
		Answered, Failed uint64
		Refused          uint64
	}) {
		var all serviceList
		ada.JSON("GET", "/api/v1/admin/services", "", 200, &all)
		for _, s := range all.Items {
			if s.Service == "mail" {
				m.State, m.LastError, m.Answered, m.Failed, m.Refused = s.State, s.LastError, s.Answered, s.Failed, s.Refused
			}
		}
		return m
	}

	for range 20 { // more than all workers together
		mailBen()
	}
	ada.Eventually("mails wait for the server", func() bool { return server.holding() > 1 })
	buyPro(cleo)
	cleo.Eventually("cleo may read what they paid for", func() bool {
		var held struct{ Items []string }
		cleo.JSON("GET", "/api/v1/billing/entitlements", "", 200, &held)
		return slices.Contains(held.Items, "content.paid")
	})
	if m := mails(); m.State != "closed" || m.Failed != 0 || server.holding() < 2 {
		t.Errorf("the payment waited until a mail had ended: %+v", m)
	}

	server.become("hangs up")
	ada.Eventually("the mail server is left alone", func() bool { return mails().State == "open" })
	ada.Eventually("mails are postponed", func() bool { return mails().Failed >= 3 })
	if m := mails(); m.LastError == "" {
		t.Errorf("have %+v", m)
	}
	if page := string(ada.Send("GET", "/admin/services", "", "", 200)); !strings.Contains(page, "Left alone") || !strings.Contains(page, "payments:sandbox") || !strings.Contains(page, "sign_in:dev") {
		t.Errorf("the page says %.3000s", page)
	}
	ben.JSON("GET", "/api/v1/admin/services", "", 403, nil)

	server.become("works")
	ada.JSON("POST", "/dev/clock", `{"advance":"5m"}`, 200, nil)
	mailBen()
	ada.Eventually("the mail server is called again", func() bool { return mails().State == "closed" && server.taken() > 0 }, func() { t.Errorf("have %+v", mails()) })
}
