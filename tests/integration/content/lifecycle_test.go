package content_test

import (
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/content/studio"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/storetest"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// run runs the job of a kind.
func (p *testApp) run(t *testing.T, kind string) {
	t.Helper()
	for _, h := range p.app.JobHandlers() {
		if h.Kind != kind {
			continue
		}
		if err := h.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatalf("there is no job %s", kind)
}

func fails(t *testing.T, what string, have, want error) {
	t.Helper()
	if !errors.Is(have, want) {
		t.Errorf("%s: %v, want %v", what, have, want)
	}
}

// scheduledPosts: a post appears at its author's moment, across a change of the clocks and a
// stop of the program, once, and as of that moment.
func scheduledPosts(t *testing.T, p *testApp) {
	ctx, ben := t.Context(), newAuthor("Ben")
	// The clocks go back in the night to the last Sunday of October.
	sunday := time.Date(p.clock.Now().Year()+1, time.October, 31, 0, 0, 0, 0, time.UTC)
	sunday = sunday.AddDate(0, 0, -int(sunday.Weekday()))
	p.at(t, sunday.AddDate(0, 0, -5))
	summer, err := content.ScheduleIn(sunday.AddDate(0, 0, -1).Format(time.DateOnly)+"T07:30", "Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	winter, err := content.ScheduleIn(sunday.Format(time.DateOnly)+"T07:30", "Europe/Berlin")
	if err != nil || winter.At.Sub(summer.At) != 25*time.Hour || winter.Local().Format("15:04") != "07:30" {
		t.Fatalf("%v after %v: %v", winter, summer, err)
	}
	post := p.write(t, ben, contentapp.WritePost{Title: "At half past seven", Markdown: "Text.", Tags: []string{"mornings"}})
	early := p.write(t, ben, contentapp.WritePost{Title: "The day before", Markdown: "Text."})
	for id, s := range map[content.PostID]content.Schedule{post.ID: winter, early.ID: summer} {
		if a, err := p.app.SchedulePost(ctx, ben, id, s); err != nil || a.Post.Status != content.Scheduled || a.Post.Schedule != s {
			t.Fatalf("scheduled: %+v, %v", a.Post, err)
		}
	}
	p.at(t, summer.At.Add(-time.Second))
	p.run(t, "content.publish_due")
	_, err = p.app.ReadPost(ctx, identityport.Actor{}, early.Text.Slug)
	fails(t, "read before its moment", err, content.ErrPostNotFound)

	// The program is down until after both moments. Meanwhile nobody saved, and the editor's
	// text goes over the post that appeared.
	p.at(t, winter.At.Add(3*time.Hour))
	for range 2 {
		p.run(t, "content.publish_due")
	}
	reading, err := p.app.ReadPost(ctx, identityport.Actor{}, post.Text.Slug)
	if err != nil || !reading.Article.Post.PublishedAt.Equal(winter.At) {
		t.Fatalf("published at %v, %v", reading.Article.Post.PublishedAt, err)
	}
	list, err := p.app.ListPosts(ctx, contentapp.ListPosts{Limit: 10})
	if err != nil || len(list.Items) != 2 || list.Items[0].ID != post.ID || !list.Items[1].PublishedAt.Equal(summer.At) {
		t.Errorf("listed %+v, %v", list.Items, err)
	}
	if tagged, err := p.app.ListPosts(ctx, contentapp.ListPosts{Tag: "mornings", Limit: 10}); err != nil || len(tagged.Items) != 1 {
		t.Errorf("under its tag: %+v, %v", tagged.Items, err)
	}
	if n := len(p.ledger.Did("content.post_published")); n != 2 {
		t.Errorf("%d entries in the trail", n)
	}
	open, err := p.app.OpenPost(ctx, ben, post.ID)
	if err != nil || !open.Post.Schedule.IsZero() {
		t.Errorf("its schedule is spent: %+v, %v", open.Post.Schedule, err)
	}
	title := "At half past seven, corrected"
	if _, err := p.app.RevisePost(ctx, ben, contentapp.RevisePost{ID: post.ID, Seen: open.Post.Version, Title: &title}); err != nil {
		t.Errorf("a spent schedule blocks a save: %v", err)
	}

	_, err = p.app.SchedulePost(ctx, ben, post.ID, content.Schedule{At: p.clock.Now().Add(time.Hour), Zone: "UTC"})
	fails(t, "what is published is scheduled", err, content.ErrAlreadyPublished)
	next := p.write(t, ben, contentapp.WritePost{Title: "Next", Markdown: "Text."})
	for want, s := range map[error]content.Schedule{
		content.ErrScheduleInPast: {At: p.clock.Now(), Zone: "UTC"},
		content.ErrScheduleTooFar: {At: p.clock.Now().AddDate(6, 0, 0), Zone: "UTC"},
		content.ErrUnknownZone:    {At: p.clock.Now().Add(time.Hour), Zone: "Local"},
	} {
		_, err := p.app.SchedulePost(ctx, ben, next.ID, s)
		fails(t, "scheduled", err, want)
	}
	writer := fixture.NewActor("Eve", content.PermissionWrite)
	hers := p.write(t, writer, contentapp.WritePost{Title: "Hers", Markdown: "Text."})
	_, err = p.app.SchedulePost(ctx, writer, hers.ID, content.Schedule{At: p.clock.Now().Add(time.Hour), Zone: "UTC"})
	fails(t, "who may not publish schedules", err, content.ErrMayNotPublish)
	_, err = p.app.UnschedulePost(ctx, ben, next.ID)
	fails(t, "unscheduled", err, content.ErrNotScheduled)
}

// inactivePosts: what is archived or trashed nobody reads; it comes back as a draft, never
// published by that, and is deleted for good after its time in the trash.
func inactivePosts(t *testing.T, p *testApp) {
	ctx, ben := t.Context(), newAuthor("Ben")
	post := p.publish(t, ben, contentapp.WritePost{Title: "On salt", Markdown: "Text."})
	unread := func(when string) {
		t.Helper()
		_, err := p.app.ReadPost(ctx, identityport.Actor{}, post.Text.Slug)
		fails(t, when, err, content.ErrPostNotFound)
	}
	listed := func(s content.Status) int {
		t.Helper()
		list, err := p.app.StudioPosts(ctx, ben, studio.Query{Filter: studio.Filter{Status: s}, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		return len(list.Items)
	}
	must := func(_ content.Article, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.app.ReadPost(ctx, identityport.Actor{}, post.Text.Slug); err != nil {
		t.Fatal(err)
	}
	must(p.app.ArchivePost(ctx, ben, post.ID))
	unread("archived")
	title := "Changed"
	open, err := p.app.OpenPost(ctx, ben, post.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.app.RevisePost(ctx, ben, contentapp.RevisePost{ID: post.ID, Seen: open.Post.Version, Title: &title})
	fails(t, "what is archived is changed", err, content.ErrPostInactive)
	_, err = p.app.PublishPost(ctx, ben, post.ID)
	fails(t, "what is archived is published", err, content.ErrPostInactive)
	if listed("") != 0 || listed(content.Archived) != 1 {
		t.Error("it is not listed apart")
	}
	must(p.app.RestorePost(ctx, ben, post.ID))
	unread("restored")
	must(p.app.PublishPost(ctx, ben, post.ID))

	must(p.app.TrashPost(ctx, ben, post.ID))
	unread("in the trash")
	_, err = p.app.TrashPost(ctx, ben, post.ID)
	fails(t, "again", err, content.ErrAlreadyTrashed)
	must(p.app.RestorePost(ctx, ben, post.ID))
	fails(t, "what is a draft is deleted", p.app.DeletePost(ctx, ben, post.ID), content.ErrNotTrashed)
	must(p.app.TrashPost(ctx, ben, post.ID))
	other := p.write(t, ben, contentapp.WritePost{Title: "Another", Markdown: "Text."})
	p.clock.Advance(content.TrashKept - time.Second)
	p.run(t, "content.purge_trash")
	if listed(content.Trashed) != 1 {
		t.Error("it was deleted before its time")
	}
	must(p.app.TrashPost(ctx, ben, other.ID))
	p.clock.Advance(2 * time.Second)
	p.run(t, "content.purge_trash")
	if listed(content.Trashed) != 1 {
		t.Error("what was trashed this minute is gone as well, or the old one is not")
	}
	if err := p.app.DeletePost(ctx, ben, other.ID); err != nil || listed(content.Trashed) != 0 {
		t.Errorf("deleted for good: %v", err)
	}
	if n := len(p.ledger.Did("content.post_deleted")); n != 2 {
		t.Errorf("%d entries in the trail", n)
	}

	// Its slug is free again, and those with whom it is shared leave it where it lies.
	again := p.publish(t, ben, contentapp.WritePost{Title: "On salt", Markdown: "Text."})
	if again.Text.Slug != post.Text.Slug {
		t.Errorf("its slug is still taken: %q", again.Text.Slug)
	}
	deps := p.deps
	deps.Grants = grantedPost{post: again.ID, permission: content.SharePublish.Permission()}
	app, err := contentapp.New(deps)
	if err != nil {
		t.Fatal(err)
	}
	_, err = app.TrashPost(ctx, newAuthor("Dan"), again.ID)
	fails(t, "who it is shared with trashes it", err, content.ErrMayNotRemove)
	_, err = p.app.TrashPost(ctx, newAuthor("Dan"), again.ID)
	fails(t, "a stranger trashes it", err, content.ErrPostNotFound)
}

// movedPosts: a link that readers have goes on leading to the post, however often its slug
// changes, for every reader under the same gate.
func movedPosts(t *testing.T, p *testApp) {
	ctx, ben := t.Context(), newAuthor("Ben")
	post := p.publish(t, ben, contentapp.WritePost{Title: "Paid", Slug: "first", Markdown: "Open.\n\nPaid words.", Visibility: content.Paid})
	for _, slug := range []string{"second", "third"} {
		open, err := p.app.OpenPost(ctx, ben, post.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.app.RevisePost(ctx, ben, contentapp.RevisePost{ID: post.ID, Seen: open.Post.Version, Slug: &slug}); err != nil {
			t.Fatal(err)
		}
	}
	for _, slug := range []string{"first", "second", "third"} {
		for range 2 { // with a cold and a warm cache
			for name, read := range map[string]func() (contentapp.Reading, error){
				"visitor": func() (contentapp.Reading, error) { return p.app.ReadPost(ctx, identityport.Actor{}, slug) },
				"kept":    func() (contentapp.Reading, error) { return p.app.ReadPostFor(ctx, contentapp.Visitors, slug) },
			} {
				r, err := read()
				if err != nil || r.Article.Post.Text.Slug != "third" || r.Gate != content.NeedPlan || r.Article.Post.Rendered.Body != "" {
					t.Errorf("%s as %s: %q behind %q, %v", slug, name, r.Article.Post.Text.Slug, r.Gate, err)
				}
			}
			if r, err := p.app.ReadPost(ctx, ben, slug); err != nil || r.Gate != content.Open {
				t.Errorf("%s for its author: %q, %v", slug, r.Gate, err)
			}
		}
	}
	_, err := p.app.WritePost(ctx, ben, contentapp.WritePost{Title: "Thief", Slug: "first", Markdown: "Text.", Visibility: content.Public})
	fails(t, "another post takes it", err, content.ErrSlugTaken)
	taken := p.write(t, ben, contentapp.WritePost{Title: "Second", Markdown: "Text."})
	if taken.Text.Slug != "second-2" {
		t.Errorf("a slug made from the title is %q", taken.Text.Slug)
	}
	_, err = p.app.ReadPost(ctx, identityport.Actor{}, "second-3")
	fails(t, "what was never a slug", err, content.ErrPostNotFound)
	if done := p.ledger.Did("content.post_revised"); len(done) != 2 {
		t.Errorf("%d entries", len(done))
	}
}

// TestRevisePost_WritesOneEntryForTheAutosavesOfOneRevision has the page save by itself again and
// again, somebody save by hand, and the page go on.
func TestRevisePost_WritesOneEntryForTheAutosavesOfOneRevision(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ada, ben := newEditor("Ada"), newAuthor("Ben")
		post := p.write(t, ben, contentapp.WritePost{Title: "T", Markdown: "0"})
		seen := post.Version
		save := func(by identityport.Actor, text string, auto bool) {
			t.Helper()
			a, err := p.app.RevisePost(t.Context(), by, contentapp.RevisePost{ID: post.ID, Seen: seen, Markdown: &text, Autosave: auto})
			if err != nil {
				t.Fatal(err)
			}
			seen = a.Post.Version
		}
		entries := func(want ...identityport.Actor) {
			t.Helper()
			var by, wanted []string
			for _, e := range p.ledger.Did("content.post_revised") {
				by = append(by, e.Actor)
			}
			for _, actor := range want {
				wanted = append(wanted, string(actor.UserID))
			}
			storetest.Equal(t, by, wanted)
		}
		for _, text := range []string{"1", "2", "3"} {
			save(ben, text, true)
		}
		entries(ben)
		save(ada, "4", true) // somebody else's
		entries(ben, ada)
		save(ada, "5", false)
		entries(ben, ada, ada)
		save(ada, "6", true) // what was saved by hand stays, so this is one more
		save(ada, "7", true)
		entries(ben, ada, ada, ada)
		p.at(t, p.clock.Now().Add(content.AutosaveWindow))
		save(ada, "8", true)
		entries(ben, ada, ada, ada, ada)
	})
}

// TestSaveWorkingCopy_WritesOneEntryForTheAutosavesOfOnePerson, as of a draft; nothing begins a
// copy by itself.
func TestSaveWorkingCopy_WritesOneEntryForTheAutosavesOfOnePerson(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ada, ben := newEditor("Ada"), newAuthor("Ben")
		post := p.write(t, ben, contentapp.WritePost{Title: "T", Markdown: "0"})
		if _, err := p.app.PublishPost(t.Context(), ben, post.ID); err != nil {
			t.Fatal(err)
		}
		seen := 0
		save := func(by identityport.Actor, text string, auto bool, want error) {
			t.Helper()
			_, c, err := p.app.SaveWorkingCopy(t.Context(), by, contentapp.SaveWorkingCopy{ID: post.ID, Seen: seen, Markdown: &text, Autosave: auto})
			if !errors.Is(err, want) {
				t.Fatal(err)
			}
			if err == nil {
				seen = c.Save
			}
		}
		entries := func(want ...identityport.Actor) {
			t.Helper()
			var by, wanted []string
			for _, e := range p.ledger.Did("content.working_copy_saved") {
				by = append(by, e.Actor)
			}
			for _, actor := range want {
				wanted = append(wanted, string(actor.UserID))
			}
			storetest.Equal(t, by, wanted)
		}
		save(ben, "1", true, content.ErrWorkingCopyChanged)
		entries()
		save(ben, "1", false, nil)
		entries(ben)
		for _, text := range []string{"2", "3", "4"} {
			save(ben, text, true, nil)
		}
		entries(ben, ben)
		save(ada, "5", true, nil) // somebody else's
		save(ada, "6", false, nil)
		entries(ben, ben, ada, ada)
		save(ada, "7", true, nil) // after one by hand
		save(ada, "8", true, nil)
		entries(ben, ben, ada, ada, ada)
		p.at(t, p.clock.Now().Add(content.AutosaveWindow))
		save(ada, "9", true, nil)
		entries(ben, ben, ada, ada, ada, ada)
	})
}

// at moves the clock to a later moment.
func (p *testApp) at(t *testing.T, moment time.Time) {
	t.Helper()
	ahead := moment.Sub(p.clock.Now())
	if ahead < 0 {
		t.Fatalf("%v has passed", moment)
	}
	p.clock.Advance(ahead)
}
