package contentapp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// PostShare is what one person may do to a post that others may not.
type PostShare struct {
	Person identityport.Person
	Share  content.Share
	Until  time.Time // zero: until it is taken back
}

// shareable returns a post if the actor decides with whom it is shared: its first author, or
// an editor of any. It fails with content.ErrPostNotFound for who may not edit it,
// and with content.ErrMayNotShare for who was only let in.
func (a *App) shareable(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, error) {
	article, err := a.editable(ctx, actor, id)
	if err == nil && (a.grants == nil || !content.Owns(actor, article.Post)) {
		err = content.ErrMayNotShare
	}
	return article, err
}

// PostRights is what somebody who edits a post may do besides.
type PostRights struct {
	Publish bool // and unpublish
	Share   bool // decide with whom it is shared
}

// RightsTo tells what the actor may do to a post that they may edit.
func (a *App) RightsTo(ctx context.Context, actor identityport.Actor, p content.PostState) (PostRights, error) {
	rights := PostRights{Share: a.grants != nil && content.Owns(actor, p)}
	err := a.mayPublish(ctx, actor, p)
	rights.Publish = err == nil
	if errors.Is(err, content.ErrMayNotPublish) {
		err = nil
	}
	return rights, err
}

// PostShares lists with whom a post is shared, oldest first, and the post.
func (a *App) PostShares(ctx context.Context, actor identityport.Actor, id content.PostID) (content.Article, []PostShare, error) {
	article, err := a.shareable(ctx, actor, id)
	if err != nil {
		return content.Article{}, nil, err
	}
	granted, err := a.grants.ListGrants(ctx, content.ResourceOf(id))
	if err != nil {
		return content.Article{}, nil, fmt.Errorf("shares of post %s: %w", id, err)
	}
	at, out := map[identityport.UserID]int{}, []PostShare{}
	for _, g := range granted {
		share := content.ShareOf(g)
		if share == content.NotShared {
			continue // of a release that knows more
		}
		i, listed := at[g.Person.ID]
		switch {
		case !listed:
			at[g.Person.ID] = len(out)
			out = append(out, PostShare{g.Person, share, g.Until})
		case share.Covers(out[i].Share):
			out[i].Share, out[i].Until = share, g.Until
		}
	}
	return article, out, nil
}

// SharePost offers whoever has an e-mail address to read, edit or publish one post, until a
// moment or for good. They may once they accept; nothing shows whether anybody has the
// address. Doing so again changes until when. It fails with content.ErrUnknownShare.
func (a *App) SharePost(ctx context.Context, actor identityport.Actor, id content.PostID, email string, share content.Share, until time.Time) error {
	if !share.Valid() {
		return content.ErrUnknownShare
	}
	article, err := a.shareable(ctx, actor, id)
	if err != nil {
		return err
	}
	err = a.grants.OfferOnResource(ctx, actor, identityport.ResourceOffer{
		Email: email, Permission: share.Permission(), Resource: content.ResourceOf(id), What: named(article) + ", to " + string(share) + " it", Until: until,
	})
	if err != nil {
		return fmt.Errorf("share post %s: %w", id, err)
	}
	return nil
}

func named(a content.Article) string {
	return "the " + string(a.Post.Kind) + " “" + a.Post.Text.Title + "”"
}

// UnsharePost takes back what SharePost gave; fault.NotFound when it gave nothing.
func (a *App) UnsharePost(ctx context.Context, actor identityport.Actor, id content.PostID, user identityport.UserID) error {
	article, err := a.shareable(ctx, actor, id)
	if err != nil {
		return err
	}
	if err := a.grants.RevokeGrants(ctx, actor, user, content.ResourceOf(id), named(article)); err != nil {
		return fmt.Errorf("share post %s no longer: %w", id, err)
	}
	return nil
}

// SharedPost is somebody else's post that is shared with the actor.
type SharedPost struct {
	content.Summary
	Share content.Share
	Until time.Time
}

// sharedPosts bounds the list of SharedPosts.
const sharedPosts = 100

// SharedPosts lists what others share with the actor, last changed first. What they wrote with
// them is among their own.
func (a *App) SharedPosts(ctx context.Context, actor identityport.Actor) ([]SharedPost, error) {
	if a.grants == nil || !actor.SignedIn() {
		return nil, nil
	}
	granted, err := a.grants.GrantedTo(ctx, actor.UserID, content.ResourceKind)
	if err != nil || len(granted) == 0 {
		return nil, err
	}
	best := map[content.PostID]identityport.Grant{}
	for _, g := range granted {
		id := content.PostID(strings.TrimPrefix(g.Resource, content.ResourceKind+":"))
		if content.ShareOf(g).Covers(content.ShareOf(best[id])) {
			best[id] = g
		}
	}
	ids := make([]content.PostID, 0, len(best))
	for id := range best {
		ids = append(ids, id)
	}
	found, err := a.reads.Summaries(ctx, ids, sharedPosts)
	if err != nil {
		return nil, fmt.Errorf("posts shared with %s: %w", actor.UserID, err)
	}
	out := make([]SharedPost, 0, len(found))
	for _, p := range found {
		if slices.ContainsFunc(p.CoAuthors, func(a content.Author) bool { return a.User == actor.UserID }) {
			continue
		}
		out = append(out, SharedPost{p, content.ShareOf(best[p.ID]), best[p.ID].Until})
	}
	return out, nil
}
