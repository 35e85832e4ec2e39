package content_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/authorship"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/content/studio"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// opened gives somebody the profile of an author, and returns its handle.
func (p *testApp) opened(t *testing.T, by identityport.Actor) string {
	t.Helper()
	a, err := p.app.OpenAuthorProfile(t.Context(), by.UserID, by.Name)
	if err != nil {
		t.Fatal(err)
	}
	return a.Handle
}

func (p *testApp) nameAuthors(t *testing.T, by identityport.Actor, id content.PostID, handles ...string) (content.Article, error) {
	t.Helper()
	a, err := p.deps.Reads.Article(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return p.app.ChangePostAuthors(t.Context(), by, authorship.ChangePostAuthors{ID: id, Seen: a.Post.Version, Authors: handles})
}

func handlesOf(a content.Article) []string {
	var out []string
	for _, author := range a.Authors() {
		out = append(out, author.Handle)
	}
	return out
}

// severalAuthors: who wrote a post with others edits and reads it, finds it among their own and
// is named by it; what it belongs to its first author to do, the others may not.
func severalAuthors(t *testing.T, p *testApp) {
	ctx, ada, ben, zoe, editor := t.Context(), newAuthor("Ada"), newAuthor("Ben"), newAuthor("Zoe"), newEditor("Ed")
	for _, who := range []identityport.Actor{ada, ben, zoe} {
		p.opened(t, who)
	}
	post := p.publish(t, ada, contentapp.WritePost{Title: "Together", Markdown: "Teaser.\n\nThe rest.", Visibility: content.Paid})
	if r, err := p.app.ReadPost(ctx, ben, post.Text.Slug); err != nil || r.Gate != content.NeedPlan {
		t.Fatalf("before: %v, %v", r.Gate, err)
	}
	after, err := p.nameAuthors(t, ada, post.ID, "ada", "zoe", "ben")
	if err != nil || !slices.Equal(handlesOf(after), []string{"ada", "zoe", "ben"}) || after.Post.Version != post.Version+1 || after.Post.TextVersion != post.TextVersion {
		t.Fatalf("named: %v of version %d, %v", handlesOf(after), after.Post.Version, err)
	}
	if r, err := p.app.ReadPost(ctx, ben, post.Text.Slug); err != nil || r.Gate != content.Open || !slices.Equal(handlesOf(r.Article), handlesOf(after)) {
		t.Errorf("an author reads it: %v by %v, %v", r.Gate, handlesOf(r.Article), err)
	}
	if list, err := p.app.StudioPosts(ctx, ben, studio.Query{}); err != nil || len(list.Items) != 1 || list.Items[0].ID != post.ID {
		t.Errorf("an author finds it: %+v, %v", list.Items, err)
	}
	if list, err := p.app.ListPosts(ctx, contentapp.ListPosts{Author: "ben"}); err != nil || len(list.Items) != 1 || len(list.Items[0].Authors()) != 3 {
		t.Errorf("readers find it: %+v, %v", list.Items, err)
	}
	title := "Changed by Ben"
	revised, err := p.app.RevisePost(ctx, ben, contentapp.RevisePost{ID: post.ID, Seen: after.Post.Version, Title: &title})
	if err != nil || len(revised.Authors()) != 3 {
		t.Errorf("an author edits it: by %v, %v", handlesOf(revised), err)
	}
	if _, err := p.app.UnpublishPost(ctx, ben, post.ID); err != nil {
		t.Errorf("an author takes it back: %v", err)
	}
	_, err = p.app.TrashPost(ctx, ben, post.ID)
	fails(t, "an author deletes it", err, content.ErrMayNotRemove)
	_, _, err = p.app.PostShares(ctx, ben, post.ID)
	fails(t, "an author shares it", err, content.ErrMayNotShare)

	for what, row := range map[string]struct {
		by      identityport.Actor
		handles []string
		want    error
	}{
		"another author orders them":       {ben, []string{"ada", "ben", "zoe"}, content.ErrMayNotNameAuthors},
		"another author takes another out": {ben, []string{"ada", "ben"}, content.ErrMayNotNameAuthors},
		"another author makes it theirs":   {ben, []string{"ben", "ada", "zoe"}, content.ErrMayNotNameAuthors},
		"the first hands it to another":    {ada, []string{"zoe", "ada", "ben"}, content.ErrMayNotNameAuthors},
		"nobody is left":                   {editor, nil, content.ErrInvalidAuthors},
		"one is named twice":               {editor, []string{"ada", "ada"}, content.ErrInvalidAuthors},
		"one without a handle":             {editor, []string{"ada", ""}, content.ErrInvalidAuthors},
		"one whom nobody knows":            {editor, []string{"ada", "nobody"}, content.ErrInvalidAuthors},
		"too many":                         {editor, slices.Repeat([]string{"ada"}, content.MaxAuthors+1), content.ErrInvalidAuthors},
		"a stranger":                       {newAuthor("Str"), []string{"ada"}, content.ErrPostNotFound},
		"who may no longer write":          {identityport.Actor{UserID: ben.UserID, Name: "Ben"}, []string{"ada", "zoe"}, content.ErrPostNotFound},
		"who reads it by what they pay":    {fixture.NewActor("Member"), []string{"ada"}, content.ErrPostNotFound},
	} {
		_, err := p.nameAuthors(t, row.by, post.ID, row.handles...)
		fails(t, what, err, row.want)
	}
	_, err = p.nameAuthors(t, editor, post.ID, "ada", "")
	if f := fault.As(err); f == nil || len(f.Fields) != 1 || !strings.HasPrefix(f.Fields[0].Message, "Give the handle") {
		t.Errorf("a field left empty is answered %v", err)
	}
	if a, err := p.nameAuthors(t, ben, post.ID, "ada", "zoe"); err != nil || len(a.Authors()) != 2 {
		t.Errorf("an author takes themselves out: %v, %v", handlesOf(a), err)
	}
	if _, err := p.app.OpenPost(ctx, ben, post.ID); !errors.Is(err, content.ErrPostNotFound) {
		t.Errorf("who is out opens it: %v", err)
	}
	if a, err := p.nameAuthors(t, editor, post.ID, "zoe", "ada"); err != nil || a.Post.Author != zoe.UserID {
		t.Errorf("an editor hands it on: %v, %v", handlesOf(a), err)
	}
	if _, err := p.app.TrashPost(ctx, zoe, post.ID); err != nil {
		t.Errorf("whose it is now deletes it: %v", err)
	}
	_, err = p.nameAuthors(t, editor, post.ID, "ada")
	fails(t, "in the trash", err, content.ErrPostInactive)
}

// authorsOfPublished: who may not publish changes nothing that readers see, but takes
// themselves out.
func authorsOfPublished(t *testing.T, p *testApp) {
	ctx, ada, ben := t.Context(), newAuthor("Ada"), newAuthor("Ben")
	p.opened(t, ada)
	p.opened(t, ben)
	post := p.publish(t, ada, contentapp.WritePost{Title: "Published"})
	writes := ada
	writes.Permissions = []identityport.Permission{content.PermissionWrite}
	_, err := p.nameAuthors(t, writes, post.ID, "ada", "ben")
	fails(t, "named by who may not publish", err, content.ErrMayNotChangeShown)
	if _, err := p.nameAuthors(t, ada, post.ID, "ada", "ben"); err != nil {
		t.Fatal(err)
	}
	writes = ben
	writes.Permissions = []identityport.Permission{content.PermissionWrite}
	if _, err := p.nameAuthors(t, writes, post.ID, "ada"); err != nil {
		t.Errorf("who may not publish takes themselves out: %v", err)
	}
	edits := newEditor("Ed")
	edits.Permissions = []identityport.Permission{content.PermissionWrite, content.PermissionEditAny}
	if _, err := p.nameAuthors(t, ada, post.ID, "ada", "ben"); err != nil {
		t.Fatal(err)
	}
	for what, handles := range map[string][]string{"one of two": {"ben"}, "the other": {"ada"}} {
		_, err := p.nameAuthors(t, edits, post.ID, handles...)
		fails(t, what+" taken out by who edits any post and may not publish", err, content.ErrMayNotChangeShown)
	}
	if _, err := p.nameAuthors(t, ada, post.ID, "ada"); err != nil {
		t.Fatal(err)
	}
	if changes := p.ledger.Published(content.PostChanged{}.EventName()); len(changes) != 4 {
		t.Errorf("%d changes are told", len(changes))
	}
	_, err = p.app.ChangePostAuthors(ctx, ada, authorship.ChangePostAuthors{ID: post.ID, Seen: 1, Authors: []string{"ada", "ben"}})
	fails(t, "over a version that is none any more", err, content.ErrPostChanged)
}

// authorsAtOnce: of two who name authors at once one is refused, and who is erased meanwhile
// is an author of nothing.
func authorsAtOnce(t *testing.T, p *testApp) {
	ctx, ada := t.Context(), newAuthor("Ada")
	p.opened(t, ada)
	post := p.write(t, ada, contentapp.WritePost{Title: "At once"})
	others := []identityport.Actor{newAuthor("Ben"), newAuthor("Cleo"), newAuthor("Dan"), newAuthor("Eve")}
	errs := make([]error, len(others))
	var wg sync.WaitGroup
	for i, who := range others {
		handle := p.opened(t, who)
		wg.Go(func() {
			_, errs[i] = p.app.ChangePostAuthors(ctx, ada, authorship.ChangePostAuthors{ID: post.ID, Seen: 1, Authors: []string{"ada", handle}})
		})
	}
	wg.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
		} else if !errors.Is(err, content.ErrPostChanged) {
			t.Error(err)
		}
	}
	if done != 1 {
		t.Errorf("%d of %d who began with the same version were not refused", done, len(others))
	}

	for range 5 {
		leaving := newAuthor("Leaving")
		handle := p.opened(t, leaving)
		e, err := events.New(idgentest.New(), p.clock.Now(), identityport.UserErased{UserID: leaving.UserID})
		if err != nil {
			t.Fatal(err)
		}
		var named, erased error
		wg.Go(func() { _, named = p.nameAuthors(t, ada, post.ID, "ada", handle) })
		wg.Go(func() { erased = fixture.Deliver(t, p.app.Subscribers(), e) })
		wg.Wait()
		if erased != nil || named != nil && !errors.Is(named, content.ErrPostChanged) && !errors.Is(named, content.ErrInvalidAuthors) {
			t.Fatalf("erased: %v, named: %v", erased, named)
		}
		a, err := p.deps.Reads.Article(ctx, post.ID)
		if err != nil || a.Post.WrittenBy(leaving.UserID) {
			t.Fatalf("the author who left is one of %v, %v", a.Post.Authors(), err)
		}
	}
	for range 5 { // who is one of its authors already
		leaving := newAuthor("Leaving")
		handle := p.opened(t, leaving)
		if _, err := p.nameAuthors(t, newEditor("Ed"), post.ID, "ada", handle); err != nil {
			t.Fatal(err)
		}
		e, err := events.New(idgentest.New(), p.clock.Now(), identityport.UserErased{UserID: leaving.UserID})
		if err != nil {
			t.Fatal(err)
		}
		var handed, erased error
		wg.Go(func() { _, handed = p.nameAuthors(t, newEditor("Ed"), post.ID, handle, "ada") })
		wg.Go(func() { erased = fixture.Deliver(t, p.app.Subscribers(), e) })
		wg.Wait()
		if erased != nil || handed != nil && !errors.Is(handed, content.ErrPostChanged) && !errors.Is(handed, content.ErrInvalidAuthors) {
			t.Fatalf("erased: %v, handed on: %v", erased, handed)
		}
		a, err := p.deps.Reads.Article(ctx, post.ID)
		if err != nil || !slices.Equal(a.Post.Authors(), []identityport.UserID{ada.UserID}) {
			t.Fatalf("after one of its authors was erased it is by %v, %v", a.Post.Authors(), err)
		}
	}
}

