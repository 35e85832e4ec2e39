package architecture

import (
	"fmt"
	"path"
	"strings"
)

// MaxRoomLines is how long a room's code may be, comments included: what one person reads
// in a morning. One that grows past it is divided (decision 0012).
const MaxRoomLines = 3200

// place is what a folder of a module is to the rooms of its context.
type place struct {
	context string // "identity"
	part    string // the folder below it: a room, "internal", the assembly, the suites; empty: the root
	depth   int    // folders below the context
}

func placeOf(folder string) (place, bool) {
	rest, ok := strings.CutPrefix(folder, "modules/")
	if !ok {
		return place{}, false
	}
	context, below, deeper := strings.Cut(rest, "/")
	part, _, _ := strings.Cut(below, "/")
	p := place{context: context, part: part}
	if deeper {
		p.depth = 1 + strings.Count(below, "/")
	}
	return p, true
}

func (p place) isRoot() bool     { return p.part == "" }
func (p place) isShared() bool   { return p.part == "internal" }
func (p place) isAssembly() bool { return p.part == p.context+"app" } // of a context without rooms: its use cases
func (p place) isSuite() bool    { return p.part == p.context+"test" }
func (p place) isRoom() bool {
	return !p.isRoot() && !p.isShared() && !p.isAssembly() && !p.isSuite()
}

// RoomsKeepApart checks the rooms of each context: a room uses its root and what the rooms
// share in internal/, and nothing of another room. What it needs of one it declares as an
// interface, which the assembly (<context>app) fills in. The root and what is shared know no
// room, and a room has no rooms of its own.
func RoomsKeepApart(files []File) []Violation {
	var out []Violation
	for _, f := range files {
		from, ok := placeOf(f.Folder())
		if !ok || strings.HasSuffix(f.Path, "_test.go") && from.isAssembly() || from.isSuite() {
			continue
		}
		if from.isRoom() && from.depth > 1 {
			out = append(out, Violation{f.Path, "a room has no rooms of its own"})
		}
		for _, imp := range f.Imports {
			target, isLocal := local(imp)
			if !isLocal {
				continue
			}
			if to, ok := placeOf(target); ok && to.context == from.context {
				if rule := roomRule(from, to); rule != "" {
					out = append(out, Violation{f.Path, fmt.Sprintf("imports %s: %s", imp, rule)})
				}
			}
		}
	}
	return out
}

func roomRule(from, to place) string {
	switch {
	case to.isRoot() || from.isAssembly() || to.isSuite():
		return ""
	case from.isRoot():
		return "the root is the language of all rooms and knows none of them"
	case to.isShared():
		return ""
	case from.isShared():
		return "what rooms share knows none of them"
	case to.isAssembly():
		return "a room does not know how it is put together"
	case from.part != to.part:
		return "a room declares what it needs of another as an interface"
	}
	return ""
}

// RoomsAreReadable checks that no room, and no application package of a context without
// rooms, is longer than [MaxRoomLines]. Lines are of production code.
func RoomsAreReadable(lines map[string]int) []Violation {
	byFolder := map[string]int{}
	for file, n := range lines {
		if p, ok := placeOf(path.Dir(file)); ok && (p.isRoom() || p.isAssembly()) && !strings.HasSuffix(file, "_test.go") {
			byFolder[path.Dir(file)] += n
		}
	}
	var out []Violation
	for _, folder := range sortedKeys(byFolder) {
		if n := byFolder[folder]; n > MaxRoomLines {
			out = append(out, Violation{folder, fmt.Sprintf("has %d lines, more than %d: divide it into rooms", n, MaxRoomLines)})
		}
	}
	return out
}
