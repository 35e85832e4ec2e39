// Package noticesstore keeps the tables of the notice board.
package noticesstore

import (
	"context"
	"embed"
	"errors"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/eventstore"
	"github.com/neoforge-dev/neoforge/ports/identityport"

	"example.com/noticeboard/notices"
	"example.com/noticeboard/noticesent"
	"example.com/noticeboard/noticesent/notice"
)

//go:embed migrations/postgres/*.sql migrations/sqlite/*.sql
var files embed.FS

// Tables are those of the notice board.
var Tables = entstore.Tables{
	Context: "notices", Files: files, Folder: "migrations",
	Retentions: []entstore.Retention{{Table: "notices_notices", Pruned: "NOTICES_KEEP after they were posted"}},
}

// Store is the unit of work and the reads.
type Store struct {
	db    *entstore.DB
	reads *noticesent.Client
	box   *eventstore.Store
}

var (
	_ notices.UnitOfWork = (*Store)(nil)
	_ notices.Reads      = (*Store)(nil)
)

// New makes the store; box is what its transactions write events to.
func New(db *entstore.DB, box *eventstore.Store) (*Store, error) {
	if db == nil || box == nil {
		return nil, errors.New("noticesstore: the database or the event store is missing")
	}
	return &Store{db: db, reads: noticesent.NewClient(noticesent.Driver(db.Reads())), box: box}, nil
}

var rules = entstore.Rules{Indexes: noticesent.UniqueIndexes}

// Do implements notices.UnitOfWork.
func (s *Store) Do(ctx context.Context, fn func(ctx context.Context, st notices.Stores) error) error {
	return s.db.Do(ctx, func(ctx context.Context, tx entstore.Tx) error {
		return fn(ctx, notices.Stores{
			Notices: sheets{tx, noticesent.NewClient(noticesent.Driver(tx.Driver()))},
			Audit:   s.box.Audit(tx), Events: s.box.Writer(tx), Inbox: s.box.Inbox(tx), Jobs: s.box.Jobs(tx),
		})
	})
}

type sheets struct {
	tx  entstore.Tx
	ent *noticesent.Client
}

// Insert implements notices.Store.
func (s sheets) Insert(ctx context.Context, n notices.Notice) error {
	id, err := entstore.ID(n.ID)
	if err != nil {
		return entstore.Failure(err, rules, "noticesstore: insert")
	}
	author, err := entstore.ID(n.Author)
	if err != nil {
		return entstore.Failure(err, rules, "noticesstore: insert %s", n.ID)
	}
	s.tx.Invalidate(notices.TagBoard)
	err = s.ent.Notice.Create().SetID(id).SetText(n.Text).SetAuthorID(author).SetByline(n.Byline).SetPostedAt(n.PostedAt).Exec(ctx)
	return entstore.Failure(err, rules, "noticesstore: insert %s", n.ID)
}

// DeleteByAuthor implements notices.Store.
func (s sheets) DeleteByAuthor(ctx context.Context, author identityport.UserID) error {
	id, err := entstore.ID(author)
	if err != nil {
		return nil // nobody has that id
	}
	s.tx.Invalidate(notices.TagBoard)
	_, err = s.ent.Notice.Delete().Where(notice.AuthorID(id)).Exec(ctx)
	return entstore.Failure(err, rules, "noticesstore: delete those of %s", author)
}

// DeleteBefore implements notices.Store.
func (s sheets) DeleteBefore(ctx context.Context, t time.Time) error {
	s.tx.Invalidate(notices.TagBoard)
	_, err := s.ent.Notice.Delete().Where(notice.PostedAtLT(t)).Exec(ctx)
	return entstore.Failure(err, rules, "noticesstore: delete those before %s", t)
}

// Latest implements notices.Board.
func (s *Store) Latest(ctx context.Context, limit int) ([]notices.Notice, error) {
	rows, err := s.reads.Notice.Query().Order(notice.ByPostedAt(entsql.OrderDesc()), notice.ByID(entsql.OrderDesc())).Limit(limit).All(ctx)
	return noticesOf(rows), entstore.Failure(err, rules, "noticesstore: latest")
}

// ByAuthor implements notices.Reads.
func (s *Store) ByAuthor(ctx context.Context, author identityport.UserID) ([]notices.Notice, error) {
	id, err := entstore.ID(author)
	if err != nil {
		return nil, nil // nobody has that id
	}
	rows, err := s.reads.Notice.Query().Where(notice.AuthorID(id)).Order(notice.ByPostedAt()).All(ctx)
	return noticesOf(rows), entstore.Failure(err, rules, "noticesstore: those of %s", author)
}

func noticesOf(rows []*noticesent.Notice) []notices.Notice {
	out := make([]notices.Notice, len(rows))
	for i, row := range rows {
		out[i] = notices.Notice{
			ID: row.ID.String(), Text: row.Text, Author: identityport.UserID(row.AuthorID.String()), Byline: row.Byline, PostedAt: row.PostedAt.UTC(),
		}
	}
	return out
}
