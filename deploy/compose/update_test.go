package compose_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docker writes down how it was called, knows the images that are named in a file, and
// fails at what a pattern matches.
const docker = `#!/bin/sh
echo "$*" >>"$RECORD"
case "$*" in
"image inspect "*) grep -qx "$3" "$IMAGES"; exit ;;
"tag "*) echo "$3" >>"$IMAGES" ;;
"build "*) echo neoforge:next >>"$IMAGES" ;;
*"exec -T postgres"*) echo "a dump" ;;
esac
count=$(grep -cFx -- "$*" "$RECORD")
if [ -n "$FAIL" ] && [ "$count" = 1 ] && echo "$*" | grep -q -- "$FAIL"; then exit 1; fi
`

// update runs the script on a machine whose docker only writes down, and returns
// its calls but for those that look which images there are.
func update(t *testing.T, images []string, fail string, args ...string) (calls []string, dumps []string, output string, code int) {
	t.Helper()
	return run(t, "update", images, fail, args...)
}

func run(t *testing.T, script string, images []string, fail string, args ...string) (calls []string, dumps []string, output string, code int) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"bin/docker": docker, "images": strings.Join(images, "\n") + "\n", "record": ""} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	script, err := filepath.Abs(script)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(script, args...)
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"), "FAIL="+fail,
		"RECORD="+filepath.Join(dir, "record"), "IMAGES="+filepath.Join(dir, "images"), "BACKUP_DIR="+filepath.Join(dir, "backups"))
	out, err := cmd.CombinedOutput()
	var exited *exec.ExitError
	switch {
	case errors.As(err, &exited):
		code = exited.ExitCode()
	case err != nil:
		t.Fatal(err)
	}
	record, err := os.ReadFile(filepath.Join(dir, "record"))
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range strings.Split(strings.TrimSpace(string(record)), "\n") {
		if call != "" && !strings.HasPrefix(call, "image inspect") {
			calls = append(calls, strings.TrimPrefix(call, "compose -f compose.yaml "))
		}
	}
	dumps, err = filepath.Glob(filepath.Join(dir, "backups", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return calls, dumps, string(out), code
}

const (
	dumped   = "exec -T postgres pg_dump -U neoforge -Fc neoforge"
	built    = "build --build-arg VERSION=v1.2.3 -t neoforge:next ../.."
	kept     = "tag neoforge:local neoforge:previous"
	taken    = "tag neoforge:next neoforge:local"
	putBack  = "tag neoforge:previous neoforge:local"
	migrated = "run --rm --no-deps migrate"
	first    = "up -d --no-deps --no-build --wait web-1"
	second   = "up -d --no-deps --no-build --wait web-2"
)

func TestUpdate_ReplacesOneReplicaAfterTheOther(t *testing.T) {
	t.Parallel()
	running := []string{"neoforge:local"}
	logs := func(replica string) string { return "logs --tail 50 " + replica }
	for name, row := range map[string]struct {
		images []string
		fail   string
		args   []string
		want   []string
		code   int
		dumps  int
	}{
		"it goes well":        {running, "", []string{"v1.2.3"}, []string{dumped, built, kept, taken, migrated, first, second}, 0, 1},
		"for the first time":  {nil, "", []string{"v1.2.3"}, []string{dumped, built, taken, migrated, first, second}, 0, 1},
		"there is no dump":    {running, "pg_dump", []string{"v1.2.3"}, []string{dumped}, 1, 0},
		"the build fails":     {running, "^build", []string{"v1.2.3"}, []string{dumped, built}, 1, 1},
		"the migrations fail": {running, " migrate$", []string{"v1.2.3"}, []string{dumped, built, kept, taken, migrated, putBack}, 1, 1},
		"the first replica is not healthy": {
			running, "--wait web-1", []string{"v1.2.3"},
			[]string{dumped, built, kept, taken, migrated, first, logs("web-1"), putBack, first}, 1, 1,
		},
		"the second replica is not healthy": {
			running, "--wait web-2", []string{"v1.2.3"},
			[]string{dumped, built, kept, taken, migrated, first, second, logs("web-2"), putBack, second, first}, 1, 1,
		},
		"it is taken back":             {append(running, "neoforge:previous"), "", []string{"--rollback"}, []string{putBack, first, second}, 0, 0},
		"nothing can be put back":      {running, "", []string{"--rollback"}, nil, 1, 0},
		"going back is not healthy":    {append(running, "neoforge:previous"), "--wait web-1", []string{"--rollback"}, []string{putBack, first}, 1, 0},
		"a word that it does not know": {running, "", []string{"--force"}, nil, 2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls, dumps, output, code := update(t, row.images, row.fail, row.args...)
			if !slices.Equal(calls, row.want) {
				t.Errorf("docker was called\n%s\nwant\n%s", strings.Join(calls, "\n"), strings.Join(row.want, "\n"))
			}
			if code != row.code || !strings.Contains(output, "update: ") && name != "the build fails" {
				t.Errorf("exit %d, want %d; it said %q", code, row.code, output)
			}
			if len(dumps) != row.dumps {
				t.Errorf("the dumps are %q", dumps)
			}
			for _, dump := range dumps {
				text, err := os.ReadFile(dump)
				if err != nil || string(text) != "a dump\n" || !strings.HasSuffix(dump, ".dump") {
					t.Errorf("%s holds %q, %v", dump, text, err)
				}
				if info, err := os.Stat(dump); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%s may be read by others: %v, %v", dump, info, err)
				}
			}
		})
	}
}

// TestUpdate_NamesEveryReplica: one that it does not know would run the old program on.
func TestUpdate_NamesEveryReplica(t *testing.T) {
	t.Parallel()
	found := func(name, pattern string) []string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
			out = append(out, strings.Fields(strings.ReplaceAll(match[1], ":8080", ""))...)
		}
		return out
	}
	want := found("compose.yaml", `(?m)^  ([a-z0-9-]+): \*replica$`)
	if len(want) < 2 {
		t.Fatalf("compose.yaml has the replicas %q", want)
	}
	for name, pattern := range map[string]string{"update": `(?m)^replicas="(.*)"$`, "Caddyfile": `reverse_proxy (.*) \{`} {
		if have := found(name, pattern); !slices.Equal(have, want) {
			t.Errorf("%s names %q, compose.yaml has %q", name, have, want)
		}
	}
}
