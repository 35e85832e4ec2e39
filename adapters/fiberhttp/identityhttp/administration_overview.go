package identityhttp

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/breaker"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
)

const (
	overviewPath = "/admin"
	// figureTimeout bounds the reading of one figure: the page waits for the slowest.
	figureTimeout = 2 * time.Second
	// mailsCounted is how many refused mails are looked at to count them.
	mailsCounted = 20
)

// SignUps counts the people who registered in the seven days before At; a zero At says that
// nobody has counted yet.
type SignUps struct {
	People int
	At     time.Time
}

// figure is what matters of a page of administration, at a glance.
type figure func(ctx context.Context, by identity.Actor) (identitypages.OverviewFigure, error)

// figures are those that the overview shows, by the page that they are of. A page without one
// is a link alone.
func (h *routes) figures() map[string]figure {
	return map[string]figure{
		"/admin/people":   h.signUpFigure,
		"/admin/mail":     h.mailFigure,
		"/admin/jobs":     h.jobFigure,
		"/admin/services": h.serviceFigure,
		"/admin/errors":   h.errorFigure,
		"/admin/audit":    h.auditFigure,
	}
}

// overview leads to each page of administration that its reader may open. The figures are
// read side by side, each for itself: one that cannot be read says so, and the others stand.
func (h *routes) overview(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	v := identitypages.OverviewView{Page: h.server.View(r, fiberhttp.View{Title: "Administration", Robots: "noindex"})}
	for _, e := range v.Navigation.Administration {
		if e.Path != overviewPath {
			v.Cards = append(v.Cards, identitypages.OverviewCard{Label: e.Label, URL: e.Path, Note: e.Note})
		}
	}
	figures := h.figures()
	var reading sync.WaitGroup
	for i := range v.Cards {
		if read := figures[v.Cards[i].URL]; read != nil {
			reading.Go(func() { v.Cards[i].Figure = h.readFigure(ctx, r.Actor, v.Cards[i].URL, read) })
		}
	}
	reading.Wait()
	return fiberhttp.HTML(identitypages.Overview(v)), nil
}

func (h *routes) readFigure(ctx context.Context, by identity.Actor, page string, read figure) (f identitypages.OverviewFigure) {
	bounded, cancel := context.WithTimeout(ctx, figureTimeout)
	defer cancel()
	f, err := guardedFigure(bounded, by, read)
	if err == nil {
		return f
	}
	if h.Unread != nil && ctx.Err() == nil { // else nobody waits for it any more
		h.Unread(ctx, "the figure of "+page, err)
	}
	return identitypages.OverviewFigure{State: identitypages.FigureUnread}
}

// guardedFigure has a panic cost one figure and not the process: it is read beside the
// goroutine of the request, which recovers its own.
func guardedFigure(ctx context.Context, by identity.Actor, read figure) (f identitypages.OverviewFigure, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("identityhttp: a figure panicked: %v", p)
		}
	}()
	return read(ctx, by)
}

// open is a figure that is well at none.
func open(n int, none, one, many string) identitypages.OverviewFigure {
	switch n {
	case 0:
		return identitypages.OverviewFigure{State: identitypages.FigureGood, Words: none}
	case 1:
		return identitypages.OverviewFigure{State: identitypages.FigureOpen, Words: one}
	}
	return identitypages.OverviewFigure{State: identitypages.FigureOpen, Words: strconv.Itoa(n) + " " + many}
}

func (h *routes) signUpFigure(ctx context.Context, _ identity.Actor) (identitypages.OverviewFigure, error) {
	if h.SignUps == nil {
		return identitypages.OverviewFigure{}, nil
	}
	s, err := h.SignUps(ctx)
	switch {
	case err != nil:
		return identitypages.OverviewFigure{}, err
	case s.At.IsZero():
		return identitypages.OverviewFigure{State: identitypages.FigureNeutral, Words: "Sign-ups are not counted yet"}, nil
	case s.People == 1:
		return identitypages.OverviewFigure{State: identitypages.FigureNeutral, Words: "1 person signed up this week", At: s.At}, nil
	}
	return identitypages.OverviewFigure{State: identitypages.FigureNeutral, Words: strconv.Itoa(s.People) + " people signed up this week", At: s.At}, nil
}

func (h *routes) mailFigure(ctx context.Context, by identity.Actor) (identitypages.OverviewFigure, error) {
	mails, err := h.Administration.ListUndeliveredMails(ctx, by, "", mailsCounted)
	if err != nil {
		return identitypages.OverviewFigure{}, err
	}
	f := open(len(mails.Items), "No mail was refused", "1 mail was refused", "mails were refused")
	if mails.NextCursor != "" {
		f.Words = "More than " + f.Words
	}
	return f, nil
}

func (h *routes) jobFigure(ctx context.Context, by identity.Actor) (identitypages.OverviewFigure, error) {
	queues, err := h.Administration.JobQueues(ctx, by)
	if err != nil {
		return identitypages.OverviewFigure{}, err
	}
	dead := 0
	for _, n := range queues.Dead {
		dead += n
	}
	f := open(dead, "No job has failed for good", "1 dead job", "dead jobs")
	if queues.Stuck > 0 {
		stuck := open(queues.Stuck, "", "1 stuck job", "stuck jobs")
		if dead > 0 {
			stuck.Words = f.Words + ", " + stuck.Words
		}
		return stuck, nil
	}
	return f, nil
}

func (h *routes) serviceFigure(context.Context, identity.Actor) (identitypages.OverviewFigure, error) {
	all := h.statuses()
	if len(all) == 0 {
		return identitypages.OverviewFigure{State: identitypages.FigureNeutral, Words: "No service is called"}, nil
	}
	alone := 0
	for _, s := range all {
		if s.State != breaker.Closed {
			alone++
		}
	}
	return open(alone, "No service is left alone", "1 service is left alone", "services are left alone"), nil
}

func (h *routes) errorFigure(ctx context.Context, by identity.Actor) (identitypages.OverviewFigure, error) {
	n, err := h.Administration.OpenErrors(ctx, by)
	if err != nil {
		return identitypages.OverviewFigure{}, err
	}
	return open(n, "No error is open", "1 error is open", "errors are open"), nil
}

func (h *routes) auditFigure(ctx context.Context, by identity.Actor) (identitypages.OverviewFigure, error) {
	s, err := h.Administration.AuditState(ctx, by)
	switch {
	case err != nil:
		return identitypages.OverviewFigure{}, err
	case s.Fault != "":
		return identitypages.OverviewFigure{State: identitypages.FigureOpen, Words: "Not as it was sealed", At: s.CheckedAt}, nil
	case s.LastSeal == 0:
		return identitypages.OverviewFigure{State: identitypages.FigureNeutral, Words: "Nothing is sealed yet"}, nil
	case s.CheckedAt.IsZero():
		return identitypages.OverviewFigure{State: identitypages.FigureNeutral, Words: "Sealed, not verified yet"}, nil
	}
	return identitypages.OverviewFigure{State: identitypages.FigureGood, Words: "As it was sealed", At: s.CheckedAt}, nil
}
