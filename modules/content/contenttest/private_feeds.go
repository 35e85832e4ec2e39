package contenttest

import (
	"context"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

var feedCases = map[string]func(t *testing.T, h Harness){
	"a private feed is found by its newest secret until it is taken back": func(t *testing.T, h Harness) {
		ada, ben := Somebody(), Somebody()
		feed := func(of identityport.UserID, secret string, at time.Time) content.PrivateFeed {
			return content.PrivateFeed{User: of, Hash: content.HashFeedSecret(secret), CreatedAt: at}
		}
		put := func(f content.PrivateFeed, renews bool) {
			t.Helper()
			h.do(t, func(ctx context.Context, s content.Stores) error {
				renewed, err := s.Feeds.Put(ctx, f)
				if renewed != renews {
					t.Errorf("renewed: %v", renewed)
				}
				return err
			})
		}
		find := func(secret string) error {
			_, err := h.Reads.PrivateFeedByHash(t.Context(), content.HashFeedSecret(secret))
			return err
		}
		first, second, other := feed(ada, "first", Now), feed(ada, "second", Now.Add(time.Hour)), feed(ben, "other", Now)
		put(first, false)
		put(other, false)
		storetest.Equal(t, storetest.Must[content.PrivateFeed](t)(h.Reads.PrivateFeedOf(t.Context(), ada)), first)
		put(second, true)
		storetest.Is(t, find("first"), content.ErrPrivateFeedNotFound)
		storetest.Equal(t, storetest.Must[content.PrivateFeed](t)(h.Reads.PrivateFeedByHash(t.Context(), second.Hash)), second)
		storetest.Equal(t, storetest.Must[content.PrivateFeed](t)(h.Reads.PrivateFeedOf(t.Context(), ada)), second)

		remove := func(ctx context.Context, s content.Stores) error { return s.Feeds.Delete(ctx, ada) }
		h.do(t, remove)
		h.fails(t, content.ErrPrivateFeedNotFound, remove)
		storetest.Is(t, find("second"), content.ErrPrivateFeedNotFound)
		_, err := h.Reads.PrivateFeedOf(t.Context(), ada)
		storetest.Is(t, err, content.ErrPrivateFeedNotFound)
		storetest.Equal(t, storetest.Must[content.PrivateFeed](t)(h.Reads.PrivateFeedOf(t.Context(), ben)), other)
	},
	"a private feed that was made later stays": func(t *testing.T, h Harness) {
		ada, ben := Somebody(), Somebody()
		h.do(t, func(ctx context.Context, s content.Stores) error {
			_, err := s.Feeds.Put(ctx, content.PrivateFeed{User: ada, Hash: content.HashFeedSecret("of ada"), CreatedAt: Now})
			if err == nil {
				_, err = s.Feeds.Put(ctx, content.PrivateFeed{User: ben, Hash: content.HashFeedSecret("of ben"), CreatedAt: Now})
			}
			return err
		})
		end := func(of identityport.UserID, until time.Time) func(ctx context.Context, s content.Stores) error {
			return func(ctx context.Context, s content.Stores) error { return s.Feeds.DeleteUntil(ctx, of, until) }
		}
		h.do(t, end(ada, Now.Add(-time.Second)))
		storetest.Equal(t, storetest.Must[content.PrivateFeed](t)(h.Reads.PrivateFeedOf(t.Context(), ada)).User, ada)
		h.do(t, end(ada, Now))
		_, err := h.Reads.PrivateFeedOf(t.Context(), ada)
		storetest.Is(t, err, content.ErrPrivateFeedNotFound)
		h.do(t, end(ada, Now))
		storetest.Equal(t, storetest.Must[content.PrivateFeed](t)(h.Reads.PrivateFeedOf(t.Context(), ben)).User, ben)
	},
	"of private feeds made at once one opens": func(t *testing.T, h Harness) {
		ada := Somebody()
		secrets := make(chan string, 8)
		h.atOnce(t, 8, func(ctx context.Context, s content.Stores) error {
			secret := content.NewFeedSecret()
			_, err := s.Feeds.Put(ctx, content.PrivateFeed{User: ada, Hash: content.HashFeedSecret(secret), CreatedAt: Now})
			secrets <- secret
			return err
		})
		close(secrets)
		open := 0
		for secret := range secrets {
			if _, err := h.Reads.PrivateFeedByHash(t.Context(), content.HashFeedSecret(secret)); err == nil {
				open++
			}
		}
		storetest.Equal(t, open, 1)
	},
	"the newest articles are published ones with their bodies": func(t *testing.T, h Harness) {
		a := h.profile(t, "ada")
		p, q := Published(a.User, Now, "go"), Published(Somebody(), Now.Add(time.Second))
		h.insert(t, p, q, Draft(a.User))
		whole := func(p *content.Post, a content.Author) content.Article {
			state := p.State()
			state.Text.Markdown, state.TextVersion = "", 0
			a.User = state.Author
			return content.Article{Post: state, Author: a}
		}
		storetest.Equal(t, storetest.Must[[]content.Article](t)(h.Reads.NewestArticles(t.Context(), 10)), []content.Article{whole(q, content.Author{}), whole(p, a)})
		storetest.Equal(t, len(storetest.Must[[]content.Article](t)(h.Reads.NewestArticles(t.Context(), 1))), 1)
	},
}
