// Command deadcode fails when the tree holds functions that nothing reaches.
//
//	go run ./deploy/deadcode
//
// It has golang.org/x/tools/cmd/deadcode look twice. From every program and every test:
// what neither reaches is deleted. And from the programs alone: what tests alone reach is
// no part of the program, unless it is made for tests or for modules of other people. The
// exceptions are rules, see rules.go.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "deadcode: "+err.Error())
		os.Exit(1)
	}
}

// programs are the folders whose commands are started by somebody.
var programs = []string{"./app/...", "./adapters/...", "./ent/...", "./deploy/..."}

func run(ctx context.Context, out io.Writer) error {
	root, err := projectRoot(ctx)
	if err != nil {
		return err
	}
	anywhere, err := unreachable(ctx, root, "-test", "./...")
	if err != nil {
		return err
	}
	fromPrograms, err := unreachable(ctx, root, programs...)
	if err != nil {
		return err
	}
	found := 0
	reported := map[function]bool{}
	for _, f := range anywhere {
		reported[f] = true
		if !exempt(f) {
			found++
			fmt.Fprintf(out, "%s:%d: nothing reaches %s\n", f.File, f.Line, f.Name)
		}
	}
	for _, f := range fromPrograms {
		if reported[f] || exempt(f) || testsMay(f) {
			continue
		}
		said, err := saidForTests(root, f)
		if err != nil {
			return err
		}
		if !said {
			found++
			fmt.Fprintf(out, "%s:%d: tests alone reach %s\n", f.File, f.Line, f.Name)
		}
	}
	if found > 0 {
		return fmt.Errorf("%d functions are dead: delete them, or see deploy/deadcode/rules.go", found)
	}
	return nil
}

// projectRoot is the folder of the main module's go.mod.
func projectRoot(ctx context.Context) (string, error) {
	mod, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the project: %w", err)
	}
	path := strings.TrimSpace(string(mod))
	if path == "" || path == os.DevNull {
		return "", errors.New("find the project: run this inside the project's folder")
	}
	return filepath.Dir(path), nil
}

// function is one that is not reached. File is slash-separated, from the root; Name is
// "New", or "Store.Find" for a method.
type function struct {
	File string
	Line int
	Name string
}

func unreachable(ctx context.Context, root string, args ...string) ([]function, error) {
	tool := append([]string{"tool", "-modfile=deploy/tools/go.mod", "deadcode", "-json"}, args...)
	command := exec.CommandContext(ctx, "go", tool...)
	command.Dir, command.Stderr = root, os.Stderr
	answer, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("look for dead code in %s: %w", strings.Join(args, " "), err)
	}
	return read(answer, root)
}

// read takes the tool's answer apart.
func read(answer []byte, root string) ([]function, error) {
	var packages []struct {
		Funcs []struct {
			Name     string
			Position struct {
				File string
				Line int
			}
		}
	}
	if err := json.Unmarshal(answer, &packages); err != nil {
		return nil, fmt.Errorf("read the tool's answer: %w", err)
	}
	var out []function
	for _, p := range packages {
		for _, f := range p.Funcs {
			file := f.Position.File
			if filepath.IsAbs(file) {
				relative, err := filepath.Rel(root, file)
				if err != nil {
					return nil, fmt.Errorf("read the tool's answer: %w", err)
				}
				file = relative
			}
			out = append(out, function{filepath.ToSlash(file), f.Position.Line, f.Name})
		}
	}
	return out, nil
}
