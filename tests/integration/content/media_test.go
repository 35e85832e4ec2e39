package content_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/content/library"
	"github.com/neoforge-dev/neoforge/modules/content/privacy"
	"github.com/neoforge-dev/neoforge/ports/blobs"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func jpegOf(t *testing.T, width, height int, c color.Color) []byte {
	t.Helper()
	p := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			p.Set(x, y, c)
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, p, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// runJob runs a job of content as its queue does.
func runJob(t *testing.T, app *contentapp.App, kind, payload string) error {
	t.Helper()
	for _, h := range app.JobHandlers() {
		if h.Kind == kind {
			return h.Run(t.Context(), []byte(payload))
		}
	}
	t.Fatalf("there is no job %s", kind)
	return nil
}

func mustUpload(t *testing.T, p *testApp, by identityport.Actor, body []byte) content.Media {
	t.Helper()
	m, err := p.app.UploadMedia(t.Context(), by, library.UploadMedia{MediaDescription: content.MediaDescription{Name: "a.jpg", Alt: "A"}, Body: body})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func keysOf(t *testing.T, files blobs.Store) (keys []string) {
	t.Helper()
	for _, prefix := range []string{content.AllMediaKeys, content.AllUploadKeys} {
		if err := files.List(t.Context(), prefix, "", func(i blobs.Info) error {
			keys = append(keys, i.Key)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

// TestCollectMedia_TakesWhatNobodyShowsAndNothingElse moves the time over a month.
func TestCollectMedia_TakesWhatNobodyShowsAndNothingElse(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *entstore.DB) {
		p := newTestApp(t, db)
		ben := newAuthor("Ben")
		unused, shown, begun := mustUpload(t, p, ben, jpegOf(t, 700, 500, color.White)), mustUpload(t, p, ben, jpegOf(t, 9, 9, color.White)), mustUpload(t, p, ben, jpegOf(t, 9, 9, color.Black))
		if _, err := p.app.WritePost(t.Context(), ben, contentapp.WritePost{Title: "T", Markdown: "![](" + content.MediaPath(shown.ID) + ")", Visibility: content.Public}); err != nil {
			t.Fatal(err)
		}
		if err := runJob(t, p.app, "content.prepare_media", `{"id":"`+string(unused.ID)+`","version":1}`); err != nil {
			t.Fatal(err)
		}
		collect := func() {
			t.Helper()
			if err := runJob(t, p.app, "content.collect_media", ""); err != nil {
				t.Fatal(err)
			}
		}
		collect() // marks
		p.clock.Advance(29 * 24 * time.Hour)
		if _, err := p.app.Preview(t.Context(), ben, "Not saved yet: ![]("+content.MediaPath(begun.ID)+")", content.Public); err != nil {
			t.Fatal(err)
		}
		collect()
		if _, err := p.app.CurrentMedia(t.Context(), unused.ID); err != nil {
			t.Fatalf("a picture went early: %v", err)
		}
		p.clock.Advance(2 * 24 * time.Hour)
		collect()
		if _, err := p.app.CurrentMedia(t.Context(), unused.ID); !errors.Is(err, content.ErrMediaNotFound) {
			t.Errorf("a picture that nobody shows: %v", err)
		}
		for _, m := range []content.Media{shown, begun} {
			if _, err := p.app.CurrentMedia(t.Context(), m.ID); err != nil {
				t.Errorf("a picture in a text went: %v", err)
			}
		}
		if err := runJob(t, p.app, "content.remove_media", `{"id":"`+string(unused.ID)+`","version":0}`); err != nil {
			t.Fatal(err)
		}
		if keys := keysOf(t, p.deps.Files); len(keys) != 2 || strings.Contains(strings.Join(keys, " "), string(unused.ID)) {
			t.Errorf("left are the files %v", keys)
		}
	})
}

func TestCollectMedia_TakesFilesThatNoRowNames(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *entstore.DB) {
		p := newTestApp(t, db)
		ben := newAuthor("Ben")
		m := mustUpload(t, p, ben, jpegOf(t, 9, 9, color.White))
		u, err := p.app.BeginUpload(t.Context(), ben, library.BeginUpload{Bytes: 10})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := p.app.AddUploadPart(t.Context(), ben, u.ID, 0, []byte("half")); err != nil {
			t.Fatal(err)
		}
		put := func(key string) {
			if err := p.deps.Files.Put(t.Context(), key, "image/jpeg", strings.NewReader("x"), 1); err != nil {
				t.Fatal(err)
			}
		}
		const nobody = "0190a8f0-0000-7000-8000-000000000001"
		put(content.MediaKey(nobody, 1, "original.jpg"))
		put(content.MediaKey(m.ID, 77, "original.jpg")) // of a replacement that was never committed
		put("uploads/" + nobody + "/" + content.UploadPart(0, nobody))
		// Somebody else's, who keeps them in the same bucket.
		others := []string{
			"media/2024/1/original.jpg", "media/" + nobody + "/1/notes.txt", "media/" + nobody + "/01/original.jpg", "media/" + nobody + "/0/original.jpg",
			"uploads/reports/2024.csv", "uploads/" + nobody + "/000000000000-x", "uploads/" + nobody + "/" + nobody,
		}
		for _, key := range others {
			put(key)
		}
		if err := runJob(t, p.app, "content.collect_media", ""); err != nil {
			t.Fatal(err)
		}
		if keys := keysOf(t, p.deps.Files); len(keys) != 5+len(others) {
			t.Errorf("files that were written a moment ago are gone: %v", keys)
		}
		p.clock.Advance(25 * time.Hour)
		if err := runJob(t, p.app, "content.collect_media", ""); err != nil {
			t.Fatal(err)
		}
		keys := keysOf(t, p.deps.Files)
		own := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return slices.Contains(others, key) })
		if len(own) != 2 || !strings.Contains(own[0], string(m.ID)+"/1/") || !strings.Contains(own[1], string(u.ID)) || len(keys) != 2+len(others) {
			t.Errorf("left are %v", keys)
		}
	})
}

