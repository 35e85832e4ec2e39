package layout_test

import (
	"slices"
	"testing"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

func TestOutline_ListsTheHeadingsOfAText(t *testing.T) {
	t.Parallel()
	got := layout.Outline(`<h2 id="h-a">A &amp; <code>b</code><a class="anchor" href="#h-a" aria-label="x"></a></h2><p>x</p>` +
		`<h3 id="h-日本">日本</h3><h4 id="h-d">Deep</h4><h2 id="h-e"><img src="/x"></h2><h2>Unnamed</h2>`)
	want := []layout.Heading{{ID: "h-a", Title: "A & b", Level: 2}, {ID: "h-日本", Title: "日本", Level: 3}}
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
