package identityhttp_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/identityhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/breaker"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// watched is administration as the overview asks it.
type watched struct {
	rooms
	mails  administration.UndeliveredMails
	queues administration.JobQueues
	errors int
	audit  audit.State
	fails  string // what cannot be read
}

var errAway = errors.New("the table is away")

func (w *watched) failing(what string) error {
	if w.fails == what || w.fails == "all" {
		return errAway
	}
	return nil
}

func (w *watched) ListUndeliveredMails(context.Context, identity.Actor, string, int) (administration.UndeliveredMails, error) {
	return w.mails, w.failing("/admin/mail")
}

func (w *watched) JobQueues(context.Context, identity.Actor) (administration.JobQueues, error) {
	if w.fails == "/admin/jobs" {
		panic("a defect")
	}
	return w.queues, w.failing("/admin/jobs")
}

func (w *watched) OpenErrors(context.Context, identity.Actor) (int, error) {
	return w.errors, w.failing("/admin/errors")
}

func (w *watched) AuditState(context.Context, identity.Actor) (audit.State, error) {
	return w.audit, w.failing("/admin/audit")
}

// holding gives everybody permissions.
type holding struct {
	fiberhttp.Authenticator
	permissions []identityport.Permission
}

func (h holding) AuthenticateSession(ctx context.Context, s identity.Secret) (identity.Actor, error) {
	a, err := h.Authenticator.AuthenticateSession(ctx, s)
	a.Permissions = append(a.Permissions, h.permissions...)
	return a, err
}

// overviewOf is the site of w, for somebody with the permissions. unread are what it told of.
func overviewOf(t *testing.T, w *watched, services []breaker.Status, signUps identityhttp.SignUps, permissions ...identityport.Permission) (c fiberhttptest.Client, unread func() []string) {
	t.Helper()
	settings := fiberhttptest.Settings(t)
	settings.Sessions = holding{settings.Sessions, permissions}
	s := fiberhttptest.MustNew(t, settings)
	var mu sync.Mutex
	var told []string
	d := depsOf(w)
	d.Services = func() []breaker.Status { return services }
	d.SignUps = func(context.Context) (identityhttp.SignUps, error) { return signUps, w.failing("/admin/people") }
	d.Unread = func(_ context.Context, what string, err error) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, what+": "+err.Error())
	}
	if err := identityhttp.Register(s, d); err != nil {
		t.Fatal(err)
	}
	for i, path := range []string{"/admin", "/admin/people", "/admin/mail", "/admin/jobs", "/admin/services", "/admin/errors", "/admin/system", "/admin/audit"} {
		s.Navigate(fiberhttp.Entry{Place: fiberhttp.InAdministration, Label: "To " + path, Note: "Of " + path, Path: path, Order: i})
	}
	return fiberhttptest.Serve(t, s), func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Sorted(slices.Values(told))
	}
}

var (
	manager = []identityport.Permission{identity.PermissionManageUsers, identity.PermissionReadAudit}
	counted = identityhttp.SignUps{People: 12, At: time.Date(2026, 11, 27, 9, 30, 0, 0, time.UTC)}
	called  = []breaker.Status{{Service: "mail", State: breaker.Closed}, {Service: "captcha", State: breaker.Closed}}
	sealed  = audit.State{LastSeal: 7, SealedAt: counted.At, CheckedAt: counted.At}
)

func TestOverview_LeadsToEachPageWithWhatMatters(t *testing.T) {
	t.Parallel()
	c, unread := overviewOf(t, &watched{audit: sealed}, called, counted, manager...)
	a := c.Get("/admin", "cleo")
	has(t, a, 200, "Nothing is open.", `href="/admin/people">To /admin/people</a>`, "Of /admin/people", "12 people signed up this week", "2026-11-27 09:30:00 UTC", "No mail was refused",
		"No job has failed for good", "No service is left alone", "No error is open", "As it was sealed", `href="/admin/system">To /admin/system</a>`, `aria-current="page">To /admin</a>`)
	lacks(t, a, "Could not be read", "state--bad")
	if strings.Count(a.Body, "overview__link") != 7 || len(unread()) != 0 {
		t.Errorf("%d cards, %v", strings.Count(a.Body, "overview__link"), unread())
	}
}

