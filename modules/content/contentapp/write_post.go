package contentapp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// WritePost starts a draft, of a post unless Kind says otherwise. An empty Slug is made from the
// title. Key (optional, see
// content.DraftID) is made once for a new draft: under it the draft is begun once.
type WritePost struct {
	Key        string
	Kind       content.Kind // empty: content.KindPost
	Title      string
	Slug       string
	Markdown   string
	Excerpt    string
	Tags       []string
	Visibility content.Visibility
}

// WritePost saves a new draft of the actor's. Sent again under its Key, because the answer
// was lost, it finds that draft: the same text is answered with the draft as it is, another
// one revises its first version. It fails with content.ErrMayNotWrite,
// content.ErrInvalidPost, content.ErrUnknownKind, content.ErrInvalidDraftKey, content.ErrSlugTaken for a slug
// that was given, and content.ErrPostChanged when the draft of the Key was saved since.
func (a *App) WritePost(ctx context.Context, actor identityport.Actor, c WritePost) (content.Article, error) {
	if !actor.May(content.PermissionWrite) {
		return content.Article{}, content.ErrMayNotWrite
	}
	if c.Kind = cmp.Or(c.Kind, content.KindPost); !c.Kind.Valid() {
		return content.Article{}, content.ErrUnknownKind
	}
	if c.Key == "" {
		return a.createDraft(ctx, actor, content.PostID(a.ids.New()), c)
	}
	id, err := content.DraftID(actor.UserID, c.Key)
	if err != nil {
		return content.Article{}, err
	}
	article, err := a.reviseDraft(ctx, actor, id, c)
	if !errors.Is(err, content.ErrPostNotFound) {
		return article, err
	}
	article, failed := a.createDraft(ctx, actor, id, c)
	if !errors.Is(failed, content.ErrPostExists) && !errors.Is(failed, content.ErrSlugTaken) {
		return article, failed
	}
	// It was sent twice at once: the draft that is kept has its id, and its slug.
	if article, err = a.reviseDraft(ctx, actor, id, c); errors.Is(err, content.ErrPostNotFound) {
		return content.Article{}, failed
	}
	return article, err
}

// reviseDraft saves what was sent again under the key of a draft that is kept;
// content.ErrPostNotFound when none is.
func (a *App) reviseDraft(ctx context.Context, actor identityport.Actor, id content.PostID, c WritePost) (content.Article, error) {
	return a.RevisePost(ctx, actor, RevisePost{
		ID: id, Seen: 1, Kind: &c.Kind, Title: &c.Title, Slug: &c.Slug, Markdown: &c.Markdown, Excerpt: &c.Excerpt, Tags: &c.Tags, Visibility: &c.Visibility,
	})
}

// begin keeps a draft that is not there yet.
func (a *App) createDraft(ctx context.Context, actor identityport.Actor, id content.PostID, c WritePost) (content.Article, error) {
	text := content.Text{
		Slug: c.Slug, Title: c.Title, Excerpt: c.Excerpt,
		Markdown: c.Markdown, Tags: c.Tags, Visibility: c.Visibility,
	}
	text, derived := a.withSlug(text, c.Kind)
	text, rendered, err := a.prepare(ctx, text)
	if err != nil {
		return content.Article{}, err
	}
	// An author may be older than their role, and faster than the subscriber that opens
	// profiles.
	author, err := a.OpenAuthorProfile(ctx, actor.UserID, actor.Name)
	if err != nil {
		return content.Article{}, err
	}
	return a.saveWithUniqueSlug(text, derived, id, func(text content.Text) (content.Article, error) {
		now := a.clock.Now()
		post := content.NewDraft(c.Kind, id, actor.UserID, text, rendered, now)
		err := a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
			if err := s.Posts.Insert(ctx, post); err != nil {
				return err
			}
			if err := renderPicturesLater(ctx, s, post.State()); err != nil {
				return err
			}
			return s.Audit.Append(ctx, a.entry(actor, "content.post_written", id, now))
		})
		if err != nil {
			return content.Article{}, fmt.Errorf("write post %s: %w", id, err)
		}
		return content.Article{Post: post.State(), Author: author}, nil
	})
}

// withSlug gives a text without a slug the one that its title makes.
func (a *App) withSlug(t content.Text, k content.Kind) (_ content.Text, derived bool) {
	t.Slug = strings.TrimSpace(t.Slug)
	if t.Slug != "" {
		return t, false
	}
	slug := textform.CutSlug(a.slug(t.Title), content.MaxSlug)
	if !content.IsSlug(slug) {
		slug = string(k)
	}
	t.Slug = slug
	return t, true
}

// prepare checks and renders a text, before any transaction, and files it under the names
// that its tags have now. One that gets another name at this moment the job of moveTags moves.
func (a *App) prepare(ctx context.Context, t content.Text) (content.Text, content.Rendered, error) {
	t, rendered, err := a.render(ctx, t)
	if err == nil {
		err = rendered.Check()
	}
	return t, rendered, err
}

// render is prepare of a text that is saved already, which may become as much HTML as it does.
func (a *App) render(ctx context.Context, t content.Text) (content.Text, content.Rendered, error) {
	t, err := t.Clean()
	if err != nil {
		return t, content.Rendered{}, err
	}
	if len(t.Tags) > 0 {
		if t.Tags, err = a.reads.CurrentTags(ctx, t.Tags); err != nil {
			return t, content.Rendered{}, err
		}
	}
	rendered, err := a.renderer.Render(ctx, t.Markdown, t.Visibility)
	if err != nil {
		return t, rendered, fmt.Errorf("render %q: %w", t.Slug, err)
	}
	return t, rendered, nil
}

// maxSlugSuffix is how many numbers are tried behind a slug that is taken.
const maxSlugSuffix = 20

// saveWithUniqueSlug saves a text. When the slug was made from the title and is taken,
// it tries again with -2, -3 and so on, each in a transaction of its own; after
// some of them it takes the end of the post's id, which nobody else has.
func (a *App) saveWithUniqueSlug(t content.Text, derived bool, id content.PostID,
	save func(content.Text) (content.Article, error),
) (content.Article, error) {
	base := t.Slug
	for n := 2; ; n++ {
		article, err := save(t)
		if !derived || !errors.Is(err, content.ErrSlugTaken) || n > maxSlugSuffix+1 {
			return article, err
		}
		suffix := "-" + strconv.Itoa(n)
		if n > maxSlugSuffix {
			suffix = "-" + string(id[max(0, len(id)-12):])
		}
		t.Slug = textform.CutSlug(base, content.MaxSlug-len(suffix)) + suffix
	}
}
