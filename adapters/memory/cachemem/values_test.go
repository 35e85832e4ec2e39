package cachemem_test

import (
	"context"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/memory/cachemem"
	"github.com/neoforge-dev/neoforge/ports/cache"
)

// counting is a value that counts how often it is read from JSON.
type counting struct{ Text string }

var reads int

func (c *counting) UnmarshalJSON(data []byte) error {
	reads++
	c.Text = strings.Trim(string(data), `"`)
	return nil
}

func (c counting) MarshalJSON() ([]byte, error) { return []byte(`"` + c.Text + `"`), nil }

func TestValues_AreReadOnceFromTheBytesThatTheCacheHandsOut(t *testing.T) {
	c, err := cachemem.New(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	var values cache.Values[counting]
	text := "first"
	fetch := func(key string) string {
		t.Helper()
		v, err := values.Fetch(t.Context(), c, key, cache.Options{Tags: []string{"tag"}}, func(context.Context) (counting, error) { return counting{text}, nil })
		if err != nil {
			t.Fatal(err)
		}
		return v.Text
	}
	for range 5 {
		if got := fetch("a"); got != "first" {
			t.Errorf("got %q", got)
		}
	}
	if reads != 1 {
		t.Errorf("it is read %d times", reads)
	}
	for n := range 2000 { // other keys take its place, and it takes theirs
		text = "of " + string(rune('a'+n%26))
		key := "key " + text
		if got := fetch(key); got != text {
			t.Fatalf("%s is %q", key, got)
		}
	}
	if got := fetch("a"); got != "first" {
		t.Errorf("after others: %q", got)
	}
	text = "second"
	if err := c.Invalidate(t.Context(), "tag"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got := fetch("a"); got != "second" {
			t.Errorf("after it was invalidated: %q", got)
		}
	}
}
