package contentstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent"
	"github.com/neoforge-dev/neoforge/ent/author"
	"github.com/neoforge-dev/neoforge/ent/authorhandle"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

type authors struct{ tx entstore.Tx }

// maxNumber ends the search for a free handle.
const maxNumber = 10_000

// Put implements content.Authors. A profile keeps a handle that is the wanted one
// or a numbered form of it, so that its address does not change when somebody
// else's becomes free.
func (s authors) Put(ctx context.Context, a content.Author, at time.Time) (content.Author, error) {
	id, err := entstore.ID(a.User)
	if err != nil {
		return content.Author{}, entstore.Failure(err, noRules, "contentstore: put author")
	}
	for number := 1; number <= maxNumber; number++ {
		row, err := s.tx.Ent.Author.Get(ctx, id)
		if err == nil {
			return s.rename(ctx, row, a, at)
		}
		if !ent.IsNotFound(err) {
			return content.Author{}, entstore.Failure(err, noRules, "contentstore: put author %s", a.User)
		}
		kept := content.Author{User: a.User, Handle: numbered(a.Handle, number), Name: a.Name}
		inserted, err := s.insert(ctx, id, kept)
		if err != nil || inserted {
			return kept, entstore.Failure(err, noRules, "contentstore: put author %s", a.User)
		}
		// Somebody has or had the handle, or the profile was made meanwhile: the next round tells.
	}
	return content.Author{}, fmt.Errorf("contentstore: put author %s: no handle like %q is free", a.User, a.Handle)
}

// Rename implements content.Authors.
func (s authors) Rename(ctx context.Context, a content.Author, at time.Time) (content.Author, error) {
	id, err := entstore.ID(a.User)
	if err != nil {
		return content.Author{}, entstore.Failure(err, authorRules, "contentstore: rename author")
	}
	row, err := s.tx.Ent.Author.Get(ctx, id)
	if err != nil {
		return content.Author{}, entstore.Failure(err, authorRules, "contentstore: rename author %s", a.User)
	}
	return s.rename(ctx, row, a, at)
}

// insert answers false when the handle is taken or the profile there, without an
// error, which would abort the transaction on Postgres. Whose handle it was is asked
// after the row is written: who gave it up at the same moment has committed by then.
func (s authors) insert(ctx context.Context, id uuid.UUID, a content.Author) (bool, error) {
	err := s.tx.Ent.Author.Create().
		SetID(id).SetHandle(a.Handle).SetName(a.Name).
		OnConflict(entsql.DoNothing()).
		Exec(ctx)
	if errors.Is(err, sql.ErrNoRows) { // how ent reports that nothing was inserted
		return false, nil
	}
	if err != nil {
		return false, err
	}
	reserved, err := s.reserved(ctx, a.Handle, id)
	if err != nil || !reserved {
		return err == nil, err
	}
	return false, s.tx.Ent.Author.DeleteOneID(id).Exec(ctx)
}

// reserved reports whether somebody else had the handle before.
func (s authors) reserved(ctx context.Context, handle string, id uuid.UUID) (bool, error) {
	return s.tx.Ent.AuthorHandle.Query().
		Where(authorhandle.Handle(handle), authorhandle.AuthorIDNEQ(id)).
		Exist(ctx)
}