// handedInBulk: who edits any post hands many to another author at once, whom it then belongs
// to; who else wrote them stays.
func handedInBulk(t *testing.T, p *testApp) {
	ctx, ada, ben, zoe, editor := t.Context(), newAuthor("Ada"), newAuthor("Ben"), newAuthor("Zoe"), newEditor("Ed")
	for _, who := range []identityport.Actor{ada, ben, zoe} {
		p.opened(t, who)
	}
	one, two := p.publish(t, ada, contentapp.WritePost{Title: "One"}), p.write(t, ada, contentapp.WritePost{Title: "Two"})
	theirs := p.write(t, zoe, contentapp.WritePost{Title: "Theirs"})
	if _, err := p.nameAuthors(t, ada, two.ID, "ada", "ben", "zoe"); err != nil {
		t.Fatal(err)
	}
	edit := studio.BulkEdit{Action: studio.BulkSetAuthor, Value: "zoe", Posts: []studio.BulkPost{{ID: one.ID}, {ID: two.ID}, {ID: theirs.ID}}}
	_, err := p.app.BulkEdit(ctx, ada, edit)
	fails(t, "by an author", err, content.ErrMayNotNameAuthors)
	unknown := edit
	unknown.Value = "nobody"
	_, err = p.app.BulkEdit(ctx, editor, unknown)
	fails(t, "to nobody", err, content.ErrInvalidBulk)
	result, err := p.app.BulkEdit(ctx, editor, edit)
	if err != nil {
		t.Fatal(err)
	}
	var outcomes []studio.BulkOutcome
	for _, item := range result.Items {
		outcomes = append(outcomes, item.Outcome)
	}
	if !slices.Equal(outcomes, []studio.BulkOutcome{studio.BulkDone, studio.BulkDone, studio.BulkUnchanged}) {
		t.Errorf("%v", outcomes)
	}
	for id, want := range map[content.PostID][]string{one.ID: {"zoe"}, two.ID: {"zoe", "ben"}, theirs.ID: {"zoe"}} {
		if a, err := p.app.OpenPost(ctx, zoe, id); err != nil || !slices.Equal(handlesOf(a), want) {
			t.Errorf("%s: %v, %v", a.Post.Text.Title, handlesOf(a), err)
		}
	}
	_, err = p.app.OpenPost(ctx, ada, one.ID)
	fails(t, "who it was taken from", err, content.ErrPostNotFound)
}

