// Package noticesapp is what people can do with the notice board.
package noticesapp

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"

	"example.com/noticeboard/notices"
)

// Deps is what the use cases need. Keep is how long a notice stays; 0: for ever.
type Deps struct {
	UnitOfWork notices.UnitOfWork
	Reads      notices.Reads
	People     identityport.Directory
	Mail       mail.Sender
	Templates  *mailtemplate.Templates
	Clock      clock.Clock
	IDs        idgen.Generator
	Keep       time.Duration `deps:"optional"`
}

// App is the use cases.
type App struct{ Deps }

// New returns the use cases, or an error that names what is missing.
func New(d Deps) (*App, error) {
	if err := deps.Check("noticesapp", d); err != nil {
		return nil, err
	}
	return &App{d}, nil
}

const (
	eraseAuthor = "notices.erase_author"
	mailAuthor  = "notices.mail_author"
	prune       = "notices.prune"
)

// PostNotice hangs a notice up, and writes to its author that it hangs.
func (a *App) PostNotice(ctx context.Context, by identityport.Actor, text string) (notices.Notice, error) {
	switch {
	case !by.SignedIn():
		return notices.Notice{}, notices.ErrSignedOut
	case !by.May(notices.PermissionPost):
		return notices.Notice{}, notices.ErrNotPermitted
	}
	n, err := notices.NewNotice(a.IDs.New(), text, by, a.Clock.Now())
	if err != nil {
		return notices.Notice{}, err
	}
	posted, err := events.New(a.IDs.New(), n.PostedAt, notices.Posted{NoticeID: n.ID, UserID: by.UserID})
	if err != nil {
		return notices.Notice{}, err
	}
	payload, err := json.Marshal(n)
	if err != nil {
		return notices.Notice{}, err
	}
	err = a.UnitOfWork.Do(ctx, func(ctx context.Context, s notices.Stores) error {
		if err := s.Notices.Insert(ctx, n); err != nil {
			return err
		}
		entry := audit.Entry{ID: a.IDs.New(), Actor: string(by.UserID), Action: "notices.notice_posted", Resource: "notice:" + n.ID, IP: by.IP, At: n.PostedAt}
		if err := s.Audit.Append(ctx, entry); err != nil {
			return err
		}
		if err := s.Events.Write(ctx, posted); err != nil {
			return err
		}
		return s.Jobs.Enqueue(ctx, jobs.Job{Kind: mailAuthor, Payload: payload})
	})
	return n, err
}

// Latest returns the newest notices. It implements notices.Board.
func (a *App) Latest(ctx context.Context, limit int) ([]notices.Notice, error) {
	return a.Reads.Latest(ctx, limit)
}

// ExportUser implements identityport.Export.
func (a *App) ExportUser(ctx context.Context, who identityport.Subject) (any, error) {
	posted, err := a.Reads.ByAuthor(ctx, who.User)
	return map[string]any{"notices": posted}, err
}

// Seed hangs up the sample notice where there is none, and returns how many are new.
func (a *App) Seed(ctx context.Context, by identityport.Actor) (int, error) {
	there, err := a.Latest(ctx, 1)
	if err != nil || len(there) > 0 {
		return 0, err
	}
	err = a.UnitOfWork.Do(ctx, func(ctx context.Context, s notices.Stores) error {
		return s.Notices.Insert(ctx, notices.Notice{ID: a.IDs.New(), Text: "The forge is open.", Author: by.UserID, Byline: by.Name, PostedAt: a.Clock.Now()})
	})
	return 1, err
}

// Subscribers returns what happens here when something has happened elsewhere.
func (a *App) Subscribers() []events.Subscriber {
	return []events.Subscriber{{Name: eraseAuthor, Event: identityport.UserErased{}.EventName(), Handle: a.onUserErased}}
}

func (a *App) onUserErased(ctx context.Context, e events.Event) error {
	erased, err := events.Decode[identityport.UserErased](e)
	if err != nil {
		return err
	}
	return a.UnitOfWork.Do(ctx, func(ctx context.Context, s notices.Stores) error {
		if first, err := s.Inbox.Record(ctx, e.ID, eraseAuthor); err != nil || !first {
			return err
		}
		return s.Notices.DeleteByAuthor(ctx, erased.UserID)
	})
}

// JobHandlers returns the work that is done later.
func (a *App) JobHandlers() []jobs.Handler {
	return []jobs.Handler{
		{Kind: mailAuthor, Queue: jobs.MailQueue, Run: a.mailAuthor},
		{Kind: prune, Run: func(ctx context.Context, _ []byte) error {
			if a.Keep == 0 {
				return nil
			}
			return a.UnitOfWork.Do(ctx, func(ctx context.Context, s notices.Stores) error {
				return s.Notices.DeleteBefore(ctx, a.Clock.Now().Add(-a.Keep))
			})
		}},
	}
}

// Schedules returns what is done again and again.
func (a *App) Schedules() []jobs.Schedule { return []jobs.Schedule{{Kind: prune, Every: time.Hour}} }

func (a *App) mailAuthor(ctx context.Context, payload []byte) error {
	var n notices.Notice
	if err := json.Unmarshal(payload, &n); err != nil {
		return fmt.Errorf("noticesapp: read the job: %w", err)
	}
	author, err := a.People.Person(ctx, n.Author)
	if err != nil {
		return err
	}
	message, err := a.Templates.Write(mailtemplate.DefaultLanguage, "posted", author.Email, mailtemplate.Facts{
		Name: author.Name, Data: map[string]string{"text": n.Text},
	})
	if err != nil {
		return err
	}
	return a.Mail.Send(ctx, message)
}
