package content_test

import (
	"bytes"
	"context"
	"errors"
	"image/color"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/content/library"
	"github.com/neoforge-dev/neoforge/ports/blobs"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func mustBegin(t *testing.T, p *testApp, by identityport.Actor, size int, replaces content.MediaID) content.Upload {
	t.Helper()
	begun := library.BeginUpload{Bytes: int64(size), Replaces: replaces}
	if replaces != "" {
		begun.Seen = p.edits(t, replaces)
	}
	u, err := p.app.BeginUpload(t.Context(), by, begun)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// arrive has every byte of an upload arrive, and nobody make a picture of them.
func arrive(t *testing.T, p *testApp, u content.Upload, file []byte) {
	t.Helper()
	const part = "000000000000-x"
	if err := p.deps.Files.Put(t.Context(), u.Key(part), "image/jpeg", bytes.NewReader(file), int64(len(file))); err != nil {
		t.Fatal(err)
	}
	if err := p.deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s content.Stores) error {
		return s.Media.AddPart(ctx, u.ID, 0, part, u.Bytes, u.ExpiresAt)
	}); err != nil {
		t.Fatal(err)
	}
}

// TestAddUploadPart_TellsWhoLostTheLastAnswer has a client ask on in each way, for a new
// picture and for one that it replaces.
func TestAddUploadPart_TellsWhoLostTheLastAnswer(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *entstore.DB) {
		p := newTestApp(t, db)
		ben, eve := newAuthor("Ben"), newAuthor("Eve")
		file := jpegOf(t, 30, 20, color.White)
		old := mustUpload(t, p, ben, jpegOf(t, 9, 9, color.Black))
		for what, replaces := range map[string]content.MediaID{"new": "", "another file": old.ID} {
			u := mustBegin(t, p, ben, len(file), replaces)
			_, m, err := p.app.AddUploadPart(t.Context(), ben, u.ID, 0, file)
			if err != nil || m == nil || m.Width != 30 {
				t.Fatalf("%s: %+v, %v", what, m, err)
			}
			if now, err := p.app.OpenUpload(t.Context(), ben, u.ID); err != nil || !now.Finished || now.Received != now.Bytes || now.Picture() != m.ID {
				t.Errorf("%s: how far it is: %+v, %v", what, now, err)
			}
			for offset, part := range map[int64][]byte{0: file, u.Bytes: nil} {
				_, again, err := p.app.AddUploadPart(t.Context(), ben, u.ID, offset, part)
				if err != nil || again == nil || again.ID != m.ID || again.Version != m.Version {
					t.Errorf("%s, asked again at %d: %+v, %v", what, offset, again, err)
				}
			}
			if _, _, err := p.app.AddUploadPart(t.Context(), ben, u.ID, 0, file[:9]); !errors.Is(err, content.ErrUploadOffset) {
				t.Errorf("%s, another part: %v", what, err)
			}
			if _, err := p.app.OpenUpload(t.Context(), eve, u.ID); !errors.Is(err, content.ErrUploadNotFound) {
				t.Errorf("%s, of another person: %v", what, err)
			}
			if err := p.app.CancelUpload(t.Context(), ben, u.ID); !errors.Is(err, content.ErrUploadNotFound) {
				t.Errorf("%s, cancelled: %v", what, err)
			}
			p.clock.Advance(content.UploadTTL)
			if _, err := p.app.OpenUpload(t.Context(), ben, u.ID); !errors.Is(err, content.ErrUploadNotFound) {
				t.Errorf("%s, a day later: %v", what, err)
			}
			if err := runJob(t, p.app, "content.end_uploads", ""); err != nil {
				t.Fatal(err)
			}
			if _, err := p.deps.Reads.UploadByID(t.Context(), u.ID); !errors.Is(err, content.ErrUploadNotFound) {
				t.Errorf("%s: it is kept for ever: %v", what, err)
			}
			if now, err := p.app.CurrentMedia(t.Context(), m.ID); err != nil || now.Width != 30 {
				t.Errorf("%s: the picture went with its upload: %+v, %v", what, now, err)
			}
		}
	})
}

