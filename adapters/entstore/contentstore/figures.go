package contentstore

import (
	"context"
	"strconv"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/content"
)

// PostCounts implements content.FigureReads.
func (s *Store) PostCounts(ctx context.Context) (map[content.Status]int, error) {
	out := map[content.Status]int{}
	err := s.db.Each(ctx, "SELECT status, count(*) FROM content_posts GROUP BY status", nil, func(scan func(...any) error) error {
		var status content.Status
		var n int
		err := scan(&status, &n)
		out[status] = n
		return err
	})
	return out, entstore.Failure(err, entstore.Rules{}, "contentstore: count posts")
}

// OutdatedCount implements content.FigureReads.
func (s *Store) OutdatedCount(ctx context.Context, renderer int) (n int, err error) {
	query := "SELECT (SELECT count(*) FROM content_posts WHERE rendered_version <> version) + " +
		"(SELECT count(*) FROM content_posts WHERE " + renderedBefore + strconv.Itoa(renderer) + ")"
	err = s.db.Each(ctx, query, nil, func(scan func(...any) error) error { return scan(&n) })
	return n, entstore.Failure(err, entstore.Rules{}, "contentstore: count outdated posts")
}
