package contenttest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

var mediaCases = map[string]func(t *testing.T, h Harness){
	"a picture comes back as it was kept":                          mediaComesBack,
	"a picture is changed over the revision that was seen":         mediaChanges,
	"pictures are listed newest first, by owner and words":         mediaIsListed,
	"a post says which pictures it shows":                          mediaUses,
	"a working copy keeps its pictures while it is there":          mediaOfWorkingCopies,
	"a picture in use is not deleted":                              mediaInUseStays,
	"a picture that is deleted as a post begins to show it":        mediaDeletedOrUsed,
	"a picture that changes has its posts rendered anew":           mediaOutdatesPosts,
	"an erased owner's pictures go where nobody shows them":        mediaOfTheErased,
	"an upload takes part after part, each at its place":           uploadsTakeParts,
	"an upload takes one of two parts that come at once":           uploadsTakeOne,
	"uploads are found that are complete, and that nobody goes on": uploadsAreFound,
	"what is uploaded in a day is counted":                         uploadsAreCounted,
	"a picture that no text has is collected":                      mediaCollected,
	"a cover is shown with its post and counts as a use":           mediaAsCover,
	"a picture that is deleted as it becomes a cover":              mediaDeletedOrCover,
	"ids that nothing has":                                         mediaWithoutID,
}

// Picture is one that was just uploaded.
func Picture(owner identityport.UserID) content.Media {
	return content.NewMedia(content.MediaID(idgentest.New()), owner, content.MediaDescription{Name: "Größe \U0001F525.jpg", Alt: "Zoë’s “wood”"},
		content.MediaFile{Format: content.JPEG, Width: 3000, Height: 2000, Body: make([]byte, 1000)}, Now)
}

func (h Harness) picture(t *testing.T, owner identityport.UserID, change ...func(*content.Media)) content.Media {
	t.Helper()
	m := Picture(owner)
	for _, c := range change {
		c(&m)
	}
	h.do(t, func(ctx context.Context, s content.Stores) error { return s.Media.Insert(ctx, m) })
	return m
}

// showing is a draft with pictures in its text.
func (h Harness) showing(t *testing.T, author identityport.UserID, pictures ...content.Media) *content.Post {
	t.Helper()
	p := content.NewPost(content.PostID(idgentest.New()), author, textShowing(pictures...), Rendered(), Now)
	h.insert(t, p)
	return p
}

func textShowing(pictures ...content.Media) content.Text {
	text := Text()
	for _, m := range pictures {
		text.Markdown += "\n\n![A picture](" + content.MediaPath(m.ID) + ")"
	}
	return text
}

func (h Harness) revise(t *testing.T, p *content.Post, text content.Text) *content.Post {
	t.Helper()
	text.Slug = p.State().Text.Slug
	if err := p.Revise(p.State().Version, text, Rendered(), Now.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.Update(ctx, p, p.State().Author) })
	return content.RestorePost(p.State())
}

func mediaComesBack(t *testing.T, h Harness) {
	m := h.picture(t, Somebody(), func(m *content.Media) {
		m.Animated, m.Tone, m.State, m.Version, m.Revision = true, "#a0b0c0", content.MediaReady, 3, 4
		m.Variants = []content.MediaVariant{{Width: 480, Height: 320, Format: content.JPEG}, {Width: 960, Height: 640, Format: content.PNG}}
		m.UpdatedAt = Now.Add(time.Hour)
	})
	storetest.Equal(t, storetest.Must[content.Media](t)(h.Reads.MediaByID(t.Context(), m.ID)), m)
	storetest.Equal(t, storetest.Must[[]content.Media](t)(h.Reads.MediaByIDs(t.Context(), []content.MediaID{m.ID, content.MediaID(idgentest.New()), "x"})), []content.Media{m})
	h.fails(t, content.ErrMediaExists, func(ctx context.Context, s content.Stores) error { return s.Media.Insert(ctx, m) })
	states, bytes, err := h.Reads.MediaCounts(t.Context())
	if err != nil || states[content.MediaReady] != 1 || bytes != 1000 {
		t.Errorf("counted are %v, %d bytes, %v", states, bytes, err)
	}
	h.do(t, func(ctx context.Context, s content.Stores) error { return s.Media.Delete(ctx, m.ID, m.Edits) })
	_, err = h.Reads.MediaByID(t.Context(), m.ID)
	storetest.Is(t, err, content.ErrMediaNotFound)
}

