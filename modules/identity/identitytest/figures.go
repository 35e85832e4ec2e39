package identitytest

import (
	"context"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// activityCases are of when people were active, and of how many.
var activityCases = map[string]func(t *testing.T, h Harness){
	"that somebody is active is noted once an hour, and never back": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		note := func(at, want time.Time) {
			t.Helper()
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Users.NoteActive(ctx, u.ID, at) })
			u.LastActiveAt = want
			equal(t, must[identity.User](t)(h.Reads.User(t.Context(), u.ID)), u) // of the same version
		}
		note(Now, Now)
		note(Now.Add(identity.ActivityTouch-time.Second), Now)
		note(Now.Add(-2*identity.ActivityTouch), Now)
		note(Now.Add(identity.ActivityTouch), Now.Add(identity.ActivityTouch))
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			changed := u
			changed.LastActiveAt = time.Time{}
			return s.Users.Update(ctx, changed)
		})
		equal(t, must[identity.User](t)(h.Reads.User(t.Context(), u.ID)).LastActiveAt, u.LastActiveAt)
		for _, nobody := range []identity.UserID{identity.Nobody, "no id"} {
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Users.NoteActive(ctx, nobody, Now) })
		}
	},
	"of nobody there are none": func(t *testing.T, h Harness) {
		have := must[identity.Figures](t)(h.Reads.RecentFigures(t.Context(), Now))
		none := map[identity.Window]int{1: 0, 7: 0, 30: 0}
		equal(t, have, identity.Figures{
			ActiveWithin: none, RegisteredWithin: none, ActivatedWithin: none, Cohorts: map[identity.Window]identity.Cohort{1: {}, 7: {}, 30: {}},
		})
		equal(t, must[identity.States](t)(h.Reads.StatesOf(t.Context(), time.Time{}, time.Time{})), identity.States{})
		equal(t, must[time.Time](t)(h.Reads.FirstRegistered(t.Context())), time.Time{})
	},
	"people are counted by state, activity and cohort": func(t *testing.T, h Harness) {
		const day = identity.Day
		for _, p := range []struct {
			unproven, suspended, leaving bool
			registered, active           time.Duration // before Now; active negative: never
		}{
			{registered: time.Hour, active: time.Hour},
			{registered: time.Hour, active: -1, unproven: true},
			{registered: 3 * day, active: time.Hour},                 // came back after a day
			{registered: 3 * day, active: 3*day - time.Hour},         // did not
			{registered: 10 * day, active: 2 * day},                  // came back after a week
			{registered: 35 * day, active: 4 * day},                  // after a month
			{registered: 35 * day, active: 20 * day},                 // after a week, no later
			{registered: 35 * day, active: -1, unproven: true},       // of no cohort
			{registered: 400 * day, active: day + time.Hour},         // of none any more
			{registered: 400 * day, active: -1, suspended: true},     //
			{registered: 400 * day, active: 29 * day, leaving: true}, //
			{registered: 400 * day, active: -1, suspended: true, leaving: true},
		} {
			u := User()
			u.CreatedAt, u.EmailVerified = Now.Add(-p.registered), !p.unproven
			if p.suspended {
				u.SuspendedAt = Now
			}
			if p.leaving {
				u.EraseAt = Now.Add(day)
			}
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				if err := s.Users.Insert(ctx, u); err != nil || p.active < 0 {
					return err
				}
				return s.Users.NoteActive(ctx, u.ID, Now.Add(-p.active))
			})
		}
		have := must[identity.Figures](t)(h.Reads.RecentFigures(t.Context(), Now))
		equal(t, have, identity.Figures{
			ActiveWithin:     map[identity.Window]int{1: 2, 7: 6, 30: 8},
			RegisteredWithin: map[identity.Window]int{1: 2, 7: 4, 30: 5},
			ActivatedWithin:  map[identity.Window]int{1: 1, 7: 3, 30: 4},
			Cohorts: map[identity.Window]identity.Cohort{
				1: {People: 3, Retained: 2}, 7: {People: 3, Retained: 3}, 30: {People: 2, Retained: 1},
			},
		})
		equal(t, must[time.Time](t)(h.Reads.FirstRegistered(t.Context())), Now.Add(-400*day))
		for _, c := range []struct {
			from, before time.Duration // before Now; 0: no bound
			want         identity.States
		}{
			{0, 0, identity.States{Active: 7, Unproven: 2, Suspended: 1, Leaving: 2}},
			{0, 100 * day, identity.States{Active: 1, Suspended: 1, Leaving: 2}},
			{100 * day, 0, identity.States{Active: 6, Unproven: 2}},
			{35 * day, 10 * day, identity.States{Active: 2, Unproven: 1}}, // the first moment is in it, and the last is not
		} {
			var from, before time.Time
			if c.from != 0 {
				from = Now.Add(-c.from)
			}
			if c.before != 0 {
				before = Now.Add(-c.before)
			}
			equal(t, must[identity.States](t)(h.Reads.StatesOf(t.Context(), from, before)), c.want)
		}
	},
}
