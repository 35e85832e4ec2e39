package content_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/content/privacy"
	"github.com/neoforge-dev/neoforge/modules/content/review"
	"github.com/neoforge-dev/neoforge/modules/content/studio"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/storetest"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// newWriter is somebody who writes and may not publish.
func newWriter(name string) identityport.Actor {
	return fixture.NewActor(name, content.PermissionWrite)
}

func (p *testApp) review(t *testing.T, by identityport.Actor, id content.PostID) content.Review {
	t.Helper()
	_, r, err := p.app.PostReview(t.Context(), by, id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// read is a decision about what somebody sees at this moment.
func (p *testApp) read(t *testing.T, by identityport.Actor, id content.PostID, note string) review.Decision {
	t.Helper()
	r := p.review(t, by, id)
	return review.Decision{ID: id, Step: r.Last().Number, Text: r.Text, Note: note}
}

func (p *testApp) ask(t *testing.T, by identityport.Actor, id content.PostID) {
	t.Helper()
	if _, err := p.app.AskForReview(t.Context(), by, review.Request{ID: id, Note: "Is it right?"}); err != nil {
		t.Fatal(err)
	}
}

// TestAskForReview_IsDecidedByWhoMayPublish, over the text that they saw.
func TestAskForReview_IsDecidedByWhoMayPublish(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ctx, eve, ada := t.Context(), newWriter("Eve"), newEditor("Ada")
		id := p.write(t, eve, contentapp.WritePost{Title: "Read first", Markdown: "One."}).ID
		if _, err := p.app.ApprovePost(ctx, ada, p.read(t, ada, id, "")); !errors.Is(err, content.ErrReviewNotAsked) {
			t.Fatalf("before anybody asked: %v", err)
		}
		p.ask(t, eve, id)
		p.ask(t, eve, id) // sent again
		if n := len(p.review(t, eve, id).Steps); n != 1 {
			t.Fatalf("asked once, and once more: %d steps", n)
		}
		for who, c := range map[string]struct {
			by   identityport.Actor
			want error
		}{
			"who asked": {eve, content.ErrMayNotReview}, "another author": {newAuthor("Ben"), content.ErrPostNotFound}, "a visitor": {identityport.Actor{}, content.ErrPostNotFound},
		} {
			if _, err := p.app.ApprovePost(ctx, c.by, p.read(t, ada, id, "")); !errors.Is(err, c.want) {
				t.Errorf("%s approves: %v", who, err)
			}
			if _, err := p.app.SendPostBack(ctx, c.by, p.read(t, ada, id, "No.")); !errors.Is(err, c.want) {
				t.Errorf("%s sends back: %v", who, err)
			}
		}
		if _, err := p.app.SendPostBack(ctx, ada, p.read(t, ada, id, " \n")); !errors.Is(err, content.ErrInvalidReviewNote) {
			t.Fatalf("without a note: %v", err)
		}
		before := p.read(t, ada, id, "Write more.")
		more := "Two."
		if _, err := p.app.RevisePost(ctx, eve, contentapp.RevisePost{ID: id, Seen: 1, Markdown: &more}); err != nil {
			t.Fatal(err)
		}
		if _, err := p.app.ApprovePost(ctx, ada, before); !errors.Is(err, content.ErrReviewChanged) {
			t.Fatalf("of a text that is no more: %v", err)
		}
		if !p.review(t, ada, id).Changed() {
			t.Error("the text was changed since it was asked for")
		}
		back := p.read(t, ada, id, "Write more.")
		for range 2 { // sent again
			if _, err := p.app.SendPostBack(ctx, ada, back); err != nil {
				t.Fatal(err)
			}
		}
		if r := p.review(t, eve, id); r.State() != content.ReviewSentBack || r.Last().Note != "Write more." || r.Last().By != ada.UserID || r.Changed() || len(r.Steps) != 2 {
			t.Fatalf("%+v", r)
		}
		if _, err := p.app.ApprovePost(ctx, ada, p.read(t, ada, id, "")); !errors.Is(err, content.ErrReviewNotAsked) {
			t.Fatalf("what was sent back: %v", err)
		}
		p.ask(t, eve, id)
		if _, err := p.app.ApprovePost(ctx, ada, p.read(t, ada, id, "")); err != nil {
			t.Fatal(err)
		}
		if r := p.review(t, eve, id); r.State() != content.ReviewApproved || r.Changed() {
			t.Fatalf("%+v", r)
		}
		last := "Three."
		if _, err := p.app.RevisePost(ctx, eve, contentapp.RevisePost{ID: id, Seen: 2, Markdown: &last}); err != nil {
			t.Fatal(err)
		}
		if r := p.review(t, eve, id); !r.Changed() {
			t.Errorf("a text that was changed is approved: %+v", r)
		}
		for _, action := range []string{"content.review_asked", "content.review_sent_back", "content.review_approved"} {
			if acts := p.ledger.Did(action); len(acts) == 0 || acts[0].Resource != "post:"+string(id) {
				t.Errorf("%s: %+v", action, acts)
			}
		}
	})
}

