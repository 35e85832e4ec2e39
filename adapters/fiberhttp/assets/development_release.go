//go:build release

package assets

import (
	"context"
	"errors"
	"io"
)

var errNoSources = errors.New("assets: a release serves the files that were bundled for it, and this one was built without: run `go run ./deploy/build`, or give the product its own Dist, then build again")

// Sources is for development; a release carries its files.
func Sources(context.Context, io.Writer, ...Module) (Store, error) {
	return nil, errNoSources
}

func islandsOfSources(context.Context, []Module) ([]string, error) { return nil, errNoSources }
