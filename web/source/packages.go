//go:build !release

package source

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
	"regexp"
	"slices"
	"strings"
)

// EnsurePackages installs the packages that the pages import (`npm ci --omit=dev` in dir) unless node_modules already
// holds what package-lock.json asks for. Progress goes to stdout. Each failure is one sentence that says what to do:
// npm missing, the package registry out of reach, the folder read-only.
func EnsurePackages(ctx context.Context, dir string, stdout io.Writer) error {
	current, err := packagesCurrent(dir)
	if err != nil || current {
		return err
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("npm was not found: install Node.js 20 or later, which brings npm, then start again")
	}
	if err := writable(dir); err != nil {
		return err
	}
	// Programs and tests that start at once install once: npm in one folder twice breaks both.
	unlock, err := waitForLock(ctx, filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return err
	}
	defer unlock()
	if current, err := packagesCurrent(dir); err != nil || current {
		return err
	}
	fmt.Fprintln(stdout, "Installing the page's packages (npm ci --omit=dev in web/); this happens once.")
	return install(ctx, npm, dir)
}

func install(ctx context.Context, npm, dir string) error {
	cmd := exec.CommandContext(ctx, npm, "ci", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir = dir
	var output bytes.Buffer
	cmd.Stdout = &output
	cmd.Stderr = &output
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return interrupted(ctx)
		}
		return explain(dir, output.String(), err)
	}
	return nil
}

func interrupted(ctx context.Context) error {
	return fmt.Errorf("installing the page's packages was interrupted: start again to finish it: %w", ctx.Err())
}

// waitForLock is lockFile for as long as ctx lasts.
func waitForLock(ctx context.Context, path string) (unlock func(), err error) {
	type locked struct {
		unlock func()
		err    error
	}
	got := make(chan locked, 1)
	go func() {
		unlock, err := lockFile(path)
		got <- locked{unlock, err}
	}()
	select {
	case l := <-got:
		return l.unlock, l.err
	case <-ctx.Done():
		go func() {
			if l := <-got; l.err == nil {
				l.unlock()
			}
		}()
		return nil, interrupted(ctx)
	}
}

type lockfile struct {
	Packages map[string]struct {
		Version  string `json:"version"`
		Dev      bool   `json:"dev"`
		Optional bool   `json:"optional"`
		Peer     bool   `json:"peer"`
	} `json:"packages"`
}

// packagesCurrent compares the versions asked for with those that npm recorded as installed. Versions, not file times:
// a fresh clone gives every file the time of the clone.
func packagesCurrent(dir string) (bool, error) {
	wanted, err := readLockfile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return false, fmt.Errorf("web/package-lock.json cannot be read: restore it from the repository, then start again: %w", err)
	}
	have, err := readLockfile(filepath.Join(dir, "node_modules", ".package-lock.json"))
	if err != nil {
		return false, nil
	}
	for name, pkg := range wanted.Packages {
		if name == "" || pkg.Dev || pkg.Optional || pkg.Peer {
			continue
		}
		if have.Packages[name].Version != pkg.Version {
			return false, nil
		}
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name), "package.json")); err != nil {
			return false, nil
		}
	}
	return true, nil
}

func readLockfile(path string) (lockfile, error) {
	var lock lockfile
	raw, err := os.ReadFile(path)
	if err != nil {
		return lock, err
	}
	return lock, json.Unmarshal(raw, &lock)
}

func writable(dir string) error {
	probe, err := os.CreateTemp(dir, ".write-check-*")
	if err != nil {
		return readOnly(dir, err)
	}
	name := probe.Name()
	return errors.Join(probe.Close(), os.Remove(name))
}

func readOnly(dir string, err error) error {
	return fmt.Errorf("the page's packages cannot be installed because %s cannot be written to: make it writable, or run `npm ci --omit=dev` there as a user who may, then start again: %w", dir, err)
}

var (
	networkFailure  = regexp.MustCompile(`ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|network`)
	readOnlyFailure = regexp.MustCompile(`EROFS|EACCES|EPERM`)
	spaceFailure    = regexp.MustCompile(`ENOSPC`)
)

func explain(dir, output string, err error) error {
	switch {
	case readOnlyFailure.MatchString(output):
		return readOnly(dir, fs.ErrPermission)
	case spaceFailure.MatchString(output):
		return fmt.Errorf("the page's packages cannot be installed because the disk is full: free about 50 MB, then start again: %w", err)
	case networkFailure.MatchString(output):
		return fmt.Errorf("the page's packages cannot be downloaded because npm cannot reach its package registry: check the network or npm's proxy settings, then start again: %w", err)
	}
	return fmt.Errorf("the page's packages cannot be installed: npm says %q; mend that, or run `npm ci --omit=dev` in %s to see more, then start again: %w", lastLine(output), dir, err)
}

func lastLine(output string) string {
	last := "nothing"
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "npm error"))
		if line != "" && !strings.HasPrefix(line, "A complete log") && !strings.HasPrefix(line, "npm warn") {
			last = line
		}
	}
	return last
}

// CheckPackages refuses a program whose package.json asks for other versions of what NeoForge's pages import than
// NeoForge was made with: the islands of both share one copy. dir is the program's web folder, platform NeoForge's.
func CheckPackages(dir, platform string) error {
	if dir == platform {
		return nil
	}
	own, err := readDependencies(dir)
	if err != nil {
		return err
	}
	needed, err := readDependencies(platform)
	if err != nil {
		return err
	}
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(needed)) {
		if own[name] != needed[name] {
			wrong = append(wrong, fmt.Sprintf("%q: %q", name, needed[name]))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("%s must ask for the versions that NeoForge's pages import: write %s under dependencies, run `npm install` there, and start again",
		filepath.Join(dir, "package.json"), strings.Join(wrong, ", "))
}

func readDependencies(dir string) (map[string]string, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return nil, fmt.Errorf("the packages that pages import are named nowhere: %w", err)
	}
	var pkg struct {
		Dependencies map[string]string `json:"dependencies"`
	}
	if err := json.Unmarshal(raw, &pkg); err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", filepath.Join(dir, "package.json"), err)
	}
	return pkg.Dependencies, nil
}
