package config

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Database is where rows are kept.
type Database struct {
	URL       string `env:"DATABASE_URL" envDefault:"sqlite://var/neoforge.db" secret:"true" doc:"sqlite://path, or postgres://user:password@host:port/name; several hosts are separated by commas, a Unix socket is ?host=/folder"`
	DirectURL string `env:"DATABASE_DIRECT_URL" secret:"true" doc:"where DATABASE_URL leads through a pooler such as PgBouncer: the address of Postgres itself, for migrations and for hearing of jobs"`
	Password  string `env:"DATABASE_PASSWORD" secret:"true" doc:"the password of DATABASE_URL and DATABASE_DIRECT_URL where they have none, as it is: nothing in it is encoded"`
	Pooler    string `env:"DATABASE_POOLER" envDefault:"auto" doc:"what DATABASE_URL leads through: none, a pooler in session or in transaction mode; auto finds out, and takes every pooler for one in transaction mode"`
	MaxConns  int    `env:"DATABASE_MAX_CONNS" envDefault:"20" doc:"the most connections of this process to Postgres"`
}

// IsPostgres reports whether rows are kept in Postgres.
func (d Database) IsPostgres() bool { return isPostgres(d.URL) }

func isPostgres(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

func (d Database) validate() []error {
	var faults []error
	switch {
	case strings.HasPrefix(d.URL, "sqlite://"):
		if strings.TrimPrefix(d.URL, "sqlite://") == "" {
			faults = append(faults, fmt.Errorf("DATABASE_URL names no file: use sqlite://var/neoforge.db"))
		}
		for name, value := range map[string]string{"DATABASE_DIRECT_URL": d.DirectURL, "DATABASE_PASSWORD": d.Password} {
			if value != "" {
				faults = append(faults, fmt.Errorf("%s is set, but DATABASE_URL names an SQLite file: leave it empty, or set DATABASE_URL=postgres://user@host:5432/name", name))
			}
		}
	case d.IsPostgres():
		faults = append(faults, d.validateURL("DATABASE_URL", d.URL)...)
		if d.DirectURL != "" {
			faults = append(faults, d.validateURL("DATABASE_DIRECT_URL", d.DirectURL)...)
		}
	default:
		faults = append(faults, fmt.Errorf("DATABASE_URL begins with neither sqlite:// nor postgres://: use sqlite://var/neoforge.db or postgres://user:password@host:5432/name"))
	}
	if !slices.Contains([]string{"auto", "none", "session", "transaction"}, d.Pooler) {
		faults = append(faults, fmt.Errorf("DATABASE_POOLER is %q: use auto, none, session or transaction", d.Pooler))
	}
	if d.MaxConns < 4 || d.MaxConns > 1000 {
		faults = append(faults, fmt.Errorf("DATABASE_MAX_CONNS is %d: use 4 to 1000", d.MaxConns))
	}
	return faults
}

// validateURL says what would fail later without a word about its cause. Nothing of
// the address is repeated: any part may be a piece of the password.
func (d Database) validateURL(variable, address string) []error {
	const form = "postgres://user:password@host:5432/name" //nolint:gosec // the form of an address, with nobody's password
	if !isPostgres(address) {
		return []error{fmt.Errorf("%s does not begin with postgres://: use %s", variable, form)}
	}
	a, ok := splitAddress(address)
	switch {
	case !ok:
		return []error{fmt.Errorf("%s is not a Postgres address: use %s, where / + = @ %% and the like in the password are percent-encoded, or leave the password out and set DATABASE_PASSWORD", variable, form)}
	case a.hosts == "" && !a.parameters.Has("host"), a.name == "" && !a.parameters.Has("dbname"):
		return []error{fmt.Errorf("%s names no host or no database: use %s, or postgres:///name?host=/var/run/postgresql for a Unix socket", variable, form)}
	}
	var faults []error
	if a.password && d.Password != "" && variable == "DATABASE_URL" {
		faults = append(faults, fmt.Errorf("DATABASE_PASSWORD is set, and DATABASE_URL has a password too: keep one of them, such as DATABASE_URL=postgres://user@host:5432/name"))
	}
	for _, parameter := range slices.Sorted(maps.Keys(a.parameters)) {
		switch instead, known := foreignParameters[parameter]; {
		case strings.HasPrefix(parameter, "pool_"):
			faults = append(faults, fmt.Errorf("%s has the parameter %s, which is not used: take it out, and set DATABASE_MAX_CONNS=20", variable, parameter))
		case known:
			faults = append(faults, fmt.Errorf("%s has the parameter %s, which neither this program nor Postgres knows: %s", variable, parameter, instead))
		}
	}
	return faults
}

type postgresAddress struct {
	password    bool
	hosts, name string
	parameters  url.Values
}

// splitAddress takes an address apart as Postgres's own programs do: it may name
// several hosts, which no URL does, and the folder of a Unix socket in place of one.
func splitAddress(address string) (a postgresAddress, ok bool) {
	_, rest, _ := strings.Cut(address, "://")
	if i := strings.IndexAny(rest, "@/"); i >= 0 && rest[i] == '@' {
		credentials := rest[:i]
		rest = rest[i+1:]
		if _, err := url.PathUnescape(credentials); err != nil {
			return a, false
		}
		_, _, a.password = strings.Cut(credentials, ":")
	}
	rest, query, _ := strings.Cut(rest, "?")
	a.hosts, a.name, _ = strings.Cut(rest, "/")
	parameters, err := url.ParseQuery(query)
	if err != nil || strings.ContainsAny(rest, "@#") {
		return a, false // what follows an "@" or "/" of the password
	}
	a.parameters = parameters
	for host := range strings.SplitSeq(a.hosts, ",") {
		_, port, found := strings.Cut(host, ":")
		if inner, after, closed := strings.Cut(host, "]"); closed {
			if !strings.HasPrefix(inner, "[") {
				return a, false
			}
			port, found = strings.CutPrefix(after, ":")
		}
		if n, err := strconv.ParseUint(port, 10, 16); found && port != "" && (err != nil || n == 0) {
			return a, false
		}
	}
	return a, true
}

// foreignParameters are those of libpq and of other drivers that Postgres would
// refuse, and what to do instead. Every other one is passed on to Postgres.
var foreignParameters = map[string]string{
	"fallback_application_name": "use application_name", "gssdelegation": "take it out", "gssencmode": "take it out",
	"gsslib": "take it out", "hostaddr": "use host", "keepalives": "take it out; connections are kept alive", "keepalives_count": "take it out",
	"keepalives_idle": "take it out", "keepalives_interval": "take it out", "load_balance_hosts": "take it out", "requirepeer": "take it out",
	"sslcompression": "take it out", "sslcrl": "take it out", "sslcrldir": "take it out", "ssl_max_protocol_version": "take it out",
	"ssl_min_protocol_version": "take it out", "tcp_user_timeout": "take it out", "replication": "take it out",
	"ssl": "use sslmode=require", "schema": "use search_path", "currentSchema": "use search_path", "ApplicationName": "use application_name",
	"connection_limit": "set DATABASE_MAX_CONNS=20", "max_connections": "set DATABASE_MAX_CONNS=20", "pgbouncer": "set DATABASE_POOLER=transaction",
	"prepareThreshold": "set DATABASE_POOLER=transaction", "prepared_statements": "set DATABASE_POOLER=transaction",
	"statement_cache_size": "use statement_cache_capacity", "sslaccept": "use sslmode", "socket_timeout": "use statement_timeout",
}
