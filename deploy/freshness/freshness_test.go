package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func date(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// old is a dependency that is so many days behind.
func old(t *testing.T, days int) dependency {
	released := date(t, "2026-01-01")
	return dependency{File: "go.mod", Name: "example.org/lib", Version: "v1.0.0", Released: released, Newest: "v1.1.0", NewestRelease: released.Add(time.Duration(days) * day)}
}

func TestReport_FailsWhatIsLeftBehindWithoutAGoodReason(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		found []dependency
		held  string
		fault string // empty: none
	}{
		"90 days are allowed":              {found: []dependency{old(t, 90)}},
		"91 days are not":                  {found: []dependency{old(t, 91)}, fault: "example.org/lib v1.0.0 is 91 days behind v1.1.0"},
		"a dated reason holds it":          {found: []dependency{old(t, 400)}, held: "example.org/lib 2026-11-01 v1.1.0 needs a newer Go"},
		"a reason of another does not":     {found: []dependency{old(t, 400)}, held: "example.org/lib/v2 2026-11-01 why", fault: "is 400 days behind"},
		"a reason grows old":               {found: []dependency{old(t, 400)}, held: "example.org/lib 2026-05-01 why", fault: "is of 2026-05-01"},
		"a reason to come":                 {found: []dependency{old(t, 400)}, held: "example.org/lib 2027-05-01 why", fault: "which is to come"},
		"a reason for what is up to date":  {found: []dependency{{File: "go.mod", Name: "example.org/lib", Version: "v1.1.0", Newest: "v1.1.0"}}, held: "example.org/lib 2026-11-01 why", fault: "remove its line"},
		"a reason for what could not be":   {found: []dependency{{File: "go.mod", Name: "example.org/lib", Unknown: "no network"}}, held: "example.org/lib 2026-11-01 why"},
		"what could not be checked passes": {found: []dependency{{File: "go.mod", Name: "example.org/lib", Unknown: "no network"}}},
		"a check that saw nothing":         {fault: "no dependency was found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			held, err := readHeld(strings.NewReader(c.held))
			if err != nil {
				t.Fatal(err)
			}
			err = report(io.Discard, c.found, held, date(t, "2026-11-26"))
			if c.fault == "" && err != nil {
				t.Errorf("report: %v, want none", err)
			}
			if c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)) {
				t.Errorf("report: %v, want %q", err, c.fault)
			}
		})
	}
}

func TestReport_NamesWhatItCouldNotCheck(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	found := []dependency{old(t, 1), {File: "web/package.json", Name: "lit", Unknown: "no network"}}
	if err := report(&out, found, nil, date(t, "2026-11-26")); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"not checked: lit in web/package.json (no network)", "1 direct dependencies checked, 1 not, 0 at fault"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, out.String())
		}
	}
}

func TestReadHeld_WantsNameDateAndReason(t *testing.T) {
	t.Parallel()
	for text, fault := range map[string]string{
		"example.org/lib 2026-01-02":             "line 1: write NAME DATE REASON",
		"\n# for people\nexample.org/lib soon x": `line 3: "soon" is not a date`,
		"a 2026-01-02 x\na 2026-01-02 y":         "line 2: a has a reason already",
	} {
		if _, err := readHeld(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("readHeld(%q): %v, want %q", text, err, fault)
		}
	}
	held, err := readHeld(strings.NewReader("# for people\n\nexample.org/lib  2026-01-02  needs a newer Go\n"))
	want := reason{Date: date(t, "2026-01-02"), Text: "needs a newer Go"}
	if err != nil || len(held) != 1 || held["example.org/lib"] != want {
		t.Errorf("readHeld: %v, %v; want %v", held, err, want)
	}
}

func TestHeldFile_CanBeRead(t *testing.T) {
	t.Parallel()
	file, err := os.Open(filepath.Base(heldFile))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := readHeld(file); err != nil {
		t.Error(err)
	}
}

