package version

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// build makes the sample program with a template, as a release is built, and returns
// what it calls itself and what it knows its build by.
func build(t *testing.T, template string, flags ...string) (name, id string) {
	t.Helper()
	dir := t.TempDir()
	page, err := filepath.Abs("testdata/sample/page.html")
	if err != nil {
		t.Fatal(err)
	}
	changed := filepath.Join(dir, "page.html")
	overlay := filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {page: changed}})
	if err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string][]byte{changed: []byte(template), overlay: replace} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "sample")
	arguments := append([]string{"build", "-trimpath", "-buildvcs=false", "-overlay", overlay, "-o", program}, flags...)
	if out, err := exec.CommandContext(t.Context(), "go", append(arguments, "./testdata/sample")...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), program).Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(out), "\n")
	return lines[0], lines[1]
}

func TestBuild_DiffersWhereOneTemplateDoes(t *testing.T) {
	t.Parallel()
	for kind, flags := range map[string][]string{
		"as a release":            {"-ldflags=-s -w"},
		"stripped of Go's own id": {"-ldflags=-s -w -buildid="},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			name, id := build(t, "<p>new</p>", flags...)
			again, same := build(t, "<p>new</p>", flags...)
			other, otherID := build(t, "<p>now</p>", flags...)
			if id != same || name != again {
				t.Errorf("one program is two: %s (%s) and %s (%s)", name, id, again, same)
			}
			if id == otherID || name == other {
				t.Errorf("two programs are one: %s (%s)", name, id)
			}
		})
	}
}

func TestName_IsWhatTheLinkerWasGiven(t *testing.T) {
	t.Parallel()
	name, id := build(t, "<p>new</p>", "-ldflags=-X github.com/neoforge-dev/neoforge/app/version.given=v1.2.3")
	if name != "v1.2.3" || len(id) != 12 {
		t.Errorf("it calls itself %q and knows its build by %q", name, id)
	}
}

func TestName_SaysWhichBuildItIs(t *testing.T) {
	t.Parallel()
	info := func(version string, settings ...debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: version}, Settings: settings}
	}
	revision := debug.BuildSetting{Key: "vcs.revision", Value: "0123456789abcdef"}
	changed := debug.BuildSetting{Key: "vcs.modified", Value: "true"}
	for _, c := range []struct {
		given string
		info  *debug.BuildInfo
		want  string
	}{
		{"v2.0.0", info("(devel)", revision, changed), "v2.0.0"},
		{"", info("v0.0.1", revision), "0123456789ab"},
		{"", info("v0.0.1+dirty", revision, changed), "0123456789ab+b"},
		{"", info("v1.4.0"), "v1.4.0"},
		{"", info("v1.4.0+dirty"), "v1.4.0+b"},
		{"", info("(devel)"), "devel+b"},
		{"", info(""), "devel+b"},
	} {
		if have := name(c.given, c.info, "b"); have != c.want {
			t.Errorf("%q, %+v: it is called %q, want %q", c.given, c.info, have, c.want)
		}
	}
}
