package fault_test

import (
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

func TestFault_TheMessageSaysWhenToComeBack(t *testing.T) {
	t.Parallel()
	sentinel := fault.New(fault.TooMany, "test.too_many", "Too many.")
	for wait, want := range map[time.Duration]string{
		time.Nanosecond:               "a second",
		1500 * time.Millisecond:       "2 seconds",
		90 * time.Second:              "90 seconds",
		90*time.Second + 1:            "2 minutes",
		12 * time.Minute:              "12 minutes",
		12*time.Minute + time.Second:  "13 minutes",
		90*time.Minute + 1:            "2 hours",
		23*time.Hour + 59*time.Minute: "24 hours",
	} {
		err := sentinel.WithRetryAfter(wait)
		if err.Message != "Too many. Try again in "+want+"." || err.RetryAfter != wait || !errors.Is(err, sentinel) {
			t.Errorf("%s: %+v", wait, err)
		}
	}
	if sentinel.Message != "Too many." || sentinel.RetryAfter != 0 {
		t.Errorf("the sentinel is now %+v", sentinel)
	}
}
