package noticesstore_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/entstore/migrations"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
	"github.com/neoforge-dev/neoforge/tests/harness"

	"example.com/noticeboard/notices"
	"example.com/noticeboard/noticesapp"
	"example.com/noticeboard/noticesstore"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

type clock struct{}

func (clock) Now() time.Time { return now }

type ids struct{}

func (ids) New() string { return idgentest.New() }

type nobody struct{ identityport.Directory }

type unsent struct{ mail.Sender }

func TestNotices_StayAsLongAsTheyMay(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "board.db") },
		"postgres": func(t *testing.T) string { return harness.Database(t, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, err := entstore.Open(t.Context(), url(t), entstore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
			// The platform's tables and these are enough: a context needs no other one's.
			if err := migrations.Of(noticesstore.Tables).Up(t.Context(), db); err != nil {
				t.Fatal(err)
			}
			store, err := noticesstore.New(db, entstoretest.MustOutbox(t, db))
			if err != nil {
				t.Fatal(err)
			}
			app, err := noticesapp.New(noticesapp.Deps{
				UnitOfWork: store, Reads: store, People: nobody{}, Mail: unsent{}, Templates: &mailtemplate.Templates{}, Clock: clock{}, IDs: ids{}, Keep: 24 * time.Hour,
			})
			if err != nil {
				t.Fatal(err)
			}
			ada, ben := identityport.UserID(idgentest.New()), identityport.UserID(idgentest.New())
			hang := func(text string, by identityport.UserID, at time.Time) {
				t.Helper()
				err := store.Do(t.Context(), func(ctx context.Context, s notices.Stores) error {
					return s.Notices.Insert(ctx, notices.Notice{ID: idgentest.New(), Text: text, Author: by, Byline: "B", PostedAt: at})
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			texts := func() (out []string) {
				t.Helper()
				all, err := app.Latest(t.Context(), 10)
				if err != nil {
					t.Fatal(err)
				}
				for _, n := range all {
					out = append(out, n.Text)
				}
				return out
			}
			hang("old", ada, now.Add(-25*time.Hour))
			hang("Ada's", ada, now.Add(-time.Hour))
			hang("Ben's", ben, now)
			if have := texts(); !slices.Equal(have, []string{"Ben's", "Ada's", "old"}) {
				t.Errorf("the board is %v", have)
			}
			for _, h := range app.JobHandlers() {
				if h.Kind == "notices.prune" {
					if err := h.Run(t.Context(), nil); err != nil {
						t.Fatal(err)
					}
				}
			}
			if have := texts(); !slices.Equal(have, []string{"Ben's", "Ada's"}) {
				t.Errorf("after a day the board is %v", have)
			}
			erased, err := events.New(idgentest.New(), now, identityport.UserErased{UserID: ada})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // an event may come more than once
				if err := app.Subscribers()[0].Handle(t.Context(), erased); err != nil {
					t.Fatal(err)
				}
			}
			if have := texts(); !slices.Equal(have, []string{"Ben's"}) {
				t.Errorf("once Ada is erased the board is %v", have)
			}
			for name, by := range map[string]identityport.Actor{
				"a visitor": {}, "a member": {UserID: ben}, "an empty text": {UserID: ben, Permissions: []identityport.Permission{notices.PermissionPost}},
			} {
				if _, err := app.PostNotice(t.Context(), by, " "); err == nil {
					t.Errorf("%s is accepted", name)
				}
			}
		})
	}
}