func (s authors) rename(ctx context.Context, row *ent.Author, a content.Author, at time.Time) (content.Author, error) {
	fail := func(err error) (content.Author, error) {
		return content.Author{}, entstore.Failure(err, authorRules, "contentstore: rename author %s", a.User)
	}
	kept := content.Author{User: a.User, Handle: row.Handle, Name: a.Name}
	for number := 1; !isNumbered(kept.Handle, a.Handle); number++ {
		wanted := numbered(a.Handle, number)
		taken, err := s.tx.Ent.Author.Query().Where(author.Handle(wanted)).Exist(ctx)
		if err != nil {
			return fail(err)
		}
		if !taken {
			if taken, err = s.reserved(ctx, wanted, row.ID); err != nil {
				return fail(err)
			}
		}
		if !taken {
			kept.Handle = wanted
		}
	}
	if kept.Handle == row.Handle && kept.Name == row.Name {
		return kept, nil
	}
	if err := s.tx.Ent.Author.UpdateOneID(row.ID).SetHandle(kept.Handle).SetName(kept.Name).Exec(ctx); err != nil {
		return fail(err)
	}
	if kept.Handle == row.Handle {
		return kept, nil
	}
	// Of one who goes back to a handle, it is no former one any more.
	if _, err := s.tx.Ent.AuthorHandle.Delete().Where(authorhandle.AuthorID(row.ID), authorhandle.Handle(kept.Handle)).Exec(ctx); err != nil {
		return fail(err)
	}
	err := s.tx.Ent.AuthorHandle.Create().SetAuthorID(row.ID).SetHandle(row.Handle).SetLeftAt(at).Exec(ctx)
	if err != nil {
		return fail(err)
	}
	return kept, nil
}

func numbered(handle string, number int) string {
	if number == 1 {
		return handle
	}
	return handle + "-" + strconv.Itoa(number)
}

func isNumbered(handle, of string) bool {
	if handle == of {
		return true
	}
	suffix, ok := strings.CutPrefix(handle, of+"-")
	n, err := strconv.Atoi(suffix)
	return ok && err == nil && numbered(of, n) == handle && n > 1
}

// Delete implements content.Authors.
func (s authors) Delete(ctx context.Context, id identityport.UserID) error {
	key, err := entstore.ID(id)
	if err != nil {
		return nil // nobody has that id, so there is no profile
	}
	_, err = s.tx.Ent.Author.Delete().Where(author.ID(key)).Exec(ctx)
	return entstore.Failure(err, noRules, "contentstore: delete author %s", id)
}

// AuthorByHandle implements content.Reads.
func (s *Store) AuthorByHandle(ctx context.Context, handle string) (content.Author, error) {
	row, err := s.db.Reads().Author.Query().Where(author.Handle(handle)).Only(ctx)
	return authorOf(row, err, handle)
}

// AuthorByFormerHandle implements content.Reads.
func (s *Store) AuthorByFormerHandle(ctx context.Context, handle string) (content.Author, error) {
	row, err := s.db.Reads().Author.Query().
		Where(author.HasFormerHandlesWith(authorhandle.Handle(handle))).
		Only(ctx)
	return authorOf(row, err, handle)
}

// AuthorByID implements content.Reads.
func (s *Store) AuthorByID(ctx context.Context, id identityport.UserID) (content.Author, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return content.Author{}, entstore.Failure(err, authorRules, "contentstore: author")
	}
	row, err := s.db.Reads().Author.Get(ctx, key)
	return authorOf(row, err, string(id))
}

func authorOf(row *ent.Author, err error, of string) (content.Author, error) {
	if err != nil {
		return content.Author{}, entstore.Failure(err, authorRules, "contentstore: author %q", of)
	}
	return content.Author{User: identityport.UserID(row.ID.String()), Handle: row.Handle, Name: row.Name}, nil
}

// FormerHandles implements content.Reads.
func (s *Store) FormerHandles(ctx context.Context, id identityport.UserID) ([]content.FormerHandle, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return nil, nil // nobody has that id
	}
	rows, err := s.db.Reads().AuthorHandle.Query().
		Where(authorhandle.AuthorID(key)).
		Order(authorhandle.ByLeftAt(), authorhandle.ByID()).
		All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "contentstore: former handles of %s", id)
	}
	out := make([]content.FormerHandle, len(rows))
	for i, row := range rows {
		out[i] = content.FormerHandle{User: id, Handle: row.Handle, LeftAt: row.LeftAt.UTC()}
	}
	return out, nil
}
