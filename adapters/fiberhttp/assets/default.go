package assets

import (
	"context"
	"io"

	"github.com/neoforge-dev/neoforge/web"
)

// Default opens what this build serves: a release its embedded files, a development build the web folder of the source
// tree, whose packages are installed first when they are missing (told to stdout). Errors are for people: one sentence
// that says what to do.
func Default(ctx context.Context, stdout io.Writer) (Store, error) {
	if dist, ok := web.Dist(); ok {
		return OpenDist(dist)
	}
	dir, err := web.Dir()
	if err != nil {
		return nil, err
	}
	if err := web.EnsurePackages(ctx, dir, stdout); err != nil {
		return nil, err
	}
	return Open(dir)
}
