package architecture

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Places are the files that one opens on the way from an address in the browser to the
// rule that answers it.
type Places struct {
	URL               string // as it is declared
	Declared          string // the file that declares the route
	Handler, Answered string // the function, and the file that it stands in
	UseCase, Decided  string // likewise
}

// Find follows a page from its declaration to the use case that it asks first:
//
//	s.Page(http.MethodGet, "/pricing", access, h.pricing, ...)
//	func (h *routes) pricing(...) { h.Billing.ListPlans(ctx) }
//	func (a *App) ListPlans(...)
func Find(files []File, url string) (Places, error) {
	for _, f := range files {
		if f.IsTest() || f.Layer() != LayerAdapter {
			continue
		}
		handler := declares(f, url)
		if handler == "" {
			continue
		}
		p := Places{URL: url, Declared: f.Path, Handler: handler}
		beside := slices.DeleteFunc(slices.Clone(files), func(o File) bool { return o.Folder() != f.Folder() || o.IsTest() })
		file, function := method(beside, handler, "")
		if function == nil {
			return p, fmt.Errorf("%s: %s declares %s, and no function of its package is that", url, f.Path, handler)
		}
		p.Answered = file
		context := contextOf(f.Folder(), contextsOf(files))
		inside := slices.DeleteFunc(slices.Clone(files), func(o File) bool { return o.IsTest() || !within(o.Folder(), "modules/"+context) })
		if p.UseCase, p.Decided = asks(beside, inside, function, nil); p.UseCase == "" {
			return p, fmt.Errorf("%s: %s in %s asks no use case of %s", url, handler, file, context)
		}
		return p, nil
	}
	return Places{}, fmt.Errorf("%s is declared nowhere", url)
}

// declares returns the method that a file has answer GET of a page.
func declares(f File, url string) (handler string) {
	ast.Inspect(f.Syntax, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) < 4 {
			return true
		}
		name, ok := call.Fun.(*ast.SelectorExpr)
		verb, isVerb := call.Args[0].(*ast.SelectorExpr)
		where, isText := call.Args[1].(*ast.BasicLit)
		does, isMethod := call.Args[3].(*ast.SelectorExpr)
		if !ok || name.Sel.Name != "Page" || !isVerb || verb.Sel.Name != "MethodGet" || !isText || !isMethod {
			return true
		}
		if text, err := strconv.Unquote(where.Value); err == nil && text == url {
			handler = does.Sel.Name
		}
		return true
	})
	return handler
}

// method finds a method by its name, of any type that is named so.
func method(files []File, name, receiver string) (file string, found *ast.FuncDecl) {
	for _, f := range files {
		for _, decl := range f.Syntax.Decls {
			d, ok := decl.(*ast.FuncDecl)
			if ok && d.Recv != nil && d.Name.Name == name && d.Body != nil && (receiver == "" || receiverOf(d) == receiver) {
				return f.Path, d
			}
		}
	}
	return "", nil
}

func receiverOf(d *ast.FuncDecl) string {
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	name, _ := t.(*ast.Ident)
	if name == nil {
		return ""
	}
	return name.Name
}

// asks finds the use case that a handler calls first, h.Billing.ListPlans, itself or by
// the functions beside it.
func asks(beside, inside []File, function *ast.FuncDecl, through []string) (name, file string) {
	ast.Inspect(function.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || name != "" {
			return name == ""
		}
		s, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		switch on := s.X.(type) {
		case *ast.SelectorExpr: // h.Billing.ListPlans(ctx)
			if _, ok := on.X.(*ast.Ident); ok && s.Sel.IsExported() && on.Sel.IsExported() {
				for _, of := range []string{"App", ""} {
					if at, _ := method(inside, s.Sel.Name, of); at != "" && strings.Count(path.Dir(at), "/") == 2 {
						name, file = s.Sel.Name, at
						return false
					}
				}
			}
		case *ast.Ident: // h.overview(ctx)
			if s.Sel.IsExported() || slices.Contains(through, s.Sel.Name) {
				return true
			}
			if _, next := method(beside, s.Sel.Name, ""); next != nil {
				name, file = asks(beside, inside, next, append(slices.Clip(through), s.Sel.Name))
			}
		}
		return name == ""
	})
	return name, file
}

// Newcomers are the addresses of the map in the documentation.
var Newcomers = []string{
	"/", "/posts/{slug}", "/authors/{handle}", "/feed.xml", "/studio", "/pricing", "/billing", "/account", "/account/tokens", "/admin/people",
}

// Map is the table of the documentation that leads from an address to its rule.
func Map(files []File) (string, error) {
	var b strings.Builder
	b.WriteString("| in the browser | declared in | answered by | decided by |\n| --- | --- | --- | --- |\n")
	for _, url := range Newcomers {
		p, err := Find(files, url)
		if err != nil {
			return "", err
		}
		answered := "`" + p.Handler + "` there"
		if p.Answered != p.Declared {
			answered = "`" + p.Handler + "` in `" + path.Base(p.Answered) + "` beside it"
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | `%s` in `%s` |\n", p.URL, p.Declared, answered, p.UseCase, p.Decided)
	}
	return b.String(), nil
}
