package administration

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/mail"
)

// UndeliveredMails is one page of mails that were refused for good, newest first.
type UndeliveredMails struct {
	Items      []UndeliveredMail
	NextCursor string
}

// UndeliveredMail is a refused mail, and which one it was: a mail of identity by
// its own name, another context's by its job.
type UndeliveredMail struct {
	mail.Failure
	About string
}

func undeliveredOf(f mail.Failure) UndeliveredMail {
	out := UndeliveredMail{Failure: f, About: f.Kind}
	if kind := mails.KindOf(f.Kind, f.Payload); kind != "" {
		out.About = "identity." + string(kind)
	}
	return out
}

// ListUndeliveredMails lists what mail servers refused. It fails with ErrNotSignedIn,
// ErrImpersonating, ErrForbidden and ErrInvalidCursor.
func (a *App) ListUndeliveredMails(ctx context.Context, by identity.Actor, from string, limit int) (UndeliveredMails, error) {
	if err := identity.CheckAdministration(by, identity.PermissionManageUsers); err != nil {
		return UndeliveredMails{}, err
	}
	after, err := readCursor(from, cursor.UUIDs)
	if err != nil {
		return UndeliveredMails{}, err
	}
	limit = min(max(limit, 1), 100)
	items, err := a.deps.Reads.MailFailures(ctx, after, limit+1)
	if err != nil {
		return UndeliveredMails{}, fmt.Errorf("administration: refused mails: %w", err)
	}
	var page UndeliveredMails
	if len(items) > limit {
		items = items[:limit]
		page.NextCursor = cursor.Encode(cursor.Position{At: items[limit-1].FailedAt, ID: items[limit-1].ID})
	}
	for _, f := range items {
		page.Items = append(page.Items, undeliveredOf(f))
	}
	return page, nil
}

// SendMailAgain has a refused mail written and sent anew. When what it was about is
// settled meanwhile, nothing is sent. It fails with ErrNotSignedIn, ErrImpersonating,
// ErrForbidden and mail.ErrFailureNotFound.
func (a *App) SendMailAgain(ctx context.Context, by identity.Actor, id string) error {
	return a.changeUndelivered(ctx, by, id, "identity.mail_sent_again", mail.FailureChanges.Retry)
}

// DismissUndeliveredMail takes a refused mail off the list. It fails like
// SendMailAgain.
func (a *App) DismissUndeliveredMail(ctx context.Context, by identity.Actor, id string) error {
	return a.changeUndelivered(ctx, by, id, "identity.mail_dismissed", mail.FailureChanges.Discard)
}

func (a *App) changeUndelivered(
	ctx context.Context, by identity.Actor, id, action string, change func(c mail.FailureChanges, ctx context.Context, id string) (mail.Failure, error),
) error {
	if err := identity.CheckAdministration(by, identity.PermissionManageUsers); err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if _, err := change(s.MailFailures, ctx, id); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.Entry(string(by.UserID), action, "mail:"+id, by.IP, now))
	})
	if err != nil {
		return fmt.Errorf("administration: refused mail %s: %w", id, err)
	}
	return nil
}
