//go:build release

package web

import (
	"context"
	"io"
)

// EnsurePackages has nothing to do in a release build: the files are bundled in the program.
func EnsurePackages(context.Context, string, io.Writer) error { return nil }
