//go:build !release

package main

import (
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets/bundle"
)

func TestBuild_FailsWhenAPageIsOverItsBudget(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		sizes []bundle.Size
		want  string
	}{
		"within": {[]bundle.Size{{URL: "/a.js", Brotli: publicBudget, Required: true}, {URL: "/b.js", Brotli: publicBudget}}, ""},
		"public": {[]bundle.Size{{URL: "/a.js", Brotli: publicBudget, Required: true}, {URL: "/b.js", Brotli: 1, Required: true}}, "before anybody touches them"},
		"studio": {[]bundle.Size{{URL: "/a.js", Brotli: studioBudget + 1}}, "all scripts together"},
		"editor": {[]bundle.Size{{URL: "/a.js", Brotli: editorBudget + 1}}, "the largest script"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var table strings.Builder
			err := report(&table, c.sizes)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v; want %q", err, c.want)
			}
			if !strings.Contains(table.String(), "/a.js") {
				t.Errorf("the table lacks a file:\n%s", table.String())
			}
		})
	}
}
