//go:build !release

package main

import "io/fs"

// dist is nothing in development, which serves the sources.
func dist() fs.FS { return nil }
