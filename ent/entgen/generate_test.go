package entgen

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// outside is a module of somebody else that uses the generator.
type outside struct{ dir, generator string }

func newOutside(t *testing.T) outside {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	o := outside{dir: t.TempDir()}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	const module = "github.com/neoforge-dev/neoforge"
	o.write(t, "go.mod", strings.Replace(string(mod), "module "+module, "module example.com/product", 1)+
		"\nrequire "+module+" v0.0.0\nreplace "+module+" => "+root+"\n")
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	o.write(t, "go.sum", string(sum))
	o.write(t, "ent/schema/notice.go", noticeSchema)
	o.write(t, "ent/schema/reply.go", replySchema)
	o.generator = filepath.Join(o.dir, "generate")
	if out, err := o.run(t, "go", "build", "-o", o.generator, module+"/ent/generate"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return o
}

func (o outside) write(t *testing.T, file, text string) {
	t.Helper()
	file = filepath.Join(o.dir, file)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (o outside) run(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = o.dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (o outside) generate(t *testing.T) (string, error) {
	t.Helper()
	return o.run(t, o.generator, "-schema", "./ent/schema", "-target", "./ent")
}

// builds generates and compiles what was generated.
func (o outside) builds(t *testing.T) {
	t.Helper()
	if out, err := o.generate(t); err != nil {
		t.Fatalf("generate: %v\n%s", err, out)
	}
	if out, err := o.run(t, "go", "vet", "./ent/..."); err != nil {
		t.Fatalf("what was generated does not compile: %v\n%s", err, out)
	}
}

const (
	noticeSchema = `package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"

	"github.com/neoforge-dev/neoforge/ent/columns"
)

type Notice struct{ ent.Schema }

func (Notice) Annotations() []schema.Annotation { return columns.Table("notices_notices") }

func (Notice) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		field.String("title"),
		field.Int("position").Default(7),
		field.Float("weight").Optional(),
		field.JSON("labels", map[string]string{}).Optional(),
	}
}

func (Notice) Edges() []ent.Edge {
	return []ent.Edge{edge.To("replies", Reply.Type).Annotations(columns.CascadeDelete())}
}
`
	replySchema = `package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"

	"github.com/neoforge-dev/neoforge/ent/columns"
)

type Reply struct{ ent.Schema }

func (Reply) Annotations() []schema.Annotation { return columns.Table("notices_replies") }

func (Reply) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.OptionalReference("notice_id"),
		field.String("text").Sensitive(),
	}
}

func (Reply) Edges() []ent.Edge {
	return []ent.Edge{edge.From("notice", Notice.Type).Ref("replies").Field("notice_id").Unique().Immutable()}
}
`
	aloneSchema = `package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"

	"github.com/neoforge-dev/neoforge/ent/columns"
)

type Notice struct{ ent.Schema }

func (Notice) Annotations() []schema.Annotation { return columns.Table("notices_notices") }

func (Notice) Fields() []ent.Field { return []ent.Field{columns.ID(), field.String("title")} }
`
)

func TestGenerate_SucceedsAtOnceWhenATypeIsDeleted(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	o.builds(t)
	if err := os.Remove(filepath.Join(o.dir, "ent/schema/reply.go")); err != nil {
		t.Fatal(err)
	}
	o.write(t, "ent/schema/notice.go", aloneSchema)
	o.builds(t)
	for _, file := range []string{"ent/reply.go", "ent/reply"} {
		if _, err := os.Stat(filepath.Join(o.dir, file)); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", file, err)
		}
	}
}

func TestGenerate_LeavesWhatThereIsWhenItCannotMakeAll(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	o.builds(t)
	before := o.generated(t)
	faults := map[string]struct{ schema, says string }{
		"text that is no Go": {noticeSchema + "\nfunc (", "notice.go:"},
		"a name that is not there": {
			strings.Replace(noticeSchema, `field.Int("position")`, `field.Intt("position")`, 1), "notice.go:",
		},
		"an enum": {
			strings.Replace(noticeSchema, `field.String("title")`, `field.Enum("title").Values("a", "b")`, 1),
			"Notice.title: enums are not supported",
		},
		"a validator": {
			strings.Replace(noticeSchema, `field.String("title")`, `field.String("title").NotEmpty()`, 1),
			"Notice.title: validators are not supported",
		},
		"an edge of many to many": {
			strings.Replace(noticeSchema, `return []ent.Edge{edge.To("replies"`, `return []ent.Edge{edge.To("others", Notice.Type), edge.To("replies"`, 1),
			"Notice.others: edges of many to many are not supported",
		},
	}
	for name, f := range faults {
		o.write(t, "ent/schema/notice.go", f.schema)
		out, err := o.generate(t)
		if err == nil || !strings.Contains(out, f.says) {
			t.Errorf("%s: have %v and %q, want %q in it", name, err, out, f.says)
		}
		if after := o.generated(t); after != before {
			t.Errorf("%s: what was generated before has changed", name)
		}
	}
}

// generated is the text of every generated file.
func (o outside) generated(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	files(t, filepath.Join(o.dir, "ent"), func(file string) {
		if strings.HasPrefix(file, "schema/") {
			return
		}
		text, err := os.ReadFile(filepath.Join(o.dir, "ent", file))
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(file + "\n" + string(text))
	})
	return all.String()
}
