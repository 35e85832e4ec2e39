package contentapp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/cursor"
)

// The sizes of a page of posts.
const (
	DefaultPage = 20
	MaxPage     = 100
)

const listTTL = 5 * time.Minute

// ListPosts asks for what is published, newest first: a page of posts, or of pages if Kind says so,
// which no tag lists. Tag and Author (a
// handle) narrow it; a name that a tag had before, and a handle that an author had, are theirs still. Cursor is a NextCursor of the same list. Limit is 1 to 100,
// 20 when it is zero; beyond its bounds the nearest is taken.
type ListPosts struct {
	Kind   content.Kind // empty: content.KindPost
	Tag    string
	Author string
	Cursor string
	Limit  int
}

// PostList is a page of a list. NextCursor is empty on the last page.
type PostList struct {
	Items      []content.Summary
	NextCursor string
	Tag        content.Tag // the one that was asked for, as it is called now; zero: none was
}

// ListPosts lists what is published. It fails with content.ErrUnknownKind and content.ErrInvalidCursor. A tag
// or an author that nobody has lists nothing.
func (a *App) ListPosts(ctx context.Context, q ListPosts) (PostList, error) {
	if q.Kind = cmp.Or(q.Kind, content.KindPost); !q.Kind.Valid() {
		return PostList{}, content.ErrUnknownKind
	}
	after, ok := cursor.Decode(q.Cursor, cursor.UUIDs)
	if !ok {
		return PostList{}, content.ErrInvalidCursor
	}
	limit := pageSize(q.Limit)
	tag, ok := content.CleanTag(q.Tag)
	if q.Tag != "" && !ok || q.Author != "" && !content.IsHandle(q.Author) {
		return PostList{}, nil
	}
	load := func(ctx context.Context) (PostList, error) {
		return page(after, limit, func(after cursor.Position, limit int) ([]content.Summary, error) {
			return a.reads.List(ctx, content.Listing{Pages: q.Kind == content.KindPage, Tag: tag, Author: q.Author, After: after, Limit: limit})
		})
	}
	var named content.Tag
	if tag != "" {
		var err error
		if named, err = a.reads.Tag(ctx, tag); err != nil {
			return PostList{}, err
		}
		tag = named.Name
	}
	if q.Author != "" {
		author, err := a.ReadAuthor(ctx, q.Author)
		if errors.Is(err, content.ErrAuthorNotFound) {
			return PostList{Tag: named}, nil
		}
		if err != nil {
			return PostList{}, err
		}
		q.Author = author.Handle
	}
	// Only beginnings are kept, and only those with posts: cursors, tags and
	// handles are for anybody to make up, and must not fill the cache.
	if q.Cursor != "" {
		list, err := load(ctx)
		list.Tag = named
		return list, err
	}
	key := fmt.Sprintf("content.list:%s:%d:%s:%s", q.Kind, limit, tag, q.Author)
	options := cache.Options{TTL: listTTL, Tags: []string{content.TagPosts}}
	list, err := cache.FetchJSON(ctx, a.cache, key, options, func(ctx context.Context) (PostList, error) {
		list, err := load(ctx)
		if err == nil && len(list.Items) == 0 {
			err = errEmptyList
		}
		return list, err
	})
	if errors.Is(err, errEmptyList) {
		return PostList{Tag: named}, nil
	}
	list.Tag = named
	return list, err
}

// errEmptyList keeps a list without posts out of the cache.
var errEmptyList = errors.New("no posts")

func pageSize(limit int) int {
	if limit == 0 {
		return DefaultPage
	}
	return min(max(limit, 1), MaxPage)
}

// page reads limit items and looks whether another follows.
func page(after cursor.Position, limit int,
	read func(after cursor.Position, limit int) ([]content.Summary, error),
) (PostList, error) {
	items, err := read(after, min(limit+1, MaxPage))
	if err != nil {
		return PostList{}, err
	}
	place := func(s content.Summary) cursor.Position { return cursor.Position{At: s.PublishedAt, ID: string(s.ID)} }
	more := len(items) > limit
	if more {
		items = items[:limit]
	} else if len(items) == MaxPage {
		// A store reads at most MaxPage, so a full page of that size needs a look
		// beyond it.
		rest, err := read(place(items[MaxPage-1]), 1)
		if err != nil {
			return PostList{}, err
		}
		more = len(rest) > 0
	}
	list := PostList{Items: items}
	if more {
		list.NextCursor = cursor.Encode(place(items[len(items)-1]))
	}
	return list, nil
}