func mediaChanges(t *testing.T, h Harness) {
	m := h.picture(t, Somebody())
	changed := m
	changed.Describe(content.MediaDescription{Name: "Another", Alt: "Words"}, Now.Add(time.Minute))
	changed.Prepared(1, "#000000", []content.MediaVariant{{Width: 480, Height: 320, Format: content.JPEG}}, Now.Add(time.Hour))
	h.do(t, func(ctx context.Context, s content.Stores) error { return s.Media.Update(ctx, changed, m.Revision) })
	storetest.Equal(t, storetest.Must[content.Media](t)(h.Reads.MediaByID(t.Context(), m.ID)), changed)
	h.fails(t, content.ErrMediaChanged, func(ctx context.Context, s content.Stores) error { return s.Media.Update(ctx, changed, m.Revision) })
	h.fails(t, content.ErrMediaNotFound, func(ctx context.Context, s content.Stores) error {
		return s.Media.Update(ctx, Picture(Somebody()), 1)
	})
}

func mediaIsListed(t *testing.T, h Harness) {
	ada, grace := Somebody(), Somebody()
	var all []content.Media
	for i, name := range []string{"Oak 100%.jpg", "Pine_tree.jpg", "Oak at night.jpg"} {
		all = append(all, h.picture(t, []identityport.UserID{ada, grace, ada}[i], func(m *content.Media) {
			m.Name, m.Alt, m.CreatedAt = name, "ÄPFEL", Now.Add(time.Duration(i)*time.Minute)
		}))
	}
	for want, l := range map[string]content.MediaListing{
		"210": {Limit: 9}, "21": {Limit: 2}, "20": {Owner: ada, Limit: 9}, "2": {Words: content.MediaWords("Oak NIGHT"), Limit: 9},
		"0": {Words: "100%", Limit: 9}, "1": {Words: "e_t", Limit: 9}, "": {Words: "n_t", Limit: 9}, "10": {After: cursor.Position{At: all[2].CreatedAt, ID: string(all[2].ID)}, Limit: 9},
		"21 0": {Words: content.MediaWords("äpfel"), Limit: 9},
	} {
		if want == "21 0" {
			want = "210"
		}
		found := storetest.Must[[]content.Media](t)(h.Reads.MediaList(t.Context(), l))
		have := ""
		for _, m := range found {
			have += string(rune('0' + slices.IndexFunc(all, func(o content.Media) bool { return o.ID == m.ID })))
		}
		if have != want {
			t.Errorf("%+v: have %q, want %q", l, have, want)
		}
	}
}

func mediaUses(t *testing.T, h Harness) {
	author := Somebody()
	one, two, lost := h.picture(t, author), h.picture(t, author), Picture(author)
	p := h.showing(t, author, one, one, lost)
	h.do(t, func(ctx context.Context, s content.Stores) error {
		return s.Media.SetUses(ctx, p.State().ID, content.InCopy, []content.MediaID{one.ID, two.ID})
	})
	uses := storetest.Must[[]content.MediaUse](t)(h.Reads.MediaUses(t.Context(), one.ID, 9))
	storetest.Equal(t, uses, []content.MediaUse{{Post: p.State().ID, Title: p.State().Text.Title, Author: author, Status: content.Draft, Place: content.InText}})
	counts := func(want ...int) {
		t.Helper()
		have := storetest.Must[map[content.MediaID]int](t)(h.Reads.MediaUseCounts(t.Context(), []content.MediaID{one.ID, two.ID, lost.ID}))
		storetest.Equal(t, []int{have[one.ID], have[two.ID], have[lost.ID]}, want)
	}
	counts(1, 1, 0)
	h.do(t, func(ctx context.Context, s content.Stores) error {
		return s.Media.SetUses(ctx, p.State().ID, content.InCopy, nil)
	})
	counts(1, 0, 0)
	p = h.revise(t, p, textShowing(two))
	counts(0, 1, 0)
	p = h.revise(t, p, textShowing(one, two))
	counts(1, 1, 0)
	h.revise(t, p, textShowing())
	counts(0, 0, 0)
}

