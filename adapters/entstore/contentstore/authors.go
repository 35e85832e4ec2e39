package contentstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/contentent"
	"github.com/neoforge-dev/neoforge/ent/contentent/author"
	"github.com/neoforge-dev/neoforge/ent/contentent/authorhandle"
	"github.com/neoforge-dev/neoforge/ent/contentent/predicate"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

type authors struct{ tx transaction }

const (
	// maxNumber is the highest number behind a handle that many ask for. After it an
	// author gets the end of their id, which nobody else has.
	maxNumber = 50
	// openings bounds how often an opening looks for a free handle again, after others
	// who came at the same moment took the one that it found.
	openings = 2 * maxNumber
)

// Put implements content.Authors.
func (s authors) Put(ctx context.Context, a content.Author) (content.Author, bool, error) {
	fail := func(err error) (content.Author, bool, error) {
		return content.Author{}, false, entstore.Failure(err, noRules, "contentstore: put author %s", a.User)
	}
	id, err := entstore.ID(a.User)
	if err != nil {
		return fail(err)
	}
	for range openings {
		row, err := s.tx.Ent.Author.Get(ctx, id)
		if err == nil {
			kept, err := authorOf(row, nil, a.Handle)
			return kept, false, err
		}
		if !contentent.IsNotFound(err) {
			return fail(err)
		}
		kept := content.Author{User: a.User, Name: a.Name}
		if kept.Handle, err = s.free(ctx, a.Handle, id); err != nil {
			return fail(err)
		}
		inserted, err := s.insert(ctx, id, kept)
		if err != nil {
			return fail(err)
		}
		if inserted {
			return kept, true, nil
		}
		// Somebody took the handle, or opened the profile, meanwhile: the next round tells.
	}
	return fail(content.ErrAuthorChanged)
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

// free returns the first form of a handle that nobody else has or had. Who has one is
// asked before who had one, so that a handle which is left in between is found.
func (s authors) free(ctx context.Context, handle string, id uuid.UUID) (string, error) {
	forms := handleForms(handle, id)
	taken, err := s.tx.Ent.Author.Query().Where(author.HandleIn(forms...), author.IDNEQ(id)).Select(author.FieldHandle).Strings(ctx)
	if err != nil {
		return "", err
	}
	reserved, err := s.tx.Ent.AuthorHandle.Query().
		Where(authorhandle.HandleIn(forms...), authorhandle.AuthorIDNEQ(id)).
		Select(authorhandle.FieldHandle).Strings(ctx)
	if err != nil {
		return "", err
	}
	for _, form := range forms {
		if !slices.Contains(taken, form) && !slices.Contains(reserved, form) {
			return form, nil
		}
	}
	return "", content.ErrAuthorChanged
}

// handleForms lists what an author who wants a handle may get, first choice first:
// the handle, its numbered forms, and the one with the end of their id.
func handleForms(handle string, id uuid.UUID) []string {
	forms := []string{handle}
	for number := 2; number <= maxNumber; number++ {
		forms = append(forms, handle+"-"+strconv.Itoa(number))
	}
	text := id.String()
	return append(forms, handle+"-"+text[len(text)-12:])
}

// Rename implements content.Authors. A profile keeps a handle that is a form of the
// wanted one, so that its URL does not change when somebody else's becomes free.
func (s authors) Rename(ctx context.Context, a content.Author, at time.Time) (content.Author, bool, error) {
	fail := func(err error) (content.Author, bool, error) {
		return content.Author{}, false, entstore.Failure(err, authorRules, "contentstore: rename author %s", a.User)
	}
	id, err := entstore.ID(a.User)
	if err != nil {
		return fail(err)
	}
	row, err := s.tx.Ent.Author.Get(ctx, id)
	if err != nil {
		return fail(err)
	}
	kept := content.Author{User: a.User, Handle: row.Handle, Name: a.Name}
	if !isForm(row.Handle, a.Handle, id) {
		if kept.Handle, err = s.free(ctx, a.Handle, id); err != nil {
			return fail(err)
		}
	}
	if kept.Handle == row.Handle && kept.Name == row.Name {
		return kept, false, nil
	}
	// Of two renames at once the second would not know the handle that the first gave.
	n, err := s.tx.Ent.Author.Update().
		Where(author.ID(id), author.Handle(row.Handle), author.Name(row.Name)).
		SetHandle(kept.Handle).SetName(kept.Name).
		Save(ctx)
	if err == nil && n == 0 {
		err = content.ErrAuthorChanged
	}
	if err == nil && kept.Handle != row.Handle {
		err = s.leave(ctx, row, kept.Handle, at)
	}
	if err != nil {
		return fail(err)
	}
	s.tx.Invalidate(content.TagPosts, content.TagBylines)
	return kept, true, nil
}

// leave keeps the handle that an author had as a former one, and frees those that
// are too many. The handle that is left was nobody else's: while an upgrade goes on, a
// replica of a release that knows no former handles may have given somebody's to this
// author, whose it was from then on. An author who goes back to a handle has it again.
// Somebody may have had and left the new one since it was found free: it is theirs.
func (s authors) leave(ctx context.Context, row *contentent.Author, now string, at time.Time) error {
	if taken, err := s.reserved(ctx, now, row.ID); err != nil || taken {
		return cmp.Or(err, error(content.ErrAuthorChanged))
	}
	if _, err := s.tx.Ent.AuthorHandle.Delete().Where(authorhandle.HandleIn(row.Handle, now)).Exec(ctx); err != nil {
		return err
	}
	if err := s.tx.Ent.AuthorHandle.Create().SetAuthorID(row.ID).SetHandle(row.Handle).SetLeftAt(at).Exec(ctx); err != nil {
		return err
	}
	kept, err := s.tx.Ent.AuthorHandle.Query().
		Where(authorhandle.AuthorID(row.ID)).
		Order(authorhandle.ByLeftAt(entsql.OrderDesc()), authorhandle.ByID(entsql.OrderDesc())).
		Limit(content.MaxFormerHandles).IDs(ctx)
	if err != nil {
		return err
	}
	_, err = s.tx.Ent.AuthorHandle.Delete().Where(authorhandle.AuthorID(row.ID), authorhandle.IDNotIn(kept...)).Exec(ctx)
	return err
}

// isForm reports whether a handle is a form of another, for an author.
func isForm(handle, of string, id uuid.UUID) bool {
	if slices.Contains(handleForms(of, id), handle) {
		return true
	}
	// Other releases counted further.
	suffix, ok := strings.CutPrefix(handle, of+"-")
	n, err := strconv.Atoi(suffix)
	return ok && err == nil && n > 1 && strconv.Itoa(n) == suffix
}

// Delete implements content.Authors.
func (s authors) Delete(ctx context.Context, id identityport.UserID) error {
	key, err := entstore.ID(id)
	if err != nil {
		return nil // nobody has that id, so there is no profile
	}
	n, err := s.tx.Ent.Author.Delete().Where(author.ID(key)).Exec(ctx)
	if n > 0 {
		s.tx.Invalidate(content.TagPosts, content.TagBylines)
	}
	return entstore.Failure(err, noRules, "contentstore: delete author %s", id)
}

// AuthorByHandle implements content.Reads.
func (s *Store) AuthorByHandle(ctx context.Context, handle string) (content.Author, error) {
	row, err := s.reads.Author.Query().Where(author.Handle(handle)).Only(ctx)
	return authorOf(row, err, handle)
}

// AuthorByFormerHandle implements content.Reads.
func (s *Store) AuthorByFormerHandle(ctx context.Context, handle string) (content.Author, error) {
	row, err := s.reads.Author.Query().Where(entstore.Among[predicate.Author](author.FieldID, authorhandle.Table, authorhandle.FieldAuthorID, authorhandle.Handle(handle))).Only(ctx)
	return authorOf(row, err, handle)
}

// Profiles implements content.Reads.
func (s *Store) Profiles(ctx context.Context, limit int) ([]content.Author, error) {
	rows, err := s.reads.Author.Query().Order(author.ByHandle()).Limit(max(limit, 1)).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "contentstore: authors")
	}
	out := make([]content.Author, len(rows))
	for i, row := range rows {
		out[i] = content.Author{User: identityport.UserID(row.ID.String()), Handle: row.Handle, Name: row.Name}
	}
	return out, nil
}

// AuthorByID implements content.Reads.
func (s *Store) AuthorByID(ctx context.Context, id identityport.UserID) (content.Author, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return content.Author{}, entstore.Failure(err, authorRules, "contentstore: author")
	}
	out := content.Author{User: identityport.UserID(key.String())}
	found := false
	err = s.db.Each(ctx, "SELECT handle, name FROM content_authors WHERE id = $1", []any{key}, func(scan func(...any) error) error {
		found = true
		return scan(&out.Handle, &out.Name)
	})
	if err == nil && !found {
		err = content.ErrAuthorNotFound
	}
	if err != nil {
		return content.Author{}, entstore.Failure(err, authorRules, "contentstore: author %q", id)
	}
	return out, nil
}

func authorOf(row *contentent.Author, err error, of string) (content.Author, error) {
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
	rows, err := s.reads.AuthorHandle.Query().
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
