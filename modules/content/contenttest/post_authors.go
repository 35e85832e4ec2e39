package contenttest

import (
	"context"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

// writtenTogether names more authors of a post that is there.
func (h Harness) writtenTogether(t *testing.T, id content.PostID, authors ...content.Author) content.PostState {
	t.Helper()
	p := content.RestorePost(storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), id)).Post)
	users := make([]identityport.UserID, len(authors))
	for i, a := range authors {
		users[i] = a.User
	}
	storetest.Is(t, p.NameAuthors(p.State().Version, users, Now), nil)
	h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.Update(ctx, p, users[0]) })
	return p.State()
}

var postAuthorCases = map[string]func(t *testing.T, h Harness){
	"a post is shown with all of its authors, in their order": func(t *testing.T, h Harness) {
		ada, ben, zoe := h.profile(t, "ada"), h.profile(t, "ben"), h.profile(t, "zoe")
		p := Published(ada.User, Now, "go")
		h.insert(t, p)
		for _, authors := range [][]content.Author{{ada, zoe, ben}, {ben, ada}, {zoe}, {ada, ben, zoe}} {
			s := h.writtenTogether(t, p.State().ID, authors...)
			a := storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), s.ID))
			storetest.Equal(t, a.Authors(), authors)
			storetest.Equal(t, a.Post.Authors(), s.Authors())
			storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Published(t.Context(), s.Text.Slug)).Authors(), authors)
			listed := storetest.Must[[]content.Summary](t)(h.Reads.List(t.Context(), content.Listing{Tag: "go", Limit: 5}))
			var names, want []string
			for _, a := range listed[0].Authors() {
				names = append(names, a.Name)
			}
			for _, a := range authors {
				want = append(want, a.Name)
			}
			storetest.Equal(t, names, want)
			storetest.Equal(t, storetest.Must[[]content.Article](t)(h.Reads.NewestArticles(t.Context(), 5))[0].Authors(), authors)
			storetest.Equal(t, len(storetest.Must[[]content.Revision](t)(h.Reads.Revisions(t.Context(), s.ID, 9))), 1)
		}
	},
	"an author is one who has a profile": func(t *testing.T, h Harness) {
		ada := h.profile(t, "ada")
		p := Draft(ada.User)
		h.insert(t, p)
		for _, users := range [][]identityport.UserID{{ada.User, Somebody()}, {Somebody()}, {ada.User, "no id"}} {
			next := content.RestorePost(storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), p.State().ID)).Post)
			storetest.Is(t, next.NameAuthors(next.State().Version, users, Now), nil)
			h.fails(t, content.ErrAuthorNotFound, func(ctx context.Context, s content.Stores) error { return s.Posts.Update(ctx, next, ada.User) })
		}
		storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), p.State().ID)).Authors(), []content.Author{ada})
	},
	"each author's lists have what they wrote with others, once and in order": func(t *testing.T, h Harness) {
		ada, ben := h.profile(t, "ada"), h.profile(t, "ben")
		var all []*content.Post
		for i := range 9 {
			p := Published([]identityport.UserID{ada.User, ben.User}[i%2], Now.Add(time.Duration(i/3)*time.Minute), "go")
			h.insert(t, p)
			authors := [][]content.Author{{ada}, {ben}, {ada, ben}, {ben, ada}}[i%4]
			all = append(all, content.RestorePost(h.writtenTogether(t, p.State().ID, authors...)))
		}
		for _, a := range []content.Author{ada, ben} {
			var theirs []*content.Post
			for _, p := range all {
				if p.State().WrittenBy(a.User) {
					theirs = append(theirs, p)
				}
			}
			for _, tag := range []string{"", "go"} {
				storetest.Equal(t, pages(t, func(v content.Summary) time.Time { return v.PublishedAt }, func(after cursor.Position) ([]content.Summary, error) {
					return h.Reads.List(t.Context(), content.Listing{Author: a.Handle, Tag: tag, After: after, Limit: 2})
				}), newestFirst(theirs, publishedAt))
			}
			storetest.Equal(t, pages(t, func(v content.Summary) time.Time { return v.UpdatedAt }, func(after cursor.Position) ([]content.Summary, error) {
				return h.Reads.Written(t.Context(), content.Writing{Author: a.User, After: after, Limit: 2})
			}), newestFirst(theirs, updatedAt))
			found := storetest.Must[[]content.PostID](t)(h.Reads.TaggedPosts(t.Context(), "go", a.User, 50))
			storetest.Equal(t, len(found), len(theirs))
		}
	},
	"who only wrote with others is among the authors of what is published": func(t *testing.T, h Harness) {
		ada, ben, zoe := h.profile(t, "ada"), h.profile(t, "ben"), h.profile(t, "zoe")
		p, draft := Published(ada.User, Now), Draft(ada.User)
		h.insert(t, p, draft)
		h.writtenTogether(t, p.State().ID, ada, ben)
		h.writtenTogether(t, draft.State().ID, ada, zoe)
		storetest.Equal(t, storetest.Must[[]string](t)(h.Reads.PublishedAuthors(t.Context(), 0, 9)), []string{"ada", "ben"})
		storetest.Equal(t, storetest.Must[[]string](t)(h.Reads.PublishedAuthors(t.Context(), 1, 1)), []string{"ben"})
	},
	"pages that somebody wrote with others are among theirs": func(t *testing.T, h Harness) {
		ada, ben := h.profile(t, "ada"), h.profile(t, "ben")
		p := Draft(ada.User)
		storetest.Is(t, p.ChangeKind(content.KindPage), nil)
		post := Draft(ada.User)
		h.insert(t, p, post)
		h.writtenTogether(t, p.State().ID, ada, ben)
		h.writtenTogether(t, post.State().ID, ada, ben)
		for _, a := range []content.Author{ada, ben} {
			storetest.Equal(t, storetest.Must[[]content.PostID](t)(h.Reads.WrittenPages(t.Context(), a.User, 9)), []content.PostID{p.State().ID})
		}
	},
	"what an author who leaves wrote with others stays theirs": func(t *testing.T, h Harness) {
		ada, ben, zoe := h.profile(t, "ada"), h.profile(t, "ben"), h.profile(t, "zoe")
		alone, first, other := Published(ada.User, Now), Published(ada.User, Now), Published(zoe.User, Now)
		h.insert(t, alone, first, other)
		h.writtenTogether(t, first.State().ID, ada, ben, zoe)
		h.writtenTogether(t, other.State().ID, zoe, ada)
		h.do(t, func(ctx context.Context, s content.Stores) error {
			gone, passedOn, err := s.Posts.DeleteByAuthor(ctx, ada.User)
			if err == nil && (len(gone) != 1 || gone[0].ID != alone.State().ID || len(passedOn) != 2) {
				t.Errorf("deleted %+v, passed %+v on", gone, passedOn)
			}
			return err
		})
		_, err := h.Reads.Article(t.Context(), alone.State().ID)
		storetest.Is(t, err, content.ErrPostNotFound)
		storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), first.State().ID)).Authors(), []content.Author{ben, zoe})
		storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), other.State().ID)).Authors(), []content.Author{zoe})
	},
	"who is erased after a post was loaded becomes none of its authors again": func(t *testing.T, h Harness) {
		ada, ben, zoe := h.profile(t, "ada"), h.profile(t, "ben"), h.profile(t, "zoe")
		p := Published(ada.User, Now)
		h.insert(t, p)
		s := h.writtenTogether(t, p.State().ID, ada, ben)
		loaded := storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), s.ID)).Post
		h.do(t, func(ctx context.Context, s content.Stores) error {
			if err := s.Authors.Delete(ctx, ben.User); err != nil {
				return err
			}
			_, _, err := s.Posts.DeleteByAuthor(ctx, ben.User)
			return err
		})
		for _, authors := range [][]identityport.UserID{{ben.User, ada.User}, {ben.User}, {ada.User, zoe.User, ben.User}, {ada.User, zoe.User}} {
			next := content.RestorePost(loaded)
			storetest.Is(t, next.NameAuthors(loaded.Version, authors, Now), nil)
			h.fails(t, content.ErrPostChanged, func(ctx context.Context, s content.Stores) error { return s.Posts.Update(ctx, next, ada.User) })
		}
		storetest.Equal(t, storetest.Must[content.Article](t)(h.Reads.Article(t.Context(), s.ID)).Authors(), []content.Author{ada})
	},
	"profiles are listed by their handles": func(t *testing.T, h Harness) {
		zoe, ada := h.profile(t, "zoe"), h.profile(t, "ada")
		storetest.Equal(t, storetest.Must[[]content.Author](t)(h.Reads.Profiles(t.Context(), 5)), []content.Author{ada, zoe})
		storetest.Equal(t, storetest.Must[[]content.Author](t)(h.Reads.Profiles(t.Context(), 1)), []content.Author{ada})
	},
}
