package identityhttp_test

import (
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
)

func TestErrorsPages_ShowWhatOthersWroteInert(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	row := identitypages.ErrorRow{
		URL: "/admin/errors/0", Kind: "island", Title: "<script>alert(1)</script>", Where: "/posts/{slug}", Times: 7, State: "open", Returned: true,
		FirstSeen: at, LastSeen: at.Add(time.Hour), FirstRelease: "v1", LastRelease: "v2",
	}
	var list, one strings.Builder
	if err := identitypages.Errors(identitypages.ErrorsView{Open: 1, Groups: []identitypages.ErrorRow{row}}).Render(t.Context(), &list); err != nil {
		t.Fatal(err)
	}
	err := identitypages.Error(identitypages.ErrorView{
		ErrorRow: row, Message: "<img src=x onerror=alert(1)>", Types: []string{"<b>"}, RequestID: "<i>", TraceID: "<u>",
		Frames: []identitypages.ErrorFrame{{Function: "<s>", File: "<q>", Line: 1}},
	}).Render(t.Context(), &one)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"&lt;script&gt;alert(1)&lt;/script&gt;", "/posts/{slug}", ">7<", "in v1", "in v2", "Came back in v2", "1 group is open."} {
		if !strings.Contains(list.String(), want) {
			t.Errorf("the list lacks %s", want)
		}
	}
	for _, want := range []string{"&lt;img", "&lt;b&gt;", "&lt;i&gt;", "&lt;u&gt;", "&lt;s&gt;", "&lt;q&gt;:1", "7 times", "came back in v2", "/admin/errors/0/resolve", "/admin/errors/0/ignore"} {
		if !strings.Contains(one.String(), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(one.String(), "/reopen") {
		t.Error("an open error can be opened")
	}
}
