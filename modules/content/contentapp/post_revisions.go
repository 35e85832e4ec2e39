package contentapp

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

const (
	maxRevisions  = 100
	revisionsPage = 50
)

// PostRevisions returns the last 100 saves of a post, newest first. It fails with
// content.ErrPostNotFound, also for who may not edit it.
func (a *App) PostRevisions(ctx context.Context, actor identityport.Actor, id content.PostID) ([]content.Revision, error) {
	if _, err := a.editable(ctx, actor, id); err != nil {
		return nil, err
	}
	return a.reads.Revisions(ctx, id, maxRevisions)
}

// RevisionList is a page of the saves of a post, newest first, without their texts. Before is
// the number to go on with; 0 on the last page.
type RevisionList struct {
	Article content.Article
	Items   []content.Revision
	Before  int
}

// ListRevisions lists the saves of a post before a number; 0 begins with the last. It fails
// with content.ErrPostNotFound, also for who may not edit it.
func (a *App) ListRevisions(ctx context.Context, actor identityport.Actor, id content.PostID, before int) (RevisionList, error) {
	article, err := a.editable(ctx, actor, id)
	if err != nil {
		return RevisionList{}, err
	}
	list := RevisionList{Article: article}
	list.Items, err = a.reads.RevisionHeads(ctx, id, before, revisionsPage+1)
	if len(list.Items) > revisionsPage {
		list.Items = list.Items[:revisionsPage]
		list.Before = list.Items[revisionsPage-1].Number
	}
	return list, err
}

// ReadRevision returns one save of a post, and the post. A number that an autosave had leads to
// the save that took it in. It fails with content.ErrPostNotFound (also for who may not edit it)
// and content.ErrRevisionNotFound.
func (a *App) ReadRevision(ctx context.Context, actor identityport.Actor, id content.PostID, number int) (content.Article, content.Revision, error) {
	article, err := a.editable(ctx, actor, id)
	if err != nil {
		return content.Article{}, content.Revision{}, err
	}
	revision, err := a.reads.RevisionFrom(ctx, id, number)
	return article, revision, err
}

// ComparedRevisions is what became of an earlier text of a post in a later one. Later is 0 for
// the text that is being written: that of the working copy, where there is one.
type ComparedRevisions struct {
	Article content.Article
	Copy    content.WorkingCopy
	Earlier int
	Later   int
	content.Comparison
}

// CompareRevisions compares two saves of a post, whichever is named first; 0 is the text that
// is being written. It finds them, and fails, as ReadRevision does: Earlier and Later are the
// numbers that the saves have now.
func (a *App) CompareRevisions(ctx context.Context, actor identityport.Actor, id content.PostID, one, other int) (ComparedRevisions, error) {
	article, err := a.editable(ctx, actor, id)
	if err != nil {
		return ComparedRevisions{}, err
	}
	copied, err := a.WorkingCopyOf(ctx, id)
	if err != nil {
		return ComparedRevisions{}, err
	}
	out := ComparedRevisions{Article: article, Copy: copied, Earlier: min(one, other), Later: max(one, other)}
	if out.Earlier == 0 {
		out.Earlier, out.Later = out.Later, 0
	}
	var texts [2]content.Text
	for i, number := range []*int{&out.Earlier, &out.Later} {
		switch {
		case *number != 0:
			r, err := a.reads.RevisionFrom(ctx, id, *number)
			if err != nil {
				return ComparedRevisions{}, err
			}
			texts[i], *number = r.Text, r.Number
		case copied.Begun():
			texts[i] = copied.Text
		default:
			texts[i] = article.Post.Text
		}
	}
	out.Comparison = content.Compare(texts[0], texts[1])
	return out, nil
}

// RestoreRevision brings an earlier text of a post back. Seen is the version of the post that
// the editor saw, Copy the save of its working copy, 0 for none.
type RestoreRevision struct {
	ID     content.PostID
	Number int
	Seen   int
	Copy   int
}

// RestoreRevision makes an earlier text of a post the one that is being written: of a draft by
// a new save, of a published post as its working copy, which is returned. It publishes nothing,
// and every text of the post that was saved stays among the revisions. Where another post has
// its slug by now, the post keeps its own. It fails with content.ErrRevisionNotFound, and as
// SaveEdits does.
func (a *App) RestoreRevision(ctx context.Context, actor identityport.Actor, c RestoreRevision) (content.WorkingCopy, error) {
	if _, err := a.editable(ctx, actor, c.ID); err != nil {
		return content.WorkingCopy{}, err
	}
	revision, err := a.reads.Revision(ctx, c.ID, c.Number) // what took it in is another text than the one that was looked at
	if err != nil {
		return content.WorkingCopy{}, err
	}
	text := revision.Text
	edits := SaveEdits{Copy: c.Copy, RevisePost: RevisePost{
		ID: c.ID, Seen: c.Seen, Title: &text.Title, Slug: &text.Slug, Markdown: &text.Markdown, Excerpt: &text.Excerpt, Tags: &text.Tags,
		Visibility: &text.Visibility, restores: true,
	}}
	copied, err := a.SaveEdits(ctx, actor, edits)
	if errors.Is(err, content.ErrSlugTaken) || errors.Is(err, content.ErrPostChanged) { // by this very call, whose answer was lost
		edits.Slug = nil
		copied, err = a.SaveEdits(ctx, actor, edits)
	}
	if err != nil {
		return content.WorkingCopy{}, fmt.Errorf("restore revision %d of post %s: %w", c.Number, c.ID, err)
	}
	return copied, nil
}