func TestUploads_EndWhenNobodyGoesOn(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *entstore.DB) {
		p := newTestApp(t, db)
		ben := newAuthor("Ben")
		p.deps.Actors.(fixture.Actors)[ben.UserID] = ben
		file := jpegOf(t, 9, 9, color.White)
		half, err := p.app.BeginUpload(t.Context(), ben, library.BeginUpload{Bytes: 10})
		if err != nil {
			t.Fatal(err)
		}
		whole, err := p.app.BeginUpload(t.Context(), ben, library.BeginUpload{MediaDescription: content.MediaDescription{Name: "w.jpg"}, Bytes: int64(len(file))})
		if err != nil {
			t.Fatal(err)
		}
		// Every byte arrived, and the program was killed before it made a picture of them.
		if err := p.deps.Files.Put(t.Context(), whole.Key("000000000000-x"), "image/jpeg", bytes.NewReader(file), int64(len(file))); err != nil {
			t.Fatal(err)
		}
		if err := p.deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s content.Stores) error {
			return s.Media.AddPart(ctx, whole.ID, 0, "000000000000-x", whole.Bytes, whole.ExpiresAt)
		}); err != nil {
			t.Fatal(err)
		}
		p.clock.Advance(11 * time.Minute)
		if err := runJob(t, p.app, "content.end_uploads", ""); err != nil {
			t.Fatal(err)
		}
		if m, err := p.app.OpenMedia(t.Context(), ben, whole.ID); err != nil || m.Name != "w.jpg" || m.Owner != ben.UserID {
			t.Errorf("what had arrived is %+v, %v", m, err)
		}
		if _, err := p.app.OpenUpload(t.Context(), ben, half.ID); err != nil {
			t.Errorf("an upload under way: %v", err)
		}
		p.clock.Advance(24 * time.Hour)
		if _, err := p.app.OpenUpload(t.Context(), ben, half.ID); !errors.Is(err, content.ErrUploadNotFound) {
			t.Errorf("an upload of yesterday: %v", err)
		}
		if err := runJob(t, p.app, "content.end_uploads", ""); err != nil {
			t.Fatal(err)
		}
		if keys := keysOf(t, p.deps.Files); len(keys) != 1 {
			t.Errorf("left are %v", keys)
		}
	})
}

