package textform_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/ports/textform"
)

func TestStorable_IsValidWithoutNULAndBounded(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                   "",
		"refused, ü":         "refused, ü",
		"a\x00b":             "a\uFFFDb",
		"\xff\xfea":          "\uFFFDa",
		"12345678901234567ü": "12345678901234567",
	} {
		if have := textform.Storable(in, 18); have != want {
			t.Errorf("%q: have %q, want %q", in, have, want)
		}
	}
}