func mediaOfWorkingCopies(t *testing.T, h Harness) {
	m := h.picture(t, Somebody())
	p := Published(Somebody(), Now)
	h.insert(t, p)
	remove := func(ctx context.Context, s content.Stores) error { return s.Media.Delete(ctx, m.ID, m.Edits) }
	first := begun(p)
	first.Text.Markdown = textShowing(m).Markdown
	h.do(t, putCopy(first, 0))
	h.fails(t, content.ErrMediaInUse, remove)
	next := first.Revised(textShowing(), Somebody(), Now.Add(time.Minute))
	h.do(t, putCopy(next, first.Save))
	if uses := storetest.Must[[]content.MediaUse](t)(h.Reads.MediaUses(t.Context(), m.ID, 9)); len(uses) > 0 {
		t.Fatalf("used in %+v", uses)
	}
	last := next.Revised(textShowing(m), Somebody(), Now.Add(2*time.Minute))
	h.do(t, putCopy(last, next.Save))
	h.fails(t, content.ErrMediaInUse, remove)
	h.do(t, deleteCopy(p, last.Save))
	h.do(t, remove)
}

func mediaInUseStays(t *testing.T, h Harness) {
	author := Somebody()
	m := h.picture(t, author)
	p := h.showing(t, author, m)
	remove := func(ctx context.Context, s content.Stores) error { return s.Media.Delete(ctx, m.ID, m.Edits) }
	h.fails(t, content.ErrMediaInUse, remove)
	p = h.revise(t, p, textShowing())
	id := p.State().ID
	h.do(t, func(ctx context.Context, s content.Stores) error {
		return s.Media.SetUses(ctx, id, content.InCopy, []content.MediaID{m.ID})
	})
	h.fails(t, content.ErrMediaInUse, remove)
	h.do(t, func(ctx context.Context, s content.Stores) error {
		return s.Media.SetUses(ctx, id, content.InCopy, nil)
	})
	h.do(t, remove) // that it was in a text before keeps nobody from it
	h.fails(t, content.ErrMediaNotFound, remove)

	other := h.picture(t, author)
	shown := h.showing(t, author, other)
	h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.Delete(ctx, shown.State().ID, 1) })
	h.do(t, func(ctx context.Context, s content.Stores) error { return s.Media.Delete(ctx, other.ID, other.Edits) })
}

func mediaDeletedOrUsed(t *testing.T, h Harness) {
	for range 10 {
		author := Somebody()
		m := h.picture(t, author)
		p := content.NewPost(content.PostID(idgentest.New()), author, textShowing(m), Rendered(), Now)
		turns := make(chan bool, 2)
		turns <- true
		turns <- false
		for _, err := range h.atOnce(t, 2, func(ctx context.Context, s content.Stores) error {
			if <-turns {
				return s.Posts.Insert(ctx, p)
			}
			return s.Media.Delete(ctx, m.ID, m.Edits)
		}) {
			if err != nil && !errors.Is(err, content.ErrMediaInUse) {
				t.Fatal(err)
			}
		}
		_, gone := h.Reads.MediaByID(t.Context(), m.ID)
		uses := storetest.Must[[]content.MediaUse](t)(h.Reads.MediaUses(t.Context(), m.ID, 9))
		if (gone == nil) != (len(uses) == 1) {
			t.Fatalf("the picture is there: %v; it is used %d times", gone == nil, len(uses))
		}
	}
}

