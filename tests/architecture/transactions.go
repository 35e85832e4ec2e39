package architecture

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
)

// insideAUnitOfWork are the ports that may be called while a transaction is open: they
// compute, and ask nobody. Any other would keep the transaction's locks for as long as a
// server takes to answer, or ask for a second connection while the first waits.
var insideAUnitOfWork = []string{
	"clock.Clock", "idgen.Generator",
	// Of identity: ciphers, codes and signatures that are checked in memory.
	"identity.Sealer", "identity.TimeCodes", "identity.PasskeyCeremonies",
	// Of content: Markdown.
	"content.Renderer",
}

// UnitsOfWorkAskNobody checks the use cases: in what a unit of work runs, and in the
// functions of the package that it calls, none of the ports is named that a use case was
// given, but those that only compute. The stores of the transaction are the function's
// parameter and are not meant.
func UnitsOfWorkAskNobody(files []File) []Violation {
	var out []Violation
	for _, pkg := range packagesOf(files) {
		out = append(out, pkg.asked()...)
	}
	sortViolations(out)
	return slices.Compact(out)
}

// useCases is one package of a module.
type useCases struct {
	files     []File
	ports     map[string]string          // type of each field that holds a port, by the field's name
	functions map[string][]*ast.FuncDecl // and methods, by name
	where     map[*ast.FuncDecl]string   // their file
}

func packagesOf(files []File) []*useCases {
	by := map[string]*useCases{}
	var order []string
	for _, f := range files {
		if f.IsTest() || f.Layer() != LayerModule || strings.Count(f.Folder(), "/") < 2 {
			continue
		}
		pkg := by[f.Folder()]
		if pkg == nil {
			pkg = &useCases{ports: map[string]string{}, functions: map[string][]*ast.FuncDecl{}, where: map[*ast.FuncDecl]string{}}
			by[f.Folder()], order = pkg, append(order, f.Folder())
		}
		pkg.files = append(pkg.files, f)
	}
	interfaces := interfacesOf(files)
	var out []*useCases
	for _, folder := range order {
		pkg := by[folder]
		for _, f := range pkg.files {
			pkg.read(f, interfaces)
		}
		out = append(out, pkg)
	}
	return out
}

// interfacesOf are the interfaces of modules and ports, as others write them:
// "cache.Cache".
func interfacesOf(files []File) map[string]bool {
	out := map[string]bool{}
	for _, f := range files {
		if f.IsTest() || f.Layer() != LayerModule && f.Layer() != LayerPort {
			continue
		}
		for _, decl := range f.Syntax.Decls {
			d, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range d.Specs {
				if s, ok := spec.(*ast.TypeSpec); ok {
					if _, ok := s.Type.(*ast.InterfaceType); ok {
						out[path.Base(f.Folder())+"."+s.Name.Name] = true
					}
				}
			}
		}
	}
	return out
}

func (u *useCases) read(f File, interfaces map[string]bool) {
	own := path.Base(f.Folder())
	for _, decl := range f.Syntax.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Body != nil {
				u.functions[d.Name.Name] = append(u.functions[d.Name.Name], d)
				u.where[d] = f.Path
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				s, ok := spec.(*ast.TypeSpec)
				if !ok {
					continue
				}
				fields, ok := s.Type.(*ast.StructType)
				if !ok {
					continue
				}
				for _, field := range fields.Fields.List {
					if of := portOf(field.Type, own, interfaces); of != "" {
						for _, name := range field.Names {
							u.ports[name.Name] = of
						}
					}
				}
			}
		}
	}
}

// portOf is the interface that a field holds, one or many of; empty where it may be used
// in a transaction.
func portOf(t ast.Expr, own string, interfaces map[string]bool) string {
	name := ""
	switch t := t.(type) {
	case *ast.SelectorExpr:
		if pkg, ok := t.X.(*ast.Ident); ok {
			name = pkg.Name + "." + t.Sel.Name
		}
	case *ast.Ident:
		name = own + "." + t.Name
	case *ast.ArrayType:
		return portOf(t.Elt, own, interfaces)
	case *ast.MapType:
		return portOf(t.Value, own, interfaces)
	}
	if !interfaces[name] || slices.Contains(insideAUnitOfWork, name) {
		return ""
	}
	return name
}

