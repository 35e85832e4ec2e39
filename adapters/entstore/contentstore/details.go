package contentstore

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/contentent"
	"github.com/neoforge-dev/neoforge/ent/contentent/post"
	"github.com/neoforge-dev/neoforge/ent/contentent/postdetails"
	"github.com/neoforge-dev/neoforge/modules/content"
)

type details struct{ tx transaction }

// Put implements content.Details.
func (s details) Put(ctx context.Context, id content.PostID, d content.PostDetails, seen int) error {
	fail := func(err error) error {
		return entstore.Failure(err, detailRules, "contentstore: put the details of post %s", id)
	}
	key, err := entstore.ID(id)
	if err != nil {
		return fail(err)
	}
	row, err := s.tx.Ent.Post.Query().Where(post.ID(key)).Select(post.FieldSlug, post.FieldStatus).Only(ctx)
	if err != nil {
		return fail(err)
	}
	if seen == 0 {
		err = s.tx.Ent.PostDetails.Create().SetPostID(key).
			SetSeoTitle(d.SEOTitle).SetSeoDescription(d.SEODescription).SetSocialTitle(d.SocialTitle).SetSocialDescription(d.SocialDescription).
			SetCanonicalURL(d.Canonical).SetNoindex(d.NoIndex).SetVersion(d.Version).SetUpdatedAt(d.UpdatedAt.UTC()).Exec(ctx)
	} else {
		var n int
		n, err = s.tx.Ent.PostDetails.Update().Where(postdetails.PostID(key), postdetails.Version(seen)).
			SetSeoTitle(d.SEOTitle).SetSeoDescription(d.SEODescription).SetSocialTitle(d.SocialTitle).SetSocialDescription(d.SocialDescription).
			SetCanonicalURL(d.Canonical).SetNoindex(d.NoIndex).SetVersion(d.Version).SetUpdatedAt(d.UpdatedAt.UTC()).Save(ctx)
		if err == nil && n == 0 {
			err = content.ErrDetailsChanged
		}
	}
	if err != nil {
		return fail(err)
	}
	if row.Status == string(content.Published) {
		s.tx.Invalidate(content.TagPosts, content.TagPost(row.Slug))
	}
	return nil
}

// PostDetails implements content.DetailReads.
func (s *Store) PostDetails(ctx context.Context, id content.PostID) (content.PostDetails, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return content.PostDetails{}, nil
	}
	row, err := s.reads.PostDetails.Query().Where(postdetails.PostID(key)).Only(ctx)
	if contentent.IsNotFound(err) {
		return content.PostDetails{}, nil
	}
	if err != nil {
		return content.PostDetails{}, entstore.Failure(err, noRules, "contentstore: details of post %s", id)
	}
	return content.PostDetails{
		SEOTitle: row.SeoTitle, SEODescription: row.SeoDescription, SocialTitle: row.SocialTitle, SocialDescription: row.SocialDescription,
		Canonical: row.CanonicalURL, NoIndex: row.Noindex, Version: row.Version, UpdatedAt: row.UpdatedAt.UTC(),
	}, nil
}

// detailColumns are what a query finds of the details of a post, each NULL where there are none.
type detailColumns struct {
	seoTitle, seoDescription, socialTitle, socialDescription, canonical *string
	noIndex                                                             *bool
	version                                                             *int
	updatedAt                                                           *time.Time
}

func (c *detailColumns) into() []any {
	return []any{&c.seoTitle, &c.seoDescription, &c.socialTitle, &c.socialDescription, &c.canonical, &c.noIndex, &c.version, &c.updatedAt}
}

func (c *detailColumns) value() content.PostDetails {
	if c.version == nil {
		return content.PostDetails{}
	}
	return content.PostDetails{
		SEOTitle: entstore.Text(c.seoTitle), SEODescription: entstore.Text(c.seoDescription), SocialTitle: entstore.Text(c.socialTitle),
		SocialDescription: entstore.Text(c.socialDescription), Canonical: entstore.Text(c.canonical), NoIndex: *c.noIndex, Version: *c.version,
		UpdatedAt: entstore.Time(c.updatedAt),
	}
}
