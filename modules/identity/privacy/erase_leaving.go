package privacy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

const (
	leaveKind      = "identity.erase_leaving"
	erasedMailKind = "identity.send_erased_mail"
	// erasedMailTTL is how long the address of somebody who is erased is kept to write to
	// them a last time: longer than a mail server is usually away.
	erasedMailTTL = 7 * 24 * time.Hour
	// Under these names the inbox keeps that a notice was posted.
	noticeRecord  = "identity.deletion_notice"
	delayedRecord = "identity.deletion_delayed"
	// remindDelayed is how often somebody is told anew what their deletion waits for.
	remindDelayed = 7 * 24 * time.Hour
	leavePage     = 100
)

// runLeave writes once more to those whose account ends within a day, and erases
// those whose grace period is over. Somebody who would leave others behind is
// passed over until they do not: they are told by mail, and an operator by
// [Deps.ErasureDelayed], by the list of people, and by what [App.Overdue] counts.
func (a *App) runLeave(ctx context.Context, _ []byte) error {
	now := a.deps.Clock.Now()
	var faults []error
	var after identity.User
	for {
		page, err := a.deps.Reads.Leaving(ctx, now.Add(identity.DeletionNotice), after, leavePage)
		if err != nil {
			return fmt.Errorf("privacy: who leaves: %w", err)
		}
		var soon []identity.User
		var delayed []delayedErasure
		for _, u := range page {
			if !u.ErasableAt(now) {
				soon = append(soon, u)
				continue
			}
			// A transaction for each: who cannot be erased makes nobody else wait.
			reason, err := a.eraseLeaving(ctx, u)
			if reason != nil {
				delayed = append(delayed, delayedErasure{u, reason})
			}
			faults = append(faults, err)
		}
		faults = append(faults, a.noticeLeaving(ctx, soon), a.delayErasures(ctx, delayed))
		if len(page) < leavePage {
			return errors.Join(faults...)
		}
		after = page[len(page)-1]
	}
}

// noticeLeaving queues the mail about the last day once for each end that was set. All
// take as many queries as one.
func (a *App) noticeLeaving(ctx context.Context, all []identity.User) error {
	if len(all) == 0 {
		return nil
	}
	records := make([]string, len(all))
	for i, u := range all {
		records[i] = noticeOf(u, "notice")
	}
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		first, err := s.Inbox.RecordAll(ctx, records, noticeRecord)
		if err != nil {
			return err
		}
		var queued []mails.Mail
		for i, u := range all {
			if first[records[i]] {
				queued = append(queued, mails.Mail{Kind: mails.DeletionSoon, User: u.ID, Data: map[string]string{"day": dayOf(u.EraseAt)}})
			}
		}
		return mails.Post(ctx, s.Jobs, queued...)
	})
	if err != nil {
		return fmt.Errorf("privacy: notices to %d people: %w", len(all), err)
	}
	return nil
}

// noticeOf names a notice without naming the person: the record of it outlives
// them. It has the form of an id (RFC 9562, version 8).
func noticeOf(u identity.User, about string) string {
	return trail.RecordID(about, string(u.ID), strconv.FormatInt(u.EraseAt.Unix(), 10))
}

// eraseLeaving erases somebody who asked for it, and has a last mail sent to them. It
// returns what the erasure waits for, if anything.
func (a *App) eraseLeaving(ctx context.Context, u identity.User) (waitsFor, err error) {
	err = a.erase(ctx, trail.System, "", u.ID, func(known identity.User) bool { return known.ErasableAt(a.deps.Clock.Now()) }, a.queueErasedMail)
	switch {
	case errors.Is(err, identity.ErrUserNotFound), errors.Is(err, identity.ErrDeletionNotAsked):
		return nil, nil // erased by another replica, or kept at the last moment
	case errors.Is(err, identity.ErrLastAdministrator), errors.Is(err, identity.ErrOwnsOrganizations):
		return err, nil
	case err != nil:
		return nil, fmt.Errorf("privacy: erase %s: %w", u.ID, err)
	}
	return nil, nil
}

// erasedMail is the payload of the job that mails somebody who is erased. Nothing else
// knows the address by then, so it is deleted with the job's end.
type erasedMail struct {
	To   string `json:"to"`
	Name string `json:"name"`
}

// queueErasedMail queues the last mail to a person in the transaction that erases them.
func (a *App) queueErasedMail(ctx context.Context, s Stores, u identity.User) error {
	payload, err := json.Marshal(erasedMail{To: string(u.Email), Name: u.Name})
	if err != nil {
		return fmt.Errorf("privacy: encode the last mail to %s: %w", u.ID, err)
	}
	return s.Jobs.Enqueue(ctx, jobs.Job{Kind: erasedMailKind, Payload: payload})
}

// runErasedMail sends the last mail to a person, whose row is gone.
func (a *App) runErasedMail(ctx context.Context, payload []byte) error {
	var e erasedMail
	if err := json.Unmarshal(payload, &e); err != nil {
		return fmt.Errorf("privacy: decode the mail of an erasure: %w", err)
	}
	if err := a.deps.Mails.SendTo(ctx, mails.Mail{Kind: mails.Erased, To: e.To}, e.Name); err != nil {
		return fmt.Errorf("privacy: send the mail of an erasure: %w", err)
	}
	return nil
}

// delayedErasure is somebody who is still here although their grace period is over.
type delayedErasure struct {
	user   identity.User
	reason error
}

// delayErasures tells everybody concerned who could not be erased, and why: the operator
// each time, the person once a week. All take as many queries as one.
func (a *App) delayErasures(ctx context.Context, all []delayedErasure) error {
	if len(all) == 0 {
		return nil
	}
	now := a.deps.Clock.Now()
	records := make([]string, len(all))
	for i, d := range all {
		if observe := a.deps.ErasureDelayed; observe != nil {
			observe(d.user.ID, d.user.EraseAt, d.reason)
		}
		week := int64(now.Sub(d.user.EraseAt) / remindDelayed)
		records[i] = noticeOf(d.user, "delayed "+strconv.FormatInt(week, 10))
	}
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		first, err := s.Inbox.RecordAll(ctx, records, delayedRecord)
		if err != nil {
			return err
		}
		var entries []audit.Entry
		var queued []mails.Mail
		for i, d := range all {
			if !first[records[i]] {
				continue
			}
			entries = append(entries, a.deps.Trail.Entry(trail.System, "identity.deletion_delayed", trail.User(d.user.ID), "", now))
			queued = append(queued, mails.Mail{Kind: mails.DeletionDelayed, User: d.user.ID, Data: map[string]string{"reason": fault.As(d.reason).Message}})
		}
		if err := s.Audit.Append(ctx, entries...); err != nil {
			return err
		}
		return mails.Post(ctx, s.Jobs, queued...)
	})
	if err != nil {
		return fmt.Errorf("privacy: tell %d people that they are not erased: %w", len(all), err)
	}
	return nil
}

// Overdue counts the accounts that should have ended by now and did not.
func (a *App) Overdue(ctx context.Context) (int, error) {
	return a.deps.Reads.Overdue(ctx, a.deps.Clock.Now())
}

func dayOf(t time.Time) string { return t.UTC().Format("2 January 2006") }
