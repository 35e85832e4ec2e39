package content_test

import (
	"context"
	"errors"
	"image/color"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/content/library"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// sharedWith lets everybody do something with some posts of others.
type sharedWith struct {
	identityport.Grants
	posts map[content.PostID]content.Share
}

func (g sharedWith) GrantedTo(context.Context, identityport.UserID, string) (out []identityport.Grant, _ error) {
	for id, share := range g.posts {
		out = append(out, identityport.Grant{Resource: content.ResourceOf(id), Permission: share.Permission()})
	}
	return out, nil
}

func TestMediaUses_NamesPostsThatAreShared(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *entstore.DB) {
		p := newTestApp(t, db)
		ben, eve := newAuthor("Ben"), newAuthor("Eve")
		m := mustUpload(t, p, ben, jpegOf(t, 9, 9, color.White))
		shared := sharedWith{posts: map[content.PostID]content.Share{}}
		for title, share := range map[string]content.Share{"Hers": content.NotShared, "Read": content.ShareRead, "Edited": content.ShareEdit} {
			id := p.write(t, eve, contentapp.WritePost{Title: title, Markdown: "![](" + content.MediaPath(m.ID) + ")", Visibility: content.Public}).ID
			if share != content.NotShared {
				shared.posts[id] = share
			}
		}
		titles := func() (out []string) {
			t.Helper()
			uses, err := p.app.MediaUses(t.Context(), ben, m.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, use := range uses {
				out = append(out, use.Title)
			}
			slices.Sort(out)
			return out
		}
		if got := titles(); !slices.Equal(got, []string{"", "", ""}) {
			t.Errorf("without a share: %q", got)
		}
		p.deps.Grants = shared
		var err error
		if p.app, err = contentapp.New(p.deps); err != nil {
			t.Fatal(err)
		}
		if got := titles(); !slices.Equal(got, []string{"", "", "Edited"}) {
			t.Errorf("shared: %q", got)
		}
		p.opened(t, eve)
		handle := p.opened(t, ben)
		together := p.write(t, eve, contentapp.WritePost{Title: "Together", Markdown: "![](" + content.MediaPath(m.ID) + ")", Visibility: content.Public})
		if _, err := p.nameAuthors(t, eve, together.ID, "eve", handle); err != nil {
			t.Fatal(err)
		}
		if got := titles(); !slices.Equal(got, []string{"", "", "Edited", "Together"}) {
			t.Errorf("written together: %q", got)
		}
		shared.posts[together.ID] = content.ShareEdit
		of, err := p.app.SharedPosts(t.Context(), ben)
		for _, post := range of {
			if post.ID == together.ID {
				t.Errorf("what is one's own is shared with one: %q", post.Title)
			}
		}
		if err != nil || len(of) != 2 {
			t.Errorf("%d posts are shared, %v", len(of), err)
		}
	})
}

// TestMediaID_InCapitalsIsTheSamePicture has texts and programs write ids in capitals.
func TestMediaID_InCapitalsIsTheSamePicture(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *entstore.DB) {
		p := newTestApp(t, db)
		ben := newAuthor("Ben")
		shown := mustUpload(t, p, ben, jpegOf(t, 9, 9, color.White))
		post := p.write(t, ben, contentapp.WritePost{Title: "T", Markdown: "![It](/media/" + strings.ToUpper(string(shown.ID)) + ")", Visibility: content.Public})
		article, err := p.app.OpenPost(t.Context(), ben, post.ID)
		if err != nil || !strings.Contains(article.Post.Rendered.Body, shown.Address(shown.Original())) {
			t.Errorf("the post shows %q, %v", article.Post.Rendered.Body, err)
		}
		if err := p.deleteMedia(t, ben, shown.ID); !errors.Is(err, content.ErrMediaInUse) {
			t.Errorf("deleted while a post shows it: %v", err)
		}
		loud := content.MediaID(strings.ToUpper(string(shown.ID)))
		if m, err := p.app.CurrentMedia(t.Context(), loud); err != nil || m.ID != shown.ID {
			t.Errorf("its address in capitals leads to %+v, %v", m, err)
		}
		// Programs have the ids that they were given: another form is none of them.
		if err := p.deleteMedia(t, ben, loud); !errors.Is(err, content.ErrMediaNotFound) {
			t.Errorf("deleted by an id in capitals: %v", err)
		}
		if _, err := p.app.BeginUpload(t.Context(), ben, library.BeginUpload{Bytes: 9, Replaces: loud, Seen: 1}); !errors.Is(err, content.ErrMediaNotFound) {
			t.Errorf("an upload in its place: %v", err)
		}
	})
}

// TestCollectMedia_LeavesTheFilesBeforeAReplacement has a picture replaced that is older
// than files that are lost: pages that show the old file lie in caches.
func TestCollectMedia_LeavesTheFilesBeforeAReplacement(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *entstore.DB) {
		p := newTestApp(t, db)
		ben := newAuthor("Ben")
		m := mustUpload(t, p, ben, jpegOf(t, 9, 9, color.White))
		p.clock.Advance(50 * time.Hour)
		if _, err := p.replace(t, ben, m.ID, jpegOf(t, 11, 9, color.White)); err != nil {
			t.Fatal(err)
		}
		left := func() int {
			t.Helper()
			if err := runJob(t, p.app, "content.collect_media", ""); err != nil {
				t.Fatal(err)
			}
			return len(keysOf(t, p.deps.Files))
		}
		if n := left(); n != 2 {
			t.Errorf("a moment later there are %d files", n)
		}
		p.clock.Advance(25 * time.Hour)
		if n := left(); n != 1 {
			t.Errorf("a day later there are %d files", n)
		}
	})
}
