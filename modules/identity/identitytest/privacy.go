package identitytest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
)

// Avatar is somebody's picture.
func Avatar(user identity.UserID) identity.Avatar {
	return identity.Avatar{
		User: user, Picture: identity.Picture{ContentType: "image/png", Body: []byte("\x89PNG not quite")},
		ETag: "abc", UpdatedAt: Now,
	}
}

// DataExport is one that runs.
func DataExport(user identity.UserID) identity.DataExport {
	return identity.DataExport{
		ID: idgentest.New(), User: user, State: identity.ExportRunning, Total: 3, CreatedAt: Now, ExpiresAt: Now.Add(identity.ExportTTL),
	}
}

// Consent is somebody's word on the news.
func Consent(user identity.UserID, given bool, at time.Time) identity.Consent {
	return identity.Consent{
		ID: idgentest.New(), User: user, Kind: identity.ConsentNews, Version: "2026-01-01", Given: given, IP: "203.0.113.7", At: at,
	}
}

var avatarCases = map[string]func(t *testing.T, h Harness){
	"a picture is one a person, and the last one counts": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		_, err := h.Reads.AvatarOf(t.Context(), u.ID)
		is(t, err, identity.ErrAvatarAbsent)
		equal(t, must[string](t)(h.Reads.AvatarETag(t.Context(), u.ID)), "")
		first := Avatar(u.ID)
		second := first
		second.Body, second.ETag, second.ContentType, second.UpdatedAt = []byte{0xff, 0xd8, 0}, "def", "image/jpeg", Now.Add(time.Hour)
		for _, a := range []identity.Avatar{first, second} {
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Avatars.Put(ctx, a) })
			equal(t, must[identity.Avatar](t)(h.Reads.AvatarOf(t.Context(), u.ID)), a)
			equal(t, must[string](t)(h.Reads.AvatarETag(t.Context(), u.ID)), a.ETag)
		}
		for range 2 {
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Avatars.Delete(ctx, u.ID) })
			_, err = h.Reads.AvatarOf(t.Context(), u.ID)
			is(t, err, identity.ErrAvatarAbsent)
		}
	},
	"nobody has no picture": func(t *testing.T, h Harness) {
		for _, id := range append(notIDs, idgentest.New()) {
			_, err := h.Reads.AvatarOf(t.Context(), identity.UserID(id))
			is(t, err, identity.ErrAvatarAbsent)
		}
	},
	"a picture goes with its person": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Avatars.Put(ctx, Avatar(u.ID)) })
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			_, err := s.Users.Delete(ctx, u.ID)
			return err
		})
		_, err := h.Reads.AvatarOf(t.Context(), u.ID)
		is(t, err, identity.ErrAvatarAbsent)
	},
}