// asked finds what is named inside the units of work.
func (u *useCases) asked() []Violation {
	var out []Violation
	for function, path := range u.where {
		ast.Inspect(function.Body, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if s, ok := call.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Do" && len(call.Args) == 2 {
				u.followValue(call.Args[1], function, func(where *ast.FuncDecl, through []string, port string) {
					by := ""
					if len(through) > 0 {
						by = ", by way of " + strings.Join(through, " and ")
					}
					out = append(out, Violation{u.where[where], fmt.Sprintf("%s asks %s inside a unit of work of %s%s", where.Name.Name, port, path[strings.LastIndex(path, "/")+1:], by)})
				})
			}
			return true
		})
	}
	return out
}

// followValue follows what a unit of work runs: a function in place, or one by its name.
func (u *useCases) followValue(run ast.Expr, of *ast.FuncDecl, found func(where *ast.FuncDecl, through []string, port string)) {
	switch run.(type) {
	case *ast.Ident, *ast.SelectorExpr:
		run = &ast.CallExpr{Fun: run}
	}
	u.follow(run, of, nil, found)
}

// follow looks at what a function has between its braces, or hands to a unit of work, and
// at those of the package that it calls.
func (u *useCases) follow(body ast.Node, of *ast.FuncDecl, through []string, found func(where *ast.FuncDecl, through []string, port string)) {
	receiver := ""
	if of.Recv != nil && len(of.Recv.List[0].Names) > 0 {
		receiver = of.Recv.List[0].Names[0].Name
	}
	held := map[string]string{} // variables that hold one of several ports, by name
	harmless := map[ast.Node]bool{}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if index, ok := n.Rhs[0].(*ast.IndexExpr); ok {
				u.hold(held, n.Lhs[0], index.X, receiver)
				harmless[index.X] = true
			}
		case *ast.RangeStmt:
			if n.Value != nil {
				u.hold(held, n.Value, n.X, receiver)
				harmless[n.X] = true
			}
		case *ast.SelectorExpr:
			// a.cache or a.deps.Cache, where it is called or handed on
			if port := u.port(n, receiver); port != "" && !harmless[n] {
				found(of, through, port)
			}
		case *ast.CallExpr:
			name, method := "", false
			switch f := n.Fun.(type) {
			case *ast.Ident:
				name = f.Name
			case *ast.SelectorExpr:
				if !waits(n) {
					harmless[f.X] = true
				} else if on, ok := f.X.(*ast.Ident); ok && held[on.Name] != "" {
					found(of, through, held[on.Name])
				}
				if on, ok := f.X.(*ast.Ident); ok && on.Name == receiver {
					name, method = f.Sel.Name, true
				}
			}
			if name == "" || slices.Contains(through, name) {
				return true
			}
			for _, f := range u.functions[name] {
				if (f.Recv != nil) == method {
					u.follow(f.Body, f, append(slices.Clip(through), name), found)
				}
			}
		}
		return true
	})
}

// hold notes that a variable is one of the ports that a field has many of.
func (u *useCases) hold(held map[string]string, variable, of ast.Expr, receiver string) {
	name, ok := variable.(*ast.Ident)
	field, is := of.(*ast.SelectorExpr)
	if ok && is {
		held[name.Name] = u.port(field, receiver)
	}
}

// port is the interface of a field of the receiver, or of a field of one.
func (u *useCases) port(n *ast.SelectorExpr, receiver string) string {
	root := n.X
	if s, ok := root.(*ast.SelectorExpr); ok {
		root = s.X
	}
	if on, ok := root.(*ast.Ident); ok && on.Name == receiver {
		return u.ports[n.Sel.Name]
	}
	return ""
}

// waits reports whether a call is given a context: what is not only computes, or tells
// its name.
func waits(call *ast.CallExpr) bool {
	if len(call.Args) == 0 {
		return false
	}
	name, ok := call.Args[0].(*ast.Ident)
	return !ok || name.Name == "ctx"
}
