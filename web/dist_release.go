//go:build release

package web

import (
	"embed"
	"io/fs"
)

// Run `go run ./deploy/build` first: it makes the folder dist. The pattern matches these files beside it as well, so that a
// program of another Go module, which bundles its files itself, compiles without that folder.
//
//go:embed all:dist*
var dist embed.FS

// Dist answers the bundled files of a release build of NeoForge, and false where none were made.
func Dist() (fs.FS, bool) {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, false
	}
	_, err = fs.Stat(sub, "index.json")
	return sub, err == nil
}
