package contentapp

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// WritePost starts a draft. An empty Slug is made from the title.
type WritePost struct {
	Title      string
	Slug       string
	Markdown   string
	Excerpt    string
	Tags       []string
	Visibility content.Visibility
}

// WritePost keeps a new draft of the actor's. It fails with
// content.ErrMayNotWrite, content.ErrInvalidPost, and content.ErrSlugTaken for an
// address that was given.
func (a *App) WritePost(ctx context.Context, actor identityport.Actor, c WritePost) (content.PostState, error) {
	if !actor.May(content.PermissionWrite) {
		return content.PostState{}, content.ErrMayNotWrite
	}
	text := content.Text{
		Slug: c.Slug, Title: c.Title, Excerpt: c.Excerpt,
		Markdown: c.Markdown, Tags: c.Tags, Visibility: c.Visibility,
	}
	text, derived := a.address(text)
	text, rendered, err := a.prepare(ctx, text)
	if err != nil {
		return content.PostState{}, err
	}
	// An author may be older than their role, and faster than the subscriber that opens
	// profiles.
	if _, err := a.OpenAuthorProfile(ctx, actor.UserID, actor.Name); err != nil {
		return content.PostState{}, err
	}
	id := content.PostID(a.ids.New())
	return a.untilFree(text, derived, id, func(text content.Text) (content.PostState, error) {
		now := a.clock.Now()
		post := content.NewPost(id, actor.UserID, text, rendered, now)
		err := a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
			if err := s.Posts.Insert(ctx, post); err != nil {
				return err
			}
			return s.Audit.Append(ctx, a.entry(actor, "content.post_written", id, now))
		})
		if err != nil {
			return content.PostState{}, fmt.Errorf("write post %s: %w", id, err)
		}
		return post.State(), nil
	})
}

// address gives a text without an address the one that its title makes.
func (a *App) address(t content.Text) (_ content.Text, derived bool) {
	t.Slug = strings.TrimSpace(t.Slug)
	if t.Slug != "" {
		return t, false
	}
	slug := a.slug(t.Title)
	if len(slug) > content.MaxSlug {
		slug = strings.TrimRight(slug[:content.MaxSlug], "-")
	}
	if !content.IsSlug(slug) {
		slug = "post"
	}
	t.Slug = slug
	return t, true
}

// prepare checks and renders a text, before any transaction.
func (a *App) prepare(ctx context.Context, t content.Text) (content.Text, content.Rendered, error) {
	t, err := t.Clean()
	if err != nil {
		return t, content.Rendered{}, err
	}
	rendered, err := a.renderer.Render(ctx, t.Markdown, t.Visibility)
	if err != nil {
		return t, rendered, fmt.Errorf("render %q: %w", t.Slug, err)
	}
	return t, rendered, nil
}

// numbered is how many numbers are tried behind an address that is taken.
const numbered = 20

// untilFree saves a text. When the address was made from the title and is taken,
// it tries again with -2, -3 and so on, each in a transaction of its own; after
// some of them it takes the end of the post's id, which nobody else has.
func (a *App) untilFree(t content.Text, derived bool, id content.PostID,
	save func(content.Text) (content.PostState, error),
) (content.PostState, error) {
	base := t.Slug
	for n := 2; ; n++ {
		state, err := save(t)
		if !derived || !errors.Is(err, content.ErrSlugTaken) || n > numbered+1 {
			return state, err
		}
		suffix := "-" + strconv.Itoa(n)
		if n > numbered {
			suffix = "-" + string(id[max(0, len(id)-12):])
		}
		stem := base[:min(len(base), content.MaxSlug-len(suffix))]
		t.Slug = strings.TrimRight(stem, "-") + suffix
	}
}