func mediaOutdatesPosts(t *testing.T, h Harness) {
	author := Somebody()
	m, other := h.picture(t, author), h.picture(t, author)
	shows, both := h.showing(t, author, m), h.showing(t, author, m, other)
	outdated := func(want ...*content.Post) {
		t.Helper()
		ids := []content.PostID{}
		for _, p := range want {
			ids = append(ids, p.State().ID)
		}
		slices.Sort(ids)
		have := append([]content.PostID{}, storetest.Must[[]content.PostID](t)(h.Reads.OutdatedMediaUses(t.Context(), "", 9))...)
		storetest.Equal(t, have, ids)
		if len(ids) == 2 {
			storetest.Equal(t, storetest.Must[[]content.PostID](t)(h.Reads.OutdatedMediaUses(t.Context(), ids[0], 9)), ids[1:])
		}
	}
	rendered := func(p *content.Post, revisions map[content.MediaID]int, want bool) {
		t.Helper()
		h.do(t, func(ctx context.Context, s content.Stores) error {
			have, err := s.Media.Rendered(ctx, p.State().ID, revisions)
			if err == nil && have != want {
				t.Errorf("it is current: %v, want %v", have, want)
			}
			return err
		})
	}
	outdated(shows, both) // nobody knows what they were rendered with
	rendered(shows, map[content.MediaID]int{m.ID: 1}, true)
	rendered(both, map[content.MediaID]int{m.ID: 1, other.ID: 1}, true)
	outdated()
	changed := other
	changed.Prepared(1, "", nil, Now)
	h.do(t, func(ctx context.Context, s content.Stores) error { return s.Media.Update(ctx, changed, 1) })
	outdated(both)
	rendered(both, map[content.MediaID]int{m.ID: 1, other.ID: 1}, false)
	rendered(both, map[content.MediaID]int{m.ID: 1, content.MediaID(idgentest.New()): 1}, false)
	outdated(both)
	rendered(both, map[content.MediaID]int{m.ID: 1, other.ID: 2}, true)
	outdated()
	h.revise(t, both, textShowing(m)) // rendered by who saved it, maybe with an older picture
	outdated(both)
}

func mediaOfTheErased(t *testing.T, h Harness) {
	ada, grace := Somebody(), Somebody()
	unused, used, hers := h.picture(t, ada), h.picture(t, ada), h.picture(t, grace)
	h.showing(t, grace, used)
	u := Upload(ada)
	finished := Upload(ada) // whose files are those of a picture that another's post shows
	finished.ID, finished.Finished = used.ID, true
	for _, u := range []content.Upload{u, finished} {
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Media.InsertUpload(ctx, u) })
	}
	var removed []content.MediaID
	erase := func(who identityport.UserID) {
		h.do(t, func(ctx context.Context, s content.Stores) (err error) {
			removed, err = s.Media.EraseOwner(ctx, who)
			return err
		})
	}
	erase(ada)
	want := []content.MediaID{u.ID, unused.ID}
	slices.Sort(want)
	slices.Sort(removed)
	storetest.Equal(t, removed, want)
	_, err := h.Reads.MediaByID(t.Context(), unused.ID)
	storetest.Is(t, err, content.ErrMediaNotFound)
	_, err = h.Reads.UploadByID(t.Context(), u.ID)
	storetest.Is(t, err, content.ErrUploadNotFound)
	_, err = h.Reads.UploadByID(t.Context(), finished.ID)
	storetest.Is(t, err, content.ErrUploadNotFound)
	if kept := storetest.Must[content.Media](t)(h.Reads.MediaByID(t.Context(), used.ID)); kept.Owner != "" {
		t.Errorf("it is still %s's", kept.Owner)
	}
	storetest.Equal(t, storetest.Must[content.Media](t)(h.Reads.MediaByID(t.Context(), hers.ID)), hers)
	erase(ada)
	if len(removed) > 0 {
		t.Errorf("a second time removes %v", removed)
	}
	erase("nobody")
}

// Upload is one that just began.
func Upload(owner identityport.UserID) content.Upload {
	return content.Upload{
		ID: content.MediaID(idgentest.New()), Owner: owner, Replaces: content.MediaID(idgentest.New()), Seen: 3, MediaDescription: content.MediaDescription{Name: "a.jpg", Alt: "A"},
		Bytes: 100, Parts: []string{}, CreatedAt: Now, ExpiresAt: Now.Add(content.UploadTTL),
	}
}

