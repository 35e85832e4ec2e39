package contentapp

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// RevisePost changes parts of a post; nil leaves a part as it is. Seen is the
// version that the editor started from. An empty Slug is made from the title anew.
type RevisePost struct {
	ID         content.PostID
	Seen       int
	Kind       *content.Kind // another one before the first publication alone
	Title      *string
	Slug       *string
	Markdown   *string
	Excerpt    *string
	Tags       *[]string
	Visibility *content.Visibility
	Autosave   bool // by the page, with nobody who pressed a button: see content.Post.Autosave
	restores   bool // an earlier text
}

// action is what the audit trail says of a save.
func (c RevisePost) action(otherwise string) string {
	if c.restores {
		return "content.revision_restored"
	}
	return otherwise
}

// RevisePost saves a change of a post. A change that changes nothing is answered
// with the post as it is, whatever was Seen: it was saved already, and the answer lost
// (RFC 9110, 13.1.1). It fails with content.ErrPostNotFound (also for who may
// not edit it), content.ErrPostChanged when somebody saved since Seen,
// content.ErrInvalidPost, content.ErrUnknownKind, content.ErrKindFixed for another kind of what
// was published, content.ErrSlugTaken for a slug that was given, and
// content.ErrMayNotChangeShown for a post that is published, or will be by itself, by who may
// not publish it: they write on its working copy. An Autosave of anything but a draft fails with
// content.ErrAutosavesDrafts.
func (a *App) RevisePost(ctx context.Context, actor identityport.Actor, c RevisePost) (content.Article, error) {
	loaded, err := a.editable(ctx, actor, c.ID)
	if err != nil {
		return content.Article{}, err
	}
	return a.revise(ctx, actor, loaded, c)
}

// revise is RevisePost of a post that was loaded for its editor.
func (a *App) revise(ctx context.Context, actor identityport.Actor, loaded content.Article, c RevisePost) (content.Article, error) {
	before := loaded.Post
	kind := before.Kind
	if c.Kind != nil {
		kind = *c.Kind
	}
	text, derived := a.withSlug(c.onto(before.Text), kind)
	text, rendered, err := a.prepare(ctx, text)
	switch {
	case err != nil && before.Version != c.Seen:
		return content.Article{}, content.ErrPostChanged
	case err != nil:
		return content.Article{}, err
	}
	if derived && numberedFrom(before.Text.Slug, text.Slug) {
		text.Slug = before.Text.Slug
	}
	if text.Equal(before.Text) && rendered == before.Rendered && kind == before.Kind {
		return loaded, a.keepAutosave(ctx, loaded, c)
	}
	if before.Version != c.Seen {
		return content.Article{}, content.ErrPostChanged
	}
	if err := a.mayChange(ctx, actor, before); err != nil {
		return content.Article{}, fmt.Errorf("revise post %s: %w", c.ID, err)
	}
	return a.saveWithUniqueSlug(text, derived, c.ID, func(text content.Text) (content.Article, error) {
		article, err := a.change(ctx, actor, loaded, func(p *content.Post) (string, error) {
			if err := p.ChangeKind(kind); err != nil {
				return "", err
			}
			revise := p.Revise
			if c.Autosave {
				revise = p.Autosave
			}
			return c.action("content.post_revised"), revise(c.Seen, text, rendered, a.clock.Now())
		})
		if err != nil {
			return content.Article{}, fmt.Errorf("revise post %s: %w", c.ID, err)
		}
		return article, nil
	})
}

// keepAutosave keeps for good what the page saved by itself, once somebody saves that very text.
func (a *App) keepAutosave(ctx context.Context, loaded content.Article, c RevisePost) error {
	if c.Autosave || loaded.Post.Status != content.Draft {
		return nil
	}
	return a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		return s.Posts.KeepAutosave(ctx, loaded.Post.ID, loaded.Post.TextVersion)
	})
}

func (c RevisePost) onto(t content.Text) content.Text {
	if c.Title != nil {
		t.Title = *c.Title
	}
	if c.Slug != nil {
		t.Slug = *c.Slug
	}
	if c.Markdown != nil {
		t.Markdown = *c.Markdown
	}
	if c.Excerpt != nil {
		t.Excerpt = *c.Excerpt
	}
	if c.Tags != nil {
		t.Tags = *c.Tags
	}
	if c.Visibility != nil {
		t.Visibility = *c.Visibility
	}
	return t
}

// numberedFrom reports whether slug is what saveWithUniqueSlug made of base: clearing the
// slug field of a post whose title is the same must not move it.
func numberedFrom(slug, base string) bool {
	number, found := strings.CutPrefix(slug, base+"-")
	_, err := strconv.Atoi(number)
	return found && err == nil
}
