package assets

import (
	"context"
	"io"
	"io/fs"

	"github.com/neoforge-dev/neoforge/web"
)

// Default opens what this build serves: a release its bundled files, which are dist or, where that is nil, those that
// NeoForge's own release carries; a development build the sources of the modules (see [Sources]).
func Default(ctx context.Context, stdout io.Writer, dist fs.FS, modules ...Module) (Store, error) {
	if dist != nil {
		return OpenDist(dist)
	}
	if shipped, ok := web.Dist(); ok {
		return OpenDist(shipped)
	}
	return Sources(ctx, stdout, modules...)
}
