package content_test

import (
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
)

// A moment that the clocks pass twice is the first of both, and one that they leave out is
// as much later as they jump, on either side of Greenwich.
func TestScheduleIn_WhereTheClocksChange(t *testing.T) {
	for _, c := range []struct{ local, zone, want string }{
		{"2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:30:00Z"},
		{"2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00Z"},
		{"2026-10-25T03:00", "Europe/Berlin", "2026-10-25T02:00:00Z"},
		{"2026-03-08T02:30", "America/New_York", "2026-03-08T07:30:00Z"},
		{"2026-11-01T01:30", "America/New_York", "2026-11-01T05:30:00Z"},
		{"2026-06-01T07:30", "Asia/Kolkata", "2026-06-01T02:00:00Z"},
	} {
		s, err := content.ScheduleIn(c.local, c.zone)
		if err != nil || s.At.Format(time.RFC3339) != c.want {
			t.Errorf("%s in %s: %v, %v, want %s", c.local, c.zone, s.At.Format(time.RFC3339), err, c.want)
		}
	}
}