func TestOverview_ShowsWhatIsOpen(t *testing.T) {
	t.Parallel()
	mails := administration.UndeliveredMails{Items: make([]administration.UndeliveredMail, 20), NextCursor: "more"}
	away := []breaker.Status{{Service: "mail", State: breaker.Open}, {Service: "captcha", State: breaker.HalfOpen}, {Service: "cdn", State: breaker.Closed}}
	w := &watched{mails: mails, queues: administration.JobQueues{Stuck: 1, Dead: map[string]int{"a": 2, "b": 3}}, errors: 4, audit: audit.State{LastSeal: 7, CheckedAt: counted.At, Fault: "seal 3 is missing"}}
	c, _ := overviewOf(t, w, away, identityhttp.SignUps{People: 1, At: counted.At}, manager...)
	has(t, c.Get("/admin", "cleo"), 200, "5 pages want a look: To /admin/mail, To /admin/jobs, To /admin/services, To /admin/errors, To /admin/audit.", "1 person signed up this week", "More than 20 mails were refused", "5 dead jobs, 1 stuck job", "2 services are left alone", "4 errors are open", "Not as it was sealed", "state--bad")

	w = &watched{mails: administration.UndeliveredMails{Items: mails.Items[:1]}, queues: administration.JobQueues{Stuck: 2}, errors: 1}
	c, _ = overviewOf(t, w, nil, identityhttp.SignUps{}, manager...)
	has(t, c.Get("/admin", "cleo"), 200, "3 pages want a look: To /admin/mail, To /admin/jobs, To /admin/errors.", "Sign-ups are not counted yet", "1 mail was refused", "2 stuck jobs", "No service is called", "1 error is open", "Nothing is sealed yet")
}

func TestOverview_FailsInNoMoreThanTheFigureThatCannotBeRead(t *testing.T) {
	t.Parallel()
	all := map[string]string{
		"/admin/people": "12 people signed up this week", "/admin/mail": "No mail was refused", "/admin/jobs": "No job has failed for good",
		"/admin/errors": "No error is open", "/admin/audit": "As it was sealed",
	}
	for fails := range all {
		c, unread := overviewOf(t, &watched{audit: sealed, fails: fails}, called, counted, manager...)
		a := c.Get("/admin", "cleo")
		has(t, a, 200, "Could not be read", "Nothing is open as far as can be told. 1 figure could not be read.", `href="`+fails+`"`)
		for page, words := range all {
			if page != fails {
				has(t, a, 200, words)
			}
		}
		if told := unread(); len(told) != 1 || !strings.HasPrefix(told[0], "the figure of "+fails+": ") || strings.Contains(a.Body, errAway.Error()) {
			t.Errorf("%s: told of %v", fails, told)
		}
	}
	c, unread := overviewOf(t, &watched{fails: "all", errors: 3}, called, counted, manager...)
	has(t, c.Get("/admin", "cleo"), 200, "as far as can be told. 5 figures could not be read.", "No service is left alone")
	if len(unread()) != 5 {
		t.Errorf("told of %v", unread())
	}
}

func TestOverview_ShowsNoPageThatItsReaderMayNotOpen(t *testing.T) {
	t.Parallel()
	w := &watched{fails: "/admin/audit"} // asked for nobody
	c, unread := overviewOf(t, w, called, counted, identity.PermissionManageUsers)
	a := c.Get("/admin", "cleo")
	has(t, a, 200, "Nothing is open.", `href="/admin/people"`)
	lacks(t, a, "/admin/audit")
	if len(unread()) != 0 {
		t.Errorf("told of %v", unread())
	}
	c, _ = overviewOf(t, w, called, counted)
	if a := c.Get("/admin", "cleo"); a.StatusCode != 404 && a.StatusCode != 403 {
		t.Errorf("without the permission: %d", a.StatusCode)
	}
}
