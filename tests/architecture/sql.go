package architecture

import (
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// SQL reads every file of SQL in the tree, by its path.
func SQL(root fs.FS) (map[string]string, error) {
	out := map[string]string{}
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (NotCode(p) || path.Base(p) == "testdata"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(p, ".sql"):
			return nil
		}
		data, err := fs.ReadFile(root, p)
		out[p] = string(data)
		return err
	})
	return out, err
}

var (
	createTable = regexp.MustCompile("(?is)CREATE TABLE\\s+(?:IF NOT EXISTS\\s+)?[\"`]?([a-z]+)_[a-z_]+[\"`]?[^;]*")
	references  = regexp.MustCompile("(?i)REFERENCES\\s+[\"`]?([a-z]+)_[a-z_]+[\"`]?")
	alterTable  = regexp.MustCompile("(?is)ALTER TABLE\\s+[\"`]?([a-z]+)_[a-z_]+[\"`]?[^;]*")

	tableMade    = regexp.MustCompile("(?i)CREATE (?:VIRTUAL )?TABLE\\s+(?:IF NOT EXISTS\\s+)?[\"`]?([a-z]+_[a-z_]+)")
	tableRenamed = regexp.MustCompile("(?i)RENAME TO\\s+[\"`]?([a-z]+_[a-z_]+)")
)

// ForeignKeysStayInside checks the migrations: a foreign key joins tables of one
// context, which is the word before the first underscore of a table's name.
func ForeignKeysStayInside(sql map[string]string) []Violation {
	var out []Violation
	for _, file := range sortedKeys(sql) {
		for _, statement := range []*regexp.Regexp{createTable, alterTable} {
			for _, m := range statement.FindAllStringSubmatch(sql[file], -1) {
				for _, ref := range references.FindAllStringSubmatch(m[0], -1) {
					if ref[1] != m[1] {
						out = append(out, Violation{file, fmt.Sprintf("a foreign key of %s refers to %s", m[1], ref[1])})
					}
				}
			}
		}
	}
	return out
}

// TablesOf lists the tables that the migrations make.
func TablesOf(sql map[string]string) []string {
	var out []string
	for _, file := range sortedKeys(sql) {
		for _, made := range []*regexp.Regexp{tableMade, tableRenamed} {
			for _, m := range made.FindAllStringSubmatch(sql[file], -1) {
				if name := strings.ToLower(m[1]); !slices.Contains(out, name) && !strings.HasPrefix(name, "new_") {
					out = append(out, name)
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

// SQLStaysInItsStore checks that a statement, or any other text of the program, names a
// table only where the table belongs: in the store of its context, in what is generated
// for it, and in the migrations. The platform's tables belong to all of adapters/entstore
// that is no context's, those of jobs to the queue.
func SQLStaysInItsStore(files []File, tables []string) []Violation {
	contexts := contextsOf(files)
	word := regexp.MustCompile(`[a-z]+_[a-z_]+`)
	var out []Violation
	for _, f := range files {
		if f.IsTest() || f.Product != "" || f.Layer() == LayerTestdata || within(f.Folder(), "adapters/entstore/migrations") {
			continue
		}
		var at []string // whose tables the file may name
		if context := contextOf(f.Folder(), contexts); context != "" {
			if within(f.Folder(), "adapters/entstore") || f.Layer() == LayerTables {
				at = []string{context}
			}
		} else {
			switch {
			case within(f.Folder(), "adapters/entstore"):
				at = []string{"platform"}
			case within(f.Folder(), "adapters/jobqueue"):
				at = []string{"job"}
			case within(f.Folder(), "ent/platforment"):
				at = []string{"platform", "job"}
			}
		}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				return true
			}
			for _, name := range word.FindAllString(text, -1) {
				owner, _, _ := strings.Cut(name, "_")
				if !slices.Contains(at, owner) && slices.Contains(tables, name) {
					out = append(out, Violation{f.Path, fmt.Sprintf("names %s, a table of %s", name, owner)})
				}
			}
			return true
		})
	}
	return out
}