// TestAskForReview_LeavesTheAuthorSome has somebody else ask as often as they may.
func TestAskForReview_LeavesTheAuthorSome(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ctx, eve, ada := t.Context(), newWriter("Eve"), newEditor("Ada")
		id := p.write(t, eve, contentapp.WritePost{Title: "Asked for again and again", Markdown: "One."}).ID
		asked := 0
		for ; asked < content.MaxReviewSteps; asked++ {
			_, err := p.app.AskForReview(ctx, ada, review.Request{ID: id, Note: fmt.Sprintf("Note %d.", asked)})
			if errors.Is(err, content.ErrTooManyReviews) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if asked != content.MaxReviewStepsOfOthers {
			t.Errorf("somebody else asked %d times", asked)
		}
		p.ask(t, eve, id)
		if last := p.review(t, eve, id).Last(); last.By != eve.UserID || last.State != content.ReviewAsked {
			t.Errorf("the author asked: %+v", last)
		}
	})
}

// TestReview_EndsWhenNothingWaitsAnyMore, whoever does it and whatever was decided.
func TestReview_EndsWhenNothingWaitsAnyMore(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ctx, ben := t.Context(), newAuthor("Ben")
		changed := func(id content.PostID) content.WorkingCopy {
			t.Helper()
			words := "Changed."
			_, c, err := p.app.SaveWorkingCopy(ctx, ben, contentapp.SaveWorkingCopy{ID: id, Markdown: &words})
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		for name, c := range map[string]struct {
			published bool
			do        func(id content.PostID, save int) error
			want      content.ReviewState
		}{
			"published":   {false, func(id content.PostID, _ int) error { _, err := p.app.PublishPost(ctx, ben, id); return err }, content.ReviewPublished},
			"archived":    {false, func(id content.PostID, _ int) error { _, err := p.app.ArchivePost(ctx, ben, id); return err }, content.ReviewEnded},
			"trashed":     {true, func(id content.PostID, _ int) error { _, err := p.app.TrashPost(ctx, ben, id); return err }, content.ReviewEnded},
			"unpublished": {true, func(id content.PostID, _ int) error { _, err := p.app.UnpublishPost(ctx, ben, id); return err }, content.ReviewEnded},
			"discarded":   {true, func(id content.PostID, save int) error { return p.app.DiscardWorkingCopy(ctx, ben, id, save) }, content.ReviewEnded},
			"changes published": {true, func(id content.PostID, save int) error {
				_, err := p.app.PublishWorkingCopy(ctx, ben, contentapp.PublishWorkingCopy{ID: id, Seen: save})
				return err
			}, content.ReviewPublished},
		} {
			post, save := p.write(t, ben, contentapp.WritePost{Title: "It is " + name}), 0
			if c.published {
				if _, err := p.app.PublishPost(ctx, ben, post.ID); err != nil {
					t.Fatal(err)
				}
				if _, err := p.app.AskForReview(ctx, ben, review.Request{ID: post.ID, Note: ""}); !errors.Is(err, content.ErrNothingToReview) {
					t.Errorf("%s: a review of what is published: %v", name, err)
				}
				save = changed(post.ID).Save
			}
			p.ask(t, ben, post.ID)
			if err := c.do(post.ID, save); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if r := p.review(t, ben, post.ID); r.State() != content.NoReview || r.Last().State != c.want {
				t.Errorf("%s: %+v", name, r)
			}
		}
		if n, err := p.app.InReview(ctx, ben); n != 0 || err != nil {
			t.Errorf("%d wait still: %v", n, err)
		}
		inactive := p.write(t, ben, contentapp.WritePost{Title: "Put away"}).ID
		if _, err := p.app.ArchivePost(ctx, ben, inactive); err != nil {
			t.Fatal(err)
		}
		if _, err := p.app.AskForReview(ctx, ben, review.Request{ID: inactive, Note: ""}); !errors.Is(err, content.ErrPostInactive) {
			t.Errorf("of one that is put away: %v", err)
		}
	})
}

