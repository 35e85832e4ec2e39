package architecture

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// islandsFolder holds the islands of each context in a folder of its own.
const islandsFolder = "web/islands"

// imported finds what a module of JavaScript imports, statically, when it runs, or for a
// type that a comment names.
var imported = regexp.MustCompile(`(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)['"` + "`" + `]([^'"` + "`" + `]+)['"` + "`" + `]`)

// serviceFile is what asks the API for a context.
const serviceFile = "service.js"

// sharedAPI is what calls the API, by both names that it has.
var sharedAPI = []string{islandsFolder + "/shared/api.js", "neoforge/api.js"}

// IslandsStayInTheirContext checks the JavaScript of the islands: a file imports its own
// folder, shared/ and packages. What two contexts need is in shared/, which knows neither.
// The API is asked by a context's service.js alone, or by shared/. It returns how many
// files it read.
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
			file := strings.HasPrefix(target, ".") || strings.HasPrefix(target, "/") // or a package, which the import map or the bundle resolves
			switch {
			case strings.HasPrefix(target, "."):
				target = path.Join(path.Dir(p), target)
			case strings.HasPrefix(target, "/"):
				target = path.Join("web", target)
			}
			if slices.Contains(sharedAPI, target) && path.Base(p) != serviceFile && !within(p, islandsFolder+"/shared") {
				out = append(out, Violation{p, fmt.Sprintf("imports %s: the API is asked by the context's %s, which others import", m[1], serviceFile)})
			}
			if file && !within(target, own) && !within(target, islandsFolder+"/shared") {
				out = append(out, Violation{p, fmt.Sprintf("imports %s: an island knows its own folder and %s/shared", m[1], islandsFolder)})
			}
		}
		return nil
	})
	sortViolations(out)
	return read, out, err
}
