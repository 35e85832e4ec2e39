package entgen

import (
	"errors"
	"fmt"

	"entgo.io/ent/entc/gen"
	"entgo.io/ent/schema/field"
)

// supported reports everything that a schema declares and the templates have no code for.
func supported(g *gen.Graph) error {
	var errs []error
	refuse := func(what, why string) { errs = append(errs, fmt.Errorf("%s: %s", what, why)) }
	for _, n := range g.Nodes {
		switch {
		case n.IsView():
			refuse(n.Name, "views are not supported: query them in SQL")
			continue
		case !n.HasOneFieldID():
			refuse(n.Name, "a key of several fields is not supported: give the table an id")
			continue
		}
		if n.NumHooks()+n.NumInterceptors()+n.NumPolicy() > 0 {
			refuse(n.Name, "hooks, interceptors and policies are not supported: the rule belongs to the use case")
		}
		if len(n.UnexportedForeignKeys()) > 0 {
			refuse(n.Name, "an edge needs a field: declare it and name it by Field")
		}
		for _, f := range append([]*gen.Field{n.ID}, n.Fields...) {
			if why := unsupported(f); why != "" {
				refuse(n.Name+"."+f.Name, why)
			}
		}
		for _, e := range n.Edges {
			switch {
			case e.M2M():
				refuse(n.Name+"."+e.Name, "edges of many to many are not supported: declare the table between them")
			case !e.OwnFK() && (e.Ref == nil || e.Ref.Field() == nil):
				refuse(n.Name+"."+e.Name, "the other end needs an edge with a field")
			case e.OwnFK() && e.Field() == nil:
				refuse(n.Name+"."+e.Name, "an edge needs a field: declare it and name it by Field")
			}
		}
	}
	return errors.Join(errs...)
}

func unsupported(f *gen.Field) string {
	switch {
	case f.Validators > 0:
		return "validators are not supported: the rule belongs to the domain"
	case f.UpdateDefault:
		return "UpdateDefault is not supported: the use case knows the time"
	case f.HasValueScanner():
		return "value scanners are not supported"
	case f.DefaultFunc() && f.Position.MixedIn:
		return "a function as default is not supported in a mixin"
	}
	switch t := f.Type.Type; {
	case t == field.TypeJSON:
		return ""
	case t == field.TypeUUID && f.Type.PkgPath == "github.com/google/uuid":
		return ""
	case f.HasGoType():
		return "Go types other than uuid.UUID are not supported: the store converts them"
	case t == field.TypeBool, t == field.TypeTime, t == field.TypeBytes, t == field.TypeString, t.Numeric():
		return ""
	case t == field.TypeEnum:
		return "enums are not supported: the domain knows the values, the column is a String"
	}
	return "fields of type " + f.Type.String() + " are not supported"
}