// TestAskForReview_IsAboutTheTextThatWasSeen, whatever is saved at the same moment.
func TestAskForReview_IsAboutTheTextThatWasSeen(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ctx, ben := t.Context(), newAuthor("Ben")
		asks := func(id content.PostID, seen int, want error) {
			t.Helper()
			before := len(p.review(t, ben, id).Steps)
			r, err := p.app.AskForReview(ctx, ben, review.Request{ID: id, Seen: seen, Note: "Is it right?"})
			if !errors.Is(err, want) {
				t.Fatalf("seen at %d: %v", seen, err)
			}
			if want != nil && len(p.review(t, ben, id).Steps) != before || want == nil && (r.Changed() || r.State() != content.ReviewAsked) {
				t.Errorf("seen at %d: %+v", seen, r)
			}
		}
		id := p.write(t, ben, contentapp.WritePost{Title: "T", Markdown: "One."}).ID
		a, err := p.app.RevisePost(ctx, ben, contentapp.RevisePost{ID: id, Seen: 1, Markdown: ptr("One. Two."), Autosave: true})
		if err != nil {
			t.Fatal(err)
		}
		asks(id, 1, content.ErrTextNotSeen)
		asks(id, a.Post.TextVersion, nil)
		asks(id, a.Post.TextVersion, nil) // its answer was lost
		if _, err := p.app.RevisePost(ctx, ben, contentapp.RevisePost{ID: id, Seen: a.Post.Version, Markdown: ptr("One. Two. Three."), Autosave: true}); err != nil {
			t.Fatal(err)
		}
		asks(id, a.Post.TextVersion, content.ErrTextNotSeen)
		asks(id, 0, nil)

		published, err := p.app.PublishPost(ctx, ben, id)
		if err != nil {
			t.Fatal(err)
		}
		_, first, err := p.app.SaveWorkingCopy(ctx, ben, contentapp.SaveWorkingCopy{ID: id, Markdown: ptr("Changed.")})
		if err != nil {
			t.Fatal(err)
		}
		_, second, err := p.app.SaveWorkingCopy(ctx, ben, contentapp.SaveWorkingCopy{ID: id, Seen: first.Save, Markdown: ptr("Changed again.")})
		if err != nil {
			t.Fatal(err)
		}
		asks(id, published.Post.Version, content.ErrTextNotSeen) // before there were changes
		asks(id, first.Save, content.ErrTextNotSeen)
		asks(id, second.Save, nil)
	})
}

// TestApprovePost_OfTwoAtOnceOneIsRefused, and one that is published at the same moment is in
// no review afterwards.
func TestApprovePost_OfTwoAtOnceOneIsRefused(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ctx, eve, ada, dan := t.Context(), newWriter("Eve"), newEditor("Ada"), newEditor("Dan")
		id := p.write(t, eve, contentapp.WritePost{Title: "Read by two"}).ID
		p.ask(t, eve, id)
		seen := p.read(t, ada, id, "No.")
		errs := make([]error, 2)
		var both sync.WaitGroup
		both.Go(func() { _, errs[0] = p.app.ApprovePost(ctx, ada, seen) })
		both.Go(func() { _, errs[1] = p.app.SendPostBack(ctx, dan, seen) })
		both.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), content.ErrReviewChanged) {
			t.Fatal(errs)
		}
		p.ask(t, eve, id)
		seen = p.read(t, ada, id, "")
		both.Go(func() { _, errs[0] = p.app.PublishPost(ctx, ada, id) })
		both.Go(func() { _, errs[1] = p.app.ApprovePost(ctx, dan, seen) })
		both.Wait()
		if errs[0] != nil || errs[1] != nil && !errors.Is(errs[1], content.ErrReviewChanged) {
			t.Fatal(errs)
		}
		if r := p.review(t, ada, id); r.State() != content.NoReview {
			t.Fatalf("%+v", r)
		}
	})
}

