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
// functions of the module that it calls, none of the ports is named that a use case was
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
	ports     map[string]string            // type of each field that holds a port, by the field's name
	parts     map[string]part              // of each field that holds a part of another package of the module
	functions map[string][]*ast.FuncDecl   // and methods, by name
	where     map[*ast.FuncDecl]string     // their file
	imports   map[string]map[string]string // folders of the module, by the name in a file
	others    map[string]*useCases         // all, by folder
}

// part is a type of another package of the module.
type part struct{ folder, name string }

func packagesOf(files []File) []*useCases {
	by := map[string]*useCases{}
	var order []string
	for _, f := range files {
		if f.IsTest() || f.Layer() != LayerModule || strings.Count(f.Folder(), "/") < 2 {
			continue
		}
		pkg := by[f.Folder()]
		if pkg == nil {
			pkg = &useCases{
				ports: map[string]string{}, parts: map[string]part{}, functions: map[string][]*ast.FuncDecl{}, where: map[*ast.FuncDecl]string{},
				imports: map[string]map[string]string{}, others: by,
			}
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
	u.imports[f.Path] = siblings(f)
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
				if !ok || ofTransaction(s.Name.Name) {
					continue
				}
				for _, field := range fields.Fields.List {
					of, is := portOf(field.Type, own, interfaces), partOf(field.Type, u.imports[f.Path])
					for _, name := range field.Names {
						if of != "" {
							u.ports[name.Name] = of
						}
						if is.folder != "" {
							u.parts[name.Name] = is
						}
					}
				}
			}
		}
	}
}

// siblings are the packages of the file's own module that it imports, by their names.
func siblings(f File) map[string]string {
	out := map[string]string{}
	own := strings.Join(strings.SplitN(f.Folder(), "/", 3)[:2], "/")
	for _, spec := range f.Syntax.Imports {
		target, ok := local(strings.Trim(spec.Path.Value, `"`))
		if !ok || !within(target, own) {
			continue
		}
		name := path.Base(target)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		out[name] = target
	}
	return out
}

// partOf is the type of a field that another package of the module declares.
func partOf(t ast.Expr, imports map[string]string) part {
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if s, ok := t.(*ast.SelectorExpr); ok {
		if pkg, ok := s.X.(*ast.Ident); ok && imports[pkg.Name] != "" {
			return part{imports[pkg.Name], s.Sel.Name}
		}
	}
	return part{}
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
				u.followValue(call.Args[1], function, func(where, name string, through []string, port string) {
					by := ""
					if len(through) > 0 {
						by = ", by way of " + strings.Join(through, " and ")
					}
					out = append(out, Violation{where, fmt.Sprintf("%s asks %s inside a unit of work of %s%s", name, port, path[strings.LastIndex(path, "/")+1:], by)})
				})
			}
			return true
		})
	}
	return out
}

// foundPort is told of a port that a function of a file names.
type foundPort func(file, function string, through []string, port string)

// followValue follows what a unit of work runs: a function in place, or one by its name.
func (u *useCases) followValue(run ast.Expr, of *ast.FuncDecl, found foundPort) {
	switch run.(type) {
	case *ast.Ident, *ast.SelectorExpr:
		run = &ast.CallExpr{Fun: run}
	}
	u.follow(run, of, nil, found)
}