// TestAddUploadPart_SentTwiceAtOnceIsDoneOnce sends the last part by several at the same
// moment: whoever is second is done, too, or is told where the upload is.
func TestAddUploadPart_SentTwiceAtOnceIsDoneOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *entstore.DB) {
		p := newTestApp(t, db)
		ben := newAuthor("Ben")
		old := mustUpload(t, p, ben, jpegOf(t, 9, 9, color.Black))
		file := jpegOf(t, 30, 20, color.White)
		for what, replaces := range map[string]content.MediaID{"new": "", "another file": old.ID} {
			u := mustBegin(t, p, ben, len(file), replaces)
			var all sync.WaitGroup
			for range 6 {
				all.Go(func() {
					_, m, err := p.app.AddUploadPart(t.Context(), ben, u.ID, 0, file)
					if err == nil && (m == nil || m.ID != u.Picture()) || err != nil && !errors.Is(err, content.ErrUploadOffset) {
						t.Errorf("%s: %+v, %v", what, m, err)
					}
				})
			}
			all.Wait()
			if _, m, err := p.app.AddUploadPart(t.Context(), ben, u.ID, u.Bytes, nil); err != nil || m == nil || m.Width != 30 {
				t.Errorf("%s, at the end: %+v, %v", what, m, err)
			}
		}
	})
}

// takenAway is a store whose parts of uploads somebody takes away before they are read.
type takenAway struct {
	blobs.Store
	before func()
}

func (f *takenAway) Get(ctx context.Context, key string, part blobs.Range) (blobs.File, error) {
	if f.before != nil && strings.HasPrefix(key, content.AllUploadKeys) {
		before := f.before
		f.before = nil
		before()
		return blobs.File{}, blobs.ErrNotFound
	}
	return f.Store.Get(ctx, key, part)
}

// TestAddUploadPart_WhosePartsAreGone tells one that another finished from one that is lost.
func TestAddUploadPart_WhosePartsAreGone(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *entstore.DB) {
		p := newTestApp(t, db)
		other := p.app
		files := &takenAway{Store: p.deps.Files}
		p.deps.Files = files
		var err error
		if p.app, err = contentapp.New(p.deps); err != nil {
			t.Fatal(err)
		}
		ben := newAuthor("Ben")
		file := jpegOf(t, 30, 20, color.White)
		u := mustBegin(t, p, ben, len(file), "")
		arrive(t, p, u, file)
		files.before = func() {
			if _, _, err := other.AddUploadPart(t.Context(), ben, u.ID, u.Bytes, nil); err != nil {
				t.Error(err)
			}
		}
		if _, m, err := p.app.AddUploadPart(t.Context(), ben, u.ID, u.Bytes, nil); err != nil || m == nil || m.ID != u.ID {
			t.Errorf("another replica finished it: %+v, %v", m, err)
		}
		lost := mustBegin(t, p, ben, len(file), "")
		arrive(t, p, lost, file)
		files.before = func() {}
		if _, _, err := p.app.AddUploadPart(t.Context(), ben, lost.ID, lost.Bytes, nil); !errors.Is(err, content.ErrUploadNotFound) {
			t.Errorf("its parts are lost: %v", err)
		}
		if _, err := p.app.OpenUpload(t.Context(), ben, lost.ID); !errors.Is(err, content.ErrUploadNotFound) {
			t.Errorf("an upload whose parts are lost is kept: %v", err)
		}
	})
}