// TestMailReview_TellsWhoAsked what was decided, as long as they may edit the post.
func TestMailReview_TellsWhoAsked(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ctx, eve, ada := t.Context(), newWriter("Eve"), newEditor("Ada")
		p.people[eve.UserID] = identityport.Person{ID: eve.UserID, Name: "Eve", Email: "eve@neoforge.test"}
		p.people[ada.UserID] = identityport.Person{ID: ada.UserID, Name: "Ada https://evil.test"}
		actors := p.deps.Actors.(fixture.Actors)
		actors[eve.UserID] = eve
		sent := func() []string {
			t.Helper()
			mails := p.deps.Mail.(*fixture.Mails)
			out := []string{}
			for _, m := range mails.Sent {
				out = append(out, m.To+" "+m.Subject+" "+m.Text)
			}
			mails.Sent = nil
			return out
		}
		id := p.write(t, eve, contentapp.WritePost{Title: "Read first"}).ID
		run := func(step int) {
			t.Helper()
			payload, err := json.Marshal(map[string]any{"post_id": id, "step": step})
			if err != nil {
				t.Fatal(err)
			}
			if err := p.app.Review.Handler().Run(ctx, payload); err != nil {
				t.Fatal(err)
			}
		}
		p.ask(t, eve, id)
		if _, err := p.app.SendPostBack(ctx, ada, p.read(t, ada, id, "Write\n\nmore.")); err != nil {
			t.Fatal(err)
		}
		p.ask(t, eve, id)
		if _, err := p.app.ApprovePost(ctx, ada, p.read(t, ada, id, "")); err != nil {
			t.Fatal(err)
		}
		run(1) // a question is no answer
		run(5)
		if have := sent(); len(have) != 0 {
			t.Fatal(have)
		}
		run(2)
		run(4)
		have := sent()
		if len(have) != 2 || !strings.Contains(have[0], "eve@neoforge.test Your post was sent back") || !strings.Contains(have[0], "Write more.") ||
			!strings.Contains(have[1], "was approved") || !strings.Contains(have[1], "“Read first”") || strings.Contains(have[1], "Note") || strings.Contains(have[0], "https://evil.test") {
			t.Fatalf("%q", have)
		}
		p.people[eve.UserID] = identityport.Person{ID: eve.UserID, Email: "eve@neoforge.test", Suspended: true}
		run(4)
		delete(actors, eve.UserID)
		run(4)
		if have := sent(); len(have) != 0 {
			t.Fatalf("to who is kept out: %q", have)
		}
	})
}

// TestStudioPosts_FindWhatWaitsForAReview, and count it.
func TestStudioPosts_FindWhatWaitsForAReview(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ctx, eve, ben, ada := t.Context(), newWriter("Eve"), newAuthor("Ben"), newEditor("Ada")
		p.write(t, eve, contentapp.WritePost{Title: "Not asked"})
		for _, by := range []identityport.Actor{eve, ben} {
			p.ask(t, by, p.write(t, by, contentapp.WritePost{Title: by.Name + " asks", Tags: []string{by.Name}}).ID)
		}
		for _, c := range []struct {
			by   identityport.Actor
			f    studio.Filter
			want []string
		}{
			{ada, studio.Filter{InReview: true}, []string{"Ben asks", "Eve asks"}},
			{ada, studio.Filter{InReview: true, Tag: "eve"}, []string{"Eve asks"}},
			{ada, studio.Filter{InReview: true, Status: content.Published}, nil},
			{eve, studio.Filter{InReview: true}, []string{"Eve asks"}},
		} {
			storetest.Equal(t, p.studioTitles(t, c.by, c.f, 1), c.want)
		}
		for _, c := range []struct {
			by   identityport.Actor
			want int
		}{{ada, 2}, {eve, 1}} {
			if n, err := p.app.InReview(ctx, c.by); n != c.want || err != nil {
				t.Errorf("%s counts %d: %v", c.by.Name, n, err)
			}
		}
		if _, err := p.app.InReview(ctx, identityport.Actor{}); !errors.Is(err, content.ErrMayNotWrite) {
			t.Errorf("a visitor counts: %v", err)
		}
	})
}

