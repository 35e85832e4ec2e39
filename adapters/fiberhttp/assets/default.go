package assets

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"

	"github.com/neoforge-dev/neoforge/web"
)

// Module names the folder of a module's files by its import path: of it browsers get islands, styles and static files.
type Module struct{ Name, Files string }

// OwnFiles is the folder of the files that NeoForge's own release carries.
const OwnFiles = "github.com/neoforge-dev/neoforge/web"

// Default opens what this build serves: a release its bundled files, which are dist or, where that is nil, those that
// NeoForge's own release carries; a development build the sources of the modules (see [Sources]).
func Default(ctx context.Context, stdout io.Writer, dist fs.FS, modules ...Module) (Store, error) {
	if dist != nil {
		return OpenDist(dist)
	}
	if shipped, ok := web.Dist(); ok {
		if err := carriesAll(modules); err != nil {
			return nil, err
		}
		return OpenDist(shipped)
	}
	return Sources(ctx, stdout, modules...)
}

// Islands lists the elements that the modules of this build define, sorted: those of a
// release stand in the index of its bundled files, which are dist or, where that is nil,
// those that NeoForge's own release carries; in development the sources are read.
func Islands(ctx context.Context, dist fs.FS, modules ...Module) ([]string, error) {
	if dist == nil {
		shipped, ok := web.Dist()
		if !ok {
			return islandsOfSources(ctx, modules)
		}
		dist = shipped
	}
	index, err := readIndex(dist)
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(index.Islands)), nil
}

// carriesAll refuses modules whose files NeoForge's own release does not carry: their islands
// and styles would be missing without a word.
func carriesAll(modules []Module) error {
	for _, m := range modules {
		if m.Files != "" && m.Files != OwnFiles {
			return fmt.Errorf("assets: the files of module %s (%s) are in no bundle of this release: make one by the program's command bundle, and give it to the product as its Dist", m.Name, m.Files)
		}
	}
	return nil
}
