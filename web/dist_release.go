//go:build release

package web

import (
	"embed"
	"io/fs"
)

// Run `go run ./deploy/build` first: it makes this folder.
//
//go:embed all:dist
var dist embed.FS

// Dist answers the bundled files of a release build.
func Dist() (fs.FS, bool) {
	sub, err := fs.Sub(dist, "dist")
	return sub, err == nil
}
