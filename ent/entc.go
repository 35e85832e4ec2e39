//go:build ignore

// The generator of package ent; run by go generate ./ent/generate.go: of the folder, go would
// look into files of a type that was deleted meanwhile.
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
)

const pkg = "github.com/neoforge-dev/neoforge/ent"

// upserted are the types of which a row is inserted only when it is new, or else
// replaces the one that is there. For every other type the builders of such
// statements, a quarter of the generated code, would only be compiled.
var upserted = []string{
	"Account", "AuditEntry", "Author", "Avatar", "Credential", "InboxEntry", "Plan", "ResourceGrant", "Webhook",
}

func main() {
	before, err := generated()
	if err != nil {
		log.Fatalf("read package ent: %v", err)
	}
	if err := generate(); err != nil {
		// ent writes before it knows whether all of it can be made.
		if failed := restore(before); failed != nil {
			log.Printf("put package ent back: %v", failed)
		}
		log.Fatalf("generate package ent: %v", err)
	}
}

// generated reads what was generated before.
func generated() (map[string][]byte, error) {
	files := map[string][]byte{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == "schema":
			return fs.SkipDir
		case d.IsDir(), path == "entc.go", path == "generate.go":
			return nil
		}
		files[path], err = os.ReadFile(path)
		return err
	})
	return files, err
}

// restore makes what is generated what it was.
func restore(before map[string][]byte) error {
	now, err := generated()
	if err != nil {
		return err
	}
	for path := range now {
		if _, was := before[path]; !was {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	for path, text := range before {
		if bytes.Equal(text, now[path]) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func generate() error {
	return entc.Generate("./schema", &gen.Config{
		Target:  ".",
		Package: pkg,
		Features: []gen.Feature{
			gen.FeatureUpsert, // insert on conflict, for the types below
			gen.FeatureLock,   // select for update, where a rule counts rows
		},
		Hooks: []gen.Hook{withFewUpserts, withoutMigrate, withUniqueIndexes},
	})
}

// withFewUpserts leaves OnConflict to the types that use it.
func withFewUpserts(next gen.Generator) gen.Generator {
	return gen.GenerateFunc(func(g *gen.Graph) error {
		for _, name := range upserted {
			if !slices.ContainsFunc(g.Nodes, func(n *gen.Type) bool { return n.Name == name }) {
				return fmt.Errorf("no type %s, whose rows would be upserted", name)
			}
		}
		for _, n := range g.Nodes {
			if slices.Contains(upserted, n.Name) {
				continue
			}
			c := *n.Config
			c.Features = slices.DeleteFunc(slices.Clone(c.Features), func(f gen.Feature) bool {
				return f.Name == gen.FeatureUpsert.Name
			})
			n.Config = &c
		}
		return next.Generate(g)
	})
}

// withoutMigrate takes the client's Schema away, and package enttest, which needs
// it. Versioned migrations make the tables; through this field the program would
// carry, and a first build compile, an engine that plans them.
func withoutMigrate(next gen.Generator) gen.Generator {
	return gen.GenerateFunc(func(g *gen.Graph) error {
		if err := next.Generate(g); err != nil {
			return err
		}
		if err := os.RemoveAll("enttest"); err != nil {
			return err
		}
		const file = "client.go"
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		for _, part := range []string{
			"\t\"" + pkg + "/migrate\"\n\n",
			"\t// Schema is the client for creating, migrating and dropping schema.\n\tSchema *migrate.Schema\n",
			"\tc.Schema = migrate.NewSchema(c.driver)\n",
		} {
			if !bytes.Contains(text, []byte(part)) {
				return fmt.Errorf("%s has no %q to take away", file, part)
			}
			text = bytes.Replace(text, []byte(part), nil, 1)
		}
		return os.WriteFile(file, text, 0o644)
	})
}

// withUniqueIndexes writes what SQLite's errors about unique indexes leave out: the
// index's name, that of a primary key as well. Package migrate knows it too, and brings that engine along.
func withUniqueIndexes(next gen.Generator) gen.Generator {
	return gen.GenerateFunc(func(g *gen.Graph) error {
		if err := next.Generate(g); err != nil {
			return err
		}
		tables, err := g.Tables()
		if err != nil {
			return err
		}
		var lines []string
		for _, t := range tables {
			if len(t.PrimaryKey) == 1 { // as Postgres names its index
				lines = append(lines, fmt.Sprintf("\t%q: %q,\n", t.Name+"."+t.PrimaryKey[0].Name, t.Name+"_pkey"))
			}
			for _, index := range t.Indexes {
				if !index.Unique {
					continue
				}
				columns := make([]string, len(index.Columns))
				for i, c := range index.Columns {
					columns[i] = t.Name + "." + c.Name
				}
				lines = append(lines, fmt.Sprintf("\t%q: %q,\n", strings.Join(columns, ", "), index.Name))
			}
		}
		slices.Sort(lines)
		text, err := format.Source([]byte("// Code generated by ent/entc.go, DO NOT EDIT.\n\npackage ent\n\n" +
			"// UniqueIndexes names the unique index over columns, written as SQLite writes\n// them in an error.\n" +
			"var UniqueIndexes = map[string]string{\n" + strings.Join(lines, "") + "}\n"))
		if err != nil {
			return err
		}
		return os.WriteFile("uniqueindexes.go", text, 0o644)
	})
}
