//go:build !release

package assets

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets/bundle"
	"github.com/neoforge-dev/neoforge/web/source"
)

// Find answers where the files of a program's modules lie, and installs the packages that they import when they are missing
// (told to stdout). Errors are for people: one sentence that says what to do.
func Find(ctx context.Context, stdout io.Writer, modules ...Module) (bundle.Source, error) {
	dir, err := source.Dir()
	if err != nil {
		return bundle.Source{}, err
	}
	platform, err := source.Platform(ctx)
	if err != nil {
		return bundle.Source{}, err
	}
	if err := source.CheckPackages(dir, platform); err != nil {
		return bundle.Source{}, err
	}
	if err := source.EnsurePackages(ctx, dir, stdout); err != nil {
		return bundle.Source{}, err
	}
	s := bundle.Source{Platform: platform, Packages: dir, Roots: []bundle.Root{{Module: bundle.PlatformRoot, Dir: platform}}}
	folders, err := foldersOf(ctx, modules)
	if err != nil {
		return bundle.Source{}, err
	}
	s.Roots = append(s.Roots, folders...)
	if own := filepath.Join(dir, "pwa"); dir != platform {
		if info, err := os.Stat(own); err == nil && info.IsDir() {
			s.Icons = own
		}
	}
	return s, s.Check()
}

// foldersOf answers where the files of modules lie.
func foldersOf(ctx context.Context, modules []Module) ([]bundle.Root, error) {
	var out []bundle.Root
	for _, m := range modules {
		if m.Files == "" {
			continue
		}
		dir, err := source.Folder(ctx, m.Files)
		if err != nil {
			return nil, err
		}
		out = append(out, bundle.Root{Module: m.Name, Dir: dir})
	}
	return out, nil
}

// islandsOfSources needs no packages, which nothing is bundled of.
func islandsOfSources(ctx context.Context, modules []Module) ([]string, error) {
	roots, err := foldersOf(ctx, modules)
	if err != nil {
		return nil, err
	}
	islands, err := bundle.Source{Roots: roots}.Islands()
	if err != nil {
		return nil, err
	}
	out := make([]string, len(islands))
	for i, island := range islands {
		out[i] = island.Name
	}
	return out, nil
}

// Sources opens what [Find] finds.
func Sources(ctx context.Context, stdout io.Writer, modules ...Module) (Store, error) {
	s, err := Find(ctx, stdout, modules...)
	if err != nil {
		return nil, err
	}
	return Open(s)
}
