package identitystore

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent/predicate"
	"github.com/neoforge-dev/neoforge/ent/identityent/totp"
	"github.com/neoforge-dev/neoforge/ent/identityent/user"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// maxWords is how many words are searched for at the most: further ones narrow nothing.
const maxWords = 8

// fewMatches is up to how many people SQLite finds by their words and then puts in
// order; of more, it goes through everybody in order and looks who is among them.
const fewMatches = 2000

// People implements identity.PeopleReads. The order is that of an index, so a page
// costs the same wherever it is; a search asks the index of words first.
func (s *Store) People(ctx context.Context, f identity.PeopleFilter, after cursor.Position, limit int) ([]identity.User, error) {
	if limit < 1 {
		return nil, nil
	}
	narrowed, err := narrowPeople(f, after)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: list people")
	}
	if strings.TrimSpace(f.Search) != "" {
		terms := searchTerms(f.Search)
		if len(terms) == 0 {
			return nil, nil // nobody is called by punctuation
		}
		if err := s.foldRest(ctx); err != nil {
			return nil, entstore.Failure(err, noRules, "identitystore: search people")
		}
		if narrowed, err = s.matching(ctx, terms, narrowed, limit); err != nil {
			return nil, entstore.Failure(err, noRules, "identitystore: search people")
		}
	}
	rows, err := s.reads.User.Query().Where(narrowed...).
		Order(user.ByCreatedAt(entsql.OrderDesc()), user.ByID(entsql.OrderDesc())).
		Limit(limit).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: list people")
	}
	out := make([]identity.User, len(rows))
	for i, row := range rows {
		out[i] = userOf(row)
	}
	return out, nil
}

// PeopleByID implements identity.PeopleReads.
func (s *Store) PeopleByID(ctx context.Context, ids []identity.UserID) ([]identity.User, error) {
	keys := entstore.IDs(ids)
	if len(keys) == 0 {
		return nil, nil
	}
	rows, err := s.reads.User.Query().Where(user.IDIn(keys...)).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: people by id")
	}
	out := make([]identity.User, len(rows))
	for i, row := range rows {
		out[i] = userOf(row)
	}
	return out, nil
}

// AuditEntries implements audit.Log.
func (s *Store) AuditEntries(ctx context.Context, f audit.Filter, after cursor.Position, limit int) ([]audit.Entry, error) {
	return s.box.AuditEntries(ctx, f, after, limit)
}

func narrowPeople(f identity.PeopleFilter, after cursor.Position) ([]predicate.User, error) {
	var all []predicate.User
	if f.Role != "" {
		all = append(all, user.Role(string(f.Role)))
	}
	switch f.State {
	case identity.PersonSuspended:
		all = append(all, user.SuspendedAtNotNil())
	case identity.PersonLeaving:
		all = append(all, user.SuspendedAtIsNil(), user.EraseAtNotNil())
	case identity.PersonOverdue:
		all = append(all, user.EraseAtLT(f.Now.UTC()))
	case identity.PersonUnverified:
		all = append(all, user.SuspendedAtIsNil(), user.EraseAtIsNil(), user.EmailVerified(false))
	case identity.PersonWithoutFactor:
		all = append(all, user.SuspendedAtIsNil(), user.EraseAtIsNil(), user.EmailVerified(true), withoutFactor())
	case identity.PersonActive:
		all = append(all, user.SuspendedAtIsNil(), user.EraseAtIsNil(), user.EmailVerified(true))
	}
	if after.At.IsZero() {
		return all, nil
	}
	id, err := entstore.ID(after.ID)
	if err != nil {
		return nil, err
	}
	at := after.At.UTC()
	return append(all, func(s *entsql.Selector) {
		s.Where(entstore.Before(s.C(user.FieldCreatedAt), s.C(user.FieldID), at, id))
	}), nil
}

// withoutFactor finds whoever has neither a passkey nor an authenticator app that was
// confirmed.
func withoutFactor() predicate.User {
	return user.And(user.Not(user.HasPasskeys()), user.Not(user.HasTotpWith(totp.ConfirmedAtNotNil())))
}

