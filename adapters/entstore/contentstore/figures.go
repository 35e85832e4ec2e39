package contentstore

import (
	"context"
	"errors"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/content"
)

// PostCounts implements content.FigureReads.
func (s *Store) PostCounts(ctx context.Context) (out map[content.Status]int, err error) {
	out = map[content.Status]int{}
	rows, err := s.db.Query(ctx, "SELECT status, count(*) FROM content_posts GROUP BY status")
	if err != nil {
		return out, entstore.Failure(err, entstore.Rules{}, "contentstore: count posts")
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() && err == nil {
		var status content.Status
		var n int
		err = rows.Scan(&status, &n)
		out[status] = n
	}
	if err == nil {
		err = rows.Err()
	}
	return out, entstore.Failure(err, entstore.Rules{}, "contentstore: count posts")
}