func TestMediaLimits_AreKept(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *entstore.DB) {
		p := newTestApp(t, db)
		file := jpegOf(t, 9, 9, color.White)
		p.deps.MediaLimits = library.Limits{FileBytes: 1 << 20, DailyBytes: int64(2*len(file) + 10)}
		var err error
		if p.app, err = contentapp.New(p.deps); err != nil {
			t.Fatal(err)
		}
		ben := newAuthor("Ben")
		first := mustUpload(t, p, ben, file)
		u, err := p.app.BeginUpload(t.Context(), ben, library.BeginUpload{Bytes: int64(len(file))})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := p.app.AddUploadPart(t.Context(), ben, u.ID, 0, file); err != nil {
			t.Errorf("what was taken when it began is taken again: %v", err)
		}
		if _, err := p.app.UploadMedia(t.Context(), ben, library.UploadMedia{Body: file}); !errors.Is(err, content.ErrMediaQuota) {
			t.Errorf("more than a day's: %v", err)
		}
		if _, err := p.app.BeginUpload(t.Context(), ben, library.BeginUpload{Bytes: 1<<20 + 1}); !errors.Is(err, content.ErrMediaTooLarge) {
			t.Errorf("too large: %v", err)
		}
		if _, err := p.replace(t, ben, first.ID, file); !errors.Is(err, content.ErrMediaQuota) {
			t.Errorf("another file of a picture: %v", err)
		}
		if err := p.deleteMedia(t, ben, first.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := p.app.UploadMedia(t.Context(), ben, library.UploadMedia{Body: file}); !errors.Is(err, content.ErrMediaQuota) {
			t.Errorf("after one was deleted: %v", err)
		}
		p.clock.Advance(25 * time.Hour)
		second := mustUpload(t, p, ben, file)
		if _, err := p.replace(t, ben, second.ID, file); err != nil {
			t.Errorf("another file on another day: %v", err)
		}
	})
}

// TestEraseMedia_TakesWhatNobodyElseShows erases an author.
func TestEraseMedia_TakesWhatNobodyElseShows(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *entstore.DB) {
		p := newTestApp(t, db)
		ben, cleo := newAuthor("Ben"), newAuthor("Cleo")
		own, lent := mustUpload(t, p, ben, jpegOf(t, 9, 9, color.White)), mustUpload(t, p, ben, jpegOf(t, 9, 9, color.Black))
		for by, m := range map[*identityport.Actor]content.Media{&ben: own, &cleo: lent} {
			if _, err := p.app.WritePost(t.Context(), *by, contentapp.WritePost{Title: "T", Markdown: "![](" + content.MediaPath(m.ID) + ")", Visibility: content.Public}); err != nil {
				t.Fatal(err)
			}
		}
		held, err := p.app.ExportUser(t.Context(), identityport.Subject{User: ben.UserID})
		if err != nil {
			t.Fatal(err)
		}
		if pictures := held.(privacy.Export).Pictures; len(pictures) != 2 || pictures[0].Alt != "A" || !strings.HasPrefix(pictures[0].Path, "/media/") {
			t.Errorf("exported are %+v", pictures)
		}
		eraseAuthor(t, p, ben.UserID)
		if _, err := p.app.CurrentMedia(t.Context(), own.ID); !errors.Is(err, content.ErrMediaNotFound) {
			t.Errorf("a picture of the erased: %v", err)
		}
		if m, err := p.app.CurrentMedia(t.Context(), lent.ID); err != nil || m.Owner != "" {
			t.Errorf("a picture that another post shows: %+v, %v", m, err)
		}
	})
}

