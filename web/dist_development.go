//go:build !release

package web

import "io/fs"

// Dist answers the bundled files of a release build. A development build has none and answers false.
func Dist() (fs.FS, bool) { return nil, false }
