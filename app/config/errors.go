package config

import (
	"errors"
	"net/url"
	"strings"
)

// Errors is where errors are sent besides the database. The names are Sentry's.
type Errors struct {
	DSN         string `env:"SENTRY_DSN" secret:"true" doc:"the DSN of a project in Sentry, or in what speaks its protocol, such as https://key@sentry.example.com/42; empty: errors are kept in the database alone"`
	Environment string `env:"SENTRY_ENVIRONMENT" doc:"what this installation is called there; empty: the value of APP_ENV"`
}

var errDSN = errors.New("SENTRY_DSN is not a DSN: use the one that the project's settings show, such as https://key@sentry.example.com/42")

func (e *Errors) validate(production bool) []error {
	if e.DSN == "" {
		if e.Environment != "" {
			return []error{errors.New("SENTRY_ENVIRONMENT is set, but SENTRY_DSN is not: set both, or none")}
		}
		return nil
	}
	u, err := url.Parse(e.DSN)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User.Username() == "" || strings.Trim(u.Path, "/") == "" || u.RawQuery != "" || u.Fragment != "":
		return []error{errDSN}
	case production && u.Scheme == "http" && !isLoopback(u.Hostname()):
		return []error{errors.New("SENTRY_DSN begins with http, which would show what went wrong to the network: use https, or a relay on this machine")}
	}
	return nil
}
