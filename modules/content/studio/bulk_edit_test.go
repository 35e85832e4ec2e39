package studio_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/studio"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen"
)

// shelf is posts in memory, whose clock goes on by each look at a post.
type shelf struct {
	content.UnitOfWork
	content.Reads
	posts   []content.Summary
	revised map[content.PostID]int
	broken  content.PostID // cannot be revised
	now     time.Time
	listing time.Duration // which each page of a list takes
	each    time.Duration // which each post takes
	lists   int
}

var began = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

func newShelf(n int) *shelf {
	s := &shelf{revised: map[content.PostID]int{}, now: began}
	for i := range n {
		s.posts = append(s.posts, content.Summary{
			ID: content.PostID(fmt.Sprintf("01980000-0000-7000-8000-%012d", i)), Title: fmt.Sprintf("Post %d", i), Status: content.Published, Version: 1,
			Visibility: content.Public, UpdatedAt: began.Add(-time.Duration(i/3) * time.Minute),
		})
	}
	return s
}

func (s *shelf) Now() time.Time { return s.now }

func before(x, y content.Summary) int {
	if c := y.UpdatedAt.Compare(x.UpdatedAt); c != 0 {
		return c
	}
	return strings.Compare(string(y.ID), string(x.ID))
}

func (s *shelf) Written(_ context.Context, w content.Writing) ([]content.Summary, error) {
	s.now = s.now.Add(s.listing)
	s.lists++
	slices.SortFunc(s.posts, before)
	var out []content.Summary
	for _, p := range s.posts {
		behind := w.After.At.IsZero() || before(content.Summary{UpdatedAt: w.After.At, ID: content.PostID(w.After.ID)}, p) < 0
		if behind && len(out) < w.Limit {
			out = append(out, p)
		}
	}
	return out, nil
}

func (s *shelf) find(id content.PostID) *content.Summary {
	return &s.posts[slices.IndexFunc(s.posts, func(p content.Summary) bool { return p.ID == id })]
}

func (s *shelf) OpenPost(_ context.Context, _ identityport.Actor, id content.PostID) (content.Article, error) {
	p := s.find(id)
	return content.Article{Post: content.PostState{
		ID: id, Version: p.Version, Status: p.Status, Text: content.Text{Title: p.Title, Tags: p.Tags, Visibility: p.Visibility},
	}}, nil
}

func (s *shelf) revise(ctx context.Context, actor identityport.Actor, r studio.Revision) (content.Article, error) {
	if r.ID == s.broken {
		return content.Article{}, errors.New("the disk is full")
	}
	s.now = s.now.Add(s.each)
	p := s.find(r.ID)
	p.Tags, p.UpdatedAt = *r.Tags, s.now
	p.Version++
	s.revised[r.ID]++
	return s.OpenPost(ctx, actor, r.ID)
}

func (s *shelf) ArchivePost(context.Context, identityport.Actor, content.PostID) (content.Article, error) {
	return content.Article{}, errors.ErrUnsupported
}

func (s *shelf) TrashPost(context.Context, identityport.Actor, content.PostID) (content.Article, error) {
	return content.Article{}, errors.ErrUnsupported
}

func (s *shelf) RestorePost(context.Context, identityport.Actor, content.PostID) (content.Article, error) {
	return content.Article{}, errors.ErrUnsupported
}

func (s *shelf) HandPost(context.Context, identityport.Actor, content.PostID, int, string, string) (content.Article, error) {
	return content.Article{}, errors.ErrUnsupported
}

func (s *shelf) ReadAuthor(context.Context, string) (content.Author, error) {
	return content.Author{}, content.ErrAuthorNotFound
}

func (s *shelf) app(t *testing.T) *studio.App {
	t.Helper()
	a, err := studio.New(studio.Deps{UnitOfWork: s, Reads: s, Posts: s, Revise: s.revise, Clock: s, IDs: idgen.Func(func() string { return "01990000-0000-7000-8000-000000000000" })})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

var editor = identityport.Actor{UserID: "ed", Permissions: []identityport.Permission{content.PermissionWrite, content.PermissionEditAny}}

// through sends an edit until it leads no further, and returns the answers.
func (s *shelf) through(t *testing.T, c studio.BulkEdit) (out []studio.BulkResult) {
	t.Helper()
	app := s.app(t)
	for range 10_000 {
		r, err := app.BulkEdit(t.Context(), editor, c)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
		if c.Cursor = r.NextCursor; c.Cursor == "" {
			return out
		}
	}
	t.Fatal("it comes to no end")
	return nil
}

func (s *shelf) eachOnce(t *testing.T) {
	t.Helper()
	for _, p := range s.posts {
		if p.ID != s.broken && s.revised[p.ID] != 1 {
			t.Fatalf("%s was changed %d times", p.Title, s.revised[p.ID])
		}
	}
}

var tagAll = studio.BulkEdit{Action: studio.BulkAddTag, Value: "x", Filter: &studio.Filter{Visibility: content.Public}}

// TestBulkEdit_ComesToEachThatAFilterFindsOnce, though each is found by it afterwards, too.
func TestBulkEdit_ComesToEachThatAFilterFindsOnce(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 499, 500, 501, 1203} {
		s := newShelf(n)
		answers := s.through(t, tagAll)
		s.eachOnce(t)
		if want := (n + studio.MaxBulk - 1) / studio.MaxBulk; len(answers) != want {
			t.Errorf("%d posts took %d edits, not %d", n, len(answers), want)
		}
	}
	s := newShelf(700)
	preview := tagAll
	preview.Preview = true
	seen := map[content.PostID]bool{}
	for _, r := range s.through(t, preview) {
		for _, item := range r.Items {
			if seen[item.ID] || item.Outcome != studio.BulkPending {
				t.Fatalf("%s is shown as %s, before: %t", item.Title, item.Outcome, seen[item.ID])
			}
			seen[item.ID] = true
		}
	}
	if len(seen) != 700 || len(s.revised) != 0 {
		t.Errorf("a preview shows %d and changes %d", len(seen), len(s.revised))
	}
}

