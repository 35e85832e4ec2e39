//go:build !release

package assets

import (
	"encoding/json"
	"fmt"
	"strings"
)

// browserPackages are what islands may import, with the module of the bare name. A name under a package is the file of
// that name in its folder, which is what each of them exports to browsers outside development mode.
var browserPackages = map[string]string{
	"@lit-labs/ssr-client":    "index.js",
	"@lit/reactive-element":   "reactive-element.js",
	"@simplewebauthn/browser": "esm/index.js",
	"lit":                     "index.js",
	"lit-element":             "index.js",
	"lit-html":                "lit-html.js",
}

func importMap() (string, error) {
	imports := make(map[string]string, 2*len(browserPackages))
	for name, main := range browserPackages {
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

// published tells whether a file under node_modules belongs to a package that pages may import.
func published(name string) bool {
	first, rest, _ := strings.Cut(name, "/")
	if strings.HasPrefix(first, "@") {
		second, _, _ := strings.Cut(rest, "/")
		first += "/" + second
	}
	_, ok := browserPackages[first]
	return ok
}
