package identitystore

import (
	"context"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/ent/identityent/dataexport"
	"github.com/neoforge-dev/neoforge/ent/identityent/user"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

var exportRules = entstore.Rules{Absent: identity.ErrExportAbsent}

type dataExports struct{ tx transaction }

// Of implements identity.DataExports. The person's row is what others wait for.
func (s dataExports) Of(ctx context.Context, id identity.UserID) ([]identity.DataExport, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return nil, entstore.Failure(err, userRules, "identitystore: exports")
	}
	person := s.tx.Ent.User.Query().Where(user.ID(key))
	if s.tx.Dialect() == entstore.Postgres {
		person.ForUpdate()
	}
	if _, err := person.OnlyID(ctx); err != nil {
		return nil, entstore.Failure(err, userRules, "identitystore: exports of %s", id)
	}
	return exportsOf(ctx, s.tx.Ent, id)
}

// Insert implements identity.DataExports.
func (s dataExports) Insert(ctx context.Context, e identity.DataExport) error {
	id, err := entstore.ID(e.ID)
	if err != nil {
		return entstore.Failure(err, noRules, "identitystore: insert export")
	}
	person, err := entstore.ID(e.User)
	if err != nil {
		return entstore.Failure(err, userRules, "identitystore: insert export %s", e.ID)
	}
	err = s.tx.Ent.DataExport.Create().
		SetID(id).SetUserID(person).SetState(string(e.State)).SetDone(e.Done).SetTotal(e.Total).SetSize(e.Size).
		SetCreatedAt(e.CreatedAt.UTC()).SetNillableFinishedAt(entstore.Null(e.FinishedAt)).SetExpiresAt(e.ExpiresAt.UTC()).
		Exec(ctx)
	return entstore.Failure(err, noRules, "identitystore: insert export %s", e.ID)
}

// Advance implements identity.DataExports.
func (s dataExports) Advance(ctx context.Context, id string, done int) error {
	_, err := s.change(ctx, id, "advance", func(u *identityent.DataExportUpdate) { u.SetDone(done) })
	return err
}

// Finish implements identity.DataExports.
func (s dataExports) Finish(ctx context.Context, id string, archive []byte, at time.Time) (bool, error) {
	return s.change(ctx, id, "finish", func(u *identityent.DataExportUpdate) {
		u.SetState(string(identity.ExportReady)).SetArchive(archive).SetSize(int64(len(archive))).
			SetFinishedAt(at.UTC()).SetExpiresAt(at.Add(identity.ExportTTL).UTC())
	})
}

// Fail implements identity.DataExports.
func (s dataExports) Fail(ctx context.Context, id string, at time.Time) (bool, error) {
	return s.change(ctx, id, "fail", func(u *identityent.DataExportUpdate) {
		u.SetState(string(identity.ExportFailed)).SetFinishedAt(at.UTC())
	})
}

// change writes to an export that runs, and reports whether it does.
func (s dataExports) change(ctx context.Context, id, verb string, set func(u *identityent.DataExportUpdate)) (bool, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return false, entstore.Failure(err, exportRules, "identitystore: %s export", verb)
	}
	update := s.tx.Ent.DataExport.Update().Where(dataexport.ID(key), dataexport.State(string(identity.ExportRunning)))
	set(update)
	n, err := update.Save(ctx)
	if err != nil || n > 0 {
		return n > 0, entstore.Failure(err, noRules, "identitystore: %s export %s", verb, id)
	}
	known, err := s.tx.Ent.DataExport.Query().Where(dataexport.ID(key)).Exist(ctx)
	if err == nil && !known {
		err = identity.ErrExportAbsent
	}
	return false, entstore.Failure(err, noRules, "identitystore: %s export %s", verb, id)
}

// DeleteOf implements identity.DataExports.
func (s dataExports) DeleteOf(ctx context.Context, id identity.UserID) error {
	key, err := entstore.ID(id)
	if err != nil {
		return nil // nobody has that id, so there is nothing to delete
	}
	_, err = s.tx.Ent.DataExport.Delete().Where(dataexport.UserID(key)).Exec(ctx)
	return entstore.Failure(err, noRules, "identitystore: delete the exports of %s", id)
}

// DeleteExpired implements identity.DataExports.
func (s dataExports) DeleteExpired(ctx context.Context, t time.Time, limit int) (int, error) {
	keys, err := s.tx.Ent.DataExport.Query().Where(dataexport.ExpiresAtLT(t.UTC())).Limit(limit).IDs(ctx)
	if err != nil {
		return 0, entstore.Failure(err, noRules, "identitystore: exports that expired")
	}
	if len(keys) == 0 {
		return 0, nil
	}
	n, err := s.tx.Ent.DataExport.Delete().Where(dataexport.IDIn(keys...)).Exec(ctx)
	return n, entstore.Failure(err, noRules, "identitystore: delete expired exports")
}

// withoutArchive is what lists read: an archive may be large.
var withoutArchive = []string{
	dataexport.FieldID, dataexport.FieldUserID, dataexport.FieldState, dataexport.FieldDone, dataexport.FieldTotal,
	dataexport.FieldSize, dataexport.FieldCreatedAt, dataexport.FieldFinishedAt, dataexport.FieldExpiresAt,
}

func exportsOf(ctx context.Context, c *identityent.Client, id identity.UserID) ([]identity.DataExport, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return nil, nil
	}
	rows, err := c.DataExport.Query().Where(dataexport.UserID(key)).
		Order(dataexport.ByCreatedAt(entsql.OrderDesc()), dataexport.ByID(entsql.OrderDesc())).
		Select(withoutArchive...).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: exports of %s", id)
	}
	out := make([]identity.DataExport, len(rows))
	for i, row := range rows {
		out[i] = exportOf(row)
	}
	return out, nil
}

// DataExportsOf implements identity.ExportReads.
func (s *Store) DataExportsOf(ctx context.Context, id identity.UserID) ([]identity.DataExport, error) {
	return exportsOf(ctx, s.reads, id)
}

// DataExport implements identity.ExportReads.
func (s *Store) DataExport(ctx context.Context, id string) (identity.DataExport, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return identity.DataExport{}, entstore.Failure(err, exportRules, "identitystore: export")
	}
	row, err := s.reads.DataExport.Query().Where(dataexport.ID(key)).Select(withoutArchive...).Only(ctx)
	if err != nil {
		return identity.DataExport{}, entstore.Failure(err, exportRules, "identitystore: export %s", id)
	}
	return exportOf(row), nil
}

// Archive implements identity.ExportReads.
func (s *Store) Archive(ctx context.Context, id string) ([]byte, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return nil, entstore.Failure(err, exportRules, "identitystore: archive")
	}
	row, err := s.reads.DataExport.Query().Where(dataexport.ID(key)).Only(ctx)
	if err == nil && row.Archive == nil {
		err = identity.ErrExportAbsent
	}
	if err != nil {
		return nil, entstore.Failure(err, exportRules, "identitystore: archive %s", id)
	}
	return row.Archive, nil
}

func exportOf(r *identityent.DataExport) identity.DataExport {
	return identity.DataExport{
		ID: r.ID.String(), User: identity.UserID(r.UserID.String()), State: identity.ExportState(r.State),
		Done: r.Done, Total: r.Total, Size: r.Size,
		CreatedAt: r.CreatedAt.UTC(), FinishedAt: entstore.Time(r.FinishedAt), ExpiresAt: r.ExpiresAt.UTC(),
	}
}
