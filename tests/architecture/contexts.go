package architecture

import (
	"fmt"
	"go/ast"
	"regexp"
	"slices"
	"strings"
)

// contextsOf are the names of the modules that the tree has.
func contextsOf(files []File) []string {
	var out []string
	for _, f := range files {
		if f.Layer() != LayerModule {
			continue
		}
		if name := strings.Split(f.Path, "/")[1]; !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// contextOf is the context that a folder is named for: "content" for
// adapters/fiberhttp/contenthttp, adapters/entstore/contentstore and
// web/pages/contentpages. It is empty for what belongs to none.
func contextOf(folder string, contexts []string) string {
	for part := range strings.SplitSeq(folder, "/") {
		for _, kind := range []string{"", "app", "config", "http", "pages", "port", "store", "test", "ent"} {
			if name, ok := strings.CutSuffix(part, kind); ok && slices.Contains(contexts, name) {
				return name
			}
		}
	}
	return ""
}

// AdaptersKnowOneModule checks that an adapter imports one module at the most: the one
// it is named for, where it is. What it needs to know of another is that one's contract
// in ports/. The edge knows identity, whose actors it lets in. The same goes for the pages
// of a context: what two show is in pages of no context.
func AdaptersKnowOneModule(files []File) []Violation {
	contexts := contextsOf(files)
	var out []Violation
	known := map[string]string{}
	for _, f := range files {
		if f.IsTest() || f.Layer() != LayerAdapter && f.Layer() != LayerWeb {
			continue
		}
		own := contextOf(f.Folder(), contexts)
		if own == "" {
			own = known[f.Folder()]
		}
		for _, imp := range f.Imports {
			target, ok := local(imp)
			other := contextOf(target, contexts)
			switch {
			case !ok || other == "" || !within(target, "modules") && !within(target, "adapters") && !within(target, "web"):
			case own == "":
				own, known[f.Folder()] = other, other
			case own != other:
				out = append(out, Violation{f.Path, fmt.Sprintf("is of %s and imports %s of %s: contexts meet through ports only", own, target, other)})
			}
		}
	}
	return out
}

// StoresKeepToTheirTables checks that the tables of a context, which are generated into
// ent/<context>ent, are known to its own store alone.
func StoresKeepToTheirTables(files []File) []Violation {
	var out []Violation
	for _, f := range files {
		if f.IsTest() {
			continue
		}
		for _, imp := range f.Imports {
			target, _ := local(imp)
			m := contextTables.FindStringSubmatch(target)
			if m == nil || within(f.Folder(), m[1]) || within(f.Folder(), "adapters/entstore/"+storeOf(m[2])) {
				continue
			}
			out = append(out, Violation{f.Path, fmt.Sprintf("imports %s, tables of %s", imp, m[2])})
		}
	}
	return out
}

var contextTables = regexp.MustCompile(`^(ent/([a-z]+)ent)(/|$)`)

// storeOf names the folder of a context's store.
func storeOf(context string) string {
	if context == "platform" {
		return "eventstore"
	}
	return context + "store"
}

// StoresHideTheirQueries checks that no store hands its tables on: a client, a query or
// a row in what it exports would let another package ask without importing ent.
func StoresHideTheirQueries(files []File) []Violation {
	var out []Violation
	for _, f := range files {
		if f.IsTest() || !within(f.Folder(), "adapters/entstore") {
			continue
		}
		names := map[string]string{} // of the file's imports of tables
		for _, spec := range f.Syntax.Imports {
			imp := strings.Trim(spec.Path.Value, `"`)
			if target, _ := local(imp); contextTables.MatchString(target) {
				name := imp[strings.LastIndex(imp, "/")+1:]
				if spec.Name != nil {
					name = spec.Name.Name
				}
				names[name] = imp
			}
		}
		if len(names) == 0 {
			continue
		}
		for what, of := range exported(f.Syntax) {
			for _, part := range of {
				ast.Inspect(part, func(n ast.Node) bool {
					s, ok := n.(*ast.SelectorExpr)
					if !ok {
						return true
					}
					if on, ok := s.X.(*ast.Ident); ok && names[on.Name] != "" {
						out = append(out, Violation{f.Path, fmt.Sprintf("%s hands %s.%s on, which only this store may ask", what, on.Name, s.Sel.Name)})
					}
					return true
				})
			}
		}
	}
	sortViolations(out)
	return out
}

// exported are the types that a file's exported names speak, by the name.
func exported(file *ast.File) map[string][]ast.Node {
	out := map[string][]ast.Node{}
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && (d.Recv == nil || exportedType(d.Recv.List[0].Type)) {
				out[d.Name.Name] = append(out[d.Name.Name], d.Type)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					if !s.Name.IsExported() {
						continue
					}
					fields, ok := s.Type.(*ast.StructType)
					if !ok {
						out[s.Name.Name] = append(out[s.Name.Name], s.Type)
						continue
					}
					for _, field := range fields.Fields.List {
						if len(field.Names) == 0 || slices.ContainsFunc(field.Names, (*ast.Ident).IsExported) {
							out[s.Name.Name] = append(out[s.Name.Name], field.Type)
						}
					}
				case *ast.ValueSpec:
					if slices.ContainsFunc(s.Names, (*ast.Ident).IsExported) {
						if s.Type != nil {
							out[s.Names[0].Name] = append(out[s.Names[0].Name], s.Type)
						}
						for _, v := range s.Values {
							out[s.Names[0].Name] = append(out[s.Names[0].Name], v)
						}
					}
				}
			}
		}
	}
	return out
}

func exportedType(receiver ast.Expr) bool {
	switch t := receiver.(type) {
	case *ast.StarExpr:
		return exportedType(t.X)
	case *ast.IndexExpr:
		return exportedType(t.X)
	case *ast.Ident:
		return t.IsExported()
	}
	return true
}
