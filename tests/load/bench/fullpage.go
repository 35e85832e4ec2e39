package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	_ "modernc.org/sqlite" // the driver
)

// listed is how many posts a list has.
const listed = 20

// fillPage writes some of the sample posts again, under other addresses, so that a page
// of the list is full, and makes one of them long.
func fillPage(ctx context.Context, databaseURL string) (err error) {
	db, err := sql.Open("sqlite", strings.TrimPrefix(databaseURL, "sqlite://"))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1) // the table below belongs to a connection
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, statement := range []string{
		"CREATE TEMP TABLE again AS SELECT * FROM content_posts WHERE status = 'published' ORDER BY slug LIMIT max(0, ? - (SELECT count(*) FROM content_posts WHERE status = 'published'))",
		"UPDATE again SET slug = 'again-' || slug, id = substr(id, 1, 24) || substr(id, 33, 4) || substr(id, 25, 8)",
		"INSERT INTO content_posts SELECT * FROM again",
	} {
		var args []any
		if strings.Contains(statement, "?") {
			args = append(args, listed)
		}
		if _, err := db.ExecContext(ctx, statement, args...); err != nil {
			return fmt.Errorf("fill a page of posts: %w", err)
		}
	}
	if _, err := db.ExecContext(ctx, "UPDATE content_posts SET body = replace(hex(zeroblob(?)), '00', body) WHERE '/posts/' || slug = ?", longText, longPost); err != nil {
		return fmt.Errorf("write a long post: %w", err)
	}
	return nil
}