// TestMediaStore_ThatIsAwayLosesNothing has files fail at each step.
func TestMediaStore_ThatIsAwayLosesNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *entstore.DB) {
		p := newTestApp(t, db)
		away := &failingFiles{Store: p.deps.Files}
		p.deps.Files = away
		var err error
		if p.app, err = contentapp.New(p.deps); err != nil {
			t.Fatal(err)
		}
		ben := newAuthor("Ben")
		file := jpegOf(t, 700, 600, color.White)
		m := mustUpload(t, p, ben, file)
		away.err = blobs.ErrUnavailable
		if _, err := p.app.UploadMedia(t.Context(), ben, library.UploadMedia{Body: file}); !errors.Is(err, blobs.ErrUnavailable) {
			t.Errorf("upload: %v", err)
		}
		if _, err := p.replace(t, ben, m.ID, file); !errors.Is(err, blobs.ErrUnavailable) {
			t.Errorf("replace: %v", err)
		}
		job := `{"id":"` + string(m.ID) + `","version":1}`
		if err := runJob(t, p.app, "content.prepare_media", job); !errors.Is(err, blobs.ErrUnavailable) {
			t.Errorf("prepare: %v", err)
		}
		list, err := p.app.ListMedia(t.Context(), ben, "", "", 9)
		if err != nil || len(list.Items) != 1 || list.Items[0].Version != 1 || list.Items[0].State != content.MediaPending {
			t.Errorf("the library is %+v, %v", list, err)
		}
		away.err = nil
		if err := runJob(t, p.app, "content.prepare_media", job); err != nil {
			t.Fatal(err)
		}
		if m, err := p.app.CurrentMedia(t.Context(), m.ID); err != nil || m.State != content.MediaReady || len(m.Variants) != 1 || m.Tone != "#ffffff" {
			t.Errorf("prepared is %+v, %v", m, err)
		}
	})
}

// replace puts another file in the place of a picture as it is now.
func (p *testApp) replace(t *testing.T, by identityport.Actor, id content.MediaID, body []byte) (content.Media, error) {
	t.Helper()
	return p.app.ReplaceMedia(t.Context(), by, library.ReplaceMedia{ID: id, Seen: p.edits(t, id), Body: body})
}

// deleteMedia deletes a picture as it is now.
func (p *testApp) deleteMedia(t *testing.T, by identityport.Actor, id content.MediaID) error {
	t.Helper()
	return p.app.DeleteMedia(t.Context(), by, id, p.edits(t, id))
}

