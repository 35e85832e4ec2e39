package contenthttp

import (
	"context"
	"hash/maphash"
	"reflect"
	"sync/atomic"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
)

// shownPost is everything that decides what a page shows of a post: what its reader gets of it,
// and nothing of who they are. What is not to be read by them is not in it.
type shownPost struct {
	Article  content.Article // without the body unless Gate is content.Open
	Gate     content.Gate
	SignedIn bool                // known at a gate alone, which asks others to sign in
	Offer    *contentpages.Offer // at the gate of a paid post; nil: none is sold
	Editable bool                // its reader may edit it
	Related  []content.Summary
}

// shown is a post as a request's reader gets it, without what is around it.
func (h *routes) shown(ctx context.Context, r *fiberhttp.Request, reading contentapp.Reading) (shownPost, error) {
	shown := shownPost{Article: reading.Article, Gate: reading.Gate, SignedIn: reading.Gate != content.Open && r.Actor.SignedIn()}
	if reading.Gate != content.NeedPlan {
		return shown, nil
	}
	var err error
	shown.Offer, err = h.offer(ctx)
	return shown, err
}

// writtenPost is what a page needs of a post that is shown.
type writtenPost struct {
	head   fiberhttp.View
	post   contentpages.WrittenPost
	frames []string // for its policy
}

func (h *routes) write(ctx context.Context, shown shownPost) (writtenPost, error) {
	w := writtenPost{head: h.headOf(shown.Article)}
	v := h.postView(shown)
	v.Page = h.server.Frame(shown.Article.Post.Path(), w.head)
	w.frames = v.Frames
	var err error
	if w.head.JSONLD, err = contentpages.StructuredArticle(v); err != nil {
		return writtenPost{}, err
	}
	w.post, err = contentpages.WritePost(ctx, v)
	return w, err
}

const (
	writtenSlots   = 128
	maxWrittenSize = 64 << 10 // bytes of HTML of a post that is kept
)

// writtenPosts keeps the posts that were written last, at most 128 of up to 64 KB each: for
// people who are signed in a page is made at every request, and most of it is the same for all
// who get the same of a post.
//
// Each is kept with all that it was made of, and handed out for exactly the same alone. So
// nothing has to be told when a post changes, and who has not been given a text has none
// that could find it here.
type writtenPosts struct {
	slots [writtenSlots]atomic.Pointer[keptPost]
}

type keptPost struct {
	of      shownPost
	written writtenPost
}

var writtenSeed = maphash.MakeSeed()

// get is what write answers for what is shown.
func (k *writtenPosts) get(shown shownPost, write func() (writtenPost, error)) (writtenPost, error) {
	slot := k.slot(shown)
	if kept := slot.Load(); kept != nil && kept.of.is(&shown) {
		return kept.written, nil
	}
	w, err := write()
	if err == nil && w.post.Size() <= maxWrittenSize {
		slot.Store(&keptPost{shown, w})
	}
	return w, err
}

func (k *writtenPosts) slot(shown shownPost) *atomic.Pointer[keptPost] {
	of := struct {
		id                 content.PostID
		gate               content.Gate
		signedIn, editable bool
	}{shown.Article.Post.ID, shown.Gate, shown.SignedIn, shown.Editable}
	return &k.slots[maphash.Comparable(writtenSeed, of)%writtenSlots]
}

// is reports whether the same is shown. Texts that are read from memory stand where they stood,
// so that comparing them takes no time.
func (s *shownPost) is(other *shownPost) bool { return reflect.DeepEqual(s, other) }
