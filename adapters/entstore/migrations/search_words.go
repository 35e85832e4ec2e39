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

// nobody is before everybody.
const nobody = "00000000-0000-0000-0000-000000000000"

// foldPeople makes the words of everybody who has none, on Postgres in many
// transactions. What it does not come to, it does the next time, and a search does
// before it looks.
func foldPeople(ctx context.Context, db *sql.DB) error {
	for last, more := nobody, true; more; {
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
	last, more := nobody, true
	var err error
	for more && err == nil {
		last, more, err = foldSome(ctx, tx, entstore.SQLite, last)
	}
	return err
}

// foldSome does the next people behind one, and returns the last of them and whether
// there may be more.
func foldSome(ctx context.Context, tx *sql.Tx, dialect, after string) (last string, more bool, err error) {
	read, write := `SELECT CAST(id AS TEXT), name, email FROM identity_users WHERE search_words IS NULL AND id > $1 ORDER BY id LIMIT $2`,
		`UPDATE identity_users SET search_words = $1 WHERE id = $2 AND name = $3 AND email = $4`
	if dialect == entstore.SQLite {
		read, write = strings.ReplaceAll(read, "$", "?"), strings.ReplaceAll(write, "$", "?")
	}
	rows, err := tx.QueryContext(ctx, read, after, foldedAtOnce)
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
		_, err := tx.ExecContext(ctx, write, words, p[0], p[1], p[2])
		if err != nil {
			return "", false, fmt.Errorf("migrations: words of %s: %w", p[0], err)
		}
		last = p[0]
	}
	return last, len(people) == foldedAtOnce, nil
}
