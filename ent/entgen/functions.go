package entgen

import (
	"fmt"
	"slices"
	"strings"
	"text/template"
	"unicode"

	"entgo.io/ent/entc/gen"
)

// functions are what the templates call, beside ent's own.
var functions = template.FuncMap{
	"table":         tableVar,
	"upsert":        func(n *gen.Type) string { return "new" + n.Name + "Upsert" },
	"required":      required,
	"destination":   destination,
	"pointer":       pointer,
	"defaults":      defaults,
	"argument":      argument,
	"shorthand":     shorthand,
	"uniqueIndexes": uniqueIndexes,
	"setters": func(n *gen.Type, builder string) any {
		return struct {
			Type    *gen.Type
			Builder string
		}{n, builder}
	},
}

// tableVar is the variable that describes a table to the builders.
func tableVar(n *gen.Type) string {
	r := []rune(n.Name)
	for i := 0; i < len(r) && unicode.IsUpper(r[i]) && (i == 0 || i+1 == len(r) || unicode.IsUpper(r[i+1])); i++ {
		r[i] = unicode.ToLower(r[i])
	}
	return string(r) + "Table"
}

// required are the fields that an insert must set.
func required(n *gen.Type) []*gen.Field {
	var out []*gen.Field
	if !n.ID.Default && !n.ID.Type.Numeric() {
		out = append(out, n.ID)
	}
	for _, f := range n.Fields {
		if !f.Optional && !f.Default {
			out = append(out, f)
		}
	}
	return out
}

// destination is where a field's column is scanned to.
func destination(f *gen.Field) string {
	at := "&n." + f.StructField()
	switch {
	case f.IsJSON():
		return "builder.JSON(" + at + ")"
	case f.Optional && !f.NillableValue() && !f.IsBytes():
		return "builder.Nullable(" + at + ")"
	}
	return at
}

// pointer is the key that a row refers to, or nil.
func pointer(row string, f *gen.Field) string {
	if f.NillableValue() {
		return row + "." + f.StructField()
	}
	return "&" + row + "." + f.StructField()
}

// defaults declares what an insert sets unasked: a value, or the schema's function.
func defaults(n *gen.Type) []string {
	var lines []string
	for _, f := range append([]*gen.Field{n.ID}, n.Fields...) {
		switch {
		case !f.Default:
		case f.DefaultFunc():
			lines = append(lines, fmt.Sprintf("%s = schema.%s{}.Fields()[%d].Descriptor().Default.(func() %s)",
				f.DefaultName(), n.Name, f.Position.Index, f.Type))
		default:
			lines = append(lines, fmt.Sprintf("%s %s = %#v", f.DefaultName(), f.Type, f.DefaultValue()))
		}
	}
	return lines
}

// argument is the parameter of a predicate.
func argument(f *gen.Field, op gen.Op) string {
	switch {
	case op.Niladic():
		return ""
	case op.Variadic():
		return "v ..." + f.Type.String()
	}
	return "v " + f.Type.String()
}

// predicate is the expression of one.
func predicate(opCode func(gen.Op) string, f *gen.Field, op gen.Op) string {
	call := "sql.Field" + opCode(op) + "(" + f.Constant()
	switch {
	case op.Niladic():
		return call + ")"
	case op.Variadic():
		return call + ", v...)"
	}
	return call + ", v)"
}

// shorthand reports whether a field has a predicate of its plain name, for equality.
func shorthand(f *gen.Field) bool {
	taken := []string{"Label", "OrderOption", "Hooks", "Policy", "Table", "FieldID"}
	return !f.IsJSON() && (f.ConvertedToBasic() || f.Type.Valuer()) && !slices.Contains(taken, f.StructField())
}

// uniqueIndexes are the entries of that map.
func uniqueIndexes(g *gen.Graph) ([]string, error) {
	tables, err := g.Tables()
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, t := range tables {
		if len(t.PrimaryKey) == 1 {
			lines = append(lines, fmt.Sprintf("%q: %q", t.Name+"."+t.PrimaryKey[0].Name, t.Name+"_pkey"))
		}
		for _, index := range t.Indexes {
			if !index.Unique {
				continue
			}
			columns := make([]string, len(index.Columns))
			for i, c := range index.Columns {
				columns[i] = t.Name + "." + c.Name
			}
			lines = append(lines, fmt.Sprintf("%q: %q", strings.Join(columns, ", "), index.Name))
		}
	}
	slices.Sort(lines)
	return lines, nil
}
