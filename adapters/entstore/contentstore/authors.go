package contentstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent"
	"github.com/neoforge-dev/neoforge/ent/author"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

type authors struct{ tx entstore.Tx }

// maxNumber ends the search for a free handle.
const maxNumber = 10_000

// Put implements content.Authors. A profile keeps a handle that is the wanted one
// or a numbered form of it, so that its address does not change when somebody
// else's becomes free.
func (s authors) Put(ctx context.Context, a content.Author) (content.Author, error) {
	id, err := entstore.ID(a.User)
	if err != nil {
		return content.Author{}, entstore.Failure(err, noRules, "contentstore: put author")
	}
	for number := 1; number <= maxNumber; number++ {
		row, err := s.tx.Ent.Author.Get(ctx, id)
		if err == nil {
			return s.rename(ctx, row, a)
		}
		if !ent.IsNotFound(err) {
			return content.Author{}, entstore.Failure(err, noRules, "contentstore: put author %s", a.User)
		}
		kept := content.Author{User: a.User, Handle: numbered(a.Handle, number), Name: a.Name}
		inserted, err := s.insert(ctx, id, kept)
		if err != nil || inserted {
			return kept, entstore.Failure(err, noRules, "contentstore: put author %s", a.User)
		}
		// Somebody has the handle, or the profile was made meanwhile: the next round tells.
	}
	return content.Author{}, fmt.Errorf("contentstore: put author %s: no handle like %q is free", a.User, a.Handle)
}

// insert answers false when the handle is taken or the profile there, without an
// error, which would abort the transaction on Postgres.
func (s authors) insert(ctx context.Context, id uuid.UUID, a content.Author) (bool, error) {
	err := s.tx.Ent.Author.Create().
		SetID(id).SetHandle(a.Handle).SetName(a.Name).
		OnConflict(entsql.DoNothing()).
		Exec(ctx)
	if errors.Is(err, sql.ErrNoRows) { // how ent reports that nothing was inserted
		return false, nil
	}
	return err == nil, err
}

func (s authors) rename(ctx context.Context, row *ent.Author, a content.Author) (content.Author, error) {
	kept := content.Author{User: a.User, Handle: row.Handle, Name: a.Name}
	for number := 1; !isNumbered(kept.Handle, a.Handle); number++ {
		wanted := numbered(a.Handle, number)
		taken, err := s.tx.Ent.Author.Query().Where(author.Handle(wanted)).Exist(ctx)
		if err != nil {
			return content.Author{}, entstore.Failure(err, noRules, "contentstore: rename author %s", a.User)
		}
		if !taken {
			kept.Handle = wanted
		}
	}
	if kept.Handle == row.Handle && kept.Name == row.Name {
		return kept, nil
	}
	err := s.tx.Ent.Author.UpdateOneID(row.ID).SetHandle(kept.Handle).SetName(kept.Name).Exec(ctx)
	if err != nil {
		return content.Author{}, entstore.Failure(err, authorRules, "contentstore: rename author %s", a.User)
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
	if err != nil {
		return content.Author{}, entstore.Failure(err, authorRules, "contentstore: author %q", handle)
	}
	return content.Author{User: identityport.UserID(row.ID.String()), Handle: row.Handle, Name: row.Name}, nil
}
