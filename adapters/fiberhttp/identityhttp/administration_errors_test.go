package identityhttp_test

import (
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
)

func TestErrorsPage_ShowsWhatOthersWroteInert(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var page strings.Builder
	err := identitypages.Errors(identitypages.ErrorsView{Groups: []identitypages.ErrorRow{{
		Kind: "island", Title: "<script>alert(1)</script>", Where: "/posts/{slug}", Times: 7, FirstSeen: at, LastSeen: at.Add(time.Hour), FirstRelease: "v1", LastRelease: "v2", RequestID: "req1",
	}}}).Render(t.Context(), &page)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"&lt;script&gt;alert(1)&lt;/script&gt;", "/posts/{slug}", ">7<", "in v1", "in v2", "req1"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}
