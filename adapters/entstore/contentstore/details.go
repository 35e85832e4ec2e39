package contentstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/contentent"
	"github.com/neoforge-dev/neoforge/ent/contentent/media"
	"github.com/neoforge-dev/neoforge/ent/contentent/mediause"
	"github.com/neoforge-dev/neoforge/ent/contentent/post"
	"github.com/neoforge-dev/neoforge/ent/contentent/postdetails"
	"github.com/neoforge-dev/neoforge/modules/content"
)

type details struct {
	tx    transaction
	media mediaStore
}

// Put implements content.Details.
func (s details) Put(ctx context.Context, loaded content.PostState, d content.PostDetails, seen int) error {
	fail := func(err error) error {
		return entstore.Failure(err, detailRules, "contentstore: put the details of post %s", loaded.ID)
	}
	key, err := entstore.ID(loaded.ID)
	if err != nil {
		return fail(err)
	}
	// Whoever publishes the post at the same moment waits here, or is seen to have done so.
	query := s.tx.Ent.Post.Query().Where(post.ID(key)).Select(post.FieldSlug, post.FieldTags, post.FieldStatus, post.FieldVersion)
	if s.tx.Dialect() == entstore.Postgres {
		query.ForUpdate()
	}
	row, err := query.Only(ctx)
	if err == nil && row.Version != loaded.Version {
		err = content.ErrPostChanged
	}
	if err != nil {
		return fail(err)
	}
	cover, covers, err := coverOf(d.Cover)
	if err != nil {
		return fail(err)
	}
	if seen == 0 {
		err = s.tx.Ent.PostDetails.Create().SetPostID(key).
			SetSeoTitle(d.SEOTitle).SetSeoDescription(d.SEODescription).SetSocialTitle(d.SocialTitle).SetSocialDescription(d.SocialDescription).
			SetCanonicalURL(d.Canonical).SetNoindex(d.NoIndex).SetNillableCoverID(cover).SetCoverAlt(d.Cover.Alt).SetCoverCaption(d.Cover.Caption).
			SetVersion(d.Version).SetUpdatedAt(d.UpdatedAt.UTC()).Exec(ctx)
	} else {
		var n int
		update := s.tx.Ent.PostDetails.Update().Where(postdetails.PostID(key), postdetails.Version(seen)).
			SetSeoTitle(d.SEOTitle).SetSeoDescription(d.SEODescription).SetSocialTitle(d.SocialTitle).SetSocialDescription(d.SocialDescription).
			SetCanonicalURL(d.Canonical).SetNoindex(d.NoIndex).SetNillableCoverID(cover).SetCoverAlt(d.Cover.Alt).SetCoverCaption(d.Cover.Caption).
			SetVersion(d.Version).SetUpdatedAt(d.UpdatedAt.UTC())
		if cover == nil {
			update.ClearCoverID()
		}
		n, err = update.Save(ctx)
		if err == nil && n == 0 {
			err = content.ErrDetailsChanged
		}
	}
	if err == nil {
		err = s.media.setCover(ctx, key, covers)
	}
	if err != nil {
		return fail(err)
	}
	if row.Status == string(content.Published) {
		s.tx.Invalidate(content.StaleTags(publicState(row))...)
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
		Canonical: row.CanonicalURL, NoIndex: row.Noindex, Cover: coverChoice(row.CoverID, row.CoverAlt, row.CoverCaption), Version: row.Version, UpdatedAt: row.UpdatedAt.UTC(),
	}, nil
}

// coverOf is the key of the picture of a choice, and the pictures that are used by it.
func coverOf(c content.CoverChoice) (*uuid.UUID, []content.MediaID, error) {
	if c.Media == "" {
		return nil, nil, nil
	}
	key, err := entstore.ID(c.Media)
	if err != nil {
		return nil, nil, content.ErrCoverNotFound
	}
	return &key, []content.MediaID{c.Media}, nil
}

func coverChoice(id *uuid.UUID, alt, caption string) content.CoverChoice {
	if id == nil {
		return content.CoverChoice{}
	}
	return content.CoverChoice{Media: content.MediaID(id.String()), Alt: alt, Caption: caption}
}

// setCover notes the picture that is the cover of a post, or that none is.
func (s mediaStore) setCover(ctx context.Context, post uuid.UUID, ids []content.MediaID) error {
	if err := s.setUses(ctx, post, content.InCover, ids); err != nil || len(ids) == 0 {
		return err
	}
	noted, err := s.tx.Ent.MediaUse.Query().Where(mediause.PostID(post), mediause.Place(string(content.InCover))).Exist(ctx)
	if err == nil && !noted {
		err = content.ErrCoverNotFound // setUses passes over what is no picture
	}
	return err
}

// coverColumns are what a query finds of the picture that is the cover of a post, each NULL
// where there is none.
type coverColumns struct {
	id                       *uuid.UUID
	chosenAlt, caption       *string
	alt, format, tone, state *string
	animated                 *bool
	width, height, version   *int
	variants                 []byte
}

func (c *coverColumns) into() []any {
	return []any{&c.id, &c.chosenAlt, &c.caption, &c.alt, &c.format, &c.tone, &c.state, &c.animated, &c.width, &c.height, &c.version, &c.variants}
}

func (t tables) coverColumns() []string {
	return []string{
		t.details.C(postdetails.FieldCoverID), t.details.C(postdetails.FieldCoverAlt), t.details.C(postdetails.FieldCoverCaption),
		t.cover.C(media.FieldAlt), t.cover.C(media.FieldFormat), t.cover.C(media.FieldTone), t.cover.C(media.FieldState), t.cover.C(media.FieldAnimated),
		t.cover.C(media.FieldWidth), t.cover.C(media.FieldHeight), t.cover.C(media.FieldVersion), t.cover.C(media.FieldVariants),
	}
}

func (c *coverColumns) choice() content.CoverChoice {
	return coverChoice(c.id, entstore.Text(c.chosenAlt), entstore.Text(c.caption))
}

func (c *coverColumns) value() (content.Cover, error) {
	if c.id == nil || c.version == nil {
		return content.Cover{}, nil
	}
	m := content.Media{
		ID: content.MediaID(c.id.String()), Alt: entstore.Text(c.alt), Format: content.MediaFormat(entstore.Text(c.format)), Tone: entstore.Text(c.tone),
		State: content.MediaState(entstore.Text(c.state)), Animated: *c.animated, Width: *c.width, Height: *c.height, Version: *c.version,
	}
	var files []string
	if err := json.Unmarshal(c.variants, &files); err != nil {
		return content.Cover{}, fmt.Errorf("read the sizes of picture %s: %w", m.ID, err)
	}
	m.Variants = variantsOf(files)
	return content.CoverOf(m, c.choice()), nil
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
