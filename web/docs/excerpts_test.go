package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	script = regexp.MustCompile("(?s)```js\n(.*?)```")
	source = regexp.MustCompile(`^// ((?:web|tests|adapters|modules|ports|app)/\S+\.(?:js|go|templ))$`)
	goCode = regexp.MustCompile("(?s)```go\n(// (?:web|tests|adapters|modules|ports|app)/.*?)```")
)

// TestDocs_QuoteWhatIsInTheTree holds every piece of JavaScript of the documentation, and every piece of Go that names a
// file, against the file that it names in the comment above it. A comment with an ellipsis stands for what is left out.
func TestDocs_QuoteWhatIsInTheTree(t *testing.T) {
	t.Parallel()
	quoted := 0
	for name, text := range pages(t) {
		for _, block := range append(script.FindAllStringSubmatch(text, -1), goCode.FindAllStringSubmatch(text, -1)...) {
			for _, q := range quotesOf(block[1]) {
				quoted++
				if q.file == "" {
					t.Errorf("%s has code that names no file of the tree:\n%s", name, q.text)
					continue
				}
				content, err := os.ReadFile(filepath.Join("../..", filepath.FromSlash(q.file)))
				if err != nil {
					t.Errorf("%s quotes a file that is not there: %v", name, err)
				} else if !strings.Contains(string(content), q.text) {
					t.Errorf("%s quotes what is not in %s:\n%s", name, q.file, q.text)
				}
			}
		}
	}
	if quoted < 30 {
		t.Errorf("%d quotes were found; the check saw too little", quoted)
	}
}

type quote struct{ file, text string }

func quotesOf(block string) (quotes []quote) {
	var q quote
	end := func() {
		if q.text != "" {
			quotes = append(quotes, q)
		}
		q.text = ""
	}
	for line := range strings.Lines(block) {
		named := source.FindStringSubmatch(strings.TrimSpace(line))
		switch {
		case named != nil:
			end()
			q.file = named[1]
		case strings.TrimSpace(line) == "// …":
			end()
		default:
			q.text += line
		}
	}
	end()
	return quotes
}

func TestQuotesOf_TellsFilesAndPiecesApart(t *testing.T) {
	t.Parallel()
	got := quotesOf("a\n// web/x.js\nb\n// …\nc\n// web/y.js\nd\n")
	want := []quote{{"", "a\n"}, {"web/x.js", "b\n"}, {"web/x.js", "c\n"}, {"web/y.js", "d\n"}}
	if len(got) != len(want) {
		t.Fatalf("got %q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("piece %d is %q, want %q", i, got[i], want[i])
		}
	}
}