// edits is how often people changed a picture.
func (p *testApp) edits(t *testing.T, id content.MediaID) int {
	t.Helper()
	m, err := p.app.CurrentMedia(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return m.Edits
}

type failingFiles struct {
	blobs.Store
	err    error
	before func() // each Put; may be nil
}

func (f *failingFiles) Put(ctx context.Context, key, contentType string, r io.Reader, size int64) error {
	if f.err != nil {
		return f.err
	}
	if f.before != nil {
		f.before()
	}
	return f.Store.Put(ctx, key, contentType, r, size)
}

// TestReplaceMedia_ThatReadersSeeIsForWhoMayPublish: a writer's picture is theirs until readers
// see it, also by a file that was begun to be sent before, or is sent to its end by a job.
func TestReplaceMedia_ThatReadersSeeIsForWhoMayPublish(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ctx, eve, ada := t.Context(), newWriter("Eve"), newEditor("Ada")
		m := mustUpload(t, p, eve, jpegOf(t, 9, 9, color.White))
		other := jpegOf(t, 11, 9, color.Black)
		post := p.write(t, eve, contentapp.WritePost{Title: "Shown", Markdown: "![A](" + content.MediaPath(m.ID) + ")"})
		if _, err := p.replace(t, eve, m.ID, other); err != nil {
			t.Fatalf("of a draft: %v", err)
		}
		begin := library.BeginUpload{MediaDescription: content.MediaDescription{Name: "a.jpg"}, Bytes: int64(len(other)), Replaces: m.ID, Seen: p.edits(t, m.ID)}
		u, err := p.app.BeginUpload(ctx, eve, begin)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.app.SchedulePost(ctx, ada, post.ID, content.Schedule{At: p.clock.Now().Add(time.Hour), Zone: "UTC"}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := p.replace(t, eve, m.ID, other); !errors.Is(err, content.ErrMediaShown) {
				t.Errorf("of what readers will see: %v", err)
			}
			if _, err := p.app.BeginUpload(ctx, eve, begin); !errors.Is(err, content.ErrMediaShown) {
				t.Errorf("in parts: %v", err)
			}
			if _, err := p.app.PublishPost(ctx, ada, post.ID); err != nil && !errors.Is(err, content.ErrAlreadyPublished) {
				t.Fatal(err)
			}
		}
		if _, _, err := p.app.AddUploadPart(ctx, eve, u.ID, 0, other); !errors.Is(err, content.ErrMediaShown) {
			t.Errorf("with what was begun before: %v", err)
		}
		if _, err := p.app.OpenUpload(ctx, eve, u.ID); !errors.Is(err, content.ErrUploadNotFound) {
			t.Errorf("it waits for a job: %v", err)
		}
		if _, err := p.replace(t, ada, m.ID, other); err != nil {
			t.Errorf("who may publish: %v", err)
		}

		lawful := mustUpload(t, p, eve, jpegOf(t, 9, 9, color.White))
		if err := p.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s content.Stores) error {
			return s.Pages.Insert(ctx, content.SitePage{Name: content.PageTerms, Number: 1, Markdown: "![A](" + content.MediaPath(lawful.ID) + ")", PublishedAt: p.clock.Now()})
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := p.replace(t, eve, lawful.ID, other); !errors.Is(err, content.ErrMediaShown) {
			t.Errorf("of the terms: %v", err)
		}
	})
}

// TestReplaceMedia_OfAPostThatIsPublishedMeanwhile has the post appear while the writer's file
// is being kept.
func TestReplaceMedia_OfAPostThatIsPublishedMeanwhile(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *entstore.DB) {
		p := newTestApp(t, db)
		files := &failingFiles{Store: p.deps.Files}
		p.deps.Files = files
		var err error
		if p.app, err = contentapp.New(p.deps); err != nil {
			t.Fatal(err)
		}
		eve, ada := newWriter("Eve"), newEditor("Ada")
		m := mustUpload(t, p, eve, jpegOf(t, 9, 9, color.White))
		post := p.write(t, eve, contentapp.WritePost{Title: "Shown", Markdown: "![A](" + content.MediaPath(m.ID) + ")"})
		files.before = func() {
			files.before = nil
			if _, err := p.app.PublishPost(t.Context(), ada, post.ID); err != nil {
				t.Error(err)
			}
		}
		if _, err := p.replace(t, eve, m.ID, jpegOf(t, 11, 9, color.Black)); !errors.Is(err, content.ErrMediaShown) {
			t.Errorf("what readers see was replaced: %v", err)
		}
		if now, err := p.app.CurrentMedia(t.Context(), m.ID); err != nil || now.Version != m.Version {
			t.Errorf("it is %+v, %v", now, err)
		}
	})
}

