package contentapp

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// CreatePreviewLink makes a link that opens a post to people without an account for a number
// of days. The secret is told this once. It fails with content.ErrPostNotFound (also for who
// may not edit it), content.ErrInvalidPreviewDays, content.ErrPostInactive and
// content.ErrTooManyPreviews.
func (a *App) CreatePreviewLink(ctx context.Context, actor identityport.Actor, id content.PostID, days int) (content.PreviewLink, string, error) {
	article, err := a.editable(ctx, actor, id)
	if err != nil {
		return content.PreviewLink{}, "", err
	}
	if article.Post.Status.Inactive() {
		return content.PreviewLink{}, "", content.ErrPostInactive
	}
	now := a.clock.Now()
	ends, err := content.PreviewEnd(days, now)
	if err != nil {
		return content.PreviewLink{}, "", err
	}
	secret := content.NewPreviewSecret()
	link := content.PreviewLink{ID: a.ids.New(), Post: id, Hash: content.HashPreviewSecret(secret), By: actor.UserID, CreatedAt: now, EndsAt: ends}
	err = a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		if err := s.Previews.Insert(ctx, link); err != nil {
			return err
		}
		e := a.entry(actor, "content.preview_link_created", id, now)
		e.Detail = "until " + link.EndsAt.Format(time.RFC3339)
		return s.Audit.Append(ctx, e)
	})
	if err != nil {
		return content.PreviewLink{}, "", fmt.Errorf("make a preview link of post %s: %w", id, err)
	}
	return link, secret, nil
}

// PreviewLinks lists the links of a post that are good, oldest first, to whoever may edit it.
func (a *App) PreviewLinks(ctx context.Context, actor identityport.Actor, id content.PostID) ([]content.PreviewLink, error) {
	if _, err := a.editable(ctx, actor, id); err != nil {
		return nil, err
	}
	links, err := a.reads.PreviewLinksOf(ctx, id, a.clock.Now())
	if err != nil {
		return nil, fmt.Errorf("preview links of post %s: %w", id, err)
	}
	return links, nil
}

// RevokePreviewLink takes a link of a post back. It fails with content.ErrPostNotFound
// (also for who may not edit it) and content.ErrPreviewNotFound.
func (a *App) RevokePreviewLink(ctx context.Context, actor identityport.Actor, id content.PostID, link string) error {
	if _, err := a.editable(ctx, actor, id); err != nil {
		return err
	}
	err := a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		if err := s.Previews.Delete(ctx, id, link); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.entry(actor, "content.preview_link_revoked", id, a.clock.Now()))
	})
	if err != nil {
		return fmt.Errorf("take back a preview link of post %s: %w", id, err)
	}
	return nil
}

// OpenPreview opens the post that a link's secret leads to, with the text of its working copy
// if there is one, behind the gate that its visibility has for this reader: of a copy, the
// narrower of both, because who may not publish it opens nothing by it. It fails with content.ErrPreviewNotFound for a link that is
// over, taken back, or of a post that is archived or in the trash.
func (a *App) OpenPreview(ctx context.Context, actor identityport.Actor, secret string) (Reading, error) {
	link, err := a.reads.PreviewLinkByHash(ctx, content.HashPreviewSecret(secret), a.clock.Now())
	if err != nil {
		return Reading{}, err
	}
	article, err := a.reads.Article(ctx, link.Post)
	if err != nil {
		return Reading{}, err
	}
	if article.Post.Status.Inactive() {
		return Reading{}, content.ErrPreviewNotFound
	}
	copied, err := a.WorkingCopyOf(ctx, link.Post)
	if err != nil {
		return Reading{}, err
	}
	if copied.Begun() {
		text := copied.Text
		text.Visibility = text.Visibility.Narrower(article.Post.Text.Visibility)
		if article.Post.Rendered, err = a.renderer.Render(ctx, text.Markdown, text.Visibility); err != nil {
			return Reading{}, fmt.Errorf("preview post %s: %w", link.Post, err)
		}
		article.Post.Text, article.Post.UpdatedAt = text, copied.SavedAt
	}
	article.Post.Text.Markdown = "" // which readers are shown nothing of
	return a.open(ctx, actor, article)
}

// purgePreviewLinks removes the links that are over.
func (a *App) purgePreviewLinks(ctx context.Context) error {
	for ended := purgeBatch; ended == purgeBatch; {
		err := a.work.Do(ctx, func(ctx context.Context, s content.Stores) (err error) {
			ended, err = s.Previews.DeleteEnded(ctx, a.clock.Now(), purgeBatch)
			return err
		})
		if err != nil {
			return fmt.Errorf("remove preview links that are over: %w", err)
		}
	}
	return nil
}
