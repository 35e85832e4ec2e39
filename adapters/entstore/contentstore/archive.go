package contentstore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/content"
)

// Archived implements content.ArchiveReads.
func (s *Store) Archived(ctx context.Context, from, until time.Time, skip, limit int) (out []content.ArchivedPost, err error) {
	err = s.db.Each(ctx, "SELECT slug, title, visibility, published_at FROM content_posts WHERE "+publishedOf(content.KindPost, "")+" AND published_at >= $1 AND published_at < $2 ORDER BY published_at DESC, id DESC LIMIT $3 OFFSET $4",
		[]any{from.UTC(), until.UTC(), max(limit, 1), max(skip, 0)}, func(scan func(...any) error) error {
			var p content.ArchivedPost
			err := scan(&p.Slug, &p.Title, &p.Visibility, &p.PublishedAt)
			p.PublishedAt = p.PublishedAt.UTC()
			out = append(out, p)
			return err
		})
	return out, entstore.Failure(err, noRules, "contentstore: posts published between %s and %s", from, until)
}

// perTag is how many posts of each tag may be related to another: the newest.
const perTag = 50

// relatedQuery lists the newest posts of as many tags as a post may have, which are its
// arguments; an empty one is nobody's. It is one text for all, so that databases plan it once.
var relatedQuery = func() string {
	legs := make([]string, content.MaxTags)
	for i := range legs {
		legs[i] = "SELECT * FROM (SELECT post_id, published_at FROM content_post_tags WHERE tag = $" + strconv.Itoa(i+1) + " ORDER BY published_at DESC, post_id DESC LIMIT " + strconv.Itoa(perTag) + ") ranked"
	}
	return strings.Join(legs, " UNION ALL ")
}()

// Related implements content.ArchiveReads.
func (s *Store) Related(ctx context.Context, id content.PostID, tags []string, limit int) ([]content.Summary, error) {
	args := make([]any, content.MaxTags)
	for i := range args {
		args[i] = ""
		if i < len(tags) {
			args[i] = tags[i]
		}
	}
	type candidate struct {
		id     content.PostID
		shared int
		at     time.Time
	}
	byID := map[content.PostID]*candidate{}
	err := s.db.Each(ctx, relatedQuery, args, func(scan func(...any) error) error {
		var c candidate
		if err := scan(&c.id, &c.at); err != nil || c.id == id {
			return err
		}
		if byID[c.id] == nil {
			byID[c.id] = &c
		}
		byID[c.id].shared++
		return nil
	})
	if err != nil {
		return nil, entstore.Failure(err, noRules, "contentstore: posts related to %s", id)
	}
	best := slices.SortedFunc(maps.Values(byID), func(a, b *candidate) int {
		return cmp.Or(b.shared-a.shared, b.at.Compare(a.at), cmp.Compare(b.id, a.id))
	})
	ids := make([]content.PostID, 0, limit)
	for _, c := range best[:min(len(best), max(limit, 0))] {
		ids = append(ids, c.id)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	out, err := s.Summaries(ctx, ids, len(ids))
	if err != nil {
		return nil, err
	}
	out = slices.DeleteFunc(out, func(p content.Summary) bool { return p.Status != content.Published }) // since they were found
	slices.SortFunc(out, func(a, b content.Summary) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return out, nil
}