// TestMedia_OfAnotherThanWasSeenIsLeft: neither its file nor the picture goes by somebody who
// saw it as it was before.
func TestMedia_OfAnotherThanWasSeenIsLeft(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ctx, ben := t.Context(), newAuthor("Ben")
		m := mustUpload(t, p, ben, jpegOf(t, 9, 9, color.White))
		other := jpegOf(t, 11, 9, color.Black)
		u := mustBegin(t, p, ben, len(other), m.ID)
		alt := "What it shows"
		if _, err := p.app.DescribeMedia(ctx, ben, library.DescribeMedia{ID: m.ID, Seen: m.Edits, Alt: &alt}); err != nil {
			t.Fatal(err)
		}
		for what, err := range map[string]error{
			"replaced":              second(p.app.ReplaceMedia(ctx, ben, library.ReplaceMedia{ID: m.ID, Seen: m.Edits, Body: other})),
			"replaced in parts":     second(p.app.BeginUpload(ctx, ben, library.BeginUpload{Bytes: 9, Replaces: m.ID, Seen: m.Edits})),
			"deleted":               p.app.DeleteMedia(ctx, ben, m.ID, m.Edits),
			"deleted, seen by none": p.app.DeleteMedia(ctx, ben, m.ID, 0),
		} {
			if !errors.Is(err, content.ErrMediaEdited) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, _, err := p.app.AddUploadPart(ctx, ben, u.ID, 0, other); !errors.Is(err, content.ErrMediaEdited) {
			t.Errorf("by what was begun before: %v", err)
		}
		if _, err := p.app.OpenUpload(ctx, ben, u.ID); !errors.Is(err, content.ErrUploadNotFound) {
			t.Errorf("it waits for a job: %v", err)
		}
		if now, err := p.app.CurrentMedia(ctx, m.ID); err != nil || now.Version != m.Version || now.Alt != alt {
			t.Errorf("it is %+v, %v", now, err)
		}
		if err := p.deleteMedia(t, ben, m.ID); err != nil {
			t.Errorf("as it is now: %v", err)
		}
	})
}

// second is the error of a call that returns something, too.
func second[T any](_ T, err error) error { return err }

// TestReplaceMedia_ByTwoAtOnceLeavesOneWholePicture has two people replace a file.
func TestReplaceMedia_ByTwoAtOnceLeavesOneWholePicture(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *entstore.DB) {
		p := newTestApp(t, db)
		ben := newAuthor("Ben")
		m := mustUpload(t, p, ben, jpegOf(t, 9, 9, color.White))
		done := make(chan error)
		for _, width := range []int{11, 12, 13, 14} {
			go func() {
				_, err := p.app.ReplaceMedia(t.Context(), ben, library.ReplaceMedia{ID: m.ID, Seen: m.Edits, Body: jpegOf(t, width, 9, color.White)})
				done <- err
			}()
		}
		replaced := 0
		for range 4 {
			switch err := <-done; {
			case err == nil:
				replaced++
			case !errors.Is(err, content.ErrMediaEdited) && !errors.Is(err, content.ErrMediaChanged):
				t.Error(err)
			}
		}
		if replaced != 1 {
			t.Errorf("%d of four who saw the same picture put their file in its place", replaced)
		}
		m, err := p.app.CurrentMedia(t.Context(), m.ID)
		if err != nil {
			t.Fatal(err)
		}
		f, err := p.app.OpenMediaFile(t.Context(), m.ID, m.Version, m.Original(), blobs.Range{})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if c, err := jpeg.DecodeConfig(f); err != nil || c.Width != m.Width {
			t.Errorf("the file is %d wide and the row says %d: %v", c.Width, m.Width, err)
		}
	})
}

// onEach runs a case on each database.
func onEach(t *testing.T, run func(t *testing.T, db *entstore.DB)) {
	t.Helper()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, open(t))
		})
	}
}

func eraseAuthor(t *testing.T, p *testApp, id identityport.UserID) {
	t.Helper()
	e, err := events.New(idgentest.New(), p.clock.Now(), identityport.UserErased{UserID: id})
	if err != nil {
		t.Fatal(err)
	}
	if err := fixture.Deliver(t, p.app.Subscribers(), e); err != nil {
		t.Fatal(err)
	}
}

// queued is a unit of work that remembers of which kinds jobs were queued.
type queued struct {
	content.UnitOfWork
	kinds []string
}

func (q *queued) Do(ctx context.Context, fn func(context.Context, content.Stores) error) error {
	return q.UnitOfWork.Do(ctx, func(ctx context.Context, s content.Stores) error {
		s.Jobs = queueing{s.Jobs, q}
		return fn(ctx, s)
	})
}

type queueing struct {
	jobs.Enqueuer
	to *queued
}

