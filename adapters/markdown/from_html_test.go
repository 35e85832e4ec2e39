package markdown_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/markdown"
	"github.com/neoforge-dev/neoforge/modules/content"
)

func mustWriteMarkdown(t *testing.T, source string) string {
	t.Helper()
	out, err := markdown.FromHTML(mustRender(t, source, content.Public).Body)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFromHTML_WritesWhatAPageShows(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"## A *part*\n\ntext":                "## A *part*\n\ntext",
		"- [ ] to do\n- [x] done":            "- [ ] to do\n- [x] done",
		"[a](#h-part)":                       "[a](#h-part)",
		"| a | b |\n|---|--:|\n| long | c |": "| a | b |\n|---|--:|\n| long | c |",
		"<table><tr><th colspan=2>a</th></tr><tr><td>b</td><td>c</td></tr></table>": "| a |  |\n|---|---|\n| b | c |",
	} {
		if got := mustWriteMarkdown(t, source); got != want {
			t.Errorf("%q is written as %q, want %q", source, got, want)
		}
	}
}

// The rows of a table are as wide as the widest, and its cells span others: a text within its
// bounds asked for more than there is memory, at an address that is open to everybody.
// stairs are rows of a cell each that reaches to the last of them.
func stairs(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, "<tr><td rowspan=%d>x", n-i)
	}
	return out.String()
}

func TestFromHTML_HostileTablesStaySmall(t *testing.T) {
	t.Parallel()
	const many = 3000
	for name, source := range map[string]string{
		"a wide cell":        "|a|b|\n|-|-|\n|" + strings.Repeat("x", 100*many) + "|y|\n" + strings.Repeat("|1|2|\n", many),
		"a cell over others": "<table><tr><td colspan=9999 rowspan=999>x</td></tr></table>",
		"many such cells":    "<table>" + strings.Repeat("<tr><td rowspan=999>x</td></tr>", many),
		"many such tables":   strings.Repeat("<table><tr><td colspan=999 rowspan=9>x</td></tr></table>\n\n", many),
		"rows that widen":    "<table>" + stairs(400) + strings.Repeat("<tr>", 10*many),
		"a wide row":         "<table><tr>" + strings.Repeat("<td>x", many) + strings.Repeat("<tr><td>y", many),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := mustWriteMarkdown(t, source)
			if len(out) > 4*content.MaxBody {
				t.Errorf("%d bytes are written as %d", len(source), len(out))
			}
			if !strings.Contains(out, "x") || strings.Contains(source, "<td>y") && strings.Count(out, "y") != many {
				t.Errorf("words are lost: %.200s", out)
			}
		})
	}
}

func TestFromHTML_ATableWithSpansStaysOne(t *testing.T) {
	t.Parallel()
	source := "<table><tr><th>a<th>b</tr>" + strings.Repeat("<tr><td rowspan=2>x<td>1</tr><tr><td>2</tr>", 100) + "</table>"
	if out := mustWriteMarkdown(t, source); strings.Count(out, "|") < 400 {
		t.Errorf("it is written as %.300s", out)
	}
}
