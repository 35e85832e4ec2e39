package stories_test

import (
	"errors"
	"io"
	"mime/quotedprintable"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// postOffice is a mail server that refuses some recipients for good.
type postOffice struct {
	mu      sync.Mutex
	refused map[string]*smtp.SMTPError
	arrived []string          // recipients
	texts   map[string]string // what arrived for each, one after the other
}

func openPostOffice(t *testing.T) (*postOffice, string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := &postOffice{refused: map[string]*smtp.SMTPError{}, texts: map[string]string{}}
	server := smtp.NewServer(o)
	server.Domain, server.ReadTimeout, server.WriteTimeout = "mail.example.com", 10*time.Second, 10*time.Second
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ln) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-ended; err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Error(err)
		}
	})
	return o, "smtp://" + ln.Addr().String()
}

func (o *postOffice) refuse(to string, answer *smtp.SMTPError) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if answer == nil {
		delete(o.refused, to)
		return
	}
	o.refused[to] = answer
}

func (o *postOffice) reached(to string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, r := range o.arrived {
		if r == to {
			return true
		}
	}
	return false
}

// letters are the texts of all that arrived for somebody.
func (o *postOffice) letters(to string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.texts[to]
}

// NewSession implements smtp.Backend.
func (o *postOffice) NewSession(*smtp.Conn) (smtp.Session, error) { return &delivery{office: o}, nil }

type delivery struct {
	office *postOffice
	to     []string
}

func (d *delivery) Mail(string, *smtp.MailOptions) error { return nil }

func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	d.office.mu.Lock()
	defer d.office.mu.Unlock()
	if answer := d.office.refused[to]; answer != nil {
		return answer
	}
	d.to = append(d.to, to)
	return nil
}

func (d *delivery) Data(r io.Reader) error {
	text, err := io.ReadAll(quotedprintable.NewReader(r))
	if err != nil {
		return err
	}
	d.office.mu.Lock()
	defer d.office.mu.Unlock()
	d.office.arrived = append(d.office.arrived, d.to...)
	for _, to := range d.to {
		d.office.texts[to] += string(text)
	}
	return nil
}

func (d *delivery) Reset() { d.to = nil }

func (d *delivery) Logout() error { return nil }

// TestUndeliveredMail_IsListedToldAndSentAgain has a mail server refuse for good what
// a person and an invitation get, as a wrong address or a wrong EHLO name does.
func TestUndeliveredMail_IsListedToldAndSentAgain(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(t *testing.T) string{
		"sqlite":   func(*testing.T) string { return "" },
		"postgres": func(t *testing.T) string { return harness.Database(t, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			office, mailURL := openPostOffice(t)
			p := program.Start(t, program.Options{DatabaseURL: url(t), Environ: []string{"MAIL_URL=" + mailURL, "MAIL_FROM=Site <site@example.com>", "RATE_LIMIT=off"}})
			undelivered(t, office, p)
		})
	}
}

type undeliveredList struct {
	Items []struct{ ID, To, About, Reason string }
}

func undelivered(t *testing.T, office *postOffice, p *program.Program) {
	const wrong = "nobody@elsewhere.test"
	office.refuse(wrong, &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"})
	office.refuse("ben@neoforge.test", &smtp.SMTPError{Code: 504, Message: "Helo command rejected: need fully-qualified hostname"})
	ada := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, "ada@neoforge.test"), Site: p.URL}
	ben := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, "ben@neoforge.test"), Site: p.URL}

	var organization struct{ ID string }
	ben.JSON("POST", "/api/v1/organizations", `{"name":"The workshop"}`, 201, &organization)
	invitations := "/api/v1/organizations/" + organization.ID + "/invitations"
	ben.JSON("POST", invitations, `{"email":"`+wrong+`","role":"staff"}`, 201, nil)
	ben.JSON("POST", invitations, `{"email":"somebody@elsewhere.test","role":"staff"}`, 201, nil)
	ada.JSON("POST", "/api/v1/admin/users/"+ben.ID()+"/send-reset", "", 204, nil)

	var list undeliveredList
	of := func(to, about string) string {
		for _, m := range list.Items {
			if m.To == to && m.About == about {
				return m.ID
			}
		}
		return ""
	}
	var toWrong, toBen string
	ada.Eventually("both are listed", func() bool {
		ada.JSON("GET", "/api/v1/admin/mail", "", 200, &list)
		toWrong, toBen = of(wrong, "identity.invitation"), of("ben@neoforge.test", "identity.reset_password")
		return toWrong != "" && toBen != ""
	}, func() { t.Errorf("listed: %+v", list) })
	ada.Eventually("the others arrive", func() bool { return office.reached("somebody@elsewhere.test") })

	// Who sees what: the administrator the reason, the inviter and the person that it failed.
	if page := string(ada.Send("GET", "/admin/mail", "", "", 200)); !strings.Contains(page, "no such user") || !strings.Contains(page, "Helo command rejected") {
		t.Errorf("the page of undelivered mail says %.2000s", page)
	}
	var open struct {
		Items []struct {
			Email       string
			Undelivered bool
		}
	}
	ben.JSON("GET", invitations, "", 200, &open)
	for _, i := range open.Items {
		if i.Undelivered != (i.Email == wrong) {
			t.Errorf("invitation %+v", i)
		}
	}
	if page := string(ben.Send("GET", "/organizations/"+organization.ID, "", "", 200)); strings.Count(page, "We could not deliver the mail to "+wrong) != 1 || strings.Contains(page, "no such user") {
		t.Error("the inviter is not told, or is told what the server said")
	}
	if page := string(ben.Send("GET", "/account", "", "", 200)); !strings.Contains(page, "We could not deliver our mail to this address") {
		t.Error("the person is not told")
	}
	ben.JSON("GET", "/api/v1/admin/mail", "", 403, nil)
	ben.JSON("POST", "/api/v1/admin/mail/"+toBen+"/send", "", 403, nil)

	// The cause is mended: sent again, it arrives; what is still refused comes back.
	office.refuse("ben@neoforge.test", nil)
	ada.JSON("POST", "/api/v1/admin/mail/"+toBen+"/send", "", 204, nil)
	ada.JSON("POST", "/api/v1/admin/mail/"+toBen+"/send", "", 404, nil)
	ada.Eventually("it arrives", func() bool { return office.reached("ben@neoforge.test") })
	ada.JSON("POST", "/api/v1/admin/mail/"+toWrong+"/send", "", 204, nil)
	ada.Eventually("it is refused again", func() bool {
		ada.JSON("GET", "/api/v1/admin/mail", "", 200, &list)
		again := of(wrong, "identity.invitation")
		return again != "" && again != toWrong
	}, func() { t.Errorf("listed: %+v", list) })
	ada.JSON("DELETE", "/api/v1/admin/mail/"+of(wrong, "identity.invitation"), "", 204, nil)
	ada.JSON("GET", "/api/v1/admin/mail", "", 200, &list)
	if of(wrong, "identity.invitation") != "" {
		t.Errorf("still on the list: %+v", list)
	}
	var trail struct{ Items []struct{ Action string } }
	ada.JSON("GET", "/api/v1/admin/audit?action=identity.mail_sent_again", "", 200, &trail)
	if len(trail.Items) != 2 {
		t.Errorf("audit trail: %+v", trail)
	}
}