func uploadsTakeParts(t *testing.T, h Harness) {
	u := Upload(Somebody())
	add := func(seen int64, part string, bytes int64) func(ctx context.Context, s content.Stores) error {
		return func(ctx context.Context, s content.Stores) error {
			return s.Media.AddPart(ctx, u.ID, seen, part, bytes, Now.Add(time.Duration(seen+bytes)*time.Hour))
		}
	}
	h.fails(t, content.ErrUploadNotFound, add(0, "a", 1))
	h.do(t, func(ctx context.Context, s content.Stores) error { return s.Media.InsertUpload(ctx, u) })
	storetest.Equal(t, storetest.Must[content.Upload](t)(h.Reads.UploadByID(t.Context(), u.ID)), u)
	h.do(t, add(0, "a", 40))
	h.fails(t, content.ErrUploadOffset, add(0, "a", 40))
	h.do(t, add(40, "b", 60))
	u.Received, u.Parts, u.ExpiresAt = 100, []string{"a", "b"}, Now.Add(100*time.Hour)
	storetest.Equal(t, storetest.Must[content.Upload](t)(h.Reads.UploadByID(t.Context(), u.ID)), u)
	finish := func(ctx context.Context, s content.Stores) error { return s.Media.FinishUpload(ctx, u.ID) }
	h.do(t, finish)
	h.fails(t, content.ErrUploadNotFound, finish)
	u.Parts, u.Finished = []string{}, true
	storetest.Equal(t, storetest.Must[content.Upload](t)(h.Reads.UploadByID(t.Context(), u.ID)), u)
	remove := func(ctx context.Context, s content.Stores) error { return s.Media.DeleteUpload(ctx, u.ID) }
	h.do(t, remove)
	h.fails(t, content.ErrUploadNotFound, remove)
	h.fails(t, content.ErrUploadNotFound, finish)
	owner := Somebody()
	insert := func(u content.Upload) func(ctx context.Context, s content.Stores) error {
		return func(ctx context.Context, s content.Stores) error { return s.Media.InsertUpload(ctx, u) }
	}
	for range content.MaxOpenUploads {
		h.do(t, insert(Upload(owner)))
	}
	h.fails(t, content.ErrTooManyUploads, insert(Upload(owner)))
	done, tomorrow := Upload(owner), Upload(owner)
	tomorrow.CreatedAt = Now.Add(content.UploadTTL - time.Second)
	h.fails(t, content.ErrTooManyUploads, insert(tomorrow)) // of another day
	tomorrow.CreatedAt = Now.Add(content.UploadTTL)         // by when the others are over
	h.do(t, insert(tomorrow))
	done.Owner = Somebody()
	for range content.MaxOpenUploads {
		one := Upload(done.Owner)
		one.Finished = true
		h.do(t, insert(one))
	}
	h.do(t, insert(done)) // those that are finished are not under way
}

func uploadsTakeOne(t *testing.T, h Harness) {
	u := Upload(Somebody())
	h.do(t, func(ctx context.Context, s content.Stores) error { return s.Media.InsertUpload(ctx, u) })
	names := make(chan string, 6)
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		names <- name
	}
	all := h.atOnce(t, 6, func(ctx context.Context, s content.Stores) error {
		return s.Media.AddPart(ctx, u.ID, 0, <-names, 10, Now)
	})
	if n := storetest.Succeeded(t, all, content.ErrUploadOffset); n != 1 {
		t.Fatalf("%d parts are at the same place", n)
	}
	if kept := storetest.Must[content.Upload](t)(h.Reads.UploadByID(t.Context(), u.ID)); kept.Received != 10 || len(kept.Parts) != 1 {
		t.Fatalf("kept is %+v", kept)
	}
}

func uploadsAreFound(t *testing.T, h Harness) {
	begun, done, finished := Upload(Somebody()), Upload(Somebody()), Upload(Somebody())
	done.ExpiresAt = Now.Add(content.UploadTTL + time.Hour)
	done.Received = done.Bytes
	finished.Received, finished.Finished, finished.ExpiresAt = finished.Bytes, true, Now.Add(content.UploadTTL+2*time.Hour)
	for _, u := range []content.Upload{finished, done, begun} {
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Media.InsertUpload(ctx, u) })
	}
	list := storetest.Must[[]content.Upload](t)
	storetest.Equal(t, list(h.Reads.UploadsExpired(t.Context(), begun.ExpiresAt, 9)), []content.Upload{})
	storetest.Equal(t, list(h.Reads.UploadsExpired(t.Context(), begun.ExpiresAt.Add(time.Second), 9)), []content.Upload{begun})
	storetest.Equal(t, list(h.Reads.UploadsExpired(t.Context(), done.ExpiresAt.Add(time.Second), 9)), []content.Upload{begun, done})
	storetest.Equal(t, list(h.Reads.UploadsExpired(t.Context(), done.ExpiresAt.Add(time.Second), 1)), []content.Upload{begun})
	storetest.Equal(t, list(h.Reads.UploadsComplete(t.Context(), Now.Add(time.Hour), 9)), []content.Upload{})
	storetest.Equal(t, list(h.Reads.UploadsComplete(t.Context(), Now.Add(3*time.Hour), 9)), []content.Upload{done})
	storetest.Equal(t, list(h.Reads.UploadsExpired(t.Context(), finished.ExpiresAt.Add(time.Second), 9)), []content.Upload{begun, done, finished})
}

