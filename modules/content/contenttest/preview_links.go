package contenttest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

func previewLink(of *content.Post, secret string, ends time.Time) content.PreviewLink {
	return content.PreviewLink{ID: idgentest.New(), Post: of.State().ID, Hash: content.HashPreviewSecret(secret), By: of.State().Author, CreatedAt: Now, EndsAt: ends}
}

var previewCases = map[string]func(t *testing.T, h Harness){
	"a preview link is found by its secret until it is over": func(t *testing.T, h Harness) {
		p, other := Draft(Somebody()), Draft(Somebody())
		h.insert(t, p, other)
		end := Now.Add(time.Hour)
		soon, later := previewLink(p, "soon", end), previewLink(p, "later", end.Add(time.Hour))
		insert := func(l content.PreviewLink) func(context.Context, content.Stores) error {
			return func(ctx context.Context, s content.Stores) error { return s.Previews.Insert(ctx, l) }
		}
		h.do(t, insert(later))
		h.do(t, insert(soon))
		found := func(secret string, at time.Time) (content.PreviewLink, error) {
			return h.Reads.PreviewLinkByHash(t.Context(), content.HashPreviewSecret(secret), at)
		}
		have, err := found("soon", end.Add(-time.Second))
		if err != nil {
			t.Fatal(err)
		}
		storetest.Equal(t, have, soon)
		_, err = found("soon", end)
		storetest.Is(t, err, content.ErrPreviewNotFound)
		_, err = found("nothing", Now)
		storetest.Is(t, err, content.ErrPreviewNotFound)
		storetest.Equal(t, storetest.Must[[]content.PreviewLink](t)(h.Reads.PreviewLinksOf(t.Context(), p.State().ID, Now)), []content.PreviewLink{soon, later})
		storetest.Equal(t, storetest.Must[[]content.PreviewLink](t)(h.Reads.PreviewLinksOf(t.Context(), p.State().ID, end)), []content.PreviewLink{later})

		remove := func(of *content.Post, id string) func(context.Context, content.Stores) error {
			return func(ctx context.Context, s content.Stores) error { return s.Previews.Delete(ctx, of.State().ID, id) }
		}
		h.fails(t, content.ErrPreviewNotFound, remove(other, later.ID))
		h.fails(t, content.ErrPreviewNotFound, remove(p, "not an id"))
		h.do(t, remove(p, later.ID))
		h.fails(t, content.ErrPreviewNotFound, remove(p, later.ID))
		for _, at := range []time.Time{end.Add(-time.Second), end} {
			h.do(t, func(ctx context.Context, s content.Stores) error {
				n, err := s.Previews.DeleteEnded(ctx, at, 10)
				if want := map[bool]int{true: 1}[at.Equal(end)]; n != want {
					t.Errorf("%d are removed at %v", n, at)
				}
				return err
			})
		}
	},
	"the preview links of a maker go, and no others": func(t *testing.T, h Harness) {
		p := Draft(Somebody())
		h.insert(t, p)
		own, others := previewLink(p, "own", Now.Add(time.Hour)), previewLink(p, "others'", Now.Add(time.Hour))
		others.By = Somebody()
		h.do(t, func(ctx context.Context, s content.Stores) error {
			return errors.Join(s.Previews.Insert(ctx, own), s.Previews.Insert(ctx, others))
		})
		for _, maker := range []identityport.UserID{"no id", Somebody(), own.By} {
			h.do(t, func(ctx context.Context, s content.Stores) error { return s.Previews.DeleteBy(ctx, maker) })
		}
		storetest.Equal(t, storetest.Must[[]content.PreviewLink](t)(h.Reads.PreviewLinksOf(t.Context(), p.State().ID, Now)), []content.PreviewLink{others})
	},
	"a post has so many preview links, however many are made at once": func(t *testing.T, h Harness) {
		p := Draft(Somebody())
		h.insert(t, p)
		for i := range content.MaxPreviewLinks - 1 {
			h.do(t, func(ctx context.Context, s content.Stores) error {
				return s.Previews.Insert(ctx, previewLink(p, fmt.Sprint(i), Now.Add(time.Hour)))
			})
		}
		all := h.atOnce(t, 8, func(ctx context.Context, s content.Stores) error {
			return s.Previews.Insert(ctx, previewLink(p, idgentest.New(), Now.Add(time.Hour)))
		})
		storetest.Equal(t, storetest.Succeeded(t, all, content.ErrTooManyPreviews), 1)
		h.fails(t, content.ErrPostNotFound, func(ctx context.Context, s content.Stores) error {
			return s.Previews.Insert(ctx, previewLink(Draft(Somebody()), "x", Now.Add(time.Hour)))
		})
	},
}
