package contentapp

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// newest is a store with Cleo's private feed and a post of each visibility.
type newest struct {
	content.Reads
}

func (newest) PrivateFeedByHash(_ context.Context, hash []byte) (content.PrivateFeed, error) {
	if string(hash) != string(content.HashFeedSecret("secret")) {
		return content.PrivateFeed{}, content.ErrPrivateFeedNotFound
	}
	return content.PrivateFeed{User: "cleo"}, nil
}

func (newest) NewestArticles(context.Context, int) ([]content.Article, error) {
	var out []content.Article
	for _, v := range []content.Visibility{content.Public, content.Members, content.Paid} {
		out = append(out, content.Article{Post: content.PostState{
			ID: content.PostID(v), Author: "ben", Text: content.Text{Visibility: v}, Rendered: content.Rendered{Body: "body", Teaser: "teaser"},
		}})
	}
	return out, nil
}

// oneActor is who there is.
type oneActor struct {
	identityport.Actor
	err error
}

func (a oneActor) ActorOf(context.Context, identityport.UserID) (identityport.Actor, error) {
	return a.Actor, a.err
}

// allowed lets so many more through.
type allowed struct{ left int }

func (l *allowed) Allow(context.Context, string, ratelimit.Limit) (ratelimit.Decision, error) {
	l.left--
	return ratelimit.Decision{Allowed: l.left >= 0, RetryAfter: time.Minute}, nil
}

func (*allowed) GiveBack(context.Context, string, ratelimit.Limit) error { return nil }

// shared is what is shared with everybody: the paid post.
type shared struct{ identityport.Grants }

func (shared) GrantedTo(context.Context, identityport.UserID, string) ([]identityport.Grant, error) {
	return []identityport.Grant{{Permission: content.PermissionRead, Resource: content.ResourceOf(content.PostID(content.Paid))}}, nil
}

func TestReadPrivateFeed_GivesWhatItsPersonMayReadNow(t *testing.T) {
	t.Parallel()
	suspended := fault.New(fault.Forbidden, "identity.suspended", "")
	cases := map[string]struct {
		actor  oneActor
		grants identityport.Grants
		secret string
		left   int
		want   string // a letter for each post: b for a body, t for a teaser alone
		err    error
	}{
		"a member":                  {actor: oneActor{Actor: identityport.Actor{UserID: "cleo", Organizations: []identityport.OrganizationID{"o-cleo"}}}, want: "bbt"},
		"a subscriber":              {actor: oneActor{Actor: identityport.Actor{UserID: "cleo", Organizations: []identityport.OrganizationID{"o-dan"}}}, want: "bbb"},
		"who it is shared with":     {actor: oneActor{Actor: identityport.Actor{UserID: "cleo"}}, grants: shared{}, want: "bbb"},
		"without the second factor": {actor: oneActor{Actor: identityport.Actor{UserID: "cleo", SecondFactorOverdue: true}}, grants: shared{}, want: "btt"},
		"somebody suspended":        {actor: oneActor{err: suspended}, err: content.ErrPrivateFeedNotFound},
		"somebody erased":           {actor: oneActor{err: fault.New(fault.NotFound, "identity.user_not_found", "")}, err: content.ErrPrivateFeedNotFound},
		"another secret":            {secret: "guess", err: content.ErrPrivateFeedNotFound},
		"too often":                 {left: -1, err: content.ErrFeedTooOften},
	}
	for name, c := range cases {
		app := &App{reads: newest{}, entitlements: payers{"o-dan"}, grants: c.grants, actors: c.actor, limiter: &allowed{c.left + 1}}
		secret := c.secret
		if secret == "" {
			secret = "secret"
		}
		_, posts, err := app.ReadPrivateFeed(t.Context(), secret)
		if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("%s: %v", name, err)
		}
		have := ""
		for _, p := range posts {
			switch {
			case p.Gate == content.Open && p.Article.Post.Rendered.Body == "body":
				have += "b"
			case p.Gate != content.Open && p.Article.Post.Rendered.Body == "" && p.Article.Post.Rendered.Teaser == "teaser":
				have += "t"
			default:
				have += "?"
			}
		}
		if have != c.want {
			t.Errorf("%s reads %q, want %q", name, have, c.want)
		}
	}
	if _, _, err := (&App{reads: newest{}, entitlements: payers(nil), actors: oneActor{Actor: identityport.Actor{UserID: "cleo", Organizations: []identityport.OrganizationID{"o"}}}, limiter: &allowed{1}}).ReadPrivateFeed(t.Context(), "secret"); err == nil {
		t.Error("it is answered while nobody knows what is paid for")
	}
}

func TestMakePrivateFeed_IsForThePersonThemselves(t *testing.T) {
	t.Parallel()
	app := &App{}
	for name, c := range map[string]struct {
		actor identityport.Actor
		want  error
	}{
		"a visitor":      {identityport.Actor{}, content.ErrFeedNotSignedIn},
		"a token":        {identityport.Actor{UserID: "cleo", TokenID: "t"}, content.ErrFeedNeedsPerson},
		"who acts so as": {identityport.Actor{UserID: "cleo", Impersonator: "ada"}, content.ErrFeedNeedsPerson},
	} {
		if _, _, err := app.MakePrivateFeed(t.Context(), c.actor); !errors.Is(err, c.want) {
			t.Errorf("%s makes one: %v", name, err)
		}
		if err := app.RevokePrivateFeed(t.Context(), c.actor); !errors.Is(err, c.want) {
			t.Errorf("%s takes one back: %v", name, err)
		}
	}
}
