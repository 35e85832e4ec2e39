package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// questionTimeout bounds one question to go or npm: without a network some wait for long.
const questionTimeout = 2 * time.Minute

// dependencies lists what every go.mod under root and web/package.json require.
func dependencies(ctx context.Context, root string) ([]dependency, error) {
	var found []dependency
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); entry.IsDir() && path != root && (name == "node_modules" || name == "testdata" || strings.HasPrefix(name, ".")) {
			return filepath.SkipDir
		}
		if entry.Name() != "go.mod" {
			return nil
		}
		file, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		mod, err := readMod(ctx, filepath.Dir(path))
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		names := mod.direct()
		if len(names) == 0 {
			return nil
		}
		answer, asked := askGo(ctx, filepath.Dir(path), append([]string{"list", "-m", "-u", "-e", "-json"}, names...)...)
		found = append(found, fromGo(file, names, answer, asked)...)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list dependencies: %w", err)
	}
	packages, err := webPackages(ctx, filepath.Join(root, "web"))
	if err != nil {
		return nil, fmt.Errorf("web/package.json: %w", err)
	}
	return append(found, packages...), nil
}

// askGo asks go, unless it may ask nobody: it then names no update, as if there were none.
func askGo(ctx context.Context, dir string, args ...string) ([]byte, error) {
	proxy, err := ask(ctx, dir, "go", "env", "GOPROXY")
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(string(proxy)) == "off" {
		return nil, errors.New("GOPROXY is off")
	}
	return ask(ctx, dir, "go", args...)
}

// modFile is what `go mod edit -json` prints.
type modFile struct {
	Require []struct {
		Path, Version string
		Indirect      bool
	}
	Tool    []struct{ Path string }
	Replace []struct {
		Old struct{ Path string }
		New struct{ Path, Version string }
	}
}

func readMod(ctx context.Context, dir string) (modFile, error) {
	var mod modFile
	answer, err := ask(ctx, dir, "go", "mod", "edit", "-json")
	if err != nil {
		return mod, err
	}
	if err := json.Unmarshal(answer, &mod); err != nil {
		return mod, fmt.Errorf("read: %w", err)
	}
	return mod, nil
}

// direct are the modules that the module's own code, or its tools, are in; not those
// that a folder of this project replaces.
func (m modFile) direct() []string {
	local := map[string]bool{}
	for _, r := range m.Replace {
		local[r.Old.Path] = r.New.Version == ""
	}
	var names []string
	for _, r := range m.Require {
		if !local[r.Path] && (!r.Indirect || m.hasTool(r.Path)) {
			names = append(names, r.Path)
		}
	}
	return names
}

// hasTool reports whether a tool is in the module: its path is the longest that the
// tool's begins with.
func (m modFile) hasTool(module string) bool {
	for _, tool := range m.Tool {
		home := ""
		for _, r := range m.Require {
			if len(r.Path) > len(home) && (tool.Path == r.Path || strings.HasPrefix(tool.Path, r.Path+"/")) {
				home = r.Path
			}
		}
		if home == module {
			return true
		}
	}
	return false
}

// fromGo reads the answer of `go list -m -u -json`. A module that the answer lacks, or
// whose dates it lacks, is unknown.
func fromGo(file string, names []string, answer []byte, asked error) []dependency {
	type version struct {
		Path, Version string
		Time          *time.Time
		Update        *version
		Error         *struct{ Err string }
	}
	heard := map[string]version{}
	for in := json.NewDecoder(bytes.NewReader(answer)); asked == nil; {
		var v version
		if err := in.Decode(&v); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			asked = fmt.Errorf("read the answer of go list: %w", err)
			break
		}
		heard[v.Path] = v
	}
	var found []dependency
	for _, name := range names {
		v, ok := heard[name]
		d := dependency{File: file, Name: name, Version: v.Version, Newest: v.Version}
		switch {
		case asked != nil:
			d.Unknown = asked.Error()
		case !ok:
			d.Unknown = "go list says nothing of it"
		case v.Error != nil:
			d.Unknown = v.Error.Err
		case v.Update != nil && (v.Time == nil || v.Update.Time == nil):
			d.Unknown = "the date of a version is not known"
		case v.Update != nil:
			d.Newest, d.Released, d.NewestRelease = v.Update.Version, *v.Time, *v.Update.Time
		}
		found = append(found, d)
	}
	return found
}

// webPackages asks npm for what package.json names, and for the dates of what is behind.
func webPackages(ctx context.Context, dir string) ([]dependency, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return nil, err
	}
	var manifest struct{ Dependencies, DevDependencies map[string]string }
	if err := json.Unmarshal(raw, &manifest); err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	pinned := map[string]string{}
	maps.Copy(pinned, manifest.Dependencies)
	maps.Copy(pinned, manifest.DevDependencies)
	var found []dependency
	var unreached error
	for _, name := range slices.Sorted(maps.Keys(pinned)) {
		if unreached != nil {
			found = append(found, fromNPM(name, pinned[name], nil, unreached))
			continue
		}
		answer, asked := ask(ctx, dir, "npm", "view", name, "dist-tags.latest", "time", "--json", "--fetch-retries=0")
		unreached = asked
		found = append(found, fromNPM(name, pinned[name], answer, asked))
	}
	return found, nil
}

// fromNPM reads the answer of `npm view NAME dist-tags.latest time --json`.
func fromNPM(name, version string, answer []byte, asked error) dependency {
	d := dependency{File: "web/package.json", Name: name, Version: version}
	var view struct {
		Latest string               `json:"dist-tags.latest"`
		Time   map[string]time.Time `json:"time"`
	}
	if asked == nil {
		if err := json.Unmarshal(answer, &view); err != nil {
			asked = fmt.Errorf("read the answer of npm view: %w", err)
		}
	}
	d.Newest, d.Released, d.NewestRelease = view.Latest, view.Time[version], view.Time[view.Latest]
	switch {
	case asked != nil:
		d.Unknown = asked.Error()
	case d.Released.IsZero() || d.NewestRelease.IsZero():
		d.Unknown = "the date of a version is not known; is it pinned exactly?"
	}
	return d
}

// ask runs a command in dir and answers what it prints. The error holds the first
// line of its complaint.
func ask(ctx context.Context, dir, name string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, questionTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		first, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
		return nil, fmt.Errorf("%s %s: %w: %s", name, args[0], err, first)
	}
	return out.Bytes(), nil
}