func uploadsAreCounted(t *testing.T, h Harness) {
	ada, ben, tomorrow := Somebody(), Somebody(), Now.AddDate(0, 0, 1)
	take := func(of identityport.UserID, at time.Time, bytes int64) func(ctx context.Context, s content.Stores) error {
		return func(ctx context.Context, s content.Stores) error { return s.Media.TakeQuota(ctx, of, at, bytes, 100) }
	}
	taken := func(of identityport.UserID, at time.Time) int64 {
		t.Helper()
		return storetest.Must[int64](t)(h.Reads.QuotaTaken(t.Context(), of, at))
	}
	h.fails(t, content.ErrMediaQuota, take(ada, Now, 101))
	h.do(t, take(ada, Now, 60))
	h.fails(t, content.ErrMediaQuota, take(ada, Now, 41))
	h.do(t, take(ada, Now, 40))
	h.fails(t, content.ErrMediaQuota, take(ada, Now, 1))
	h.do(t, take(ben, Now, 100))
	h.do(t, take(ada, tomorrow, 7))
	storetest.Equal(t, []int64{taken(ada, Now), taken(ben, Now), taken(ada, tomorrow), taken("nobody", Now)}, []int64{100, 100, 7, 0})
	h.do(t, func(ctx context.Context, s content.Stores) error { return s.Media.DeleteQuotas(ctx, tomorrow) })
	storetest.Equal(t, []int64{taken(ada, Now), taken(ben, Now), taken(ada, tomorrow)}, []int64{0, 0, 7})
	h.do(t, func(ctx context.Context, s content.Stores) error { _, err := s.Media.EraseOwner(ctx, ada); return err })
	storetest.Equal(t, taken(ada, tomorrow), int64(0))

	// What is taken at once is taken one after another, and so are uploads begun at once.
	cleo, full := Somebody(), 0
	for _, err := range h.atOnce(t, 8, take(cleo, Now, 30)) {
		if errors.Is(err, content.ErrMediaQuota) {
			full++
		} else {
			storetest.Is(t, err, nil)
		}
	}
	storetest.Equal(t, []int64{int64(full), taken(cleo, Now)}, []int64{5, 90})
	dan, refused := Somebody(), 0
	for range content.MaxOpenUploads - 3 {
		u := Upload(dan)
		u.ExpiresAt = Now.AddDate(0, 0, 2)
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Media.InsertUpload(ctx, u) })
	}
	// Some of them begin before midnight, and some after it.
	days := make(chan time.Time, 8)
	for i := range cap(days) {
		days <- Now.AddDate(0, 0, i%2)
	}
	for _, err := range h.atOnce(t, 8, func(ctx context.Context, s content.Stores) error {
		u := Upload(dan)
		u.CreatedAt = <-days
		u.ExpiresAt = Now.AddDate(0, 0, 2)
		defer func() { days <- u.CreatedAt }() // a transaction may run again
		if err := s.Media.TakeQuota(ctx, dan, u.CreatedAt, 1, 100); err != nil {
			return err
		}
		return s.Media.InsertUpload(ctx, u)
	}) {
		if errors.Is(err, content.ErrTooManyUploads) {
			refused++
		} else {
			storetest.Is(t, err, nil)
		}
	}
	storetest.Equal(t, refused, 5)
}

