//go:build !release

package bundle

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"sort"
)

// Island is an element and the file that defines it, relative to the islands folder, with slashes.
type Island struct {
	Name string
	File string
}

// Islands lists what dir (the web folder) defines, by the rule that islands/<context>/<thing>.js defines
// nf-<context>-<thing>. Files that define no element are parts of others.
func Islands(dir string) ([]Island, error) {
	root := filepath.Join(dir, "islands")
	files, err := filepath.Glob(filepath.Join(root, "*", "*.js"))
	if err != nil {
		return nil, fmt.Errorf("bundle: list islands in %s: %w", root, err)
	}
	var islands []Island
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("bundle: read island: %w", err)
		}
		if !bytes.Contains(source, []byte("customElements.define(")) {
			continue
		}
		context := filepath.Base(filepath.Dir(file))
		thing := filepath.Base(file[:len(file)-len(".js")])
		name := "nf-" + context + "-" + thing
		if !bytes.Contains(source, []byte("customElements.define('"+name+"'")) {
			return nil, fmt.Errorf("bundle: islands/%s/%s.js must define %s, and nothing else", context, thing, name)
		}
		islands = append(islands, Island{Name: name, File: path.Join(context, thing+".js")})
	}
	sort.Slice(islands, func(i, j int) bool { return islands[i].Name < islands[j].Name })
	return islands, nil
}
