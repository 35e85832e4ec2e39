package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// searchWords is the version of the migration that makes the words by which the people
// who are there already are found.
const searchWords = 20261126195900

// foldedAtOnce is how many people are folded in one transaction: others write between.
const foldedAtOnce = 500

// foldPeople makes the words of everybody who has none, on Postgres in many
// transactions. What it does not come to, it does the next time, and a search does
// before it looks.
func foldPeople(ctx context.Context, db *sql.DB) error {
	for last, more := "", true; more; {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return fmt.Errorf("migrations: words of people: %w", err)
		}
		if last, more, err = foldSome(ctx, tx, entstore.Postgres, last); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		if err := tx.Commit(); err != nil {
			return fmt.Errorf("migrations: words of people: %w", err)
		}
	}
	return nil
}

// foldPeopleAtOnce does the same on SQLite, which has one writer, in the transaction of
// the migration.
func foldPeopleAtOnce(ctx context.Context, tx *sql.Tx) error {
	last, more := "", true
	var err error
	for more && err == nil {
		last, more, err = foldSome(ctx, tx, entstore.SQLite, last)
	}
	return err
}

// foldSome does the next people behind one, and returns the last of them and whether
// there may be more.
func foldSome(ctx context.Context, tx *sql.Tx, dialect, after string) (last string, more bool, err error) {
	mark := func(n int) string { return fmt.Sprintf("$%d", n) }
	if dialect == entstore.SQLite {
		mark = func(int) string { return "?" }
	}
	query, args := `SELECT CAST(id AS TEXT), name, email FROM identity_users WHERE search_words IS NULL`, []any{}
	if after != "" {
		query, args = query+` AND id > `+mark(1), append(args, after)
	}
	rows, err := tx.QueryContext(ctx, query+fmt.Sprintf(` ORDER BY id LIMIT %d`, foldedAtOnce), args...)
	if err != nil {
		return "", false, fmt.Errorf("migrations: read people: %w", err)
	}
	var people [][3]string
	for rows.Next() {
		var p [3]string
		if err := rows.Scan(&p[0], &p[1], &p[2]); err != nil {
			return "", false, errors.Join(err, rows.Close())
		}
		people = append(people, p)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return "", false, fmt.Errorf("migrations: read people: %w", err)
	}
	for _, p := range people {
		words := strings.Join(append(textform.SearchWords(p[1]), textform.SearchWords(p[2])...), " ")
		_, err := tx.ExecContext(ctx, `UPDATE identity_users SET search_words = `+mark(1)+` WHERE id = `+mark(2)+` AND name = `+mark(3)+` AND email = `+mark(4),
			words, p[0], p[1], p[2])
		if err != nil {
			return "", false, fmt.Errorf("migrations: words of %s: %w", p[0], err)
		}
		last = p[0]
	}
	return last, len(people) == foldedAtOnce, nil
}
