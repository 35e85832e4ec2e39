package architecture

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// islandsFolder holds the islands of each context in a folder of its own.
const islandsFolder = "web/islands"

// imported finds what a module of JavaScript imports, statically, when it runs, or for a
// type that a comment names.
var imported = regexp.MustCompile(`(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)['"` + "`" + `]([^'"` + "`" + `]+)['"` + "`" + `]`)

// IslandsStayInTheirContext checks the JavaScript of the islands: a file imports its own
// folder, shared/ and packages. What two contexts need is in shared/, which knows neither.
// It returns how many files it read.
func IslandsStayInTheirContext(root fs.FS) (read int, out []Violation, err error) {
	err = fs.WalkDir(root, islandsFolder, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && NotCode(p):
			return fs.SkipDir
		case d.IsDir() || path.Ext(p) != ".js":
			return nil
		}
		read++
		source, err := fs.ReadFile(root, p)
		if err != nil {
			return err
		}
		own := p // beside the contexts: what it imports is shared
		if context, _, nested := strings.Cut(strings.TrimPrefix(p, islandsFolder+"/"), "/"); nested {
			own = path.Join(islandsFolder, context)
		}
		for _, m := range imported.FindAllStringSubmatch(string(source), -1) {
			target := m[1]
			switch {
			case strings.HasPrefix(target, "."):
				target = path.Join(path.Dir(p), target)
			case strings.HasPrefix(target, "/"):
				target = path.Join("web", target)
			default:
				continue // a package, which the import map or the bundle resolves
			}
			if !within(target, own) && !within(target, islandsFolder+"/shared") {
				out = append(out, Violation{p, fmt.Sprintf("imports %s: an island knows its own folder and %s/shared", m[1], islandsFolder)})
			}
		}
		return nil
	})
	sortViolations(out)
	return read, out, err
}