func (q queueing) Enqueue(ctx context.Context, all ...jobs.Job) error {
	for _, j := range all {
		q.to.kinds = append(q.to.kinds, j.Kind)
	}
	return q.Enqueuer.Enqueue(ctx, all...)
}

// The sizes of a picture may be made between the moment at which a text with it is rendered
// and the one at which it is saved, when nobody finds the post that would show them.
func TestSavePost_HasItsPicturesRenderedAgain(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *entstore.DB) {
		p := newTestApp(t, db)
		work := &queued{UnitOfWork: p.deps.UnitOfWork}
		p.deps.UnitOfWork = work
		var err error
		if p.app, err = contentapp.New(p.deps); err != nil {
			t.Fatal(err)
		}
		ben := newAuthor("Ben")
		m := mustUpload(t, p, ben, jpegOf(t, 9, 9, color.White))
		renders := func() (n int) {
			for _, kind := range work.kinds {
				if kind == content.RenderMediaJob {
					n++
				}
			}
			return n
		}
		before := renders()
		plain := p.write(t, ben, contentapp.WritePost{Title: "Plain", Markdown: "Words."})
		if renders() != before {
			t.Error("a text without pictures is rendered again")
		}
		p.write(t, ben, contentapp.WritePost{Title: "With a picture", Markdown: "![](" + content.MediaPath(m.ID) + ")"})
		if renders() != before+1 {
			t.Error("a new post is not rendered again")
		}
		markdown := "![](" + content.MediaPath(m.ID) + ") and words."
		revised, err := p.app.RevisePost(t.Context(), ben, contentapp.RevisePost{ID: plain.ID, Seen: plain.Version, Markdown: &markdown})
		if err != nil || renders() != before+2 {
			t.Errorf("a changed post is not rendered again: %v", err)
		}
		if _, err := p.app.PublishPost(t.Context(), ben, plain.ID); err != nil || renders() != before+2 {
			t.Errorf("a text that did not change is rendered again: %v, %d", err, revised.Post.Version)
		}
	})
}

// interrupted is a renderer during whose next run something else happens.
type interrupted struct {
	content.Renderer
	by func()
}

func (r *interrupted) Render(ctx context.Context, markdown string, v content.Visibility) (content.Rendered, error) {
	if by := r.by; by != nil {
		r.by = nil
		by()
	}
	return r.Renderer.Render(ctx, markdown, v)
}

// Who publishes a post at the moment at which it is rendered with its pictures renders nothing
// themselves.
func TestRenderMedia_OfAPostThatIsPublishedMeanwhile(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *entstore.DB) {
		p := newTestApp(t, db)
		renderer := &interrupted{Renderer: p.deps.Renderer}
		p.deps.Renderer = renderer
		var err error
		if p.app, err = contentapp.New(p.deps); err != nil {
			t.Fatal(err)
		}
		ben := newAuthor("Ben")
		m := mustUpload(t, p, ben, jpegOf(t, 9, 9, color.White))
		post := p.write(t, ben, contentapp.WritePost{Title: "With a picture", Markdown: "![](" + content.MediaPath(m.ID) + ")"})
		if err := runJob(t, p.app, "content.prepare_media", `{"id":"`+string(m.ID)+`","version":1}`); err != nil {
			t.Fatal(err)
		}
		outdated := func() int {
			t.Helper()
			posts, err := p.deps.Reads.OutdatedMediaUses(t.Context(), "", 10)
			if err != nil {
				t.Fatal(err)
			}
			return len(posts)
		}
		if outdated() != 1 {
			t.Fatal("there is nothing to render")
		}
		renderer.by = func() {
			if _, err := p.app.PublishPost(t.Context(), ben, post.ID); err != nil {
				t.Error(err)
			}
		}
		if err := runJob(t, p.app, content.RenderMediaJob, ""); err != nil {
			t.Fatal(err)
		}
		if n := outdated(); n != 0 {
			t.Errorf("%d posts show the pictures as they were", n)
		}
	})
}
