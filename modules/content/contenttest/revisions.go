package contenttest

import (
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/ports/storetest"
)

var revisionCases = map[string]func(t *testing.T, h Harness){
	"saves are listed without their texts, and read one by one": func(t *testing.T, h Harness) {
		p, other := Draft(Somebody(), "go"), Draft(Somebody())
		h.insert(t, p, other)
		id := p.State().ID
		var want []content.Revision
		for i := range 4 {
			if i > 0 {
				h.save(t, p, func(p *content.Post) error {
					return p.Revise(i, Text("go", "web"), Rendered(), Now.Add(time.Duration(i)*time.Minute))
				})
			}
			s := p.State()
			want = append([]content.Revision{{Post: id, Number: i + 1, Editor: s.Author, Text: s.Text, SavedAt: s.UpdatedAt}}, want...)
		}
		for _, r := range want {
			storetest.Equal(t, storetest.Must[content.Revision](t)(h.Reads.Revision(t.Context(), id, r.Number)), r)
		}
		heads := func(before, limit int) []content.Revision {
			return storetest.Must[[]content.Revision](t)(h.Reads.RevisionHeads(t.Context(), id, before, limit))
		}
		for i := range want {
			want[i].Text.Excerpt, want[i].Text.Markdown = "", ""
		}
		storetest.Equal(t, heads(0, 10), want)
		storetest.Equal(t, heads(0, 2), want[:2])
		storetest.Equal(t, heads(3, 2), want[2:])
		storetest.Equal(t, len(heads(1, 2)), 0)
		for of, number := range map[content.PostID]int{id: 5, other.State().ID: 2, content.PostID(idgentest.New()): 1, "not an id": 1} {
			_, err := h.Reads.Revision(t.Context(), of, number)
			storetest.Is(t, err, content.ErrRevisionNotFound)
		}
	},
}
