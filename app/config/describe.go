package config

import (
	"reflect"
	"strconv"
	"strings"
)

// Setting describes one environment variable. Default is empty when there is
// none; Value is what is in force, "(set)" for a secret.
type Setting struct {
	Name    string
	Default string
	Value   string
	Doc     string
}

// Describe lists every variable with its default, its meaning and what is in
// force in c. Secrets are never shown.
func Describe(c Config) []Setting {
	out := append(describe(reflect.ValueOf(c), ""), Setting{Name: "PORT", Doc: "the port to listen on at all addresses, when ADDR is not set"})
	for _, s := range c.sections {
		out = append(out, s.describe()...)
	}
	return out
}

func describe(v reflect.Value, prefix string) []Setting {
	var out []Setting
	for i := range v.NumField() {
		f, fv := v.Type().Field(i), v.Field(i)
		name := f.Tag.Get("env")
		switch {
		case name == "-" || !f.IsExported():
		case name == "" && f.Type.Kind() == reflect.Struct:
			out = append(out, describe(fv, prefix)...)
		case name != "":
			s := Setting{Name: prefix + name, Default: f.Tag.Get("envDefault"), Doc: f.Tag.Get("doc"), Value: text(fv)}
			if f.Tag.Get("secret") == "true" && s.Value != "" && s.Value != s.Default {
				s.Value = "(set)"
			}
			out = append(out, s)
		}
	}
	return out
}

func text(v reflect.Value) string {
	if s, ok := v.Interface().(interface{ String() string }); ok {
		return s.String()
	}
	switch v.Kind() {
	case reflect.Slice:
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = text(v.Index(i))
		}
		return strings.Join(parts, ",")
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case reflect.Int:
		return strconv.FormatInt(v.Int(), 10)
	}
	return v.String()
}
