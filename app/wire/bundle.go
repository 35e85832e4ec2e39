//go:build !release

package wire

import (
	"context"
	"fmt"
	"io"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets/bundle"
)

// Bundle writes what a release of the product hands to browsers into the folder out,
// which is emptied first: its Dist, to be embedded. The files are the same bytes
// wherever the sources lie.
func (p Product) Bundle(ctx context.Context, stdout io.Writer, out string) error {
	if err := checkModules(p.Modules); err != nil {
		return err
	}
	files := make([]assets.Module, len(p.Modules))
	for i, m := range p.Modules {
		files[i] = assets.Module{Name: m.Name, Files: m.Web.Files}
	}
	source, err := assets.Find(ctx, stdout, files...)
	if err != nil {
		return err
	}
	sizes, err := bundle.Release(source, out)
	if err != nil {
		return err
	}
	total := 0
	for _, s := range sizes {
		total += s.Brotli
	}
	_, err = fmt.Fprintf(stdout, "%d files in %s: %d bytes after compression.\n", len(sizes), out, total)
	return err
}
