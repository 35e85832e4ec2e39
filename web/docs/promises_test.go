package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	promiseRow = regexp.MustCompile(`(?m)^\| (\d+)\. ([^|]+) \| ([^|]+) \| ([^|]+) \|$`)
	inCode     = regexp.MustCompile("`([^`]+)`")
	goTest     = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
)

// TestPromises_AreKeptWhereTheTableSays holds the table of promises against the tree: each row names what is there, and
// tests that are there.
func TestPromises_AreKeptWhereTheTableSays(t *testing.T) {
	t.Parallel()
	const promised = 40
	tests := goTests(t)
	rows := promiseRow.FindAllStringSubmatch(pages(t)["architecture"], -1)
	if len(rows) != promised {
		t.Fatalf("%d rows, want %d", len(rows), promised)
	}
	for _, row := range rows {
		places, held := inCode.FindAllStringSubmatch(row[3], -1), inCode.FindAllStringSubmatch(row[4], -1)
		if len(places) == 0 || len(held) == 0 {
			t.Errorf("%s names no place or no test", row[2])
		}
		for _, place := range places {
			if _, err := os.Stat(filepath.Join("../..", filepath.FromSlash(place[1]))); err != nil {
				t.Errorf("%s: %v", row[2], err)
			}
		}
		for _, name := range held {
			if !tests[name[1]] {
				t.Errorf("%s: there is no %s", row[2], name[1])
			}
		}
	}
}

// goTests are the names of the tests of every module of the tree.
func goTests(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && path != "."):
			return fs.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(root, path)
		for _, name := range goTest.FindAllSubmatch(text, -1) {
			found[string(name[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
