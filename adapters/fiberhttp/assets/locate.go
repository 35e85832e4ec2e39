package assets

import (
	"context"
	"io"

	"github.com/neoforge-dev/neoforge/web"
)

// Locate opens what this build serves: the bundle inside a release, otherwise the
// folder web/ on disk, whose packages it installs when they are missing, telling
// progress to out. Its errors are sentences for whoever started the program.
func Locate(ctx context.Context, out io.Writer) (Store, error) {
	if dist, ok := web.Dist(); ok {
		return OpenDist(dist)
	}
	dir, err := web.Dir()
	if err != nil {
		return nil, err
	}
	if err := web.EnsurePackages(ctx, dir, out); err != nil {
		return nil, err
	}
	return Open(dir)
}
