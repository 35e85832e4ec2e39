package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const sample = `version: "3"
vars:
  TOOL: echo {{.WORD}}
  WORD: made of variables
set: [errexit, pipefail]
tasks:
  default:
    cmds: ["{{.TOOL}}"]
    silent: true
  say:
    desc: Say what it is given
    env: {TONE: low}
    cmds:
      - echo "$TONE"
      - cmd: printf '<%s>' {{.CLI_ARGS}}
  fails:
    desc: Fail in the middle
    cmds: ["false | cat", "echo not reached"]
`

func taskRun(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), args, strings.NewReader(""), &out, &bytes.Buffer{})
	return out.String(), err
}

// It runs in a folder below the one of the file, so it does not run in parallel.
func TestRun_DoesWhatTheFileSays(t *testing.T) {
	root := t.TempDir()
	below := filepath.Join(root, "a", "b")
	if err := os.MkdirAll(below, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "Taskfile.yml"), []byte(sample), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(below)
	for _, tc := range []struct {
		args []string
		want string
	}{
		{nil, "made of variables\n"},
		{[]string{"say", "--", "two words", "it's"}, "low\n<two words><it's>"},
		{[]string{"--list"}, "* fails:  Fail in the middle\n* say:    Say what it is given\n"},
	} {
		if have, err := taskRun(t, tc.args...); err != nil || have != tc.want {
			t.Errorf("task %q: have %q, %v, want %q", tc.args, have, err, tc.want)
		}
	}
	if out, err := taskRun(t, "fails"); err == nil || out != "" {
		t.Errorf("a pipe that fails: %q, %v", out, err)
	}
	if _, err := taskRun(t, "sa"); err == nil || !strings.Contains(err.Error(), `did you mean "say"?`) {
		t.Errorf("an unknown task: %v", err)
	}
	if err := os.WriteFile(filepath.Join(root, "Taskfile.yml"), []byte(sample+"    deps: [say]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := taskRun(t, "say"); err == nil || !strings.Contains(err.Error(), "deps") {
		t.Errorf("a key that is not known: %v", err)
	}
}

func TestRead_KnowsAllOfTheProjectsFile(t *testing.T) {
	t.Parallel()
	tasks, err := read("../../Taskfile.yml")
	if err != nil {
		t.Fatal(err)
	}
	for name, task := range tasks.Tasks {
		for _, c := range task.Cmds {
			if line, err := expand(c.Cmd, map[string]string{"TOOL": tasks.Vars["TOOL"], "CLI_ARGS": ""}); err != nil || line == "" {
				t.Errorf("%s: %q, %v", name, line, err)
			}
		}
	}
}

// It changes the path that programs are found on, so it does not run in parallel.
func TestTest_SaysAtTheEndWhatWasSkipped(t *testing.T) {
	for _, tc := range []struct{ does, want, fails string }{
		{`echo "skipped 1: no Docker engine" >>"$NEOFORGE_SKIP_REPORT"; echo "ok $*"`, "ok test ./... -count=1\nskipped 1: no Docker engine\n", ""},
		{`echo "skipped 1: no Docker engine" >>"$NEOFORGE_SKIP_REPORT"; exit 3`, "skipped 1: no Docker engine\n", "exit status 3"},
		{"exit 3", "", "exit status 3"},
		{"exit 0", "", ""},
	} {
		bin := t.TempDir()
		if err := os.WriteFile(filepath.Join(bin, "go"), []byte("#!/bin/sh\n"+tc.does+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
		out, err := taskRun(t, "test", "--", "-count=1")
		if out != tc.want || (err != nil) != (tc.fails != "") || err != nil && !strings.Contains(err.Error(), tc.fails) {
			t.Errorf("%s: have %q, %v", tc.does, out, err)
		}
	}
}
