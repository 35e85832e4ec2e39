package config

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/caarlos0/env/v11"
)

// Section is the settings of one module: a struct with the tags that [Config] has. It is
// read and checked together with every other, so that all faults are reported at once.
type Section struct {
	Module string // whose settings these are
	prefix string
	of     reflect.Type
}

// SectionOf is the section of a struct T. The names of its variables begin with prefix,
// which the tags leave out.
func SectionOf[T any](module, prefix string) Section {
	return Section{Module: module, prefix: prefix, of: reflect.TypeFor[T]()}
}

// Validator is implemented by a *T whose values have to be checked. Validate says all
// that is wrong, each in a sentence that begins with the name of a variable and says what
// to write instead.
type Validator interface {
	Validate(production bool) []error
}

// Reader is implemented by a *T that reads variables whose names cannot be known before,
// such as one for each of many providers.
type Reader interface {
	// Read takes what it finds, and says what is wrong with it as Validate does.
	Read(environ map[string]string) []error
	// Variables are the lines of `neoforge config` about them.
	Variables() []Setting
	// Claims are the names that no other section may have, such as "OAUTH_*".
	Claims() []string
}

// Type is the type of the settings; nil for a module without any.
func (s Section) Type() reflect.Type { return s.of }

// Names lists the variables that are read, and beginnings of such, as "OAUTH_*".
func (s Section) Names() []string {
	if s.of == nil {
		return nil
	}
	names := namesOf(s.of, s.prefix)
	if r, ok := reflect.New(s.of).Interface().(Reader); ok {
		names = append(names, r.Claims()...)
	}
	return names
}

// Names lists the variables of the platform.
func Names() []string { return append(namesOf(reflect.TypeFor[Config](), ""), "PORT") }

func namesOf(t reflect.Type, prefix string) []string {
	var out []string
	for _, s := range describe(reflect.Zero(t), prefix) {
		out = append(out, s.Name)
	}
	return out
}

// read is the section's values, a *T, with what is wrong with them.
func (s Section) read(vars map[string]string, production bool) (any, []error) {
	values := reflect.New(s.of).Interface()
	var faults []error
	if err := env.ParseWithOptions(values, env.Options{Environment: vars, Prefix: s.prefix}); err != nil {
		faults = plainParseErrors(err, s.of, s.prefix, vars)
	}
	unread := faults
	add := func(more []error) { faults = append(faults, besides(unread, more)...) }
	if r, ok := values.(Reader); ok {
		add(r.Read(vars))
	}
	if v, ok := values.(Validator); ok {
		add(v.Validate(production))
	}
	return values, faults
}

// besides leaves out the faults of what could not be read: it has no value to find
// fault with.
func besides(unread, faults []error) []error {
	var out []error
	for _, fault := range faults {
		if !slices.ContainsFunc(unread, func(f error) bool { return variable(f) == variable(fault) }) {
			out = append(out, fault)
		}
	}
	return out
}

// values are those of one section.
type values struct {
	Section
	is any // a *T
}

func (v values) describe() []Setting {
	out := describe(reflect.ValueOf(v.is).Elem(), v.prefix)
	if r, ok := v.is.(Reader); ok {
		out = append(out, r.Variables()...)
	}
	return out
}

// Of returns the settings of a module, a struct of the type of its section. It fails
// when [Load] was not given that section.
func (c Config) Of(module string) (any, error) {
	for _, v := range c.sections {
		if v.Module == module {
			return reflect.ValueOf(v.is).Elem().Interface(), nil
		}
	}
	return nil, fmt.Errorf("the settings of %s were not read: give config.Load the sections of all modules", module)
}
