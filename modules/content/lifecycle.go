package content

import (
	"time"
	_ "time/tzdata" // an author's zone is known wherever the program runs
)

// TrashKept is how long a post lies in the trash before it is deleted for good.
const TrashKept = 30 * 24 * time.Hour

// MaxAhead is how far ahead a post can be scheduled.
const MaxAhead = 5 * 366 * 24 * time.Hour

// Schedule is when a post is published by itself. Zone is the IANA name of the zone in
// which its author chose the moment, and is shown it.
type Schedule struct {
	At   time.Time
	Zone string
}

// IsZero reports whether there is none.
func (s Schedule) IsZero() bool { return s.At.IsZero() }

// Local is the moment in its own zone.
func (s Schedule) Local() time.Time {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return s.At.UTC()
	}
	return s.At.In(zone)
}

// LocalMoment is how a moment is written in its zone: as a form posts it.
const LocalMoment = "2006-01-02T15:04"

// ScheduleIn is the schedule of a moment as the clocks of a zone show it: LocalMoment, and
// an IANA name. A moment that the clocks pass twice is the first of both; one that they leave
// out is as much later as they jump. It fails with ErrInvalidSchedule.
func ScheduleIn(local, zone string) (Schedule, error) {
	where, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" {
		return Schedule{}, ErrUnknownZone
	}
	wall, err := time.Parse(LocalMoment, local)
	if err != nil {
		return Schedule{}, ErrInvalidSchedule
	}
	return Schedule{At: firstAt(wall, where), Zone: zone}, nil
}

// firstAt is the first moment at which the clocks of a place show what wall shows in UTC.
// The time package leaves open which moment it takes where the clocks change, and takes
// another one east of Greenwich than west of it.
func firstAt(wall time.Time, where *time.Location) time.Time {
	at := func(near time.Time) time.Time {
		_, offset := near.In(where).Zone()
		return wall.Add(-time.Duration(offset) * time.Second)
	}
	// A day on either side lies beyond every offset, so these are the offsets round a change.
	before, after := at(wall.AddDate(0, 0, -1)), at(wall.AddDate(0, 0, 1))
	shows := func(m time.Time) bool { return m.In(where).Format(LocalMoment) == wall.Format(LocalMoment) }
	if shows(after) && (!shows(before) || after.Before(before)) {
		return after
	}
	return before // also of a moment that the clocks leave out: as much later as they jump
}

// ScheduleFor has a draft published by itself, or at another moment. It fails with
// ErrScheduleInPast, ErrScheduleTooFar, ErrUnknownZone, ErrAlreadyPublished and
// ErrPostInactive.
func (p *Post) ScheduleFor(s Schedule, now time.Time) error {
	if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "" || s.Zone == "Local" {
		return ErrUnknownZone
	}
	switch {
	case p.s.Status == Published:
		return ErrAlreadyPublished
	case p.s.Status != Draft && p.s.Status != Scheduled:
		return ErrPostInactive
	case !s.At.After(now):
		return ErrScheduleInPast
	case s.At.After(now.Add(MaxAhead)):
		return ErrScheduleTooFar
	}
	p.s.Status, p.s.Schedule = Scheduled, Schedule{At: s.At.UTC(), Zone: s.Zone}
	p.touch(now)
	return nil
}

// Unschedule makes a scheduled post a draft; ErrNotScheduled.
func (p *Post) Unschedule(now time.Time) error {
	if p.s.Status != Scheduled {
		return ErrNotScheduled
	}
	p.s.Status, p.s.Schedule = Draft, Schedule{}
	p.touch(now)
	return nil
}

// PublishDue publishes a post whose moment has come, as of that moment, however late it is
// done; ErrNotDue for every other.
func (p *Post) PublishDue(now time.Time) error {
	if p.s.Status != Scheduled || now.Before(p.s.Schedule.At) {
		return ErrNotDue
	}
	p.publishAt(p.s.Schedule.At)
	p.touch(now)
	return nil
}

// Archive puts a post away that is kept and read by nobody. It fails with
// ErrPostInactive for one that is inactive.
func (p *Post) Archive(now time.Time) error { return p.deactivate(Archived, now) }

// Trash puts a post away to be deleted for good after TrashKept. It fails with
// ErrAlreadyTrashed.
func (p *Post) Trash(now time.Time) error {
	if p.s.Status == Trashed {
		return ErrAlreadyTrashed
	}
	return p.deactivate(Trashed, now)
}

func (p *Post) deactivate(to Status, now time.Time) error {
	if p.s.Status == Trashed || p.s.Status == to {
		return ErrPostInactive
	}
	p.s.Status, p.s.Schedule = to, Schedule{}
	p.touch(now)
	return nil
}

// Restore makes a post a draft that is inactive; ErrNotInactive. It never publishes it.
func (p *Post) Restore(now time.Time) error {
	if !p.s.Status.Inactive() {
		return ErrNotInactive
	}
	p.s.Status = Draft
	p.touch(now)
	return nil
}

// PurgeDue reports whether a post has lain in the trash for its time.
func (p *Post) PurgeDue(now time.Time) bool {
	return p.s.Status == Trashed && !now.Before(p.s.UpdatedAt.Add(TrashKept))
}
