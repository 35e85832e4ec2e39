package jobs_test

import (
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/ports/jobs"
)

func TestPostponedBy_WaitsAsAskedAndAnHourAtTheMost(t *testing.T) {
	t.Parallel()
	reason := errors.New("it answered 429")
	for header, want := range map[string]time.Duration{
		"7": 7 * time.Second, "3600": time.Hour, "3601": time.Hour, "9223372036854775807": time.Hour, // that many overflow a time
		"": time.Minute, "0": time.Minute, "-5": time.Minute, "soon": time.Minute, "99999999999999999999": time.Minute,
	} {
		p := jobs.PostponedBy(header, reason)
		if p.For != want || !errors.Is(p, reason) {
			t.Errorf("%q: %s, want %s (%v)", header, p.For, want, p)
		}
	}
}
