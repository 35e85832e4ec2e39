package docs_test

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/web/docs"
)

func pages(t *testing.T) map[string]string {
	t.Helper()
	files, err := fs.Glob(docs.FS, "*.md")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d pages, %v", len(files), err)
	}
	out := map[string]string{}
	for _, file := range files {
		text, err := fs.ReadFile(docs.FS, file)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(file, ".md")] = string(text)
	}
	return out
}

func TestDocs_BeginWithTheirTitleAndHaveOne(t *testing.T) {
	t.Parallel()
	fence := regexp.MustCompile("(?s)```.*?```")
	for name, text := range pages(t) {
		if !strings.HasPrefix(text, "# ") {
			t.Errorf("%s does not begin with a title", name)
		}
		if n := strings.Count("\n"+fence.ReplaceAllString(text, ""), "\n# "); n != 1 {
			t.Errorf("%s has %d titles", name, n)
		}
	}
}

func TestDocs_AreNamedOnceInTheContents(t *testing.T) {
	t.Parallel()
	var listed []string
	for _, s := range docs.Contents() {
		listed = append(listed, s.Pages...)
	}
	all := pages(t)
	if len(listed) != len(all) {
		t.Errorf("%d pages are listed, %d exist", len(listed), len(all))
	}
	for name := range all {
		if !slices.Contains(listed, name) {
			t.Errorf("%s is not in the contents", name)
		}
	}
}

func TestDocs_LinkToWhatIsThere(t *testing.T) {
	t.Parallel()
	all := pages(t)
	link := regexp.MustCompile(`\]\((/docs)?(?:/([a-z-]+))?(?:#([a-z0-9-]+))?\)`)
	heading := regexp.MustCompile(`(?m)^#+ (.*)$`)
	other := regexp.MustCompile(`[^a-z0-9]+`)
	ids := map[string]map[string]bool{}
	for name, text := range all {
		ids[name] = map[string]bool{}
		for _, m := range heading.FindAllStringSubmatch(text, -1) {
			// A heading's id begins with h-, which keeps it apart from those of the page around.
			ids[name]["h-"+strings.Trim(other.ReplaceAllString(strings.ToLower(m[1]), "-"), "-")] = true
		}
	}
	for name, text := range all {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			page := m[2]
			switch {
			case m[1] == "" && page != "":
				continue // a page of the site
			case m[1] == "":
				page = name
			case page == "":
				page = "index"
			}
			if _, ok := all[page]; !ok {
				t.Errorf("%s leads to /docs/%s, which is not there", name, page)
			} else if m[3] != "" && !ids[page][m[3]] {
				t.Errorf("%s leads to %q of %s, which is not there", name, m[3], page)
			}
		}
	}
}
