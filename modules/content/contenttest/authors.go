package contenttest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

var authorCases = map[string]func(t *testing.T, h Harness){
	"a profile is found by its handle": func(t *testing.T, h Harness) {
		a := h.profile(t, "ada")
		storetest.Equal(t, a.Handle, "ada")
		storetest.Equal(t, storetest.Must[content.Author](t)(h.Reads.AuthorByHandle(t.Context(), "ada")), a)
		for _, handle := range []string{"absent", "", "Ada", "' OR 1=1 --"} {
			_, err := h.Reads.AuthorByHandle(t.Context(), handle)
			storetest.Is(t, err, content.ErrAuthorNotFound)
		}
	},
	"a taken handle gets the next free number, and keeps it": func(t *testing.T, h Harness) {
		first, second, third := h.profile(t, "ada"), h.profile(t, "ada"), h.profile(t, "ada")
		storetest.Equal(t, []string{first.Handle, second.Handle, third.Handle}, []string{"ada", "ada-2", "ada-3"})
		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Authors.Delete(ctx, first.User) })
		again := content.Author{User: third.User, Handle: "ada", Name: "Renamed"}
		storetest.Equal(t, h.rename(t, again, Now), content.Author{User: third.User, Handle: "ada-3", Name: "Renamed"})
		storetest.Equal(t, storetest.Must[content.Author](t)(h.Reads.AuthorByHandle(t.Context(), "ada-3")).Name, "Renamed")
	},
	"a profile takes another handle": func(t *testing.T, h Harness) {
		a, b := h.profile(t, "ada"), h.profile(t, "ben")
		storetest.Equal(t, h.rename(t, content.Author{User: a.User, Handle: "grace", Name: "Grace"}, Now).Handle, "grace")
		storetest.Equal(t, h.rename(t, content.Author{User: b.User, Handle: "grace", Name: "Ben"}, Now).Handle, "grace-2")
		_, err := h.Reads.AuthorByHandle(t.Context(), "ada")
		storetest.Is(t, err, content.ErrAuthorNotFound)
	},
	"a handle that was left leads to who had it, and is theirs alone": func(t *testing.T, h Harness) {
		a := h.profile(t, "ada")
		put := func(id identityport.UserID, handle string, at time.Time) content.Author {
			t.Helper()
			return h.rename(t, content.Author{User: id, Handle: handle, Name: "Now " + handle}, at)
		}
		grace := put(a.User, "grace", Now.Add(time.Hour))
		storetest.Equal(t, storetest.Must[content.Author](t)(h.Reads.AuthorByFormerHandle(t.Context(), "ada")), grace)
		_, err := h.Reads.AuthorByFormerHandle(t.Context(), "grace")
		storetest.Is(t, err, content.ErrAuthorNotFound)
		storetest.Equal(t, h.profile(t, "ada").Handle, "ada-2")
		other := h.profile(t, "ben")
		storetest.Equal(t, put(other.User, "ada", Now).Handle, "ada-3")

		put(a.User, "lin", Now.Add(2*time.Hour))
		storetest.Equal(t, storetest.Must[[]content.FormerHandle](t)(h.Reads.FormerHandles(t.Context(), a.User)), []content.FormerHandle{
			{User: a.User, Handle: "ada", LeftAt: Now.Add(time.Hour)}, {User: a.User, Handle: "grace", LeftAt: Now.Add(2 * time.Hour)},
		})
		back := put(a.User, "ada", Now.Add(3*time.Hour))
		storetest.Equal(t, back.Handle, "ada")
		_, err = h.Reads.AuthorByFormerHandle(t.Context(), "ada")
		storetest.Is(t, err, content.ErrAuthorNotFound)
		storetest.Equal(t, storetest.Must[content.Author](t)(h.Reads.AuthorByFormerHandle(t.Context(), "lin")), back)
		storetest.Equal(t, storetest.Must[content.Author](t)(h.Reads.AuthorByID(t.Context(), a.User)), back)

		h.do(t, func(ctx context.Context, s content.Stores) error { return s.Authors.Delete(ctx, a.User) })
		_, err = h.Reads.AuthorByFormerHandle(t.Context(), "lin")
		storetest.Is(t, err, content.ErrAuthorNotFound)
		storetest.Equal(t, len(storetest.Must[[]content.FormerHandle](t)(h.Reads.FormerHandles(t.Context(), a.User))), 0)
		storetest.Equal(t, h.profile(t, "lin").Handle, "lin")
	},
	"an opening changes nothing of a profile that is there": func(t *testing.T, h Harness) {
		a := h.profile(t, "ada")
		renamed := h.rename(t, content.Author{User: a.User, Handle: "grace", Name: "Grace"}, Now)
		h.do(t, func(ctx context.Context, s content.Stores) error {
			for _, old := range []content.Author{a, {User: a.User, Handle: "lin", Name: "Lin"}} {
				kept, opened, err := s.Authors.Put(ctx, old)
				if err != nil || opened || kept != renamed {
					t.Errorf("opened as %+v: %t, %+v, %v", old, opened, kept, err)
				}
			}
			return nil
		})
		storetest.Equal(t, storetest.Must[content.Author](t)(h.Reads.AuthorByID(t.Context(), a.User)), renamed)
		storetest.Equal(t, storetest.Must[content.Author](t)(h.Reads.AuthorByFormerHandle(t.Context(), "ada")), renamed)
	},
	"a rename says whether it changed anything": func(t *testing.T, h Harness) {
		a := h.profile(t, "ada")
		for _, row := range []struct {
			as   content.Author
			want bool
		}{
			{a, false},
			{content.Author{User: a.User, Handle: "ada", Name: "Ada"}, true},
			{content.Author{User: a.User, Handle: "ada", Name: "Ada"}, false},
			{content.Author{User: a.User, Handle: "grace", Name: "Ada"}, true},
			{content.Author{User: a.User, Handle: "grace", Name: "Ada"}, false},
		} {
			h.do(t, func(ctx context.Context, s content.Stores) error {
				kept, changed, err := s.Authors.Rename(ctx, row.as, Now)
				if changed != row.want || kept != row.as {
					t.Errorf("renamed to %+v: %t, %+v", row.as, changed, kept)
				}
				return err
			})
		}
		storetest.Equal(t, len(storetest.Must[[]content.FormerHandle](t)(h.Reads.FormerHandles(t.Context(), a.User))), 1)
	},
	"the last former handles are kept, and older ones are free": func(t *testing.T, h Harness) {
		a, other := h.profile(t, "name-0"), h.profile(t, "other")
		h.rename(t, content.Author{User: other.User, Handle: "another", Name: "Another"}, Now.Add(-time.Hour))
		const renames = content.MaxFormerHandles + 3
		for i := 1; i <= renames; i++ {
			h.rename(t, content.Author{User: a.User, Handle: fmt.Sprintf("name-%d", i*100), Name: "Name"}, Now.Add(time.Duration(i)*time.Minute))
		}
		var have []string
		for _, f := range storetest.Must[[]content.FormerHandle](t)(h.Reads.FormerHandles(t.Context(), a.User)) {
			have = append(have, f.Handle)
		}
		var want []string
		for i := renames - content.MaxFormerHandles; i < renames; i++ {
			want = append(want, fmt.Sprintf("name-%d", i*100))
		}
		storetest.Equal(t, have, want)
		_, err := h.Reads.AuthorByFormerHandle(t.Context(), "name-0")
		storetest.Is(t, err, content.ErrAuthorNotFound)
		storetest.Equal(t, h.profile(t, "name-0").Handle, "name-0")
		storetest.Equal(t, storetest.Must[content.Author](t)(h.Reads.AuthorByFormerHandle(t.Context(), "other")).User, other.User)
	},
	"a handle that an older release gave away is its new owner's": func(t *testing.T, h Harness) {
		a := h.profile(t, "ada")
		h.rename(t, content.Author{User: a.User, Handle: "grace", Name: "Grace"}, Now)
		b := content.Author{User: Somebody(), Handle: "ada", Name: "Ada"}
		h.OlderProfile(t, b)
		// Whoever had it before gets the next one, and its owner can leave it and come back.
		storetest.Equal(t, h.rename(t, content.Author{User: a.User, Handle: "ada", Name: "Ada"}, Now.Add(time.Minute)).Handle, "ada-2")
		lin := h.rename(t, content.Author{User: b.User, Handle: "lin", Name: "Lin"}, Now.Add(2*time.Minute))
		storetest.Equal(t, lin.Handle, "lin")
		storetest.Equal(t, storetest.Must[content.Author](t)(h.Reads.AuthorByFormerHandle(t.Context(), "ada")), lin)
		storetest.Equal(t, h.rename(t, b, Now.Add(3*time.Minute)), b)
		storetest.Equal(t, storetest.Must[content.Author](t)(h.Reads.AuthorByHandle(t.Context(), "ada")), b)
		_, err := h.Reads.AuthorByFormerHandle(t.Context(), "ada")
		storetest.Is(t, err, content.ErrAuthorNotFound)
	},
	"a handle that very many ask for ends in the author's id": func(t *testing.T, h Harness) {
		for number := 1; number <= 120; number++ {
			handle := "ada"
			if number > 1 {
				handle = fmt.Sprintf("ada-%d", number)
			}
			h.OlderProfile(t, content.Author{User: Somebody(), Handle: handle, Name: "Ada"})
		}
		opened, renamed := h.profile(t, "ada"), h.profile(t, "grace")
		renamed = h.rename(t, content.Author{User: renamed.User, Handle: "ada", Name: "Ada"}, Now)
		for _, a := range []content.Author{opened, renamed} {
			id := string(a.User)
			storetest.Equal(t, a.Handle, "ada-"+id[len(id)-12:])
			storetest.Equal(t, h.rename(t, content.Author{User: a.User, Handle: "ada", Name: a.Name}, Now), a)
		}
	},
	"of renames of one profile at once none is lost": func(t *testing.T, h Harness) {
		a := h.profile(t, "ada")
		var turn atomic.Int32
		all := h.atOnce(t, 8, func(ctx context.Context, s content.Stores) error {
			_, _, err := s.Authors.Rename(ctx, content.Author{User: a.User, Handle: fmt.Sprintf("name-%d00", turn.Add(1)), Name: "Name"}, Now)
			return err
		})
		n := storetest.Succeeded(t, all, content.ErrAuthorChanged)
		if former := storetest.Must[[]content.FormerHandle](t)(h.Reads.FormerHandles(t.Context(), a.User)); n == 0 || len(former) != n {
			t.Errorf("%d renames left %+v", n, former)
		}
	},
	"a profile that is not there is not renamed": func(t *testing.T, h Harness) {
		for _, id := range []identityport.UserID{Somebody(), "not an id"} {
			h.fails(t, content.ErrAuthorNotFound, func(ctx context.Context, s content.Stores) error {
				_, _, err := s.Authors.Rename(ctx, content.Author{User: id, Handle: "ada", Name: "Ada"}, Now)
				return err
			})
			_, err := h.Reads.AuthorByID(t.Context(), id)
			storetest.Is(t, err, content.ErrAuthorNotFound)
		}
	},
	"a handle that is left and asked for at the same moment has one owner": func(t *testing.T, h Harness) {
		a, stranger := h.profile(t, "ada"), Somebody()
		var turn atomic.Int32
		all := h.atOnce(t, 8, func(ctx context.Context, s content.Stores) error {
			if turn.Add(1)%2 == 0 {
				_, _, err := s.Authors.Rename(ctx, content.Author{User: a.User, Handle: "grace", Name: "Grace"}, Now)
				return err
			}
			_, _, err := s.Authors.Put(ctx, content.Author{User: stranger, Handle: "ada", Name: "Ada"})
			return err
		})
		if n := storetest.Succeeded(t, all, content.ErrAuthorChanged); n < 2 {
			t.Errorf("%d of 8 succeeded", n)
		}
		if have := storetest.Must[content.Author](t)(h.Reads.AuthorByID(t.Context(), stranger)).Handle; have != "ada-2" {
			t.Errorf("the stranger is %q", have)
		}
		storetest.Equal(t, storetest.Must[content.Author](t)(h.Reads.AuthorByFormerHandle(t.Context(), "ada")).User, a.User)
	},
	"a handle that is left and renamed to at the same moment stays theirs": func(t *testing.T, h Harness) {
		for round := range 8 {
			handle := fmt.Sprintf("name-%d00", round+1)
			a, b := h.profile(t, handle), h.profile(t, "ben")
			var turn atomic.Int32
			storetest.Succeeded(t, h.atOnce(t, 2, func(ctx context.Context, s content.Stores) error {
				next := content.Author{User: a.User, Handle: handle + "-left", Name: "Left"}
				if turn.Add(1) == 1 {
					next = content.Author{User: b.User, Handle: handle, Name: "Taken"}
				}
				_, _, err := s.Authors.Rename(ctx, next, Now)
				return err
			}), content.ErrAuthorChanged)
			storetest.Equal(t, storetest.Must[content.Author](t)(h.Reads.AuthorByFormerHandle(t.Context(), handle)).User, a.User)
			if have := storetest.Must[content.Author](t)(h.Reads.AuthorByID(t.Context(), b.User)); have.Handle == handle {
				t.Errorf("round %d: %+v has the handle that was just left", round, have)
			}
		}
	},
	"of many profiles with one handle at once each gets its own": func(t *testing.T, h Harness) {
		all := h.atOnce(t, 16, func(ctx context.Context, s content.Stores) error {
			_, _, err := s.Authors.Put(ctx, content.Author{User: Somebody(), Handle: "ada", Name: "Ada"})
			return err
		})
		storetest.Equal(t, storetest.Succeeded(t, all, nil), 16)
		for i := range 16 {
			handle := "ada"
			if i > 0 {
				handle = fmt.Sprintf("ada-%d", i+1)
			}
			storetest.Equal(t, storetest.Must[content.Author](t)(h.Reads.AuthorByHandle(t.Context(), handle)).Handle, handle)
		}
	},
	"of many openings of one profile at once one is kept": func(t *testing.T, h Harness) {
		user := Somebody()
		all := h.atOnce(t, 16, func(ctx context.Context, s content.Stores) error {
			kept, _, err := s.Authors.Put(ctx, content.Author{User: user, Handle: "ada", Name: "Ada"})
			if err == nil && kept.Handle != "ada" {
				err = fmt.Errorf("the handle is %q", kept.Handle)
			}
			return err
		})
		storetest.Equal(t, storetest.Succeeded(t, all, nil), 16)
	},
	"a deleted profile is gone, and its deletion repeats": func(t *testing.T, h Harness) {
		a := h.profile(t, "ada")
		for _, id := range []identityport.UserID{a.User, a.User, identityport.UserID(idgentest.New()), "not an id"} {
			h.do(t, func(ctx context.Context, s content.Stores) error { return s.Authors.Delete(ctx, id) })
		}
		_, err := h.Reads.AuthorByHandle(t.Context(), "ada")
		storetest.Is(t, err, content.ErrAuthorNotFound)
	},
}

func (h Harness) rename(t *testing.T, a content.Author, at time.Time) content.Author {
	t.Helper()
	h.do(t, func(ctx context.Context, s content.Stores) error {
		kept, _, err := s.Authors.Rename(ctx, a, at)
		a = kept
		return err
	})
	return a
}