// WithoutFactor implements identity.FactorReads.
func (s *Store) WithoutFactor(ctx context.Context, people ...identity.UserID) ([]identity.UserID, error) {
	keys := make([]uuid.UUID, 0, len(people))
	for _, id := range people {
		if key, err := entstore.ID(id); err == nil { // else: nobody has that id
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	found, err := s.reads.User.Query().Where(user.IDIn(keys...), withoutFactor()).IDs(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: who has no second factor")
	}
	out := make([]identity.UserID, len(found))
	for i, id := range found {
		out[i] = identity.UserID(id.String())
	}
	return out, nil
}

// matching narrows a query further to those who have all the terms.
func (s *Store) matching(ctx context.Context, terms []searchTerm, narrowed []predicate.User, limit int) ([]predicate.User, error) {
	if s.db.Dialect() == entstore.Postgres {
		page, err := s.keysOf(ctx, pageOfMatches(terms, narrowed, limit))
		return []predicate.User{user.IDIn(page...)}, err
	}
	match := ftsQuery(terms)
	few, err := s.keysOf(ctx, question{
		text: "SELECT r.user_id FROM identity_users_search_rows r WHERE r.id IN " +
			"(SELECT rowid FROM identity_users_search WHERE identity_users_search MATCH ? LIMIT " + strconv.Itoa(fewMatches+1) + ")",
		args: []any{match},
	})
	if err != nil {
		return nil, err
	}
	if len(few) <= fewMatches {
		return append(narrowed, user.IDIn(few...)), nil
	}
	return append(narrowed, func(q *entsql.Selector) {
		q.Where(entsql.P(func(b *entsql.Builder) {
			b.WriteString("(SELECT r.id FROM identity_users_search_rows r WHERE r.user_id = ").Ident(q.C(user.FieldID))
			b.WriteString(") IN (SELECT rowid FROM identity_users_search WHERE identity_users_search MATCH ").Arg(match).WriteString(")")
		}))
	}), nil
}

// pageOfMatches finds one page of people by their words on Postgres. The search is
// a query of its own, not merged into the rest: a planner who guesses badly how
// rare a word is would go through everybody in order instead.
func pageOfMatches(terms []searchTerm, narrowed []predicate.User, limit int) question {
	t := entsql.Table(user.Table)
	found := entsql.Dialect(entstore.Postgres).Select(t.C(user.FieldID), t.C(user.FieldCreatedAt)).From(t)
	found.Where(entsql.P(func(b *entsql.Builder) {
		b.WriteString("array_to_tsvector(string_to_array(").Ident(t.C(user.FieldSearchWords)).WriteString(", ' ')) @@ CAST(")
		b.Arg(tsquery(terms)).WriteString(" AS tsquery)")
	}))
	for _, narrow := range narrowed {
		narrow(found)
	}
	text, args := found.Query()
	return question{
		text: "WITH found AS MATERIALIZED (" + text + ") SELECT id FROM found ORDER BY created_at DESC, id DESC LIMIT " + strconv.Itoa(limit),
		args: args,
	}
}

// question is a query that this package has written itself.
type question struct {
	text string
	args []any
}

func (s *Store) keysOf(ctx context.Context, q question) (keys []uuid.UUID, err error) {
	rows, err := s.db.Query(ctx, q.text, q.args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var key uuid.UUID
		if err := rows.Scan(&key); err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, rows.Err()
}

// searchTerm is one word of a search: one of its forms is wanted, with all the words
// that it falls into.
type searchTerm [][]string

// searchTerms reads a search of maxWords words at the most. A word that is not ASCII may
// be of a name, or a label of a domain, which is kept as an A-label.
func searchTerms(s string) (terms []searchTerm) {
	left := maxWords
	for word := range strings.FieldsSeq(strings.ToValidUTF8(s, " ")) {
		words := textform.SearchWords(word)
		if len(words) == 0 {
			continue
		}
		words = words[:min(len(words), left)]
		left -= len(words)
		term := searchTerm{words}
		if strings.ContainsFunc(word, func(r rune) bool { return r >= utf8.RuneSelf }) {
			if domain, err := textform.Domain(word); err == nil {
				term = append(term, textform.SearchWords(domain))
			}
		}
		if terms = append(terms, term); left == 0 {
			break
		}
	}
	return terms
}

// searchText is what is kept of a person to find them by (textform.SearchWords), and
// all that either index holds.
func searchText(name, email string) string {
	return strings.Join(slices.Concat(textform.SearchWords(name), textform.SearchWords(email)), " ")
}

// unfoldedAtOnce is how many people a search folds before it looks.
const unfoldedAtOnce = 200

// foldRest keeps the words of those who have none yet: a replica of an older release
// writes names without them, while an upgrade goes on, and the tables take away what
// does not belong to a name any more.
func (s *Store) foldRest(ctx context.Context) error {
	rest, err := s.reads.User.Query().Where(user.SearchWordsIsNil()).Limit(unfoldedAtOnce).All(ctx)
	if err != nil || len(rest) == 0 {
		return err
	}
	return s.db.Do(ctx, func(ctx context.Context, tx entstore.Tx) error {
		for _, row := range rest {
			// Not over what somebody has written meanwhile.
			err := on(tx).Ent.User.Update().Where(user.ID(row.ID), user.Name(row.Name), user.Email(row.Email)).
				SetSearchWords(searchText(row.Name, row.Email)).Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// ftsQuery asks SQLite (FTS5) for prefixes.
func ftsQuery(terms []searchTerm) string {
	return joined(terms, " AND ", " OR ", func(word string) string { return `"` + word + `"*` })
}

// tsquery asks Postgres for prefixes.
func tsquery(terms []searchTerm) string {
	return joined(terms, " & ", " | ", func(word string) string { return `'` + word + `':*` })
}

func joined(terms []searchTerm, and, or string, prefix func(word string) string) string {
	all := make([]string, len(terms))
	for i, term := range terms {
		forms := make([]string, len(term))
		for j, words := range term {
			prefixes := make([]string, len(words))
			for k, word := range words {
				prefixes[k] = prefix(word)
			}
			forms[j] = "(" + strings.Join(prefixes, and) + ")"
		}
		all[i] = "(" + strings.Join(forms, or) + ")"
	}
	return strings.Join(all, and)
}
