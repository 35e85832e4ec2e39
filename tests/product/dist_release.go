//go:build release

package main

import (
	"embed"
	"io/fs"
)

// Run `go run . bundle web/dist` first: it makes this folder.
//
//go:embed all:web/dist
var bundled embed.FS

// dist is what browsers get, bundled.
func dist() fs.FS {
	files, err := fs.Sub(bundled, "web/dist")
	if err != nil {
		panic(err) // the name is that of the folder
	}
	return files
}