func TestModFile_DirectCountsToolsAndNoFoldersOfTheProject(t *testing.T) {
	t.Parallel()
	var mod modFile
	text := `{"Require": [
		{"Path": "example.org/used", "Version": "v1.0.0"},
		{"Path": "example.org/tool", "Version": "v1.0.0", "Indirect": true},
		{"Path": "example.org/tool/sub", "Version": "v1.0.0", "Indirect": true},
		{"Path": "example.org/toolbox", "Version": "v1.0.0", "Indirect": true},
		{"Path": "example.org/own", "Version": "v0.0.0"}],
		"Tool": [{"Path": "example.org/tool/sub/cmd/x"}],
		"Replace": [{"Old": {"Path": "example.org/own"}, "New": {"Path": "../own"}}]}`
	if err := json.Unmarshal([]byte(text), &mod); err != nil {
		t.Fatal(err)
	}
	if got, want := mod.direct(), []string{"example.org/used", "example.org/tool/sub"}; !slices.Equal(got, want) {
		t.Errorf("direct: %v, want %v", got, want)
	}
}

func TestFromGo_KnowsUpdatesAndSaysWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	answer := `{"Path": "a", "Version": "v1.0.0", "Time": "2026-01-01T00:00:00Z", "Update": {"Path": "a", "Version": "v1.2.0", "Time": "2026-04-02T00:00:00Z"}}
		{"Path": "b", "Version": "v1.0.0"}
		{"Path": "c", "Version": "v1.0.0", "Error": {"Err": "no such host"}}
		{"Path": "d", "Version": "v1.0.0", "Update": {"Path": "d", "Version": "v1.2.0"}}`
	got := fromGo("go.mod", []string{"a", "b", "c", "d", "e"}, []byte(answer), nil)
	if a := got[0]; a.Newest != "v1.2.0" || a.behind() != 91*day || a.Unknown != "" {
		t.Errorf("a: %+v", a)
	}
	if b := got[1]; b.Newest != "v1.0.0" || b.Unknown != "" {
		t.Errorf("b: %+v", b)
	}
	for i, want := range map[int]string{2: "no such host", 3: "the date of a version is not known", 4: "go list says nothing of it"} {
		if got[i].Unknown != want {
			t.Errorf("%s: %q, want %q", got[i].Name, got[i].Unknown, want)
		}
	}
	for _, d := range fromGo("go.mod", []string{"a", "b"}, nil, errors.New("go list: no network")) {
		if d.Unknown != "go list: no network" {
			t.Errorf("without an answer %s is %+v", d.Name, d)
		}
	}
}

func TestFromNPM_KnowsUpdatesAndSaysWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	answer := []byte(`{"dist-tags.latest": "2.0.0", "time": {"1.0.0": "2026-01-01T00:00:00.000Z", "2.0.0": "2026-04-02T00:00:00.000Z"}}`)
	if d := fromNPM("lit", "1.0.0", answer, nil); d.Newest != "2.0.0" || d.behind() != 91*day || d.Unknown != "" {
		t.Errorf("1.0.0: %+v", d)
	}
	if d := fromNPM("lit", "2.0.0", answer, nil); d.Newest != d.Version || d.Unknown != "" {
		t.Errorf("2.0.0: %+v", d)
	}
	if d := fromNPM("lit", "^1.0.0", answer, nil); !strings.Contains(d.Unknown, "pinned exactly") {
		t.Errorf("a range: %+v", d)
	}
	if d := fromNPM("lit", "1.0.0", nil, errors.New("no network")); d.Unknown != "no network" {
		t.Errorf("without an answer: %+v", d)
	}
}

// Whoever has no network learns what was not checked, and is not stopped.
func TestDependencies_WithoutANetwork(t *testing.T) {
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("npm_config_registry", "http://127.0.0.1:9/")
	t.Setenv("npm_config_cache", t.TempDir())
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                  "module example.org/product\n\ngo 1.26\n\nrequire example.org/lib v1.0.0\n",
		"tools/go.mod":            "module example.org/product/tools\n\ngo 1.26\n\nrequire example.org/tool v1.0.0\n",
		"web/package.json":        `{"dependencies": {"lit": "3.3.3"}, "devDependencies": {"eslint": "10.15.0"}}`,
		"web/node_modules/go.mod": "module example.org/not/ours\n\ngo 1.26\n\nrequire example.org/other v1.0.0\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, err := dependencies(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range found {
		names = append(names, d.Name)
		if d.Unknown == "" {
			t.Errorf("%s counts as checked: %+v", d.Name, d)
		}
	}
	if want := []string{"example.org/lib", "example.org/tool", "eslint", "lit"}; !slices.Equal(names, want) {
		t.Errorf("found %v, want %v", names, want)
	}
	if err := report(io.Discard, found, nil, date(t, "2026-11-26")); err != nil {
		t.Errorf("without a network: %v", err)
	}
}