// TestEndUploads_ActsAsTheOwner has what arrived end with what its owner may do now, once.
func TestEndUploads_ActsAsTheOwner(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *entstore.DB) {
		p := newTestApp(t, db)
		actors := p.deps.Actors.(fixture.Actors)
		file := jpegOf(t, 30, 20, color.White)
		ben, eve, dan, zoe := newAuthor("Ben"), newAuthor("Eve"), newAuthor("Dan"), newEditor("Zoe")
		of := func(by identityport.Actor, replaces content.MediaID) content.Upload {
			u := mustBegin(t, p, by, len(file), replaces)
			arrive(t, p, u, file)
			return u
		}
		bens := mustUpload(t, p, ben, jpegOf(t, 9, 9, color.Black))
		may, mayNot, gone, others := of(ben, ""), of(eve, ""), of(dan, ""), of(zoe, bens.ID)
		actors[ben.UserID] = ben
		actors[eve.UserID] = fixture.NewActor("Eve")                                              // who may not write any more
		actors[zoe.UserID] = identityport.Actor{UserID: zoe.UserID, Permissions: ben.Permissions} // no editor of any
		p.clock.Advance(11 * time.Minute)
		if err := runJob(t, p.app, "content.end_uploads", ""); err != nil {
			t.Errorf("a refusal fails the job: %v", err)
		}
		if m, err := p.app.CurrentMedia(t.Context(), may.ID); err != nil || m.Owner != ben.UserID {
			t.Errorf("of who may write: %+v, %v", m, err)
		}
		for what, u := range map[string]content.Upload{"of who may not write": mayNot, "of somebody who is gone": gone, "in the place of another's": others} {
			if _, err := p.deps.Reads.UploadByID(t.Context(), u.ID); !errors.Is(err, content.ErrUploadNotFound) {
				t.Errorf("%s: it is kept: %v", what, err)
			}
			if _, err := p.app.CurrentMedia(t.Context(), u.ID); !errors.Is(err, content.ErrMediaNotFound) {
				t.Errorf("%s: it is a picture: %v", what, err)
			}
		}
		if m, err := p.app.CurrentMedia(t.Context(), bens.ID); err != nil || m.Version != 1 {
			t.Errorf("another's picture was replaced: %+v, %v", m, err)
		}
		if keys := keysOf(t, p.deps.Files); len(keys) != 2 {
			t.Errorf("left are %v", keys)
		}
		// What cannot be asked is no refusal: it is tried again.
		later := of(ben, "")
		p.deps.Actors = away{}
		var err error
		if p.app, err = contentapp.New(p.deps); err != nil {
			t.Fatal(err)
		}
		p.clock.Advance(11 * time.Minute)
		if err := runJob(t, p.app, "content.end_uploads", ""); !errors.Is(err, errAway) {
			t.Errorf("while nobody knows what its owner may: %v", err)
		}
		if _, err := p.deps.Reads.UploadByID(t.Context(), later.ID); err != nil {
			t.Errorf("an upload was lost: %v", err)
		}
	})
}

var errAway = fault.New(fault.Unavailable, "test.away", "Nobody answers.")

// away is a directory that does not answer.
type away struct{}

func (away) ActorOf(context.Context, identityport.UserID) (identityport.Actor, error) {
	return identityport.Actor{}, errAway
}

// TestAddUploadPart_RefusesCrumbs bounds how many parts a file is made of.
func TestAddUploadPart_RefusesCrumbs(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db *entstore.DB) {
		p := newTestApp(t, db)
		ben := newAuthor("Ben")
		u := mustBegin(t, p, ben, 5_001, "")
		for _, c := range []struct {
			offset int64
			bytes  int
			want   error
		}{{0, 1, content.ErrUploadPart}, {0, 5, content.ErrUploadPart}, {0, 6, nil}, {6, 0, nil}, {6, 4_990, nil}, {4_996, 4, content.ErrUploadPart}, {4_996, 6, content.ErrUploadPart}} {
			if _, _, err := p.app.AddUploadPart(t.Context(), ben, u.ID, c.offset, make([]byte, c.bytes)); !errors.Is(err, c.want) {
				t.Errorf("%d bytes at %d: %v, want %v", c.bytes, c.offset, err, c.want)
			}
		}
		// The last part is as large as what is left.
		if _, _, err := p.app.AddUploadPart(t.Context(), ben, u.ID, 4_996, make([]byte, 5)); !errors.Is(err, content.ErrMediaFormat) {
			t.Errorf("the last part: %v", err)
		}
	})
}
