package throttle_test

import (
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
)

func TestNetwork_IsWhatOneSubscriberHolds(t *testing.T) {
	t.Parallel()
	same := [][2]string{
		{"2001:db8::1", "2001:db8::ffff:1"},
		{"203.0.113.7", "::ffff:203.0.113.7"},
	}
	for _, pair := range same {
		if throttle.Network(pair[0]) != throttle.Network(pair[1]) {
			t.Errorf("%s and %s are counted apart", pair[0], pair[1])
		}
	}
	other := [][2]string{
		{"2001:db8::1", "2001:db8:0:1::1"},
		{"203.0.113.7", "203.0.113.8"},
		{"", "203.0.113.7"},
	}
	for _, pair := range other {
		if throttle.Network(pair[0]) == throttle.Network(pair[1]) {
			t.Errorf("%s and %s are counted together", pair[0], pair[1])
		}
	}
	if n := len(throttle.Network(strings.Repeat("x", 10_000))); n > 64 {
		t.Errorf("a key of %d bytes", n)
	}
}
