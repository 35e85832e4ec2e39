package main

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestRules_ExceptWhatIsCalledFromElsewhere(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		file, name       string
		exempt, fortests bool
	}{
		{"ent/contentent/schema/content.go", "Post.Fields", true, false},
		{"ent/columns/columns.go", "ID", true, false},
		{"ent/builder/errors.go", "IsNotSingular", false, true},
		{"ent/builder/errors.go", "describe", false, false},
		{"ports/clock/clock.go", "At.Now", false, true},
		{"ports/clock/clock.go", "at.Now", false, false},
		{"app/wire/contract.go", "Build5", false, true},
		{"app/wire/application.go", "Application.Modules", false, false},
		{"app/config/config.go", "FromEnvironment", false, false},
		{"modules/content/contenttest/suite.go", "RunStores", false, true},
		{"modules/content/contentapp/latest.go", "Latest", false, false},
		{"tests/harness/main.go", "Main", false, true},
	} {
		f := function{File: tc.file, Name: tc.name}
		if exempt(f) != tc.exempt || testsMay(f) != tc.fortests {
			t.Errorf("%s in %s: exempt %t, for tests %t", tc.name, tc.file, exempt(f), testsMay(f))
		}
	}
}

func TestRules_BelieveWhatAFunctionSaysOfItself(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	source := "package x\n\n// A returns the names. Tests alone\n// call it, to hold the routes against them.\nfunc A() {}\n\n// B does not.\nfunc B() {}\n\nfunc C() {}\n"
	if err := os.WriteFile(filepath.Join(root, "x.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[int]bool{5: true, 8: false, 10: false} {
		if have, err := saidForTests(root, function{"x.go", line, "x"}); err != nil || have != want {
			t.Errorf("line %d: %t, %v", line, have, err)
		}
	}
	if _, err := saidForTests(root, function{"gone.go", 1, "x"}); err == nil {
		t.Error("a file that is not there was believed")
	}
}

func TestRead_TakesTheAnswerApart(t *testing.T) {
	t.Parallel()
	answer := `[{"Name":"wire","Path":"example.org/app/wire","Funcs":[
		{"Name":"Build2","Position":{"File":"app/wire/contract.go","Line":89,"Col":6},"Generated":false},
		{"Name":"Application.Roles","Position":{"File":"/src/app/wire/application.go","Line":436,"Col":23},"Generated":false}]}]`
	have, err := read([]byte(answer), "/src")
	want := []function{{"app/wire/contract.go", 89, "Build2"}, {"app/wire/application.go", 436, "Application.Roles"}}
	if err != nil || !reflect.DeepEqual(have, want) {
		t.Errorf("%v, %v", have, err)
	}
	if none, err := read([]byte("null"), "/src"); err != nil || len(none) > 0 {
		t.Errorf("nothing dead: %v, %v", none, err)
	}
	if _, err := read([]byte("deadcode: no main packages"), "/src"); err == nil {
		t.Error("what is no answer was read as one")
	}
}
