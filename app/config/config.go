// Package config reads the environment, once, into one typed value, and says
// everything that is wrong with it at once, in words that tell how to mend it.
//
// Each concern has a file with its settings and its check; a module's are a [Section].
// Nothing else in the program reads an environment variable.
package config

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/caarlos0/env/v11"
)

// Environment is where the program runs.
type Environment string

// The environments.
const (
	Development Environment = "development"
	Production  Environment = "production"
)

// Config is every setting of the platform, and those of the modules by [Config.Of]. The
// tags "doc" are what `neoforge config` prints.
type Config struct {
	Env        Environment `env:"APP_ENV" envDefault:"development" doc:"development, or production, which switches every safety on and every /dev route off"`
	HTTP       HTTP
	TLS        TLS
	Database   Database
	Redis      Redis
	Secrets    Secrets
	Mail       Mail
	Logging    Logging
	Tracing    Tracing
	Errors     Errors
	Retention  Retention
	Cloudflare Cloudflare
	Audit      Audit

	sections []values
}

// IsProduction reports whether every safety is on.
func (c Config) IsProduction() bool { return c.Env == Production }

// Load reads environ ("KEY=value", as os.Environ gives it), for the platform and for the
// sections of modules. The error lists every fault of all of them, one a line.
func Load(environ []string, sections ...Section) (Config, error) {
	vars := env.ToMap(environ)
	var c Config
	var faults []error
	if err := env.ParseWithOptions(&c, env.Options{Environment: vars}); err != nil {
		faults = append(faults, plainParseErrors(err, reflect.TypeFor[Config](), "", vars)...)
	}
	unread := faults
	c.TLS.trim()
	c.HTTP.applyPort(vars["PORT"], vars["ADDR"] != "", c.TLS.Enabled())
	c.HTTP.applyDrainDelay(vars["DRAIN_DELAY"] != "", c.IsProduction())
	faults = append(faults, besides(unread, c.validate())...)
	for _, s := range sections {
		if s.of == nil {
			continue
		}
		is, wrong := s.read(vars, c.IsProduction())
		c.sections = append(c.sections, values{s, is})
		faults = append(faults, wrong...)
	}
	if len(faults) > 0 {
		return Config{}, &Faults{List: faults}
	}
	return c, nil
}

func (c *Config) validate() []error {
	var faults []error
	if c.Env != Development && c.Env != Production {
		faults = append(faults, fmt.Errorf("APP_ENV is %q: use development or production", c.Env))
	}
	faults = append(faults, c.HTTP.validate(c.IsProduction())...)
	faults = append(faults, c.TLS.validate(c.HTTP)...)
	faults = append(faults, c.Database.validate()...)
	faults = append(faults, c.Redis.validate()...)
	faults = append(faults, c.Secrets.parse(c.IsProduction())...)
	faults = append(faults, c.Mail.validate(c.IsProduction())...)
	if c.HTTP.SecurityContact == "" {
		c.HTTP.SecurityContact = c.Mail.contact()
	}
	faults = append(faults, c.Logging.validate()...)
	faults = append(faults, c.Tracing.validate(c.IsProduction())...)
	faults = append(faults, c.Errors.validate(c.IsProduction())...)
	faults = append(faults, c.Retention.validate()...)
	faults = append(faults, c.Cloudflare.validate(c.IsProduction())...)
	faults = append(faults, c.Audit.parse(c.IsProduction())...)
	return faults
}

// Faults is every fault of the settings.
type Faults struct{ List []error }

func (f *Faults) Error() string {
	lines := make([]string, len(f.List))
	for i, err := range f.List {
		lines[i] = "  - " + err.Error()
	}
	return "the settings have faults:\n" + strings.Join(lines, "\n")
}

// plainParseErrors says of each value that cannot be read what to write instead.
func plainParseErrors(err error, settings reflect.Type, prefix string, vars map[string]string) []error {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return []error{err}
	}
	var out []error
	for _, e := range all.Errors {
		if !errors.As(e, new(env.ParseError)) {
			out = append(out, e)
		}
	}
	for _, f := range unreadable(settings, prefix, vars) {
		name := prefix + f.Tag.Get("env")
		given := "=" + vars[name]
		if f.Tag.Get("secret") == "true" {
			given = "" // nor into a log
		}
		out = append(out, fmt.Errorf("%s%s: write %s", name, given, instead(f.Type, vars[name])))
	}
	return out
}

// variable is the one that a fault is about: its first word.
func variable(fault error) string {
	text := fault.Error()
	end := strings.IndexFunc(text, func(r rune) bool { return r != '_' && !unicode.IsUpper(r) && !unicode.IsDigit(r) })
	return text[:max(end, 0)]
}

// unreadable lists the fields of the settings, in order, whose variables cannot be read. A
// fault of reading knows the name and the type of its field alone, which several structs
// may have.
func unreadable(settings reflect.Type, prefix string, vars map[string]string) (out []reflect.StructField) {
	for i := range settings.NumField() {
		f := settings.Field(i)
		switch {
		case f.Tag.Get("env") != "":
			alone := reflect.New(reflect.StructOf([]reflect.StructField{f})).Interface()
			if env.ParseWithOptions(alone, env.Options{Environment: vars, Prefix: prefix}) != nil {
				out = append(out, f)
			}
		case f.IsExported() && f.Type.Kind() == reflect.Struct:
			out = append(out, unreadable(f.Type, prefix, vars)...)
		}
	}
	return out
}

// instead is an example of what could have been written: the value itself with what it
// lacks, where that is plain.
func instead(t reflect.Type, value string) string {
	value = strings.TrimSpace(value)
	_, err := strconv.Atoi(value)
	switch {
	case t.Kind() == reflect.Float64:
		return "a number, such as 0.1"
	case t != reflect.TypeFor[time.Duration]():
		return "a whole number, such as 20"
	case err == nil:
		return value + "s"
	}
	return "a number with its unit, such as 90s, 15m or 168h"
}