// follow looks at what a function has between its braces, or hands to a unit of work, and
// at those of the module that it calls.
func (u *useCases) follow(body ast.Node, of *ast.FuncDecl, through []string, found foundPort) {
	known := ownTypes(of)
	held := map[string]string{} // variables that hold one of several ports, by name
	harmless := map[ast.Node]bool{}
	ask := func(port string) { found(u.where[of], of.Name.Name, through, port) }
	next := func(pkg *useCases, f *ast.FuncDecl) {
		if !slices.Contains(through, f.Name.Name) {
			pkg.follow(f.Body, f, append(slices.Clip(through), f.Name.Name), found)
		}
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if index, ok := n.Rhs[0].(*ast.IndexExpr); ok {
				u.hold(held, n.Lhs[0], index.X, known)
			}
		case *ast.RangeStmt:
			if n.Value != nil {
				u.hold(held, n.Value, n.X, known)
				harmless[n.X] = true
			}
		case *ast.IndexExpr: // which of several there are is known without asking one
			harmless[n.X] = true
		case *ast.SelectorExpr:
			// a.cache or a.deps.Cache, where it is called or handed on
			if port := u.port(n, known); port != "" && !harmless[n] {
				ask(port)
			}
		case *ast.CallExpr:
			switch fun := n.Fun.(type) {
			case *ast.Ident:
				for _, f := range u.functions[fun.Name] {
					if f.Recv == nil {
						next(u, f)
					}
				}
			case *ast.SelectorExpr:
				if !waits(n) {
					harmless[fun.X] = true
				}
				switch on := fun.X.(type) {
				case *ast.IndexExpr:
					if several, ok := on.X.(*ast.SelectorExpr); ok && waits(n) && u.port(several, known) != "" {
						ask(u.port(several, known))
					}
				case *ast.Ident:
					if held[on.Name] != "" && waits(n) {
						ask(held[on.Name])
					}
					for _, f := range u.functions[fun.Sel.Name] {
						if f.Recv != nil && known[on.Name] != "" && receiverOf(f) == known[on.Name] {
							next(u, f)
						}
					}
				}
				if pkg, f := u.elsewhere(fun, of); f != nil {
					next(pkg, f)
				}
			}
		}
		return true
	})
}

// ofTransaction reports whether a type is named as the stores that a unit of work hands to
// what it runs.
func ofTransaction(name string) bool { return strings.HasSuffix(name, "Stores") }

// ownTypes are the types of the package that a function's receiver and parameters have, by
// their names.
func ownTypes(of *ast.FuncDecl) map[string]string {
	out := map[string]string{}
	lists := []*ast.FieldList{of.Type.Params}
	if of.Recv != nil {
		lists = append(lists, of.Recv)
	}
	for _, list := range lists {
		for _, field := range list.List {
			t := field.Type
			if star, ok := t.(*ast.StarExpr); ok {
				t = star.X
			}
			if own, ok := t.(*ast.Ident); ok && !ofTransaction(own.Name) {
				for _, name := range field.Names {
					out[name.Name] = own.Name
				}
			}
		}
	}
	return out
}

// elsewhere finds the function of another package of the module that is called:
// mails.Queue(ctx), or a.mails.Queue(ctx) of a part.
func (u *useCases) elsewhere(s *ast.SelectorExpr, of *ast.FuncDecl) (*useCases, *ast.FuncDecl) {
	folder, receiver := "", ""
	switch on := s.X.(type) {
	case *ast.Ident:
		folder = u.imports[u.where[of]][on.Name]
	case *ast.SelectorExpr:
		folder, receiver = u.parts[on.Sel.Name].folder, u.parts[on.Sel.Name].name
	}
	other := u.others[folder]
	if other == nil {
		return nil, nil
	}
	for _, f := range other.functions[s.Sel.Name] {
		if f.Recv == nil && receiver == "" || f.Recv != nil && receiverOf(f) == receiver {
			return other, f
		}
	}
	return nil, nil
}

// hold notes that a variable is one of the ports that a field has many of.
func (u *useCases) hold(held map[string]string, variable, of ast.Expr, known map[string]string) {
	name, ok := variable.(*ast.Ident)
	field, is := of.(*ast.SelectorExpr)
	if ok && is {
		held[name.Name] = u.port(field, known)
	}
}

// port is the interface of a field of the receiver or a parameter, or of a field of one.
func (u *useCases) port(n *ast.SelectorExpr, known map[string]string) string {
	root := n.X
	if s, ok := root.(*ast.SelectorExpr); ok {
		root = s.X
	}
	if on, ok := root.(*ast.Ident); ok && known[on.Name] != "" {
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
