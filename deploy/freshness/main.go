// Command freshness fails when a direct dependency was left behind: when the newest
// version that can be had is over 90 days younger than the one in use, and held.txt
// gives no reason for it.
//
//	go run ./deploy/freshness
//
// It reads every go.mod of the project (the tools of a module count as its direct
// dependencies) and web/package.json, and asks go and npm for what is newer. What it
// cannot learn, on a machine without a network for instance, it names; that alone does
// not fail.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

// heldFile is where reasons are, from the project's root.
const heldFile = "deploy/freshness/held.txt"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "freshness: "+err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	root, err := projectRoot(ctx)
	if err != nil {
		return err
	}
	file, err := os.Open(filepath.Join(root, heldFile))
	if err != nil {
		return fmt.Errorf("read reasons: %w", err)
	}
	defer file.Close()
	held, err := readHeld(file)
	if err != nil {
		return fmt.Errorf("%s: %w", heldFile, err)
	}
	found, err := dependencies(ctx, root)
	if err != nil {
		return err
	}
	return report(out, found, held, time.Now())
}

// projectRoot is the folder of the main module's go.mod, wherever in it the command runs.
func projectRoot(ctx context.Context) (string, error) {
	mod, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the project: %w", err)
	}
	path := strings.TrimSpace(string(mod))
	if path == "" || path == os.DevNull {
		return "", fmt.Errorf("find the project: run this inside the project's folder")
	}
	return filepath.Dir(path), nil
}
