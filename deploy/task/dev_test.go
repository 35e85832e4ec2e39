package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

const served = `package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println("VERSION", os.Args[1:])
	select {}
}
`

// TestDev_GoesOnWithTheLastBuildWhileOneFails runs what `task dev` runs, with its
// file of settings, on a program of a few lines.
func TestDev_GoesOnWithTheLastBuildWhileOneFails(t *testing.T) {
	t.Parallel()
	air := harness.GoTool(t, "../..", "air")
	settings, err := os.ReadFile("../tools/air.toml")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var own []string
	for _, line := range strings.Split(string(settings), "\n") {
		if !strings.Contains(line, "pre_cmd") { // templ has nothing to do here
			own = append(own, line)
		}
	}
	write("air.toml", strings.Join(own, "\n"))
	write("go.mod", "module dev\n\ngo 1.26\n")
	write("app/neoforge/main.go", strings.Replace(served, "VERSION", "first", 1))

	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, air, "-c", "air.toml")
	cmd.Dir, cmd.Env = root, append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	read, out := io.Pipe()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); _ = out.Close(); close(ended) }()
	t.Cleanup(func() { cancel(); _, _ = io.Copy(io.Discard, read); <-ended })

	lines := bufio.NewScanner(read)
	says := func(text string) {
		t.Helper()
		var before []string
		for lines.Scan() {
			if strings.Contains(lines.Text(), text) {
				return
			}
			before = append(before, lines.Text())
		}
		t.Fatalf("it ends without %q:\n%s", text, strings.Join(before, "\n"))
	}
	says("first [serve]")
	write("app/neoforge/main.go", "package main\n\nfunc main() { this does not build }\n")
	says("failed to build")
	says("first [serve]") // what was built last goes on, and is told what is wrong
	if told, err := os.ReadFile(filepath.Join(root, "tmp", "build-errors.txt")); err != nil || !strings.Contains(string(told), "main.go:3:") {
		t.Errorf("beside the program stands %q, %v", told, err)
	}
	write("app/neoforge/main.go", strings.Replace(served, "VERSION", "second", 1))
	says("second [serve]")
	if told, err := os.ReadFile(filepath.Join(root, "tmp", "build-errors.txt")); err != nil || len(told) > 0 {
		t.Errorf("mended, beside the program stands %q, %v", told, err)
	}
}