// TestMailAuthorship_TellsWhoIsNamed once for each naming, and nobody who names themselves, was
// taken out again, or is kept out.
func TestMailAuthorship_TellsWhoIsNamed(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ctx, ada, ben, editor := t.Context(), newAuthor("Ada"), newAuthor("Ben"), newEditor("Ed")
		actors := p.deps.Actors.(fixture.Actors)
		for _, who := range []identityport.Actor{ada, ben, editor} {
			p.opened(t, who)
			actors[who.UserID] = who
			p.people[who.UserID] = identityport.Person{ID: who.UserID, Name: who.Name, Email: strings.ToLower(who.Name) + "@neoforge.test"}
		}
		told := func() (out []string) {
			t.Helper()
			mails := p.deps.Mail.(*fixture.Mails)
			mails.Sent = nil
			for _, j := range p.ledger.jobs {
				if j.Kind == p.app.Authorship.Handler().Kind {
					if err := p.app.Authorship.Handler().Run(ctx, j.Payload); err != nil {
						t.Fatal(err)
					}
				}
			}
			for _, m := range mails.Sent {
				out = append(out, m.To+" "+m.Subject+" "+m.Text)
			}
			return out
		}
		name := func(by identityport.Actor, id content.PostID, handles ...string) {
			t.Helper()
			if _, err := p.nameAuthors(t, by, id, handles...); err != nil {
				t.Fatal(err)
			}
		}
		id := p.write(t, ada, contentapp.WritePost{Kind: content.KindPage, Title: "Together"}).ID
		name(ada, id, "ada", "ben")
		name(ada, id, "ada", "ben") // sent again
		name(editor, id, "ada", "ben", "ed")
		name(editor, id, "ada", "ed", "ben") // in another order
		have := told()
		if len(have) != 1 || !strings.Contains(have[0], "ben@neoforge.test You are an author of “Together”") || !strings.Contains(have[0], "Ada named you") ||
			!strings.Contains(have[0], "the page “Together”") || !strings.Contains(have[0], "/studio/posts/"+string(id)) {
			t.Fatalf("%q", have)
		}
		name(ada, id, "ada", "ed")
		if have := told(); len(have) != 0 {
			t.Errorf("who was taken out again: %q", have)
		}
		p.ledger.jobs = nil
		name(ada, id, "ada", "ed", "ben")
		if have := told(); len(have) != 1 {
			t.Errorf("named once more: %q", have)
		}
		p.people[ben.UserID] = identityport.Person{ID: ben.UserID, Email: "ben@neoforge.test", Suspended: true}
		if have := told(); len(have) != 0 {
			t.Errorf("who is suspended: %q", have)
		}
		delete(actors, ben.UserID)
		if have := told(); len(have) != 0 {
			t.Errorf("who is gone: %q", have)
		}
	})
}