// TestBulkEdit_LeavesTheRestWhenItsTimeIsOver, which the lookup of a filter uses, too, and comes
// to each once all the same.
func TestBulkEdit_LeavesTheRestWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	s := newShelf(450)
	s.each = time.Second
	answers := s.through(t, tagAll)
	s.eachOnce(t)
	if len(answers) != 45 {
		t.Errorf("a post a second: %d edits", len(answers))
	}
	for i, item := range answers[0].Items {
		if want := i < 10; (item.Outcome == studio.BulkDone) != want || (item.Outcome == studio.BulkPending) == want {
			t.Fatalf("%d is %s", i, item.Outcome)
		}
	}

	s = newShelf(450)
	s.listing = 2 * time.Second // of a hundred, and another look whether there are more
	answers = s.through(t, tagAll)
	s.eachOnce(t)
	if len(answers) != 3 || len(answers[0].Items) != 200 {
		t.Errorf("slow lists: %d edits, the first of %d", len(answers), len(answers[0].Items))
	}

	s = newShelf(3)
	s.listing = time.Hour // each edit comes to one at least
	if answers = s.through(t, tagAll); len(answers) != 3 {
		t.Errorf("very slow lists: %d edits", len(answers))
	}
	s.eachOnce(t)

	s = newShelf(2500)
	s.listing = 6 * time.Second
	rare := tagAll
	rare.Filter = &studio.Filter{Title: "2400"}
	s.through(t, rare)
	if len(s.revised) != 1 || s.revised["01980000-0000-7000-8000-000000002400"] != 1 {
		t.Errorf("what is rare: %v", s.revised)
	}
}

// TestBulkEdit_TellsWhatWasDoneBeforeAFault of the server, which ends it.
func TestBulkEdit_TellsWhatWasDoneBeforeAFault(t *testing.T) {
	t.Parallel()
	outcomes := func(r studio.BulkResult) (out []studio.BulkOutcome) {
		for _, item := range r.Items {
			out = append(out, item.Outcome)
		}
		return out
	}
	want := []studio.BulkOutcome{studio.BulkDone, studio.BulkDone, studio.BulkFailed, studio.BulkPending, studio.BulkPending}
	s := newShelf(5)
	s.broken = s.posts[2].ID
	chosen := studio.BulkEdit{Action: studio.BulkAddTag, Value: "x"}
	for _, p := range s.posts {
		chosen.Posts = append(chosen.Posts, studio.BulkPost{ID: p.ID, Version: p.Version})
	}
	r, err := s.app(t).BulkEdit(t.Context(), editor, chosen)
	if err != nil || !slices.Equal(outcomes(r), want) || r.Fault == nil || !strings.Contains(r.Fault.Error(), string(s.broken)) || r.NextCursor != "" {
		t.Fatalf("%v, %v, %v, %q", outcomes(r), err, r.Fault, r.NextCursor)
	}

	s = newShelf(5)
	slices.SortFunc(s.posts, before)
	s.broken = s.posts[2].ID
	answers := s.through(t, tagAll)
	if !slices.Equal(outcomes(answers[0]), want) || answers[0].Fault == nil || len(answers) != 2 || answers[1].Fault != nil {
		t.Errorf("of a filter: %v, %v, and %d edits", outcomes(answers[0]), answers[0].Fault, len(answers))
	}
	s.eachOnce(t)
}

// TestBulkEdit_RefusesACursorOfNoFilter and one that is none.
func TestBulkEdit_RefusesACursorOfNoFilter(t *testing.T) {
	t.Parallel()
	s := newShelf(1)
	lost := studio.BulkEdit{Action: studio.BulkTrash, Posts: []studio.BulkPost{{ID: s.posts[0].ID}}, Cursor: "x"}
	if _, err := s.app(t).BulkEdit(t.Context(), editor, lost); !errors.Is(err, content.ErrInvalidBulk) {
		t.Error(err)
	}
	bad := tagAll
	bad.Cursor = "x"
	if _, err := s.app(t).BulkEdit(t.Context(), editor, bad); !errors.Is(err, content.ErrInvalidCursor) {
		t.Error(err)
	}
}
