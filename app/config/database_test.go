package config

import (
	"strings"
	"testing"
)

func TestDatabase_RefusesWhatPostgresWouldNotUnderstand(t *testing.T) {
	t.Parallel()
	const url = "DATABASE_URL=postgres://u:hunter2@db:5432/app"
	for _, row := range []struct {
		environ []string
		want    []string // in the refusal; none: it is accepted
	}{
		{[]string{url}, nil},
		{[]string{url + "?sslmode=verify-full&connect_timeout=3&target_session_attrs=read-write"}, nil},
		{[]string{url + "?work_mem=8MB&options=-c%20lock_timeout%3D3s&no_such=1"}, nil}, // Postgres decides
		{[]string{"DATABASE_URL=postgres://u:p@a:5432,b:5433,[::1]:5434/app"}, nil},
		{[]string{"DATABASE_URL=postgres:///app?host=/var/run/postgresql&user=u"}, nil},
		{[]string{"DATABASE_URL=postgres://u@%2Fvar%2Frun%2Fpostgresql/app"}, nil},
		{[]string{"DATABASE_URL=postgres://u@/app?host=/var/run/postgresql"}, nil},
		{[]string{"DATABASE_URL=postgres://u:a%2Fb%2Bc%3Dd%40e%25@db/app"}, nil},
		{[]string{"DATABASE_URL=postgres://u@db/app", "DATABASE_PASSWORD=a/b+c=d@e%f"}, nil},
		{[]string{"DATABASE_URL=postgres://u@pool:6432/app", "DATABASE_DIRECT_URL=postgres://u@db:5432/app", "DATABASE_POOLER=transaction"}, nil},

		{[]string{"DATABASE_URL=postgres://u:hun/ter2@db:5432/app"}, []string{"DATABASE_URL", "percent-encoded", "DATABASE_PASSWORD"}},
		{[]string{"DATABASE_URL=postgres://u:1/ter2@db:5432/app"}, []string{"DATABASE_URL", "percent-encoded"}},
		{[]string{"DATABASE_URL=postgres://u:hun@ter2@db:5432/app"}, []string{"DATABASE_URL", "percent-encoded"}},
		{[]string{"DATABASE_URL=postgres://u:hun%ter2@db:5432/app"}, []string{"DATABASE_URL", "percent-encoded"}},
		{[]string{"DATABASE_URL=postgres://u:hunter2@db:5432/"}, []string{"no database", "postgres://user:password@host:5432/name"}},
		{[]string{"DATABASE_URL=postgres:///app"}, []string{"no host", "?host=/var/run/postgresql"}},
		{[]string{"DATABASE_URL=postgres://u:p@[::1/app"}, []string{"not a Postgres address"}},
		{[]string{"DATABASE_URL=postgres://u:p@a:5432,b:none/app"}, []string{"not a Postgres address"}},
		{[]string{url + "?pgbouncer=true&connection_limit=1"}, []string{"pgbouncer", "DATABASE_POOLER=transaction", "connection_limit", "DATABASE_MAX_CONNS=20"}},
		{[]string{url + "?keepalives_idle=10&pool_max_conns=5"}, []string{"keepalives_idle", "pool_max_conns"}},
		{[]string{url, "DATABASE_PASSWORD=x"}, []string{"DATABASE_PASSWORD", "DATABASE_URL=postgres://user@host:5432/name"}},
		{[]string{url, "DATABASE_POOLER=statement"}, []string{"DATABASE_POOLER", `"statement"`, "transaction"}},
		{[]string{url, "DATABASE_DIRECT_URL=db:5432"}, []string{"DATABASE_DIRECT_URL", "postgres://user:password@host:5432/name"}},
		{[]string{url, "DATABASE_DIRECT_URL=postgres://u:hun/ter2@db/app"}, []string{"DATABASE_DIRECT_URL", "percent-encoded"}},
		{[]string{"DATABASE_DIRECT_URL=postgres://u@db/app"}, []string{"DATABASE_DIRECT_URL", "SQLite"}},
		{[]string{"DATABASE_PASSWORD=hunter2"}, []string{"DATABASE_PASSWORD", "SQLite"}},
	} {
		_, err := Load(row.environ)
		if len(row.want) == 0 {
			if err != nil {
				t.Errorf("%v: %v", row.environ, err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%v is accepted", row.environ)
			continue
		}
		for _, want := range row.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%v does not name %s: %v", row.environ, want, err)
			}
		}
		for _, secret := range []string{"hunter2", "ter2"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%v shows the password: %v", row.environ, err)
			}
		}
	}
}
