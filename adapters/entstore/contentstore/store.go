// Package contentstore keeps content's tables: posts, their revisions, their tags,
// and the profiles of authors.
//
// It promises what content's ports say, which contenttest checks on SQLite and on
// Postgres. The reads of readers are SQL of their own, put together once: one
// query for a post with its author, and one for a page of a list, which walks an
// index and touches no body.
package contentstore

import (
	"context"
	"errors"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/eventstore"
	"github.com/neoforge-dev/neoforge/ent/contentent"
	"github.com/neoforge-dev/neoforge/modules/content"
)

// Store is content's unit of work and its reads.
type Store struct {
	db     *entstore.DB
	reads  *contentent.Client
	outbox *eventstore.Store

	published string // the query of Published
	former    string // the query of PublishedAs
	article   string // the query of Article
	newest    string // the query of NewestArticles
	lists     map[listing]string
	written   map[writing]string
	saved     string // the queries of OutdatedRenderings
	rendered  string
	search    searchEngine
}

var (
	_ content.UnitOfWork = (*Store)(nil)
	_ content.Reads      = (*Store)(nil)
)

// New makes the store; outbox is what its transactions write events to.
func New(db *entstore.DB, outbox *eventstore.Store) (*Store, error) {
	if db == nil || outbox == nil {
		return nil, errors.New("contentstore: the database or the event store is missing")
	}
	saved, rendered := outdatedQueries(db.Dialect())
	return &Store{
		db: db, reads: contentent.NewClient(contentent.Driver(db.Reads())), outbox: outbox,
		published: articleQuery(db.Dialect(), bySlug),
		former:    articleQuery(db.Dialect(), byFormerSlug),
		article:   articleQuery(db.Dialect(), byID),
		newest:    articleQuery(db.Dialect(), byDate),
		lists:     listQueries(db.Dialect()),
		written:   writtenQueries(db.Dialect()),
		saved:     saved,
		rendered:  rendered,
		search:    newSearchEngine(db.Dialect()),
	}, nil
}

// Do implements content.UnitOfWork.
func (s *Store) Do(ctx context.Context, fn func(ctx context.Context, st content.Stores) error) error {
	return s.db.Do(ctx, func(ctx context.Context, t entstore.Tx) error {
		tx := on(t)
		index := searchIndex{tx, s.search}
		return fn(ctx, content.Stores{
			Posts:    posts{tx, index, mediaStore{tx}},
			Search:   index,
			Copies:   workingCopies{tx, mediaStore{tx}},
			Media:    mediaStore{tx},
			Previews: previewLinks{tx},
			Feeds:    privateFeeds{tx},
			Authors:  authors{tx},
			Pages:    sitePages{tx},
			Tags:     tags{tx},
			Details:  details{tx, mediaStore{tx}},
			Reviews:  reviews{tx},
			Open:     openEditors{tx},
			Views:    savedViews{tx},
			Audit:    s.outbox.Audit(t),
			Events:   s.outbox.Writer(t),
			Jobs:     s.outbox.Jobs(t),
			Inbox:    s.outbox.Inbox(t),
		})
	})
}

// What a missing row and a broken index mean here.
var (
	postRules = entstore.Rules{
		Absent:  content.ErrPostNotFound,
		Indexes: contentent.UniqueIndexes, Unique: map[string]error{"content_posts_slug": content.ErrSlugTaken, "content_post_slugs_slug": content.ErrSlugTaken, "content_posts_pkey": content.ErrPostExists},
	}
	authorRules = entstore.Rules{
		Absent:  content.ErrAuthorNotFound,
		Indexes: contentent.UniqueIndexes, Unique: map[string]error{"content_authors_handle": content.ErrAuthorChanged, "content_author_handles_handle": content.ErrAuthorChanged},
	}
	tagRules = entstore.Rules{
		Absent:  content.ErrTagNotFound,
		Indexes: contentent.UniqueIndexes, Unique: map[string]error{"content_tags_name": content.ErrTagChanged, "content_tag_names_name": content.ErrTagChanged},
	}
	detailRules = entstore.Rules{
		Absent:  content.ErrPostNotFound,
		Indexes: contentent.UniqueIndexes, Unique: map[string]error{"content_post_details_post": content.ErrDetailsChanged},
	}
	noRules = entstore.Rules{}
)
