package contentstore

import (
	"context"
	"slices"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/contentent"
	"github.com/neoforge-dev/neoforge/ent/contentent/author"
	"github.com/neoforge-dev/neoforge/ent/contentent/post"
	"github.com/neoforge-dev/neoforge/ent/contentent/postauthor"
	"github.com/neoforge-dev/neoforge/ent/contentent/postschedule"
	"github.com/neoforge-dev/neoforge/ent/contentent/postslug"
	"github.com/neoforge-dev/neoforge/ent/contentent/posttag"
	"github.com/neoforge-dev/neoforge/ent/contentent/revision"
	"github.com/neoforge-dev/neoforge/ent/contentent/taguse"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

type posts struct {
	tx     transaction
	search searchIndex
	media  mediaStore
}

// Insert implements content.Posts.
func (s posts) Insert(ctx context.Context, p *content.Post) error {
	v := p.State()
	id, err := entstore.ID(v.ID)
	if err != nil {
		return entstore.Failure(err, noRules, "contentstore: insert post")
	}
	author, err := entstore.ID(v.Author)
	if err != nil {
		return entstore.Failure(err, noRules, "contentstore: insert post %s", v.ID)
	}
	err = s.tx.Ent.Post.Create().
		SetID(id).
		SetAuthorID(author).
		SetKind(string(v.Kind)).
		SetSlug(v.Text.Slug).
		SetTitle(v.Text.Title).
		SetVisibility(string(v.Text.Visibility)).
		SetStatus(string(v.Status)).
		SetNillablePublishedAt(entstore.Null(v.PublishedAt)).
		SetCreatedAt(v.CreatedAt.UTC()).
		SetUpdatedAt(v.UpdatedAt.UTC()).
		SetVersion(v.Version).
		SetReadingMinutes(v.Rendered.ReadingMinutes).
		SetTags(v.Text.Tags).
		SetExcerpt(v.Text.Excerpt).
		SetTeaser(v.Rendered.Teaser).
		SetTeaserVersion(v.RenderedVersion).
		SetRenderedVersion(v.RenderedVersion).
		SetRendererVersion(v.Rendered.Renderer).
		SetBody(v.Rendered.Body).
		SetMarkdown(v.Text.Markdown).
		Exec(ctx)
	if err == nil {
		err = s.insertBeside(ctx, id, v, author)
	}
	if err != nil {
		return entstore.Failure(err, postRules, "contentstore: insert post %s", v.ID)
	}
	if v.Status == content.Published {
		s.invalidate(v)
	}
	if v.Searchable() {
		if err := s.search.write(ctx, v); err != nil {
			return err
		}
	}
	if err := s.keepSchedule(ctx, id, content.Schedule{}, v.Schedule); err != nil {
		return err
	}
	if err := s.noteMedia(ctx, id, "", v.Text.Markdown); err != nil {
		return err
	}
	if err := s.nameCoAuthors(ctx, id, v); err != nil {
		return err
	}
	return s.listUnder(ctx, id, v)
}

// insertBeside inserts the first revision of a post that was just inserted and the uses of its
// tags, and asks whether its slug was another's; content.ErrSlugTaken. It is not asked by the
// statement that inserts the post: one that waits there, because the other is leaving the slug
// at this moment, does not see that it left it.
func (s posts) insertBeside(ctx context.Context, id uuid.UUID, v content.PostState, author uuid.UUID) error {
	var taken bool
	err := s.tx.QueryBeside(ctx, "SELECT EXISTS (SELECT 1 FROM content_post_slugs WHERE slug = $1)", []any{v.Text.Slug}, []any{&taken}, func(d dialect.Driver) error {
		client := contentent.NewClient(contentent.Driver(d))
		if err := client.Revision.CreateBulk(newRevision(client, id, v, author)).Exec(ctx); err != nil || len(v.Text.Tags) == 0 {
			return err
		}
		return client.TagUse.CreateBulk(newTagUses(client, id, v.Text.Tags)...).Exec(ctx)
	})
	if err == nil && taken {
		err = content.ErrSlugTaken
	}
	return err
}

// Update implements content.Posts. What the row was is known from the post, because the
// update asks for the version that was loaded: only a save that failed looks again.
func (s posts) Update(ctx context.Context, p *content.Post, editor identityport.UserID) error {
	before, v := p.Loaded(), p.State()
	id, err := entstore.ID(v.ID)
	if err != nil {
		return entstore.Failure(err, postRules, "contentstore: update post")
	}
	by, err := entstore.ID(editor)
	if err != nil {
		return entstore.Failure(err, noRules, "contentstore: update post %s: editor", v.ID)
	}
	filed, err := s.filedUnder(ctx, id, before, v)
	if err != nil {
		return err
	}
	update := s.tx.Ent.Post.Update().
		Where(post.ID(id), post.Version(before.Version)).
		SetKind(string(v.Kind)).
		SetSlug(v.Text.Slug).
		SetTitle(v.Text.Title).
		SetVisibility(string(v.Text.Visibility)).
		SetStatus(string(v.Status)).
		SetUpdatedAt(v.UpdatedAt.UTC()).
		SetVersion(v.Version).
		SetExcerpt(v.Text.Excerpt).
		SetMarkdown(v.Text.Markdown)
	written := before.Author == v.Author && slices.Equal(before.CoAuthors, v.CoAuthors)
	if !written {
		first, err := entstore.ID(v.Author)
		if err == nil {
			err = s.knowsAuthors(ctx, id, before, v)
		}
		if err != nil {
			return entstore.Failure(err, authorRules, "contentstore: authors of post %s", v.ID)
		}
		update.SetAuthorID(first)
	}
	// The post may have been filed under the new name of a tag since it was loaded.
	left, listed := before, v
	left.Text.Tags = filed
	tagged := !slices.Equal(before.Text.Tags, v.Text.Tags)
	if tagged {
		update.SetTags(v.Text.Tags)
	} else {
		listed.Text.Tags = filed
	}
	// A rendering that was loaded may have been replaced since: it does not replace the new
	// one, and one that was outdated is not marked as current.
	if v.Rendered != before.Rendered || !before.Text.Equal(v.Text) {
		update.SetBody(v.Rendered.Body).SetTeaser(v.Rendered.Teaser).SetReadingMinutes(v.Rendered.ReadingMinutes).SetRendererVersion(v.Rendered.Renderer)
	}
	if v.RenderedVersion == v.Version {
		update.SetRenderedVersion(v.RenderedVersion).SetTeaserVersion(v.RenderedVersion)
	}
	if v.PublishedAt.IsZero() {
		update.ClearPublishedAt()
	} else {
		update.SetPublishedAt(v.PublishedAt.UTC())
	}
	n, err := update.Save(ctx)
	if err == nil && n == 0 {
		err = s.whyNotUpdated(ctx, id)
	}
	if err == nil && before.Text.Slug != v.Text.Slug {
		err = s.moveSlug(ctx, id, before, v)
	}
	if err != nil {
		return entstore.Failure(err, postRules, "contentstore: update post %s", v.ID)
	}
	if v.Status == content.Published || before.Status == content.Published {
		s.tx.Invalidate(content.StaleBySave(left, listed)...)
	}
	switch {
	case v.Searchable() && v.RenderedVersion != v.Version: // what is kept may be another rendering
		err = s.search.Index(ctx, v.ID)
	case v.Searchable() || before.Searchable():
		err = s.search.write(ctx, listed)
	}
	if err != nil {
		return err
	}
	if !before.Text.Equal(v.Text) {
		if err := s.followRevision(ctx, id, p, by); err != nil {
			return err
		}
		if err := s.noteMedia(ctx, id, before.Text.Markdown, v.Text.Markdown); err != nil {
			return err
		}
	}
	if err := s.keepSchedule(ctx, id, before.Schedule, v.Schedule); err != nil {
		return err
	}
	if !written {
		if _, err := s.tx.Ent.PostAuthor.Delete().Where(postauthor.PostID(id)).Exec(ctx); err != nil {
			return entstore.Failure(err, noRules, "contentstore: forget the authors of post %s", v.ID)
		}
		if err := s.nameCoAuthors(ctx, id, v); err != nil {
			return err
		}
	}
	if tagged {
		if _, err := s.tx.Ent.TagUse.Delete().Where(taguse.PostID(id)).Exec(ctx); err != nil {
			return entstore.Failure(err, noRules, "contentstore: forget the tags of post %s", v.ID)
		}
		if err := s.useTags(ctx, id, v.Text.Tags); err != nil {
			return err
		}
	}
	if sameListing(before, v) {
		return nil
	}
	if _, err := s.tx.Ent.PostTag.Delete().Where(posttag.PostID(id)).Exec(ctx); err != nil {
		return entstore.Failure(err, noRules, "contentstore: delete the tags of post %s", v.ID)
	}
	return s.listUnder(ctx, id, listed)
}

// filedUnder are the tags of a post before an update: of one that readers find, or found, as
// they are at this moment. A tag may have been renamed since the post was loaded, and then
// pages carry the new name. Who moves its tags at the same moment waits for this, or this for
// them.
func (s posts) filedUnder(ctx context.Context, id uuid.UUID, before, after content.PostState) ([]string, error) {
	if len(before.Text.Tags) == 0 || before.Status != content.Published && after.Status != content.Published {
		return before.Text.Tags, nil
	}
	query := s.tx.Ent.Post.Query().Where(post.ID(id)).Select(post.FieldTags)
	if s.tx.Dialect() == entstore.Postgres {
		query.ForUpdate()
	}
	row, err := query.Only(ctx)
	if contentent.IsNotFound(err) {
		err = content.ErrPostNotFound
	}
	if err != nil {
		return nil, entstore.Failure(err, postRules, "contentstore: tags of post %s", id)
	}
	return row.Tags, nil
}

// knowsAuthors fails with content.ErrAuthorNotFound unless who becomes an author of a post
// has a profile, and with content.ErrPostChanged when its authors are not those that were loaded:
// who is erased leaves a post to the others without a new version of it. Who is erased at the
// same moment waits for this, or is seen here to have left.
func (s posts) knowsAuthors(ctx context.Context, id uuid.UUID, before, after content.PostState) error {
	var keys, added []uuid.UUID
	for _, user := range after.Authors() {
		key, err := entstore.ID(user)
		if err != nil {
			return content.ErrAuthorNotFound // nobody has that id
		}
		if !before.WrittenBy(user) {
			added = append(added, key)
		}
		keys = append(keys, key)
	}
	query := s.tx.Ent.Author.Query().Where(author.IDIn(keys...)).Order(author.ByID())
	if s.tx.Dialect() == entstore.Postgres {
		query.ForShare()
	}
	found, err := query.IDs(ctx)
	if err != nil {
		return err
	}
	for _, key := range added {
		if !slices.Contains(found, key) {
			return content.ErrAuthorNotFound
		}
	}
	row, err := s.tx.Ent.Post.Query().Where(post.ID(id)).Select(post.FieldID, post.FieldAuthorID).WithCoAuthors(inOrder).Only(ctx)
	if contentent.IsNotFound(err) {
		return content.ErrPostNotFound
	}
	if err == nil && !slices.Equal(authorsOfRow(row), before.Authors()) {
		err = content.ErrPostChanged
	}
	return err
}

// inOrder reads the other authors of posts in the order of their bylines.
func inOrder(q *contentent.PostAuthorQuery) { q.Order(postauthor.ByPosition()) }

// authorsOfRow are all authors of a post that was read with the others.
func authorsOfRow(row *contentent.Post) []identityport.UserID {
	out := []identityport.UserID{identityport.UserID(row.AuthorID.String())}
	for _, other := range row.Edges.CoAuthors {
		out = append(out, identityport.UserID(other.AuthorID.String()))
	}
	return out
}

func (s posts) nameCoAuthors(ctx context.Context, id uuid.UUID, v content.PostState) error {
	if len(v.CoAuthors) == 0 {
		return nil
	}
	rows := make([]*contentent.PostAuthorCreate, len(v.CoAuthors))
	for i, user := range v.CoAuthors {
		key, err := entstore.ID(user)
		if err != nil {
			return entstore.Failure(err, authorRules, "contentstore: author %s of post %s", user, v.ID)
		}
		rows[i] = s.tx.Ent.PostAuthor.Create().SetPostID(id).SetAuthorID(key).SetPosition(i + 1)
	}
	return entstore.Failure(s.tx.Ent.PostAuthor.CreateBulk(rows...).Exec(ctx), noRules, "contentstore: authors of post %s", v.ID)
}

// takeSlug frees a slug that the post had before; content.ErrSlugTaken when another had it,
// to which it leads.
func (s posts) takeSlug(ctx context.Context, id uuid.UUID, slug string) error {
	if _, err := s.tx.Ent.PostSlug.Delete().Where(postslug.Slug(slug), postslug.PostID(id)).Exec(ctx); err != nil {
		return err
	}
	taken, err := s.tx.Ent.PostSlug.Query().Where(postslug.Slug(slug)).Exist(ctx)
	if err == nil && taken {
		err = content.ErrSlugTaken
	}
	return err
}

// moveSlug takes a post's new slug, and has the one that readers know lead to it.
func (s posts) moveSlug(ctx context.Context, id uuid.UUID, before, after content.PostState) error {
	if err := s.takeSlug(ctx, id, after.Text.Slug); err != nil || before.PublishedAt.IsZero() {
		return err
	}
	err := s.tx.Ent.PostSlug.Create().SetPostID(id).SetSlug(before.Text.Slug).SetLeftAt(after.UpdatedAt.UTC()).Exec(ctx)
	if err != nil {
		return err
	}
	oldest, err := s.tx.Ent.PostSlug.Query().Where(postslug.PostID(id)).
		Order(postslug.ByLeftAt(entsql.OrderDesc()), postslug.ByID(entsql.OrderDesc())).Offset(content.MaxFormerSlugs).Limit(content.MaxFormerSlugs).IDs(ctx)
	if err == nil && len(oldest) > 0 {
		_, err = s.tx.Ent.PostSlug.Delete().Where(postslug.IDIn(oldest...)).Exec(ctx)
	}
	return err
}

func (s posts) keepSchedule(ctx context.Context, id uuid.UUID, before, after content.Schedule) error {
	if before == after {
		return nil
	}
	if !before.IsZero() {
		if _, err := s.tx.Ent.PostSchedule.Delete().Where(postschedule.PostID(id)).Exec(ctx); err != nil {
			return entstore.Failure(err, noRules, "contentstore: end the schedule of post %s", id)
		}
	}
	if after.IsZero() {
		return nil
	}
	err := s.tx.Ent.PostSchedule.Create().SetPostID(id).SetPublishAt(after.At.UTC()).SetZone(after.Zone).Exec(ctx)
	return entstore.Failure(err, noRules, "contentstore: schedule post %s", id)
}

// Delete implements content.Posts. What hangs on the post goes with it, by foreign keys.
func (s posts) Delete(ctx context.Context, id content.PostID, seen int) error {
	key, err := entstore.ID(id)
	if err != nil {
		return entstore.Failure(err, postRules, "contentstore: delete post")
	}
	n, err := s.tx.Ent.Post.Delete().Where(post.ID(key), post.Version(seen)).Exec(ctx)
	if err == nil && n == 0 {
		err = s.whyNotUpdated(ctx, key)
	}
	return entstore.Failure(err, postRules, "contentstore: delete post %s", id)
}

// whyNotUpdated tells a post that was saved since it was loaded from one that is not there.
func (s posts) whyNotUpdated(ctx context.Context, id uuid.UUID) error {
	exists, err := s.tx.Ent.Post.Query().Where(post.ID(id)).Exist(ctx)
	if err == nil && exists {
		err = content.ErrPostChanged
	} else if err == nil {
		err = content.ErrPostNotFound
	}
	return err
}

// invalidate makes stale what is cached of posts: their own pages, every list, and the pages
// that name posts of the same tags.
func (s posts) invalidate(states ...content.PostState) {
	s.tx.Invalidate(content.StaleTags(states...)...)
}

// followRevision keeps the text of a post that was changed. The post's row is written, so nobody
// else writes a revision of it before the transaction ends.
func (s posts) followRevision(ctx context.Context, id uuid.UUID, p *content.Post, editor uuid.UUID) error {
	v := p.State()
	p.JoinRevision(false)
	if !p.Autosaved() {
		return s.keepRevision(ctx, id, v, editor, time.Time{})
	}
	next := content.Revision{Post: v.ID, Editor: identityport.UserID(editor.String()), SavedAt: v.UpdatedAt}
	last, err := s.tx.Ent.Revision.Query().Where(revision.PostID(id)).Order(revision.ByNumber(entsql.OrderDesc())).
		Select(revision.FieldID, revision.FieldNumber, revision.FieldEditorID, revision.FieldAutosavedFrom).First(ctx)
	switch {
	case contentent.IsNotFound(err), err == nil && !p.GoesOnFrom(last.Number): // it begins another
		next, _ = next.FollowingAutosave(content.Revision{})
	case err != nil:
		return entstore.Failure(err, noRules, "contentstore: last revision of post %s", v.ID)
	default:
		var replaces bool
		if next, replaces = next.FollowingAutosave(revisionOf(v.ID, last)); replaces {
			if err := s.tx.Ent.Revision.DeleteOneID(last.ID).Exec(ctx); err != nil {
				return entstore.Failure(err, noRules, "contentstore: replace an autosave of post %s", v.ID)
			}
			p.JoinRevision(true)
		}
	}
	return s.keepRevision(ctx, id, v, editor, next.AutosavedFrom)
}

// KeepAutosave implements content.Posts.
func (s posts) KeepAutosave(ctx context.Context, id content.PostID, seen int) error {
	key, err := entstore.ID(id)
	if err == nil {
		err = s.tx.Ent.Revision.Update().
			Where(revision.PostID(key), revision.Number(seen), revision.AutosavedFromNotNil()).ClearAutosavedFrom().Exec(ctx)
	}
	return entstore.Failure(err, noRules, "contentstore: keep revision %d of post %s", seen, id)
}

// keepRevision keeps the text of a post. autosavedFrom is zero for what was saved by hand.
func (s posts) keepRevision(ctx context.Context, id uuid.UUID, v content.PostState, editor uuid.UUID, autosavedFrom time.Time) error {
	create := newRevision(s.tx.Ent, id, v, editor)
	if !autosavedFrom.IsZero() {
		create.SetAutosavedFrom(autosavedFrom.UTC())
	}
	err := create.Exec(ctx)
	return entstore.Failure(err, noRules, "contentstore: keep revision %d of post %s", v.TextVersion, v.ID)
}

func newRevision(client *contentent.Client, id uuid.UUID, v content.PostState, editor uuid.UUID) *contentent.RevisionCreate {
	return client.Revision.Create().
		SetPostID(id).
		SetNumber(v.TextVersion).
		SetEditorID(editor).
		SetSlug(v.Text.Slug).
		SetTitle(v.Text.Title).
		SetVisibility(string(v.Text.Visibility)).
		SetTags(v.Text.Tags).
		SetExcerpt(v.Text.Excerpt).
		SetMarkdown(v.Text.Markdown).
		SetSavedAt(v.UpdatedAt.UTC())
}

// listUnder enters a published post into the lists of its tags; pages are in none.
func (s posts) listUnder(ctx context.Context, id uuid.UUID, v content.PostState) error {
	if v.Status != content.Published || v.Kind == content.KindPage || len(v.Text.Tags) == 0 {
		return nil
	}
	rows := make([]*contentent.PostTagCreate, len(v.Text.Tags))
	for i, tag := range v.Text.Tags {
		rows[i] = s.tx.Ent.PostTag.Create().SetPostID(id).SetTag(tag).SetPublishedAt(v.PublishedAt.UTC())
	}
	err := s.tx.Ent.PostTag.CreateBulk(rows...).Exec(ctx)
	return entstore.Failure(err, noRules, "contentstore: list post %s under its tags", v.ID)
}

// useTags enters a post under its tags, whatever its status.
func (s posts) useTags(ctx context.Context, id uuid.UUID, tags []string) error {
	if len(tags) == 0 {
		return nil
	}
	err := s.tx.Ent.TagUse.CreateBulk(newTagUses(s.tx.Ent, id, tags)...).Exec(ctx)
	return entstore.Failure(err, noRules, "contentstore: enter post %s under its tags", id)
}

func newTagUses(client *contentent.Client, id uuid.UUID, tags []string) []*contentent.TagUseCreate {
	rows := make([]*contentent.TagUseCreate, len(tags))
	for i, tag := range tags {
		rows[i] = client.TagUse.Create().SetPostID(id).SetTag(tag)
	}
	return rows
}

// MoveTags implements content.Posts. Who saves the post at the same moment waits for this,
// or this for them.
func (s posts) MoveTags(ctx context.Context, id content.PostID) (before, after content.PostState, err error) {
	fail := func(err error) (content.PostState, content.PostState, error) {
		return content.PostState{}, content.PostState{}, entstore.Failure(err, postRules, "contentstore: move the tags of post %s", id)
	}
	key, err := entstore.ID(id)
	if err != nil {
		return fail(err)
	}
	query := s.tx.Ent.Post.Query().Where(post.ID(key)).Select(post.FieldSlug, post.FieldStatus, post.FieldPublishedAt, post.FieldVersion, post.FieldTags, post.FieldKind)
	if s.tx.Dialect() == entstore.Postgres {
		query.ForUpdate()
	}
	row, err := query.Only(ctx)
	if err != nil {
		return fail(err)
	}
	before = content.PostState{ID: id, Kind: content.Kind(row.Kind), Status: content.Status(row.Status), Version: row.Version, Text: content.Text{Slug: row.Slug, Tags: row.Tags}}
	if row.PublishedAt != nil {
		before.PublishedAt = row.PublishedAt.UTC()
	}
	after = before
	inTransaction := func(ctx context.Context, query string, args []any, row func(scan func(...any) error) error) error {
		return each(ctx, s.tx.Queries(), query, args, row)
	}
	if after.Text.Tags, err = currentTags(ctx, inTransaction, row.Tags); err != nil {
		return fail(err)
	}
	if !slices.Equal(before.Text.Tags, after.Text.Tags) {
		if err := s.tx.Ent.Post.Update().Where(post.ID(key)).SetTags(after.Text.Tags).Exec(ctx); err != nil {
			return fail(err)
		}
		if after.Searchable() {
			if err := s.search.Index(ctx, id); err != nil {
				return fail(err)
			}
		}
	}
	if after.Status == content.Published {
		s.invalidate(before, after)
	}
	// Also where the tags are right: what they are found by may not be, of a release that
	// knows no names of tags.
	if _, err := s.tx.Ent.TagUse.Delete().Where(taguse.PostID(key)).Exec(ctx); err != nil {
		return fail(err)
	}
	if _, err := s.tx.Ent.PostTag.Delete().Where(posttag.PostID(key)).Exec(ctx); err != nil {
		return fail(err)
	}
	if err := s.useTags(ctx, key, after.Text.Tags); err != nil {
		return fail(err)
	}
	if err := s.listUnder(ctx, key, after); err != nil {
		return fail(err)
	}
	return before, after, nil
}

// noteMedia says which pictures a post shows from now on. A text without any, as before,
// costs no query.
func (s posts) noteMedia(ctx context.Context, id uuid.UUID, before, after string) error {
	shown := content.MediaIn(after)
	if len(shown) == 0 && len(content.MediaIn(before)) == 0 {
		return nil
	}
	return entstore.Failure(s.media.setUses(ctx, id, content.InText, shown), noRules, "contentstore: pictures of post %s", id)
}

func sameListing(a, b content.PostState) bool {
	return a.Status == b.Status && a.PublishedAt.Equal(b.PublishedAt) && slices.Equal(a.Text.Tags, b.Text.Tags)
}

// PutRendering implements content.Posts.
func (s posts) PutRendering(ctx context.Context, id content.PostID, seen int, r content.Rendered) error {
	key, err := entstore.ID(id)
	if err != nil {
		return entstore.Failure(err, postRules, "contentstore: put a rendering")
	}
	n, err := s.tx.Ent.Post.Update().
		Where(post.ID(key), post.Version(seen)).
		SetBody(r.Body).
		SetTeaser(r.Teaser).
		SetReadingMinutes(r.ReadingMinutes).
		SetRendererVersion(r.Renderer).
		SetRenderedVersion(seen).
		SetTeaserVersion(seen).
		Save(ctx)
	if err == nil && n == 0 {
		err = content.ErrPostChanged
	}
	if err != nil {
		return entstore.Failure(err, postRules, "contentstore: put the rendering of post %s", id)
	}
	row, err := s.tx.Ent.Post.Query().Where(post.ID(key)).Select(post.FieldSlug, post.FieldTags, post.FieldStatus).Only(ctx)
	if err == nil && row.Status == string(content.Published) {
		s.invalidate(publicState(row))
	}
	if err != nil {
		return entstore.Failure(err, postRules, "contentstore: put the rendering of post %s", id)
	}
	return s.search.Index(ctx, id)
}

// DeleteByAuthor implements content.Posts. Revisions, tags and entries of the index go with
// the posts, by foreign keys.
func (s posts) DeleteByAuthor(ctx context.Context, user identityport.UserID) (deleted, passedOn []content.PostState, err error) {
	defer func() { err = entstore.Failure(err, noRules, "contentstore: delete the posts of %s", user) }()
	key, err := entstore.ID(user)
	if err != nil {
		return nil, nil, nil // nobody has that id, and so wrote nothing
	}
	if passedOn, err = s.passOn(ctx, key); err != nil {
		return nil, nil, err
	}
	query := s.tx.Ent.Post.Query().
		Where(post.AuthorID(key), post.Status(string(content.Published))).
		Select(post.FieldAuthorID, post.FieldSlug, post.FieldTags, post.FieldStatus)
	if s.tx.Dialect() == entstore.Postgres {
		query.Order(post.ByID()).ForUpdate() // their tags stay what they are
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, nil, err
	}
	if _, err := s.tx.Ent.Post.Delete().Where(post.AuthorID(key)).Exec(ctx); err != nil {
		return nil, nil, err
	}
	for _, row := range rows {
		s.invalidate(publicState(row))
		deleted = append(deleted, publicState(row))
	}
	return deleted, passedOn, nil
}

func publicState(row *contentent.Post) content.PostState {
	return content.PostState{
		ID: content.PostID(row.ID.String()), Author: identityport.UserID(row.AuthorID.String()), Status: content.Status(row.Status),
		Text: content.Text{Slug: row.Slug, Tags: row.Tags},
	}
}

// passOn takes somebody out of the posts that others wrote with them, and returns those that
// are published. Those of which they are the first author belong to the next. It is no save:
// versions and dates stay.
func (s posts) passOn(ctx context.Context, leaving uuid.UUID) (published []content.PostState, err error) {
	query := s.tx.Ent.Post.Query().
		Where(post.Or(
			post.And(post.AuthorID(leaving), post.HasCoAuthors()),
			post.HasCoAuthorsWith(postauthor.AuthorID(leaving)),
		)).
		Select(post.FieldID, post.FieldAuthorID, post.FieldSlug, post.FieldTags, post.FieldStatus).
		WithCoAuthors(inOrder)
	if s.tx.Dialect() == entstore.Postgres {
		query.Order(post.ByID()).ForUpdate() // their tags stay what they are
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if row.AuthorID == leaving {
			next := row.Edges.CoAuthors[0]
			if err := s.tx.Ent.Post.Update().Where(post.ID(row.ID)).SetAuthorID(next.AuthorID).Exec(ctx); err != nil {
				return nil, err
			}
			if err := s.tx.Ent.PostAuthor.DeleteOneID(next.ID).Exec(ctx); err != nil {
				return nil, err
			}
			row.AuthorID = next.AuthorID
		}
		if row.Status == string(content.Published) {
			s.invalidate(publicState(row))
			published = append(published, publicState(row))
		}
	}
	_, err = s.tx.Ent.PostAuthor.Delete().Where(postauthor.AuthorID(leaving)).Exec(ctx)
	return published, err
}
