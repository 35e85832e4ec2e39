package stories_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

type systemSeen struct {
	Program  struct{ Version string }
	Database struct {
		Kind          string
		SizeBytes     int64 `json:"size_bytes"`
		CountsIndexes bool  `json:"counts_indexes"`
		Tables        []struct{ Name string }
		UnusedIndexes []struct{ Name string } `json:"unused_indexes"`
	}
	Queries struct {
		Source, Why string
		Items       []struct {
			Query, Work string
			Calls       int
		}
	}
	Pools  []struct{ Pool string }
	Caches []struct {
		MaxBytes int64 `json:"max_bytes"`
	}
	Unread []string
}

// systemWithout reads the system until nothing but the sections is missing of it: a busy
// machine may leave any section out, which has a second.
func systemWithout(ada fixture.Correspondent, sections ...string) (s systemSeen) {
	ada.T.Helper()
	ada.Eventually("everything is read but "+strings.Join(sections, " "), func() bool {
		s = systemSeen{}
		ada.JSON("GET", "/api/v1/admin/system", "", 200, &s)
		return slices.Equal(s.Unread, sections)
	}, func() { ada.T.Logf("%q were not read", s.Unread) })
	return s
}

// TestSystem_ShowsAnAdministratorWhatTheDatabaseDoes looks at /admin/system and its
// operation on each database, where it counts statements and where it does not.
func TestSystem_ShowsAnAdministratorWhatTheDatabaseDoes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind, source, says string
		url                func(t *testing.T) string
	}{
		"sqlite":   {"sqlite", "process", "SQLite does not count the uses of indexes", func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "neoforge.db") }},
		"postgres": {"postgres", "process", "pg_stat_statements is not installed", func(t *testing.T) string { return harness.Database(t, nil) }},
		"postgres that counts statements": {"postgres", "pg_stat_statements", "as the database counted them", func(t *testing.T) string {
			server := harness.NewPostgresServer(t, "-c", "shared_preload_libraries=pg_stat_statements")
			server.Exec(t, "CREATE EXTENSION pg_stat_statements")
			return server.URL
		}},
		"postgres whose extension is not loaded": {"postgres", "process", "shared_preload_libraries", func(t *testing.T) string {
			url := harness.Database(t, nil)
			fixture.Exec(t, lookInto(t, url).DB, "CREATE EXTENSION pg_stat_statements")
			return url
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := program.Start(t, program.Options{DatabaseURL: c.url(t), Environ: []string{"RATE_LIMIT=off"}})
			ada := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, "ada@neoforge.test"), Site: p.URL}
			ben := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, "ben@neoforge.test"), Site: p.URL}
			ben.JSON("GET", "/api/v1/admin/system", "", 403, nil)
			ben.Send("GET", "/admin/system", "", "", 403)
			s := systemWithout(ada)
			if s.Database.Kind != c.kind || s.Database.SizeBytes == 0 || s.Database.CountsIndexes != (c.kind == "postgres") || s.Program.Version == "" || len(s.Pools) == 0 || len(s.Caches) != 1 || s.Caches[0].MaxBytes == 0 {
				t.Errorf("%+v", s)
			}
			if c.kind == "postgres" && (len(s.Database.Tables) == 0 || len(s.Database.UnusedIndexes) == 0) {
				t.Errorf("tables %v, unused indexes %v", s.Database.Tables, s.Database.UnusedIndexes)
			}
			if s.Queries.Source != c.source || len(s.Queries.Items) == 0 || (s.Queries.Why == "") != (c.source != "process") {
				t.Errorf("queries of %q (%s): %d", s.Queries.Source, s.Queries.Why, len(s.Queries.Items))
			}
			for _, q := range s.Queries.Items {
				if strings.Contains(q.Query, "@neoforge.test") {
					t.Errorf("somebody's address is shown: %s", q.Query)
				}
			}
			// Those of a route are listed once it took longer than what fills the database at
			// the start, which a busy machine may be slow with.
			for rounds := 0; c.source == "process" && !namesRoute(s); rounds++ {
				if rounds == 1000 {
					t.Fatalf("no query names its route: %+v", s.Queries.Items)
				}
				s = systemWithout(ada)
			}
			if c.source != "process" && namesRoute(s) {
				t.Errorf("the database names a route: %+v", s.Queries.Items)
			}
			page := ""
			ada.Eventually("the page says "+c.says, func() bool {
				page = string(ada.Send("GET", "/admin/system", "", "", 200))
				return strings.Contains(page, c.says) && strings.Contains(page, "Slowest queries")
			}, func() { t.Logf("it says %.3000s", page) })
		})
	}
}

// namesRoute reports whether one of the slowest queries tells the route that it was of.
func namesRoute(s systemSeen) bool {
	for _, q := range s.Queries.Items {
		if strings.HasPrefix(q.Work, "GET /") {
			return true
		}
	}
	return false
}

// TestSystem_ShowsTheRestWhileATableIsLocked has a section wait behind a lock that it does
// not get.
func TestSystem_ShowsTheRestWhileATableIsLocked(t *testing.T) {
	t.Parallel()
	url := harness.Database(t, nil)
	p := program.Start(t, program.Options{DatabaseURL: url, Environ: []string{"RATE_LIMIT=off"}})
	ada := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, "ada@neoforge.test"), Site: p.URL}
	tx, err := lookInto(t, url).DB.SQL().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "LOCK TABLE content_posts IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	s := systemWithout(ada, "tables")
	if len(s.Database.UnusedIndexes) == 0 || s.Database.SizeBytes == 0 || len(s.Database.Tables) != 0 || len(s.Pools) != 1 || len(s.Queries.Items) == 0 {
		t.Errorf("behind a lock: %+v", s)
	}
	page := ""
	ada.Eventually("the page says which section could not be read", func() bool {
		page = string(ada.Send("GET", "/admin/system", "", "", 200))
		return strings.Count(page, "Could not be read now") == 1 && strings.Contains(page, "Connections to the database") && strings.Contains(page, "PostgreSQL 1")
	}, func() { t.Logf("it says %.3000s", page) })
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if s = systemWithout(ada); len(s.Database.Tables) == 0 {
		t.Errorf("afterwards: %+v", s)
	}
}
