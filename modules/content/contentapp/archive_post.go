package contentapp

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

const (
	purgeTrashJob = "content.purge_trash"
	purgeBatch    = 50
)

// ArchivePost puts a post away that is kept and read by nobody. It fails with
// content.ErrPostNotFound (also for who may not edit it), content.ErrMayNotChangeShown for a
// published one, and content.ErrPostInactive.
func (a *App) ArchivePost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error) {
	return a.move(ctx, actor, id, "archive", "content.post_archived", func(p *content.Post) error { return p.Archive(a.clock.Now()) })
}

// TrashPost puts a post away to be deleted for good after content.TrashKept. It fails as
// ArchivePost does, and with content.ErrAlreadyTrashed.
func (a *App) TrashPost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error) {
	return a.move(ctx, actor, id, "trash", "content.post_trashed", func(p *content.Post) error { return p.Trash(a.clock.Now()) })
}

// RestorePost makes a post a draft that is archived or in the trash, with the text of its
// working copy if there is one; content.ErrNotInactive.
func (a *App) RestorePost(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error) {
	article, err := a.makeDraft(ctx, actor, id, a.moving(ctx, actor, "content.post_restored", func(p *content.Post) error { return p.Restore(a.clock.Now()) }))
	if err != nil {
		return content.Article{}, fmt.Errorf("restore post %s: %w", id, err)
	}
	return article, nil
}

func (a *App) move(ctx context.Context, actor identityport.Actor, id content.PostID, what, action string, do func(*content.Post) error) (content.Article, error) {
	article, err := a.changeLatest(ctx, actor, id, a.moving(ctx, actor, action, do))
	if err != nil {
		return content.Article{}, fmt.Errorf("%s post %s: %w", what, id, err)
	}
	return article, nil
}

// moving changes where a post lies. Those with whom it is shared, and its other authors, leave that to the first.
func (a *App) moving(ctx context.Context, actor identityport.Actor, action string, do func(*content.Post) error) func(*content.Post) (string, error) {
	return func(p *content.Post) (string, error) {
		s := p.State()
		if !content.Owns(actor, s) {
			return "", content.ErrMayNotRemove
		}
		if err := a.mayChange(ctx, actor, s); err != nil {
			return "", err
		}
		return action, do(p)
	}
}

// DeletePost deletes a post for good that lies in the trash, with its revisions. It fails
// with content.ErrPostNotFound (also for who may not edit it), content.ErrMayNotRemove and
// content.ErrNotTrashed. Its words leave the file of the index, too.
func (a *App) DeletePost(ctx context.Context, actor identityport.Actor, id content.PostID) error {
	article, err := a.editable(ctx, actor, id)
	switch {
	case err != nil:
		return err
	case !content.Owns(actor, article.Post):
		return content.ErrMayNotRemove
	case article.Post.Status != content.Trashed:
		return content.ErrNotTrashed
	}
	if err := a.delete(ctx, article.Post, a.entry(actor, "content.post_deleted", id, a.clock.Now())); err != nil {
		return err
	}
	return a.compactSearch(ctx)
}

func (a *App) delete(ctx context.Context, p content.PostState, e audit.Entry) error {
	err := a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		if err := s.Posts.Delete(ctx, p.ID, p.Version); err != nil {
			return err
		}
		return s.Audit.Append(ctx, e)
	})
	if err != nil {
		return fmt.Errorf("delete post %s: %w", p.ID, err)
	}
	return nil
}

// purgeTrash deletes for good what has lain in the trash for its time.
func (a *App) purgeTrash(ctx context.Context) error {
	for purged := false; ; purged = true {
		now := a.clock.Now()
		old, err := a.reads.TrashedBefore(ctx, now.Add(-content.TrashKept), purgeBatch)
		if err == nil && len(old) == 0 && purged {
			err = a.compactSearch(ctx)
		}
		if err != nil || len(old) == 0 {
			return err
		}
		for _, id := range old {
			article, err := a.reads.Article(ctx, id)
			if errors.Is(err, content.ErrPostNotFound) || err == nil && !content.RestorePost(article.Post).PurgeDue(now) {
				continue
			}
			if err != nil {
				return err
			}
			e := a.entry(identityport.Actor{UserID: system}, "content.post_deleted", id, now)
			// Who restores it at this moment keeps it.
			if err := a.delete(ctx, article.Post, e); err != nil && !errors.Is(err, content.ErrPostChanged) && !errors.Is(err, content.ErrPostNotFound) {
				return err
			}
		}
	}
}
