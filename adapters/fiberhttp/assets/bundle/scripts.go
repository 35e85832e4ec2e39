//go:build !release

package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// sharedAlias is the name under which islands of any folder import what is in islands/shared.
const sharedAlias = "neoforge"

// SSR joins the islands and Lit's server renderer into one script for an engine that knows ECMAScript 2017 and nothing
// of Node. It sets the global neoforgeIslands.
func SSR(s Source) ([]byte, error) {
	islands, err := s.Islands()
	if err != nil {
		return nil, err
	}
	return s.ssr(islands, "import './%s';\n")
}

// SSROf is [SSR] of some islands, for development: one that fails while its module is run costs itself and no other.
func SSROf(s Source, islands []Island) ([]byte, error) {
	return s.ssr(islands, "try { require('./%s'); } catch {}\n")
}

func (s Source) ssr(islands []Island, load string) (_ []byte, err error) {
	st, err := s.stage()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.remove()) }()
	var entry strings.Builder
	entry.WriteString("import './server/globals.js';\nimport './server/render.js';\n")
	for _, island := range islands {
		fmt.Fprintf(&entry, load, island.File)
	}
	return st.script(api.BuildOptions{
		Stdin:      &api.StdinOptions{Contents: entry.String(), ResolveDir: st.path("islands"), Sourcefile: "server.js"},
		Format:     api.FormatIIFE,
		Target:     api.ES2017,
		Conditions: []string{"node"},
		MainFields: []string{"module", "main"},
		Plugins:    []api.Plugin{withoutNode(st.dir)},
		// The engine makes a new strings object at every use of a template, which defeats Lit's cache of parsed templates
		// and costs ten times the time. The lowered form keeps one object.
		Supported: map[string]bool{"template-literal": false},
	})
}

// Precached is a file that the offline worker fetches when it is installed. An address without its own hash needs a
// revision, which changes when the content does.
type Precached struct {
	URL      string  `json:"url"`
	Revision *string `json:"revision"`
}

// ServiceWorker joins the offline worker with the parts of workbox that it uses.
func ServiceWorker(s Source, precache []Precached) (_ []byte, err error) {
	st, err := s.stage()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.remove()) }()
	return st.worker(precache)
}

func (st *staged) worker(precache []Precached) ([]byte, error) {
	list, err := json.Marshal(precache)
	if err != nil {
		return nil, fmt.Errorf("bundle: precache list: %w", err)
	}
	return st.script(api.BuildOptions{
		EntryPoints: []string{st.path("pwa", "worker.js")},
		Format:      api.FormatIIFE,
		Target:      api.ES2022,
		Define: map[string]string{
			"NEOFORGE_PRECACHE":    string(list),
			"process.env.NODE_ENV": `"production"`,
		},
	})
}

func (st *staged) script(options api.BuildOptions) ([]byte, error) {
	st.within(&options)
	options.Platform = api.PlatformNeutral
	if options.MainFields == nil {
		options.MainFields = []string{"module", "main"}
	}
	options.MinifyWhitespace, options.MinifySyntax, options.MinifyIdentifiers = true, true, true
	options.LegalComments = api.LegalCommentsNone
	result := api.Build(options)
	if err := failure(result.Errors); err != nil {
		return nil, err
	}
	return result.OutputFiles[0].Contents, nil
}

// withoutNode leaves out what only Node has and rendering does not use, the browser's half of hydration, and what islands
// import when they need it, which is after their first picture.
func withoutNode(dir string) api.Plugin {
	const (
		filter    = `^node:|^@lit-labs/ssr-dom-shim/register-css-hook\.js$|^@lit-labs/ssr-client/lit-element-hydrate-support\.js$`
		namespace = "without-node"
	)
	return api.Plugin{Name: namespace, Setup: func(build api.PluginBuild) {
		build.OnResolve(api.OnResolveOptions{Filter: filter}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: args.Path, Namespace: namespace}, nil
		})
		build.OnResolve(api.OnResolveOptions{Filter: `^buffer$`}, func(api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: filepath.Join(dir, "islands", "server", "buffer.js")}, nil
		})
		build.OnResolve(api.OnResolveOptions{Filter: `.*`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			if args.Kind != api.ResolveJSDynamicImport {
				return api.OnResolveResult{}, nil
			}
			return api.OnResolveResult{Path: args.Path, Namespace: namespace}, nil
		})
		build.OnLoad(api.OnLoadOptions{Filter: `.*`, Namespace: namespace}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
			empty := "module.exports = {};"
			return api.OnLoadResult{Contents: &empty, Loader: api.LoaderJS}, nil
		})
	}}
}

// within has esbuild see the folder as the whole world.
func (st *staged) within(options *api.BuildOptions) {
	options.Bundle, options.PreserveSymlinks, options.AbsWorkingDir = true, true, st.dir
	options.Alias = map[string]string{sharedAlias: "./islands/shared"}
}