// TestUserErased_EndsThePreviewLinksTheyMade of what others wrote.
func TestUserErased_EndsThePreviewLinksTheyMade(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ctx, eve, ada := t.Context(), newWriter("Eve"), newEditor("Ada")
		id := p.write(t, eve, contentapp.WritePost{Title: "Read first"}).ID
		secrets := map[string]string{}
		for _, by := range []identityport.Actor{eve, ada} {
			_, secret, err := p.app.CreatePreviewLink(ctx, by, id, 7)
			if err != nil {
				t.Fatal(err)
			}
			secrets[by.Name] = secret
		}
		e, err := events.New(idgentest.New(), p.clock.Now(), identityport.UserErased{UserID: ada.UserID})
		if err != nil {
			t.Fatal(err)
		}
		if err := fixture.Deliver(t, p.app.Subscribers(), e); err != nil {
			t.Fatal(err)
		}
		if _, err := p.app.OpenPreview(ctx, identityport.Actor{}, secrets["Ada"]); !errors.Is(err, content.ErrPreviewNotFound) {
			t.Errorf("of who is erased: %v", err)
		}
		if _, err := p.app.OpenPreview(ctx, identityport.Actor{}, secrets["Eve"]); err != nil {
			t.Errorf("of the author: %v", err)
		}
	})
}

// TestUserErased_LeavesNoNoteOfTheirs in the reviews of others' posts; until then it is theirs
// to take along.
func TestUserErased_LeavesNoNoteOfTheirs(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ctx, eve, ada := t.Context(), newWriter("Eve"), newEditor("Ada")
		id := p.write(t, eve, contentapp.WritePost{Title: "Read first"}).ID
		p.ask(t, eve, id)
		if _, err := p.app.SendPostBack(ctx, ada, p.read(t, ada, id, "Write more.")); err != nil {
			t.Fatal(err)
		}
		export, err := p.app.ExportUser(ctx, identityport.Subject{User: ada.UserID})
		if err != nil {
			t.Fatal(err)
		}
		storetest.Equal(t, export.(privacy.Export).Reviews, []privacy.ExportedReview{{Post: id, State: content.ReviewSentBack, Note: "Write more.", At: p.review(t, eve, id).Last().At}})
		e, err := events.New(idgentest.New(), p.clock.Now(), identityport.UserErased{UserID: ada.UserID})
		if err != nil {
			t.Fatal(err)
		}
		if err := fixture.Deliver(t, p.app.Subscribers(), e); err != nil {
			t.Fatal(err)
		}
		if last := p.review(t, eve, id).Last(); last.State != content.ReviewSentBack || last.By != "" || last.Note != "" {
			t.Errorf("%+v", last)
		}
	})
}

// TestAskForReview_KeepsTheTextThatItIsAbout has the page save by itself, somebody ask, and the
// page go on.
func TestAskForReview_KeepsTheTextThatItIsAbout(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ctx, ben := t.Context(), newAuthor("Ben")
		post := p.write(t, ben, contentapp.WritePost{Title: "T", Markdown: "0"})
		autosave := func(seen int, text string) content.PostState {
			t.Helper()
			a, err := p.app.RevisePost(ctx, ben, contentapp.RevisePost{ID: post.ID, Seen: seen, Markdown: &text, Autosave: true})
			if err != nil {
				t.Fatal(err)
			}
			return a.Post
		}
		asked := autosave(post.Version, "1")
		if _, err := p.app.AskForReview(ctx, ben, review.Request{ID: post.ID, Note: ""}); err != nil {
			t.Fatal(err)
		}
		later := autosave(autosave(asked.Version, "2").Version, "3")
		list, err := p.app.ListRevisions(ctx, ben, post.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		var numbers []int
		for _, r := range list.Items {
			numbers = append(numbers, r.Number)
		}
		if want := []int{later.TextVersion, asked.TextVersion, post.TextVersion}; !slices.Equal(numbers, want) {
			t.Errorf("the revisions are %v, want %v", numbers, want)
		}
	})
}
