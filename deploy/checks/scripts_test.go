package checks

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	image  = "ghcr.io/neoforge-dev/neoforge@" + digest
)

// ran is what a script did on a machine whose commands only write down how they were
// called.
type ran struct {
	dir    string // $DIR of the stubs
	calls  []string
	output string
	code   int
}

// run runs a script of deploy with stubs of commands, whose text is shell.
func run(t *testing.T, stubs map[string]string, environ []string, script string, args ...string) ran {
	t.Helper()
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range stubs {
		text = "#!/bin/bash\necho \"" + name + " $*\" >>\"$DIR/record\"\n" + text
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	file, err := filepath.Abs("../" + script)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), file, args...)
	cmd.Env = append([]string{"DIR=" + dir, "PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir}, environ...)
	out, err := cmd.CombinedOutput()
	r := ran{dir: dir, output: string(out)}
	var exited *exec.ExitError
	switch {
	case errors.As(err, &exited):
		r.code = exited.ExitCode()
	case err != nil:
		t.Fatal(err)
	}
	record, err := os.ReadFile(filepath.Join(dir, "record"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for call := range strings.Lines(string(record)) {
		r.calls = append(r.calls, strings.ReplaceAll(strings.TrimSpace(call), dir, "$DIR"))
	}
	return r
}

// file is what a stub has written.
func (r ran) file(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil {
		t.Fatalf("%v; it said %s", err, r.output)
	}
	return text
}

// inOrder checks that calls with these words came one after the other.
func (r ran) inOrder(t *testing.T, words ...string) {
	t.Helper()
	at := 0
	for _, word := range words {
		for at < len(r.calls) && !strings.Contains(r.calls[at], word) {
			at++
		}
		if at == len(r.calls) {
			t.Fatalf("%q was not called in its turn:\n%s\nit said %s", word, strings.Join(r.calls, "\n"), r.output)
		}
		at++
	}
}

func (r ran) ended(t *testing.T, code int, says string) {
	t.Helper()
	if r.code != code || !strings.Contains(r.output, says) {
		t.Errorf("exit %d, want %d, saying %q: %s", r.code, code, says, r.output)
	}
}
