package contentapp

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// feedLimit bounds how often one private feed is read, by all programs that have its
// address: each time it is made anew.
var feedLimit = ratelimit.Limit{Count: 60, Per: time.Hour}

// MakePrivateFeed makes the actor's feed, or renews it: the address that it had opens
// nothing from then on. The secret is told this once. It fails with
// content.ErrFeedNotSignedIn and content.ErrFeedNeedsPerson.
func (a *App) MakePrivateFeed(ctx context.Context, actor identityport.Actor) (content.PrivateFeed, string, error) {
	if err := content.CheckFeedOwner(actor); err != nil {
		return content.PrivateFeed{}, "", err
	}
	secret, now := content.NewFeedSecret(), a.clock.Now().UTC()
	feed := content.PrivateFeed{User: actor.UserID, Hash: content.HashFeedSecret(secret), CreatedAt: now}
	err := a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		renewed, err := s.Feeds.Put(ctx, feed)
		if err != nil {
			return err
		}
		action := "content.private_feed_made"
		if renewed {
			action = "content.private_feed_renewed"
		}
		return s.Audit.Append(ctx, a.feedEntry(actor, action, now))
	})
	if err != nil {
		return content.PrivateFeed{}, "", fmt.Errorf("make the private feed of %s: %w", actor.UserID, err)
	}
	return feed, secret, nil
}

// PrivateFeed tells of the actor's feed. It fails with content.ErrFeedNotSignedIn and
// content.ErrPrivateFeedNotFound.
func (a *App) PrivateFeed(ctx context.Context, actor identityport.Actor) (content.PrivateFeed, error) {
	if !actor.SignedIn() {
		return content.PrivateFeed{}, content.ErrFeedNotSignedIn
	}
	return a.reads.PrivateFeedOf(ctx, actor.UserID)
}

// RevokePrivateFeed takes the actor's feed back. It fails with content.ErrFeedNotSignedIn,
// content.ErrFeedNeedsPerson and content.ErrPrivateFeedNotFound.
func (a *App) RevokePrivateFeed(ctx context.Context, actor identityport.Actor) error {
	if err := content.CheckFeedOwner(actor); err != nil {
		return err
	}
	err := a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		if err := s.Feeds.Delete(ctx, actor.UserID); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.feedEntry(actor, "content.private_feed_revoked", a.clock.Now()))
	})
	if err != nil {
		return fmt.Errorf("take the private feed of %s back: %w", actor.UserID, err)
	}
	return nil
}

// onUserTokensRevoked ends the feed that somebody had by then. One that was made since is of
// who holds the account now.
func (a *App) onUserTokensRevoked(ctx context.Context, e events.Event) error {
	p, err := events.Decode[identityport.UserTokensRevoked](e)
	if err != nil {
		return err
	}
	return a.work.Do(ctx, func(ctx context.Context, s content.Stores) error {
		return s.Feeds.DeleteUntil(ctx, p.UserID, e.OccurredAt)
	})
}

func (a *App) feedEntry(actor identityport.Actor, action string, now time.Time) audit.Entry {
	return audit.Entry{
		ID: a.ids.New(), Actor: string(actor.UserID), Action: action, Resource: "user:" + string(actor.UserID), IP: actor.IP, At: now,
	}
}

// ReadPrivateFeed opens the newest posts to whoever has the secret of somebody's feed: each
// as that person would read it now, and none of it from a cache. It fails with
// content.ErrPrivateFeedNotFound, also while its person may not sign in, and with
// content.ErrFeedTooOften.
func (a *App) ReadPrivateFeed(ctx context.Context, secret string) (content.PrivateFeed, []Reading, error) {
	feed, err := a.reads.PrivateFeedByHash(ctx, content.HashFeedSecret(secret))
	if err != nil {
		return content.PrivateFeed{}, nil, err
	}
	switch decision, err := a.limiter.Allow(ctx, "content.private_feed:"+string(feed.User), feedLimit); {
	case err != nil:
		return content.PrivateFeed{}, nil, fmt.Errorf("read the private feed of %s: %w", feed.User, err)
	case !decision.Allowed:
		return content.PrivateFeed{}, nil, content.ErrFeedTooOften.WithRetryAfter(decision.RetryAfter)
	}
	actor, err := a.actors.ActorOf(ctx, feed.User)
	if kind := fault.KindOf(err); kind == fault.NotFound || kind == fault.Forbidden {
		return content.PrivateFeed{}, nil, content.ErrPrivateFeedNotFound
	}
	if err != nil {
		return content.PrivateFeed{}, nil, fmt.Errorf("read the private feed of %s: %w", feed.User, err)
	}
	articles, err := a.reads.NewestArticles(ctx, content.FeedPosts)
	if err != nil {
		return content.PrivateFeed{}, nil, err
	}
	gate, err := a.gateOfMany(ctx, actor, articles)
	if err != nil {
		return content.PrivateFeed{}, nil, err
	}
	out := make([]Reading, len(articles))
	for i, article := range articles {
		out[i] = Reading{Article: article, Gate: gate(article.Post)}
		if out[i].Gate != content.Open {
			out[i].Article.Post.Rendered.Body = ""
		}
	}
	return feed, out, nil
}

// gateOfMany is gate for several posts: what their reader pays for, and what is shared with
// them, is asked once.
func (a *App) gateOfMany(ctx context.Context, actor identityport.Actor, articles []content.Article) (func(content.PostState) content.Gate, error) {
	var paying, closed bool
	for _, article := range articles {
		switch content.GateFor(actor, article.Post, false, content.NotShared) {
		case content.Open:
			continue
		case content.NeedPlan:
			paying = true // if they are
		}
		closed = true
	}
	if paying = paying && len(actor.Organizations) > 0; paying {
		var err error
		if paying, err = a.entitlements.Entitled(ctx, actor.Organizations, billingport.ContentPaid); err != nil {
			return nil, fmt.Errorf("what %s pays for: %w", actor.UserID, err)
		}
	}
	shares := map[content.PostID]content.Share{}
	if closed && a.grants != nil && actor.SignedIn() {
		granted, err := a.grants.GrantedTo(ctx, actor.UserID, content.ResourceKind)
		if err != nil {
			return nil, fmt.Errorf("what is shared with %s: %w", actor.UserID, err)
		}
		for _, g := range granted {
			id := content.PostID(strings.TrimPrefix(g.Resource, content.ResourceKind+":"))
			if share := content.ShareOf(g); share.Covers(shares[id]) {
				shares[id] = share
			}
		}
	}
	return func(p content.PostState) content.Gate { return content.GateFor(actor, p, paying, shares[p.ID]) }, nil
}
