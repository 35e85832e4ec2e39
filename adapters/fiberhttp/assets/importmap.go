//go:build !release

package assets

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// platformPackages are what islands may import, with the module of the bare name. A name under a package is the file of
// that name in its folder, which is what each of them exports to browsers outside development mode.
var platformPackages = map[string]string{
	"@codemirror/autocomplete":   "dist/index.js",
	"@codemirror/commands":       "dist/index.js",
	"@codemirror/language":       "dist/index.js",
	"@codemirror/search":         "dist/index.js",
	"@codemirror/state":          "dist/index.js",
	"@codemirror/streamparser":   "dist/index.js",
	"@codemirror/view":           "dist/index.js",
	"@lezer/common":              "dist/index.js",
	"@lezer/highlight":           "dist/index.js",
	"@lezer/markdown":            "dist/index.js",
	"@lit-labs/signals":          "index.js",
	"@lit-labs/ssr-client":       "index.js",
	"@lit/context":               "index.js",
	"@lit/task":                  "index.js",
	"@lit/reactive-element":      "reactive-element.js",
	"@marijn/find-cluster-break": "src/index.js",
	"@simplewebauthn/browser":    "esm/index.js",
	"crelt":                      "index.js",
	"lit":                        "index.js",
	"lit-element":                "index.js",
	"lit-html":                   "lit-html.js",
	"signal-polyfill":            "dist/index.js",
	"style-mod":                  "src/style-mod.js",
	"w3c-keyname":                "index.js",
}

// notForBrowsers are packages that NeoForge's package.json asks for and no island imports.
var notForBrowsers = []string{"@lit-labs/ssr", "workbox-core", "workbox-expiration", "workbox-precaching", "workbox-routing", "workbox-strategies"}

// browserPackages are the platform's, and whatever else the program's package.json asks for: what the islands of its own
// modules import.
func browserPackages(dir string) (map[string]string, error) {
	packages := maps.Clone(platformPackages)
	asked, err := readPackage(filepath.Join(dir, "package.json"))
	if err != nil {
		return nil, err
	}
	for name := range asked.Dependencies {
		if _, known := packages[name]; known || slices.Contains(notForBrowsers, name) {
			continue
		}
		pkg, err := readPackage(filepath.Join(dir, "node_modules", filepath.FromSlash(name), "package.json"))
		if err != nil {
			return nil, err
		}
		if main := pkg.main(); main != "" {
			packages[name] = main
		}
	}
	return packages, nil
}

type npmPackage struct {
	Dependencies map[string]string `json:"dependencies"`
	Exports      any               `json:"exports"`
	Module       string            `json:"module"`
	Main         string            `json:"main"`
}

// readPackage answers an empty package where there is none.
func readPackage(file string) (npmPackage, error) {
	var pkg npmPackage
	raw, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return pkg, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &pkg)
	}
	if err != nil {
		return pkg, fmt.Errorf("assets: read %s: %w", file, err)
	}
	return pkg, nil
}

// main is the module that a browser gets for the bare name.
func (p npmPackage) main() string {
	exported := p.Exports
	if paths, ok := exported.(map[string]any); ok {
		if root, ok := paths["."]; ok {
			exported = root
		}
	}
	file := exportOf(exported)
	if file == "" {
		file = p.Module
	}
	if file == "" {
		file = p.Main
	}
	return strings.TrimPrefix(path.Clean("/"+file), "/")
}

// exportOf picks the target of an export for a browser outside development mode.
func exportOf(target any) string {
	switch target := target.(type) {
	case string:
		return target
	case map[string]any:
		for _, condition := range []string{"browser", "import", "default"} {
			if inner, ok := target[condition]; ok {
				return exportOf(inner)
			}
		}
	}
	return ""
}

// importMap leads the names that modules import to their files: packages, and, under the name of NeoForge, what is shared
// between islands.
func importMap(packages map[string]string) (string, error) {
	imports := map[string]string{"neoforge/": prefix + "islands/shared/"}
	for name, main := range packages {
		folder := prefix + modules + name + "/"
		imports[name] = folder + main
		imports[name+"/"] = folder
	}
	text, err := json.Marshal(map[string]any{"imports": imports})
	if err != nil {
		return "", fmt.Errorf("assets: import map: %w", err)
	}
	return string(text), nil
}

// packageOf is the package that a file under node_modules belongs to.
func packageOf(name string) string {
	first, rest, _ := strings.Cut(name, "/")
	if strings.HasPrefix(first, "@") {
		second, _, _ := strings.Cut(rest, "/")
		first += "/" + second
	}
	return first
}