var exportCases = map[string]func(t *testing.T, h Harness){
	"an export reads back as it runs and ends": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		e := DataExport(u.ID)
		insert := func(e identity.DataExport) {
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Exports.Insert(ctx, e) })
		}
		insert(e)
		equal(t, must[identity.DataExport](t)(h.Reads.DataExport(t.Context(), e.ID)), e)
		_, err := h.Reads.Archive(t.Context(), e.ID)
		is(t, err, identity.ErrExportAbsent)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Exports.Advance(ctx, e.ID, 2) })
		e.Done = 2
		equal(t, must[identity.DataExport](t)(h.Reads.DataExport(t.Context(), e.ID)), e)
		at, archive := Now.Add(time.Minute), []byte("PK\x03\x04\x00\xff")
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			done, err := s.Exports.Finish(ctx, e.ID, archive, at)
			equal(t, done, true)
			return err
		})
		e.State, e.Size, e.FinishedAt, e.ExpiresAt = identity.ExportReady, int64(len(archive)), at, at.Add(identity.ExportTTL)
		equal(t, must[identity.DataExport](t)(h.Reads.DataExport(t.Context(), e.ID)), e)
		equal(t, must[[]byte](t)(h.Reads.Archive(t.Context(), e.ID)), archive)
		// What has ended is not ended again.
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			done, err := s.Exports.Finish(ctx, e.ID, nil, at)
			equal(t, done, false)
			if err != nil {
				return err
			}
			done, err = s.Exports.Fail(ctx, e.ID, at)
			equal(t, done, false)
			return err
		})
		later := DataExport(u.ID)
		later.CreatedAt = Now.Add(time.Hour)
		insert(later)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			done, err := s.Exports.Fail(ctx, later.ID, at)
			equal(t, done, true)
			return err
		})
		later.State, later.FinishedAt = identity.ExportFailed, at
		equal(t, must[[]identity.DataExport](t)(h.Reads.DataExportsOf(t.Context(), u.ID)), []identity.DataExport{later, e})
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			all, err := s.Exports.Of(ctx, u.ID)
			equal(t, all, []identity.DataExport{later, e})
			return err
		})
	},
	"an export that is not there": func(t *testing.T, h Harness) {
		for _, id := range append(notIDs, idgentest.New()) {
			_, err := h.Reads.DataExport(t.Context(), id)
			is(t, err, identity.ErrExportAbsent)
			h.fails(t, identity.ErrExportAbsent, func(ctx context.Context, s identity.Stores) error { return s.Exports.Advance(ctx, id, 1) })
			h.fails(t, identity.ErrUserNotFound, func(ctx context.Context, s identity.Stores) error {
				_, err := s.Exports.Of(ctx, identity.UserID(id))
				return err
			})
		}
	},
	"of many exports asked for at once one begins": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		all := h.atOnce(t, 16, func(ctx context.Context, s identity.Stores) error {
			others, err := s.Exports.Of(ctx, u.ID)
			if err != nil {
				return err
			}
			if err := identity.MayExport(others, Now); err != nil {
				return err
			}
			return s.Exports.Insert(ctx, DataExport(u.ID))
		})
		equal(t, succeeded(t, all, identity.ErrExportUnderWay), 1)
	},
	"exports are deleted when they have expired": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		old, fresh := DataExport(u.ID), DataExport(u.ID)
		old.ExpiresAt = Now.Add(-time.Second)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return errors.Join(s.Exports.Insert(ctx, old), s.Exports.Insert(ctx, fresh))
		})
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			n, err := s.Exports.DeleteExpired(ctx, Now, 10)
			equal(t, n, 1)
			return err
		})
		equal(t, must[[]identity.DataExport](t)(h.Reads.DataExportsOf(t.Context(), u.ID)), []identity.DataExport{fresh})
	},
}