func mediaCollected(t *testing.T, h Harness) {
	author := Somebody()
	unused, shown, copied, past, onPage, kept := h.picture(t, author), h.picture(t, author), h.picture(t, author), h.picture(t, author), h.picture(t, author), h.picture(t, author)
	h.showing(t, author, shown)
	p := h.revise(t, h.showing(t, author, past), textShowing())
	h.do(t, func(ctx context.Context, s content.Stores) error {
		return s.Media.SetUses(ctx, p.State().ID, content.InCopy, []content.MediaID{copied.ID})
	})
	h.do(t, func(ctx context.Context, s content.Stores) error {
		return s.Pages.Insert(ctx, content.SitePage{Name: content.PageTerms, Number: 1, Markdown: "![](" + content.MediaPath(onPage.ID) + ")", PublishedAt: Now})
	})
	pages := storetest.Must[[]content.MediaID](t)(h.Reads.MediaInSitePages(t.Context()))
	storetest.Equal(t, pages, []content.MediaID{onPage.ID})
	var full strings.Builder // a page with as many as are told apart takes none of the others away
	for range content.MaxTextMedia {
		full.WriteString(content.MediaPath(content.MediaID(idgentest.New())) + "\n")
	}
	h.do(t, func(ctx context.Context, s content.Stores) error {
		return s.Pages.Insert(ctx, content.SitePage{Name: content.PagePrivacy, Number: 1, Markdown: full.String(), PublishedAt: Now})
	})
	if pages = storetest.Must[[]content.MediaID](t)(h.Reads.MediaInSitePages(t.Context())); len(pages) != content.MaxTextMedia+1 || !slices.Contains(pages, onPage.ID) {
		t.Errorf("of two pages %d pictures are known", len(pages))
	}
	mark := func(at time.Time) {
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Media.MarkUnused(ctx, at, pages) })
	}
	marked := func(before time.Time) []content.MediaID {
		return storetest.Must[[]content.MediaID](t)(h.Reads.MediaUnused(t.Context(), before, 9))
	}
	mark(Now)
	want := []content.MediaID{unused.ID, kept.ID}
	slices.Sort(want)
	storetest.Equal(t, marked(Now.Add(time.Second)), want)
	storetest.Equal(t, marked(Now), []content.MediaID{})
	h.do(t, func(ctx context.Context, s content.Stores) error {
		return s.Media.Keep(ctx, []content.MediaID{kept.ID})
	})
	mark(Now.Add(time.Hour)) // the first mark of the others stays
	storetest.Equal(t, marked(Now.Add(time.Second)), []content.MediaID{unused.ID})
	if m := storetest.Must[content.Media](t)(h.Reads.MediaByID(t.Context(), unused.ID)); !m.UnusedSince.Equal(Now) {
		t.Errorf("it is unused since %v", m.UnusedSince)
	}
	remove := func(id content.MediaID) func(ctx context.Context, s content.Stores) error {
		return func(ctx context.Context, s content.Stores) error {
			return s.Media.DeleteUnused(ctx, id, Now.Add(time.Second))
		}
	}
	for _, m := range []content.Media{shown, copied, past, kept} {
		h.fails(t, content.ErrMediaInUse, remove(m.ID))
	}
	h.fails(t, content.ErrMediaInSitePage, remove(onPage.ID))
	h.fails(t, content.ErrMediaInSitePage, func(ctx context.Context, s content.Stores) error { return s.Media.Delete(ctx, onPage.ID, onPage.Edits) })
	h.do(t, remove(unused.ID))
	h.fails(t, content.ErrMediaNotFound, remove(unused.ID))
	again := h.showing(t, author, kept) // marked an hour later, and shown since
	storetest.Equal(t, marked(Now.Add(2*time.Hour)), []content.MediaID{})
	h.do(t, func(ctx context.Context, s content.Stores) error { return s.Posts.Delete(ctx, again.State().ID, 1) })
	mark(Now.Add(3 * time.Hour))
	storetest.Equal(t, marked(Now.Add(4*time.Hour)), []content.MediaID{kept.ID})
}

func mediaWithoutID(t *testing.T, h Harness) {
	for _, id := range storetest.NotIDs {
		_, err := h.Reads.MediaByID(t.Context(), content.MediaID(id))
		storetest.Is(t, err, content.ErrMediaNotFound)
		_, err = h.Reads.UploadByID(t.Context(), content.MediaID(id))
		storetest.Is(t, err, content.ErrUploadNotFound)
		h.fails(t, content.ErrMediaNotFound, func(ctx context.Context, s content.Stores) error { return s.Media.Delete(ctx, content.MediaID(id), 1) })
		h.fails(t, content.ErrPostNotFound, func(ctx context.Context, s content.Stores) error {
			return s.Media.SetUses(ctx, content.PostID(id), content.InCopy, nil)
		})
	}
}
