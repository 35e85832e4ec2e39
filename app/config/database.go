package config

import (
	"fmt"
	"net/url"
	"strings"
)

// Database is where rows are kept.
type Database struct {
	URL      string `env:"DATABASE_URL" envDefault:"sqlite://var/neoforge.db" secret:"true" doc:"sqlite://path, or postgres://user:password@host:port/name"`
	MaxConns int    `env:"DATABASE_MAX_CONNS" envDefault:"20" doc:"the most connections of this process to Postgres"`
}

// IsPostgres reports whether rows are kept in Postgres.
func (d Database) IsPostgres() bool {
	return strings.HasPrefix(d.URL, "postgres://") || strings.HasPrefix(d.URL, "postgresql://")
}

func (d Database) validate() []error {
	var faults []error
	switch {
	case strings.HasPrefix(d.URL, "sqlite://"):
		if strings.TrimPrefix(d.URL, "sqlite://") == "" {
			faults = append(faults, fmt.Errorf("DATABASE_URL names no file: use sqlite://var/neoforge.db"))
		}
	case d.IsPostgres():
		u, err := url.Parse(d.URL)
		if err != nil || u.Host == "" || strings.Trim(u.Path, "/") == "" {
			faults = append(faults, fmt.Errorf("DATABASE_URL is not a Postgres address: use postgres://user:password@host:5432/name (special characters in the password are percent-encoded)"))
		}
	default:
		faults = append(faults, fmt.Errorf("DATABASE_URL begins with neither sqlite:// nor postgres://: use sqlite://var/neoforge.db or postgres://user:password@host:5432/name"))
	}
	if d.MaxConns < 4 || d.MaxConns > 1000 {
		faults = append(faults, fmt.Errorf("DATABASE_MAX_CONNS is %d: use 4 to 1000", d.MaxConns))
	}
	return faults
}