var departureCases = map[string]func(t *testing.T, h Harness){
	"the last administrator is known": func(t *testing.T, h Harness) {
		insert := func(change func(u *identity.User)) identity.User {
			u := User()
			change(&u)
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Users.Insert(ctx, u) })
			return u
		}
		last := func(u identity.User) (is bool) {
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				d, err := s.Deletions.DeletionBlockers(ctx, u.ID)
				is = d.LastAdministrator
				return err
			})
			return is
		}
		administrator := func(u *identity.User) { u.Role = "administrator" }
		member, ada := insert(func(*identity.User) {}), insert(administrator)
		equal(t, last(ada), true)
		equal(t, last(member), false)
		insert(func(u *identity.User) { administrator(u); u.SuspendedAt = Now })
		insert(func(u *identity.User) { administrator(u); u.EraseAt = Now })
		equal(t, last(ada), true)
		ben := insert(administrator)
		equal(t, last(ada), false)
		equal(t, last(ben), false)
	},
	"an organization of others is known by its name": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		personal, alone := Organization(), Organization()
		alone.Personal, alone.Name = false, "Nobody else's"
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			if err := s.Organizations.Insert(ctx, personal, u.ID); err != nil {
				return err
			}
			return s.Organizations.Insert(ctx, alone, u.ID)
		})
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			d, err := s.Deletions.DeletionBlockers(ctx, u.ID)
			equal(t, d, identity.DeletionBlockers{})
			return err
		})
	},
	"an organization is left behind when others are in it and no owner stays": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		shared := func(name string, roles ...identity.OrganizationRole) identity.Organization {
			o := Organization()
			o.Personal, o.Name = false, name
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Organizations.Insert(ctx, o, u.ID) })
			for _, role := range roles {
				h.join(t, o.ID, role)
			}
			return o
		}
		readers := shared("Readers", identity.Reader, identity.Reader)
		shared("Kept", identity.Reader, identity.Owner)
		leaving := shared("Another owner leaves")
		other := h.join(t, leaving.ID, identity.Owner)
		other.EraseAt = Now
		elsewhere := Organization()
		elsewhere.Personal, elsewhere.Name = false, "Of another"
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			if err := s.Users.Update(ctx, other); err != nil {
				return err
			}
			if err := s.Organizations.Insert(ctx, elsewhere, other.ID); err != nil {
				return err
			}
			return s.Organizations.Join(ctx, identity.Membership{Organization: elsewhere.ID, User: u.ID, Role: identity.Reader, CreatedAt: Now})
		})
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			d, err := s.Deletions.DeletionBlockers(ctx, u.ID)
			have := map[identity.OrganizationID]string{}
			for _, o := range d.Organizations {
				have[o.ID] = o.Name
			}
			equal(t, have, map[identity.OrganizationID]string{readers.ID: readers.Name, leaving.ID: leaving.Name})
			return err
		})
	},
	"of two administrators who leave at once one stays": func(t *testing.T, h Harness) {
		var both []identity.User
		for range 2 {
			u := User()
			u.Role = "administrator"
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Users.Insert(ctx, u) })
			both = append(both, u)
		}
		next := make(chan identity.User, 2)
		next <- both[0]
		next <- both[1]
		all := h.atOnce(t, 2, func(ctx context.Context, s identity.Stores) error {
			u := <-next
			d, err := s.Deletions.DeletionBlockers(ctx, u.ID)
			if err != nil {
				return err
			}
			if err := identity.MayLeave(d); err != nil {
				return err
			}
			u, err = u.AskErasure(Now)
			if err != nil {
				return err
			}
			return s.Users.Update(ctx, u)
		})
		equal(t, succeeded(t, all, identity.ErrLastAdministrator), 1)
	},
	"who leaves is listed in order, page by page": func(t *testing.T, h Harness) {
		var want []identity.User
		for i := range 5 {
			u := User()
			u.EraseAt = Now.Add(time.Duration(i/2) * time.Hour)
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Users.Insert(ctx, u) })
			want = append(want, u)
		}
		h.insertUser(t) // who stays
		later := User()
		later.EraseAt = Now.Add(48 * time.Hour)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Users.Insert(ctx, later) })
		var have []identity.User
		var after identity.User
		for {
			page := must[[]identity.User](t)(h.Reads.Leaving(t.Context(), Now.Add(24*time.Hour), after, 2))
			if len(page) == 0 {
				break
			}
			have, after = append(have, page...), page[len(page)-1]
		}
		slices.SortFunc(want, func(a, b identity.User) int {
			if c := a.EraseAt.Compare(b.EraseAt); c != 0 {
				return c
			}
			if a.ID < b.ID {
				return -1
			}
			return 1
		})
		equal(t, have, want)
	},
}

var consentCases = map[string]func(t *testing.T, h Harness){
	"consents read back, the last first": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		given, back := Consent(u.ID, true, Now), Consent(u.ID, false, Now.Add(time.Second))
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			if err := s.Consents.Insert(ctx); err != nil {
				return err
			}
			return s.Consents.Insert(ctx, given, back)
		})
		equal(t, must[[]identity.Consent](t)(h.Reads.ConsentsOf(t.Context(), u.ID)), []identity.Consent{back, given})
		equal(t, len(must[[]identity.Consent](t)(h.Reads.ConsentsOf(t.Context(), identity.UserID(idgentest.New())))), 0)
	},
	"consents of some kinds are deleted, and nobody else's": func(t *testing.T, h Harness) {
		u, other := h.insertUser(t), h.insertUser(t)
		news, kept := Consent(u.ID, true, Now), Consent(other.ID, true, Now)
		terms := Consent(u.ID, true, Now.Add(time.Second))
		terms.Kind = identity.ConsentTerms
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			if err := s.Consents.Insert(ctx, news, terms, kept); err != nil {
				return err
			}
			return s.Consents.Delete(ctx, u.ID, identity.ConsentNews, identity.ConsentPrivacy)
		})
		equal(t, must[[]identity.Consent](t)(h.Reads.ConsentsOf(t.Context(), u.ID)), []identity.Consent{terms})
		equal(t, must[[]identity.Consent](t)(h.Reads.ConsentsOf(t.Context(), other.ID)), []identity.Consent{kept})
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return s.Consents.Delete(ctx, identity.UserID(idgentest.New()), identity.ConsentNews)
		})
	},
}
