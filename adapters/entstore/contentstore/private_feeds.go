package contentstore

import (
	"context"
	"errors"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/contentent"
	"github.com/neoforge-dev/neoforge/ent/contentent/privatefeed"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

var feedRules = entstore.Rules{Absent: content.ErrPrivateFeedNotFound}

type privateFeeds struct{ tx transaction }

// Put implements content.PrivateFeeds. Of two at once the later one stays.
func (s privateFeeds) Put(ctx context.Context, f content.PrivateFeed) (renewed bool, err error) {
	key, err := entstore.ID(f.User)
	if err != nil {
		return false, entstore.Failure(err, noRules, "contentstore: put private feed")
	}
	n, err := s.tx.Ent.PrivateFeed.Update().Where(privatefeed.ID(key)).SetHash(f.Hash).SetCreatedAt(f.CreatedAt.UTC()).Save(ctx)
	if err != nil || n > 0 {
		return n > 0, entstore.Failure(err, noRules, "contentstore: renew the private feed of %s", f.User)
	}
	err = s.tx.Ent.PrivateFeed.Create().SetID(key).SetHash(f.Hash).SetCreatedAt(f.CreatedAt.UTC()).
		OnConflict(entsql.ConflictColumns(privatefeed.FieldID)).UpdateNewValues().Exec(ctx)
	return false, entstore.Failure(err, noRules, "contentstore: make the private feed of %s", f.User)
}

// Delete implements content.PrivateFeeds.
func (s privateFeeds) Delete(ctx context.Context, user identityport.UserID) error {
	key, err := entstore.ID(user)
	if err != nil {
		return entstore.Failure(err, feedRules, "contentstore: delete private feed")
	}
	n, err := s.tx.Ent.PrivateFeed.Delete().Where(privatefeed.ID(key)).Exec(ctx)
	if err == nil && n == 0 {
		err = content.ErrPrivateFeedNotFound
	}
	return entstore.Failure(err, feedRules, "contentstore: delete the private feed of %s", user)
}

// DeleteUntil implements content.PrivateFeeds.
func (s privateFeeds) DeleteUntil(ctx context.Context, user identityport.UserID, until time.Time) error {
	key, err := entstore.ID(user)
	if err == nil {
		_, err = s.tx.Ent.PrivateFeed.Delete().Where(privatefeed.ID(key), privatefeed.CreatedAtLTE(until.UTC())).Exec(ctx)
	}
	return entstore.Failure(err, noRules, "contentstore: delete the private feed of %s", user)
}

// PrivateFeedOf implements content.FeedReads.
func (s *Store) PrivateFeedOf(ctx context.Context, user identityport.UserID) (content.PrivateFeed, error) {
	key, err := entstore.ID(user)
	if err != nil {
		return content.PrivateFeed{}, entstore.Failure(err, feedRules, "contentstore: private feed")
	}
	row, err := s.reads.PrivateFeed.Query().Where(privatefeed.ID(key)).Only(ctx)
	if err != nil {
		return content.PrivateFeed{}, entstore.Failure(err, feedRules, "contentstore: the private feed of %s", user)
	}
	return privateFeedOf(row), nil
}

// PrivateFeedByHash implements content.FeedReads.
func (s *Store) PrivateFeedByHash(ctx context.Context, hash []byte) (content.PrivateFeed, error) {
	row, err := s.reads.PrivateFeed.Query().Where(privatefeed.Hash(hash)).Only(ctx)
	if err != nil {
		return content.PrivateFeed{}, entstore.Failure(err, feedRules, "contentstore: a private feed by its secret")
	}
	return privateFeedOf(row), nil
}

func privateFeedOf(row *contentent.PrivateFeed) content.PrivateFeed {
	return content.PrivateFeed{User: identityport.UserID(row.ID.String()), Hash: row.Hash, CreatedAt: row.CreatedAt.UTC()}
}

// NewestArticles implements content.FeedReads.
func (s *Store) NewestArticles(ctx context.Context, limit int) (out []content.Article, err error) {
	rows, err := s.db.Query(ctx, s.newest, min(max(limit, 1), 100))
	if err != nil {
		return nil, entstore.Failure(err, noRules, "contentstore: newest articles")
	}
	defer func() {
		err = entstore.Failure(errors.Join(err, rows.Close()), noRules, "contentstore: newest articles")
	}()
	for rows.Next() {
		a, err := scanArticle(rows, false)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, rows.Err()
}
