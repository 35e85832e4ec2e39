// Package assets answers the files that pages name: scripts, styles, icons, the manifest and the offline worker.
//
// There are two sources of one interface. In development files come from the web folder as they are, with an import map
// that leads to node_modules, and are asked about again at every use. A release answers what `go run ./deploy/build`
// made: hashed names that never change their content, and compressed copies made beforehand.
package assets
