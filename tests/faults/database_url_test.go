package faults_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/tests/harness"
)

// Every form of address that Postgres's own programs take leads to the database.
func TestDatabaseURL_TakesEveryFormOfAddress(t *testing.T) {
	t.Parallel()
	direct := harness.Database(t, nil)
	target, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	host, name, folder := target.Host, strings.TrimPrefix(target.Path, "/"), socketTo(t, target.Host)
	const password = `p/a+s=s@w%o:r?d#"'\ ü`
	role := "role_" + name
	admin := entstoretest.MustOpen(t, direct)
	for _, statement := range []string{
		fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s'", role, strings.ReplaceAll(password, "'", "''")),
		fmt.Sprintf("GRANT CONNECT ON DATABASE %s TO %s", name, role),
	} {
		if _, err := admin.SQL().ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if _, err := admin.SQL().ExecContext(context.Background(), "DROP OWNED BY "+role+"; DROP ROLE "+role); err != nil {
			t.Error(err)
		}
	})
	encoded := url.URL{Scheme: "postgres", User: url.UserPassword(role, password), Host: host, Path: name, RawQuery: "sslmode=disable"}
	nobody := "127.0.0.1:" + freePort(t)
	for what, row := range map[string]struct {
		url      string
		password string
		show     string // a parameter
		want     string
	}{
		"several hosts, the first away":  {"postgres://forge:forge@" + nobody + "," + host + "/" + name + "?sslmode=disable&target_session_attrs=read-write", "", "timezone", "UTC"},
		"several hosts, one of IPv6":     {"postgres://forge:forge@[::1]:1," + host + "/" + name + "?sslmode=disable", "", "timezone", "UTC"},
		"several hosts, password apart":  {"postgres://" + role + "@" + nobody + "," + host + "/" + name + "?sslmode=disable", password, "timezone", "UTC"},
		"a socket, in the query":         {"postgres:///" + name + "?host=" + url.QueryEscape(folder) + "&user=forge&password=forge", "", "timezone", "UTC"},
		"a socket, in place of the host": {"postgres://forge@" + url.QueryEscape(folder) + "/" + name, "forge", "timezone", "UTC"},
		"the password apart":             {"postgres://" + role + "@" + host + "/" + name + "?sslmode=disable", password, "timezone", "UTC"},
		"the password encoded":           {encoded.String(), "", "timezone", "UTC"},
		"a parameter of Postgres":        {direct + "&work_mem=8MB", "", "work_mem", "8MB"},
		"options":                        {direct + "&options=-c%20lock_timeout%3D3s", "", "lock_timeout", "3s"},
		"an own limit":                   {direct + "&idle_in_transaction_session_timeout=30000", "", "idle_in_transaction_session_timeout", "30s"},
	} {
		db, err := entstore.Open(t.Context(), row.url, entstore.Options{MaxOpen: 4, Password: row.password})
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		var have string
		if err := db.SQL().QueryRowContext(t.Context(), "SELECT current_setting($1)", row.show).Scan(&have); err != nil || have != row.want {
			t.Errorf("%s: %s is %q, %v", what, row.show, have, err)
		}
		if err := db.Close(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A parameter that nobody knows stops the program, by its name.
func TestDatabaseURL_NamesTheParameterThatPostgresRefuses(t *testing.T) {
	t.Parallel()
	direct := harness.Database(t, nil)
	for parameter, want := range map[string][]string{
		"sslmode=disable&no_such_thing=1":   {"DATABASE_URL", "no_such_thing", "take it out"},
		"sslmode=sometimes":                 {"DATABASE_URL", "sslmode", "correct it"},
		"default_query_exec_mode=x":         {"DATABASE_URL", "default_query_exec_mode", "correct it"},
		"sslmode=disable&work_mem=much":     {"DATABASE_URL", "work_mem", "correct it"},
		"sslmode=disable&keepalives_idle=5": {"DATABASE_URL", "keepalives_idle", "take it out"},
		"sslmode=disable&ssl=false":         {"DATABASE_URL", "ssl", "sslmode=require"},
	} {
		err := migrateWith(t, []string{"DATABASE_URL=" + strings.Replace(direct, "sslmode=disable", parameter, 1)})
		if err == nil {
			t.Errorf("%s is accepted", parameter)
			continue
		}
		for _, part := range want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %q lacks %q", parameter, err, part)
			}
		}
		if strings.Contains(err.Error(), "forge:forge") {
			t.Errorf("%s: the password is shown: %v", parameter, err)
		}
	}
}

// socketTo returns the folder of a Unix socket that leads to a server.
func socketTo(t *testing.T, server string) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "pg") //nolint:usetesting // a socket's path has at most 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", filepath.Join(folder, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			from, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = from.Close() }()
				to, err := net.Dial("tcp", server)
				if err != nil {
					return
				}
				go func() { _, _ = io.Copy(from, to); _ = from.Close() }()
				_, _ = io.Copy(to, from)
				_ = to.Close()
			}()
		}
	}()
	return folder
}
