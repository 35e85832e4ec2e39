// Package web holds what a browser gets: islands, styles, pages and the packages they import.
//
// In development the files are served from the source tree, so a saved file is a changed page: see the folder source. A
// release build (-tags release) of NeoForge carries them bundled, hashed and compressed, made beforehand by
// `go run ./deploy/build`. The package imports nothing of this module.
package web
