package eventstore

import (
	"context"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/platforment"
	"github.com/neoforge-dev/neoforge/ent/platforment/mailfailure"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// maxReason bounds what a mail server says about a refusal, in bytes.
const maxReason = 500

var mailFailureRules = entstore.Rules{Absent: mail.ErrFailureNotFound}

var (
	_ mail.FailureRecorder = (*Store)(nil)
	_ mail.FailureReads    = (*Store)(nil)
	_ mail.FailureChanges  = mailFailures{}
)

// RecordFailure implements mail.FailureRecorder. The reason comes from another server: what
// a database would not keep is taken out of it.
func (s *Store) RecordFailure(ctx context.Context, f mail.Failure) error {
	if f.ID == "" {
		f.ID = s.ids.New()
	}
	if f.FailedAt.IsZero() {
		f.FailedAt = s.clock.Now()
	}
	id, err := entstore.ID(f.ID)
	if err != nil {
		return entstore.Failure(err, entstore.Rules{}, "eventstore: record refused mail")
	}
	return s.db.Do(ctx, func(ctx context.Context, tx entstore.Tx) error {
		err := on(tx).Ent.MailFailure.Create().
			SetID(id).SetKind(f.Kind).SetPayload(f.Payload).SetRecipient(f.To).
			SetReason(textform.Storable(f.Reason, maxReason)).SetFailedAt(f.FailedAt.UTC()).
			Exec(ctx)
		return entstore.Failure(err, entstore.Rules{}, "eventstore: record refused mail of %s", f.Kind)
	})
}

// MailFailures implements mail.FailureReads.
func (s *Store) MailFailures(ctx context.Context, after cursor.Position, limit int) ([]mail.Failure, error) {
	query := s.reads.MailFailure.Query()
	if !after.At.IsZero() {
		id, err := entstore.ID(after.ID)
		if err != nil {
			return nil, entstore.Failure(err, entstore.Rules{}, "eventstore: refused mails")
		}
		at := after.At.UTC()
		query.Where(func(s *entsql.Selector) {
			s.Where(entstore.Before(s.C(mailfailure.FieldFailedAt), s.C(mailfailure.FieldID), at, id))
		})
	}
	rows, err := query.Order(mailfailure.ByFailedAt(entsql.OrderDesc()), mailfailure.ByID(entsql.OrderDesc())).Limit(max(limit, 0)).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, entstore.Rules{}, "eventstore: refused mails")
	}
	out := make([]mail.Failure, len(rows))
	for i, row := range rows {
		out[i] = mailFailureOf(row)
	}
	return out, nil
}

// MailFailedTo implements mail.FailureReads.
func (s *Store) MailFailedTo(ctx context.Context, addresses []string, since time.Time) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	if len(addresses) == 0 {
		return out, nil
	}
	rows, err := s.reads.MailFailure.Query().
		Where(mailfailure.RecipientIn(addresses...), mailfailure.FailedAtGTE(since.UTC())).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, entstore.Rules{}, "eventstore: mails refused to some addresses")
	}
	for _, row := range rows {
		if at := row.FailedAt.UTC(); at.After(out[row.Recipient]) {
			out[row.Recipient] = at
		}
	}
	return out, nil
}

func mailFailureOf(row *platforment.MailFailure) mail.Failure {
	return mail.Failure{
		ID: row.ID.String(), Kind: row.Kind, Payload: row.Payload, To: row.Recipient, Reason: row.Reason, FailedAt: row.FailedAt.UTC(),
	}
}

// MailFailureChanges changes the list of refused mails in tx.
func (s *Store) MailFailureChanges(tx entstore.Tx) mail.FailureChanges {
	return mailFailures{s, on(tx)}
}

type mailFailures struct {
	s  *Store
	tx transaction
}

// Retry implements mail.FailureChanges.
func (m mailFailures) Retry(ctx context.Context, id string) (mail.Failure, error) {
	f, err := m.Discard(ctx, id)
	if err != nil {
		return f, err
	}
	return f, m.s.Jobs(m.tx.Tx).Enqueue(ctx, jobs.Job{Kind: f.Kind, Payload: f.Payload})
}

// Discard implements mail.FailureChanges. Of two at once, one finds the row.
func (m mailFailures) Discard(ctx context.Context, id string) (mail.Failure, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return mail.Failure{}, mail.ErrFailureNotFound
	}
	row, err := m.tx.Ent.MailFailure.Get(ctx, key)
	if err != nil {
		return mail.Failure{}, entstore.Failure(err, mailFailureRules, "eventstore: refused mail %s", id)
	}
	n, err := m.tx.Ent.MailFailure.Delete().Where(mailfailure.ID(key)).Exec(ctx)
	if err != nil {
		return mail.Failure{}, entstore.Failure(err, mailFailureRules, "eventstore: take refused mail %s off the list", id)
	}
	if n == 0 {
		return mail.Failure{}, mail.ErrFailureNotFound
	}
	return mailFailureOf(row), nil
}

// DeleteTo implements mail.FailureChanges.
func (m mailFailures) DeleteTo(ctx context.Context, address string) error {
	_, err := m.tx.Ent.MailFailure.Delete().Where(mailfailure.Recipient(address)).Exec(ctx)
	return entstore.Failure(err, entstore.Rules{}, "eventstore: delete mails that were refused to an address")
}

// DeleteBefore implements mail.FailureChanges.
func (m mailFailures) DeleteBefore(ctx context.Context, t time.Time, limit int) (int, error) {
	keys, err := m.tx.Ent.MailFailure.Query().Where(mailfailure.FailedAtLT(t.UTC())).Limit(limit).IDs(ctx)
	if err != nil || len(keys) == 0 {
		return 0, entstore.Failure(err, entstore.Rules{}, "eventstore: old refused mails")
	}
	n, err := m.tx.Ent.MailFailure.Delete().Where(mailfailure.IDIn(keys...)).Exec(ctx)
	return n, entstore.Failure(err, entstore.Rules{}, "eventstore: delete old refused mails")
}
