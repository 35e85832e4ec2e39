package stories_test

import (
	"bufio"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/identity"
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
	to    []string // of all that were taken
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

// wroteTo reports whether a mail to an address was taken.
func (m *mailPort) wroteTo(address string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.ContainsFunc(m.to, func(to string) bool { return strings.Contains(to, strings.ToUpper(address)) })
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
	data, to := false, ""
	for lines := bufio.NewScanner(c); lines.Scan(); {
		line := strings.ToUpper(lines.Text())
		switch {
		case data && line == ".":
			data = false
			m.mu.Lock()
			m.took++
			m.to = append(m.to, to)
			m.mu.Unlock()
			_, _ = fmt.Fprint(c, "250 taken\r\n")
		case data:
		case strings.HasPrefix(line, "RCPT TO:"):
			to = line
			_, _ = fmt.Fprint(c, "250 ok\r\n")
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
		LastError        string     `json:"last_error"`
		AnsweredAt       *time.Time `json:"answered_at"`
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
		AnsweredAt       *time.Time
	}) {
		var all serviceList
		ada.JSON("GET", "/api/v1/admin/services", "", 200, &all)
		for _, s := range all.Items {
			if s.Service == "mail" {
				m.State, m.LastError, m.Answered, m.Failed, m.Refused, m.AnsweredAt = s.State, s.LastError, s.Answered, s.Failed, s.Refused, s.AnsweredAt
			}
		}
		return m
	}

	if m := mails(); m.State != "closed" || m.AnsweredAt != nil {
		t.Errorf("before the first mail: %+v", m)
	}
	if page := string(ada.Send("GET", "/admin/services", "", "", 200)); !strings.Contains(page, "Not called yet") {
		t.Errorf("before the first mail the page says %.3000s", page)
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
	ada.Eventually("the mail server is called again", func() bool { return mails().State == "closed" && mails().AnsweredAt != nil && server.taken() > 0 }, func() { t.Errorf("have %+v", mails()) })
}

// TestErasure_MailsThePersonOnceTheMailServerIsBack erases somebody while the mail server
// is left alone. Their last mail waits, and nothing keeps their address after it is sent.
func TestErasure_MailsThePersonOnceTheMailServerIsBack(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "neoforge.db") },
		"postgres": func(t *testing.T) string { return harness.Database(t, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, database := openMailPort(t), url(t)
			server.become("hangs up")
			p := program.Start(t, program.Options{DatabaseURL: database, Environ: []string{"MAIL_URL=" + server.url, "MAIL_FROM=Site <site@example.com>", "RATE_LIMIT=off"}})
			erasedWhileMailsWait(t, server, lookInto(t, database), p)
		})
	}
}

func erasedWhileMailsWait(t *testing.T, server *mailPort, db fixture.Kept, p *program.Program) {
	const address = "ben@neoforge.test"
	ada := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, "ada@neoforge.test"), Site: p.URL}
	ben := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, address), Site: p.URL}
	id, cleo := ben.ID(), fixture.Correspondent{T: t, HTTP: p.SignedIn(t, "cleo@neoforge.test"), Site: p.URL}.ID()
	state := func() string {
		var all serviceList
		ada.JSON("GET", "/api/v1/admin/services", "", 200, &all)
		for _, s := range all.Items {
			if s.Service == "mail" {
				return s.State
			}
		}
		return ""
	}
	last := func() (jobs, addressed int) {
		row := db.DB.SQL().QueryRowContext(t.Context(), "SELECT count(*), count(CASE WHEN "+textOf(db, "args")+" LIKE '%"+address+"%' THEN 1 END) FROM river_job WHERE kind = 'identity.send_erased_mail'")
		if err := row.Scan(&jobs, &addressed); err != nil {
			t.Fatal(err)
		}
		return jobs, addressed
	}
	ben.JSON("DELETE", "/api/v1/me", "", 202, nil)
	for range 5 {
		ada.JSON("POST", "/api/v1/admin/users/"+cleo+"/send-reset", "", 204, nil)
	}
	ada.Eventually("the mail server is left alone", func() bool { return state() == "open" })
	ada.JSON("POST", "/dev/clock", fmt.Sprintf(`{"advance":%q}`, identity.DeletionGrace+time.Hour), 200, nil)
	ada.HTTP = p.SignedIn(t, "ada@neoforge.test")
	ada.Eventually("ben is gone", func() bool {
		var found struct{ Items []struct{ ID string } }
		ada.JSON("GET", "/api/v1/admin/users?q=ben", "", 200, &found)
		return len(found.Items) == 0
	})
	ada.JSON("GET", "/api/v1/admin/users/"+id, "", 404, nil)
	if queued, addressed := last(); queued != 1 || addressed != 1 {
		t.Fatalf("%d last mails wait, %d of them with an address", queued, addressed)
	}

	server.become("works")
	ada.Eventually("the last mail is sent", func() bool {
		ada.JSON("POST", "/dev/clock", `{"advance":"5m"}`, 200, nil) // the breaker lets one through
		_, err := db.DB.SQL().ExecContext(t.Context(), "UPDATE river_job SET scheduled_at = created_at WHERE kind = 'identity.send_erased_mail' AND state IN ('available', 'retryable', 'scheduled')")
		return err == nil && server.wroteTo(address)
	})
	ada.Eventually("the address is kept nowhere", func() bool {
		_, addressed := last()
		return addressed == 0 && len(db.Find(address)) == 0
	})
}

// textOf is a column of JSON as text.
func textOf(db fixture.Kept, column string) string {
	if db.DB.Dialect() == entstore.Postgres {
		return column + "::text"
	}
	return "json(" + column + ")"
}
