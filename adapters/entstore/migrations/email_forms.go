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

// foldEmails rewrites every address that is not ASCII alone: the others have the form
// already. It stops, with both ids, at two people whose addresses become one, at two
// open invitations of one organization, and at the address of a person that is none
// any more: somebody must decide. An account that never proved its address makes
// nobody wait: it keeps what it has, or leaves it to the one who did.
func foldEmails(ctx context.Context, tx *sql.Tx, dialect string) error {
	f := folding{ctx: ctx, tx: tx, foreign: ` ~ '[^ -~]'`, mark: func(n int) string { return fmt.Sprintf("$%d", n) }}
	if dialect == entstore.SQLite {
		f.foreign, f.mark = ` GLOB '*[^ -~]*'`, func(int) string { return "?" }
	}
	for _, c := range emailColumns {
		rows, err := textRows(ctx, tx, `SELECT CAST(id AS TEXT), `+c.column+` FROM `+c.table+` WHERE `+c.column+f.foreign+` ORDER BY id`)
		if err != nil {
			return fmt.Errorf("migrations: read %s: %w", c.table, err)
		}
		for _, row := range rows {
			id, old := row[0], row[1]
			email, err := textform.Email(old)
			switch {
			case c.table == "identity_users":
				err = f.person(id, old, email, err)
			case err != nil || email == old:
				err = nil // what is no address any more is kept as it is, and matches nobody
			default:
				err = f.row(c.table, c.column, id, email)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

type folding struct {
	ctx     context.Context //nolint:containedctx // of one migration
	tx      *sql.Tx
	foreign string
	mark    func(int) string
}

// person rewrites the address of one person, or leaves it.
func (f folding) person(id, old, email string, fault error) error {
	proven, err := f.proven(id)
	if err != nil || fault == nil && email == old {
		return err
	}
	if fault != nil {
		if !proven {
			return nil
		}
		return fmt.Errorf("migrations: the address of the person %s is none in the form that addresses are kept in now: change it, then migrate again", id)
	}
	others, err := textRows(f.ctx, f.tx, `SELECT CAST(id AS TEXT), email FROM identity_users WHERE email = `+f.mark(1), email)
	if err != nil {
		return fmt.Errorf("migrations: read identity_users: %w", err)
	}
	if len(others) == 0 {
		return f.write("identity_users", "email", id, email)
	}
	if !proven {
		return nil
	}
	other := others[0][0]
	if proven, err = f.proven(other); err != nil {
		return err
	}
	if proven {
		return fmt.Errorf("migrations: the people %s and %s have one address in the form that addresses are kept in now: change or erase one of them, then migrate again", id, other)
	}
	// The two change places by way of an address that nobody can have.
	for _, step := range [][2]string{{other, other + "@unproven.invalid"}, {id, email}, {other, old}} {
		if err := f.write("identity_users", "email", step[0], step[1]); err != nil {
			return err
		}
	}
	return nil
}

// row rewrites an address that is not a person's own.
func (f folding) row(table, column, id, email string) error {
	if table == "identity_invitations" {
		others, err := textRows(f.ctx, f.tx, `SELECT CAST(other.id AS TEXT), other.email FROM identity_invitations AS other, identity_invitations AS this`+
			` WHERE CAST(this.id AS TEXT) = `+f.mark(1)+` AND this.accepted_at IS NULL AND this.revoked_at IS NULL`+
			` AND other.organization_id = this.organization_id AND other.email = `+f.mark(2)+
			` AND other.accepted_at IS NULL AND other.revoked_at IS NULL`, id, email)
		if err != nil {
			return fmt.Errorf("migrations: read %s: %w", table, err)
		}
		if len(others) > 0 {
			return fmt.Errorf("migrations: the invitations %s and %s of one organization have one address in the form that addresses are kept in now: revoke one of them, then migrate again", id, others[0][0])
		}
	}
	return f.write(table, column, id, email)
}

func (f folding) proven(id string) (bool, error) {
	rows, err := textRows(f.ctx, f.tx, `SELECT CAST(id AS TEXT), email FROM identity_users WHERE email_verified AND CAST(id AS TEXT) = `+f.mark(1), id)
	if err != nil {
		return false, fmt.Errorf("migrations: read identity_users: %w", err)
	}
	return len(rows) > 0, nil
}

func (f folding) write(table, column, id, email string) error {
	//nolint:gosec // names of our own, no input
	_, err := f.tx.ExecContext(f.ctx, `UPDATE `+table+` SET `+column+` = `+f.mark(1)+` WHERE CAST(id AS TEXT) = `+f.mark(2), email, id)
	if err != nil {
		return fmt.Errorf("migrations: rewrite an address in %s: %w", table, err)
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