// TestMailAuthorship_TellsOnceOfManyAtOnce: one mail for what a bulk edit hands to somebody, which
// names a post that is theirs still when it is sent.
func TestMailAuthorship_TellsOnceOfManyAtOnce(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, p *testApp) {
		ctx, ada, zoe, editor := t.Context(), newAuthor("Ada"), newAuthor("Zoe"), newEditor("Ed")
		actors := p.deps.Actors.(fixture.Actors)
		for _, who := range []identityport.Actor{ada, zoe, editor} {
			p.opened(t, who)
			actors[who.UserID] = who
			p.people[who.UserID] = identityport.Person{ID: who.UserID, Name: who.Name, Email: strings.ToLower(who.Name) + "@neoforge.test"}
		}
		mails, handler := p.deps.Mail.(*fixture.Mails), p.app.Authorship.Handler()
		asked := map[string]jobs.Job{}
		told := func() (out []string) {
			t.Helper()
			mails.Sent = nil
			for _, j := range asked {
				if err := handler.Run(ctx, j.Payload); err != nil {
					t.Fatal(err)
				}
			}
			for _, m := range mails.Sent {
				out = append(out, m.To+" "+m.Subject+" "+m.Text)
			}
			return out
		}
		hand := func(to string, posts ...content.PostState) {
			t.Helper()
			p.ledger.jobs = nil
			clear(asked)
			edit := studio.BulkEdit{Action: studio.BulkSetAuthor, Value: to}
			for _, post := range posts {
				edit.Posts = append(edit.Posts, studio.BulkPost{ID: post.ID})
			}
			if r, err := p.app.BulkEdit(ctx, editor, edit); err != nil || r.Fault != nil {
				t.Fatal(err, r.Fault)
			}
			began := p.clock.Now()
			for _, j := range p.ledger.jobs {
				if first, there := asked[j.Unique]; j.Kind == handler.Kind && !there { // the queue keeps one of a key
					asked[j.Unique] = j
				} else if there && first.RunAt.Before(began.Add(30*time.Second)) {
					t.Error("the first job may have ended before the edit has")
				}
			}
		}
		var posts []content.PostState
		for _, title := range []string{"One", "Two", "Three"} {
			posts = append(posts, p.write(t, ada, contentapp.WritePost{Title: title}))
		}
		hand("zoe", posts...)
		for range 2 { // a job that is run again
			if have := told(); len(have) != 1 || !strings.HasPrefix(have[0], "zoe@neoforge.test Posts were handed to you, “One” among them") || !strings.Contains(have[0], "Ed handed posts to you") {
				t.Fatalf("%q", have)
			}
		}
		if _, err := p.nameAuthors(t, editor, posts[0].ID, "ada"); err != nil {
			t.Fatal(err)
		}
		if have := told(); len(have) != 1 || strings.Contains(have[0], "“One”") {
			t.Errorf("the first was taken back: %q", have)
		}
		for _, post := range posts[1:] {
			if _, err := p.nameAuthors(t, editor, post.ID, "ada"); err != nil {
				t.Fatal(err)
			}
		}
		if have := told(); len(have) != 0 {
			t.Errorf("all were taken back: %q", have)
		}
		hand("zoe", posts[0])
		if have := told(); len(have) != 1 || !strings.Contains(have[0], "Ed named you as an author of the post “One”") {
			t.Errorf("one by itself: %q", have)
		}
		hand("zoe", posts...)
		if have := told(); len(asked) != 1 || len(have) != 1 {
			t.Errorf("another edit: %q", have)
		}
	})
}
