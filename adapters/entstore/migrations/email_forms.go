package migrations

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// emailForms is the version of the migration that brings addresses into the form of
// package textform. Before it they were folded by Unicode's case, and a domain was
// kept as it was typed.
const emailForms = 20261126110200

// emailColumns hold addresses. The one of people comes first: there two can clash.
var emailColumns = []struct{ table, column string }{
	{"identity_users", "email"},
	{"identity_external", "email"},
	{"identity_invitations", "email"},
	{"identity_mail_tokens", "email"},
	{"identity_pending_emails", "email"},
	{"platform_mail_failures", "recipient"},
}

// foldEmails rewrites every address that is not ASCII alone; the others have the form
// already. It stops at two people whose addresses become one, and at an address of a
// person that is none any more, with their ids: somebody must decide.
func foldEmails(ctx context.Context, tx *sql.Tx, dialect string) error {
	foreign, mark := ` ~ '[^ -~]'`, func(n int) string { return fmt.Sprintf("$%d", n) }
	if dialect == entstore.SQLite {
		foreign, mark = ` GLOB '*[^ -~]*'`, func(int) string { return "?" }
	}
	for _, c := range emailColumns {
		rows, err := textRows(ctx, tx, `SELECT CAST(id AS TEXT), `+c.column+` FROM `+c.table+` WHERE `+c.column+foreign+` ORDER BY id`)
		if err != nil {
			return fmt.Errorf("migrations: read %s: %w", c.table, err)
		}
		for _, row := range rows {
			id, old := row[0], row[1]
			email, err := textform.Email(old)
			if err != nil && c.table == "identity_users" {
				return fmt.Errorf("migrations: the address of the person %s is none in the form that addresses are kept in now: change it, then migrate again", id)
			}
			if err != nil || email == old {
				continue // what is no address any more is kept as it is, and matches nobody
			}
			if c.table == "identity_users" {
				others, err := textRows(ctx, tx, `SELECT CAST(id AS TEXT), email FROM identity_users WHERE email = `+mark(1), email)
				if err != nil {
					return fmt.Errorf("migrations: read identity_users: %w", err)
				}
				if len(others) > 0 {
					return fmt.Errorf("migrations: the people %s and %s have one address in the form that addresses are kept in now: change or erase one of them, then migrate again", id, others[0][0])
				}
			}
			_, err = tx.ExecContext(ctx, `UPDATE `+c.table+` SET `+c.column+` = `+mark(1)+` WHERE CAST(id AS TEXT) = `+mark(2), email, id) //nolint:gosec // names of our own, no input
			if err != nil {
				return fmt.Errorf("migrations: rewrite an address in %s: %w", c.table, err)
			}
		}
	}
	return nil
}

// textRows reads all rows of two texts.
func textRows(ctx context.Context, tx *sql.Tx, query string, args ...any) (out [][2]string, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var row [2]string
		if err := rows.Scan(&row[0], &row[1]); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, rows.Err()
}
