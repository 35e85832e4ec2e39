package cdn_test

import (
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/ports/cdn"
)

func TestHeader_HoldsWhatAPurgeNames(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		tags []string
		want string
	}{
		{nil, ""},
		{[]string{"content.posts"}, "content.posts"},
		{[]string{"content.post:A-first", "billing.plans"}, "content.post%3aa-first,billing.plans"},
		{[]string{"a b,c\r\nX-Evil: ü"}, "a+b%2cc%0d%0ax-evil%3a+%c3%bc"},
		{[]string{strings.Repeat("x", 2000)}, strings.Repeat("x", 1024)},
	} {
		if have := cdn.Header(row.tags); have != row.want {
			t.Errorf("%q are %q, want %q", row.tags, have, row.want)
		}
	}
}
