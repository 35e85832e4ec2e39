package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const notice = `package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
)

// Notice is deleted again.
type Notice struct{ ent.Schema }

// Annotations of Notice.
func (Notice) Annotations() []schema.Annotation { return table("platform_notices") }

// Fields of Notice.
func (Notice) Fields() []ent.Field { return []ent.Field{id()} }

// Edges of Notice.
func (Notice) Edges() []ent.Edge { return []ent.Edge{EDGES} }
`

// TestGenerate_SucceedsAtOnceAndLeavesWhatItCannotMake runs what go generate
// ./ent/generate.go runs, on a copy of package ent.
func TestGenerate_SucceedsAtOnceAndLeavesWhatItCannotMake(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	ent := filepath.Join(root, "ent")
	if err := os.CopyFS(ent, os.DirFS("../../ent")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(ent, "schema", "notice.go")
	write := func(edges, end string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(strings.Replace(notice, "EDGES", edges, 1)+end), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	generate := func() (string, error) {
		cmd := exec.CommandContext(t.Context(), "go", "run", "entc.go")
		cmd.Dir = ent
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	mustGenerate := func() {
		t.Helper()
		if out, err := generate(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	before := filesOf(t, ent)

	write("", "\nvar _ = edge.To\n")
	mustGenerate()
	whole := filesOf(t, ent)
	if whole["notice_create.go"] == "" {
		t.Fatal("nothing was generated for the new type")
	}
	for _, fault := range []struct{ edges, end, says string }{
		{"", "\nthis is no Go\n", "notice.go:21:1"},
		{"", "\nvar _ = edge.None\n", "notice.go:21"},
		{`edge.To("nobody", Nobody.Type)`, "", "notice.go:19"},
	} {
		write(fault.edges, fault.end)
		out, err := generate()
		if err == nil || !strings.Contains(out, fault.says) {
			t.Errorf("%v does not name %s:\n%s", err, fault.says, out)
		}
		whole["schema/notice.go"] = filesOf(t, ent)["schema/notice.go"]
		sameFiles(t, filesOf(t, ent), whole)
	}
	// The last step fails, when nearly all of it is written.
	program, err := os.ReadFile(filepath.Join(ent, "entc.go"))
	if err != nil {
		t.Fatal(err)
	}
	write("", "\nvar _ = edge.From\n")
	setProgram := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(ent, "entc.go"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	setProgram(strings.Replace(string(program), `const file = "client.go"`, `const file = "absent.go"`, 1))
	if err := os.RemoveAll(filepath.Join(ent, "notice")); err != nil {
		t.Fatal(err)
	}
	delete(whole, "notice/notice.go")
	delete(whole, "notice/where.go")
	if out, err := generate(); err == nil || !strings.Contains(out, "absent.go") {
		t.Errorf("have %v\n%s", err, out)
	}
	setProgram(string(program))
	whole["schema/notice.go"] = filesOf(t, ent)["schema/notice.go"]
	sameFiles(t, filesOf(t, ent), whole)

	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	mustGenerate() // although its files are there, which no longer compile
	sameFiles(t, filesOf(t, ent), before)
}

func filesOf(t *testing.T, root string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		out[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func sameFiles(t *testing.T, have, want map[string]string) {
	t.Helper()
	for name, text := range want {
		if other, there := have[name]; !there || other != text {
			t.Errorf("%s is not as it was (there: %t)", name, there)
		}
	}
	for name := range have {
		if _, there := want[name]; !there {
			t.Errorf("%s was not there", name)
		}
	}
}
