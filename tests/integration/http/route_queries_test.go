package http_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/app/wire"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// queryCounts says how many statements each route that reads makes for an administrator who
// owns the organization of the path.
const queryCounts = "testdata/query_counts.txt"

// statements are what the routes of a running program ask its database.
type statements struct {
	mu      sync.Mutex
	byRoute map[string][]entstore.Statement
}

// take returns what a route has asked since it was last taken.
func (s *statements) take(route string) []entstore.Statement {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.byRoute[route]
	delete(s.byRoute, route)
	return all
}

// openWatchedSite is openSite on a database, by a program that says what its routes ask.
func openWatchedSite(t *testing.T, database string) (*site, *statements) {
	t.Helper()
	asked := &statements{byRoute: map[string][]entstore.Statement{}}
	watching := wire.Module{Name: "watching", Summary: "Keeps the statements of routes.", Build: wire.Build0(func(p *wire.Platform) (wire.Parts, error) {
		p.DB.Watch(func(ctx context.Context, s entstore.Statement) {
			route := fiberhttp.RouteFrom(ctx)
			if route == "" {
				return
			}
			asked.mu.Lock()
			defer asked.mu.Unlock()
			asked.byRoute[route] = append(asked.byRoute[route], s)
		})
		return wire.Parts{}, nil
	})}
	return openSiteWith(t, program.Options{
		DatabaseURL: database, Environ: []string{"RATE_LIMIT=off"}, Modules: append(slices.Clone(program.Modules), watching),
	}), asked
}

// reading asks every route that reads, twice: the second time what the first has cached is
// there.
func reading(t *testing.T, s *site, asked *statements, tell func(route string, status int, first, second []entstore.Statement)) {
	t.Helper()
	routes, err := s.App.Routes()
	if err != nil {
		t.Fatal(err)
	}
	owner := caller{role: identityport.RoleAdministrator, within: identity.Owner}
	in, secret := s.setUp(t, owner)
	there := s.things(t, in, secret)
	n := 0
	for _, r := range routes {
		route := r.Method + " " + r.Path
		if r.Method != http.MethodGet || strings.HasPrefix(r.Path, "/dev") || strings.Contains(r.Path, "...") {
			continue
		}
		accept := "text/html"
		if strings.HasPrefix(r.Path, "/api/") {
			accept = "application/json"
		}
		path := fillIn(r.Path, in, there) + narrowed[r.Path]
		asked.take(route)
		s.ask(t, http.MethodGet, path, in, owner, secret, accept)
		first := asked.take(route)
		res, body := s.ask(t, http.MethodGet, path, in, owner, secret, accept)
		if res.StatusCode >= http.StatusInternalServerError && res.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("%s: %s %.300s", path, res.Status, body)
		}
		tell(route, res.StatusCode, first, asked.take(route))
		n++
	}
	if n < 80 {
		t.Errorf("%d routes were asked", n)
	}
}

// narrowed are lists as they are searched and filtered, at which they ask the most.
var narrowed = map[string]string{
	"/admin/people": "?q=a", "/api/v1/admin/users": "?q=a", "/admin/audit": "?resource=user:1", "/api/v1/admin/audit": "?resource=user:1",
	"/posts": "?tag=go", "/api/v1/posts": "?tag=go", "/search": "?q=froge", "/api/v1/search": "?q=forge",
}

var anyParameter = regexp.MustCompile(`\{([a-z_]+)\}`)

// fillIn puts what is there into a path, by the longest name that begins it, and leaves the
// rest to fill.
func fillIn(path string, in shared, there map[string]string) string {
	path = anyParameter.ReplaceAllStringFunc(path, func(p string) string {
		before, _, _ := strings.Cut(path, p)
		if thing, ok := there[before+p]; ok {
			return thing
		}
		if thing, ok := there[p]; ok {
			return thing
		}
		return p
	})
	return fill(path, in)
}

// things writes one of each that routes ask for by its name or id.
func (s *site) things(t *testing.T, in shared, secret identity.Secret) map[string]string {
	t.Helper()
	post := s.writes(t, secret)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/api/v1/posts/"+post.ID+"/publish", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.AddCookie(&http.Cookie{Name: "session", Value: secret.Reveal()})
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("publish: %s", res.Status)
	}
	seen, month := s.seenError(t), time.Now().UTC().Format("2006-01")
	return map[string]string{
		"{slug}": post.Slug, "/api/v1/posts/{id}": post.ID, "/studio/posts/{id}": post.ID,
		"/api/v1/admin/users/{id}": in.guest, "/admin/people/{id}": in.guest, "/admin/errors/{id}": seen, "/api/v1/admin/errors/{id}": seen, "{site_page}": "terms", "{number}": "1",
		"{tag}": "kept", "{month}": month, "{part}": "posts-" + month + "-1.xml",
	}
}

// TestRoutes_MakeNoMoreQueriesThanDeclared counts the statements of each route that reads: one
// that asks more than before is noticed. What is cached, and so what is asked, depends on what
// the program does beside: a cache that is emptied while a request loads is loaded again. So a
// count is the most that was seen, and a route asks too often when it does so in each of three
// programs.
func TestRoutes_MakeNoMoreQueriesThanDeclared(t *testing.T) {
	t.Parallel()
	declared := readQueryCounts(t)
	have := map[string][]entstore.Statement{}
	for attempt := 1; ; attempt++ {
		asked := askedByRoute(t)
		over := false
		for route, statements := range asked {
			if before, ok := have[route]; !ok || len(statements) < len(before) {
				have[route] = statements
			}
			most, ok := declared[route]
			over = over || !ok || len(have[route]) > most
		}
		if !over || attempt == 3 || os.Getenv("NEOFORGE_UPDATE") != "" {
			break
		}
	}
	for route, statements := range have {
		if most, ok := declared[route]; os.Getenv("NEOFORGE_UPDATE") == "" && (!ok || len(statements) > most) {
			text := ""
			for _, s := range statements {
				text += "\n\t" + s.Text
			}
			t.Errorf("%s asks %d times, and %s allows %d; if that is wanted, run with NEOFORGE_UPDATE=1%s", route, len(statements), queryCounts, most, text)
		}
	}
	if os.Getenv("NEOFORGE_UPDATE") == "" {
		for route := range declared {
			if _, ok := have[route]; !ok {
				t.Errorf("%s is in %s, and is no route that reads", route, queryCounts)
			}
		}
		return
	}
	text := "# The most that a request asks the database, by route (see route_queries_test.go). Written anew it keeps what is more; to see less, delete the line first.\n"
	for _, route := range slices.Sorted(maps.Keys(have)) {
		text += fmt.Sprintf("%s\t%d\n", route, max(len(have[route]), declared[route]))
	}
	if err := os.WriteFile(queryCounts, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// askedByRoute is what each route that reads asks of a program of its own.
func askedByRoute(t *testing.T) map[string][]entstore.Statement {
	t.Helper()
	s, asked := openWatchedSite(t, "sqlite://"+filepath.Join(t.TempDir(), "neoforge.db"))
	byRoute := map[string][]entstore.Statement{}
	reading(t, s, asked, func(route string, _ int, first, second []entstore.Statement) {
		byRoute[route] = first
		if len(second) > len(first) {
			byRoute[route] = second
		}
	})
	return byRoute
}

func readQueryCounts(t *testing.T) map[string]int {
	t.Helper()
	raw, err := os.ReadFile(queryCounts)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for line := range strings.Lines(string(raw)) {
		route, count, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if n, err := strconv.Atoi(count); ok && err == nil {
			counts[route] = n
		}
	}
	return counts
}

// TestRoutes_ReadNoWholeTable has the plan of every statement of every route that reads:
// none goes through a table that grows, and none sorts what an index could give in order.
// Postgres plans on tables of thousands of rows, and reads one whole only where it has no
// other way; SQLite plans without looking at rows.
func TestRoutes_ReadNoWholeTable(t *testing.T) {
	t.Parallel()
	for name, databases := range map[string]func(t *testing.T) (url, planned string){
		"sqlite": func(t *testing.T) (string, string) {
			t.Helper()
			url := "sqlite://" + filepath.Join(t.TempDir(), "neoforge.db")
			return url, url
		},
		"postgres": func(t *testing.T) (string, string) {
			t.Helper()
			planned := harness.Database(t, program.MigrateUp)
			fillTables(t, planned)
			return harness.Database(t, program.MigrateUp), planned + "&enable_seqscan=off&enable_bitmapscan=off"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, planned := databases(t)
			s, asked := openWatchedSite(t, url)
			planner := entstoretest.MustOpen(t, planned)
			words := entstoretest.MustOpen(t, strings.TrimSuffix(planned, "&enable_bitmapscan=off")) // an index of words gives nothing else
			seen := map[string]bool{}
			reading(t, s, asked, func(route string, _ int, first, second []entstore.Statement) {
				for _, statement := range slices.Concat(first, second) {
					if seen[statement.Text] || !strings.HasPrefix(statement.Text, "SELECT") && !strings.HasPrefix(statement.Text, "WITH") {
						continue
					}
					seen[statement.Text] = true
					by := planner
					if strings.Contains(statement.Text, "@@") {
						by = words
					}
					plan, err := by.Explain(t.Context(), statement.Text, len(statement.Args))
					if err != nil {
						t.Errorf("%s: %s: %v", route, statement.Text, err)
						continue
					}
					for _, fault := range costly(plan) {
						t.Errorf("%s\n%s\n%s, in\n%s", route, statement.Text, fault, plan)
					}
				}
			})
			if len(seen) < 60 {
				t.Errorf("%d statements were seen", len(seen))
			}
			for _, bad := range []string{"SELECT id FROM identity_users WHERE name = $1", "SELECT id FROM content_posts ORDER BY title"} {
				plan, err := planner.Explain(t.Context(), bad, strings.Count(bad, "$"))
				if err != nil || len(costly(plan)) == 0 {
					t.Errorf("%s is not found costly (%v):\n%s", bad, err, plan)
				}
			}
		})
	}
}

// fillTables writes a few thousand rows into every table, of values that are all different
// but for what posts are, and has the planner count them. What rows mean is nothing to a plan.
func fillTables(t *testing.T, url string) {
	t.Helper()
	db := entstoretest.MustOpen(t, url)
	_, err := db.SQL().ExecContext(t.Context(), `DO $$
DECLARE
	name text; columns text; made text;
BEGIN
	SET LOCAL session_replication_role = replica; -- no foreign keys
	FOR name IN SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND table_name !~ '^river|migrations$' LOOP
		SELECT string_agg(quote_ident(column_name), ','), string_agg(CASE
			WHEN udt_name = 'uuid' THEN 'gen_random_uuid()'
			WHEN column_name = 'status' THEN '''published'''
			WHEN udt_name IN ('varchar', 'text') THEN 'md5(random()::text)'
			WHEN udt_name = 'timestamptz' THEN 'now() - g * interval ''1 minute'''
			WHEN udt_name = 'bool' THEN 'g % 2 = 0'
			WHEN udt_name = 'tsvector' THEN 'to_tsvector(''simple'', md5(random()::text))'
			WHEN udt_name = 'bytea' THEN 'md5(random()::text)::bytea'
			WHEN udt_name IN ('json', 'jsonb') THEN '''{}'''
			ELSE 'g' END, ',')
		INTO columns, made FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = name AND is_identity = 'NO';
		EXECUTE format('INSERT INTO %I (%s) SELECT %s FROM generate_series(1, 5000) g ON CONFLICT DO NOTHING', name, columns, made);
	END LOOP;
END $$`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.SQL().ExecContext(t.Context(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
}

var (
	// few are tables of which an installation has a handful of rows, or that are the database's,
	// and the matches of a search that are put in order, and a page of tags, of which there is a
	// bounded number.
	few = regexp.MustCompile(`^(billing_plans|content_site_pages|identity_signing_keys|found|ranked|names|n|page|counted|sought|pg_\w+)$`)
	// ofOne are tables that are sorted after an index has found what one person, one
	// account, resource or address has in them, or who has one of the few roles: a handful.
	ofOne = regexp.MustCompile(`^(billing_subscriptions|identity_consents|identity_grants|identity_invitations|identity_roles|identity_users)$`)

	wholeTable = regexp.MustCompile(`Seq Scan on (\w+)|^\s*SCAN (\w+)(?: AS \w+)?$`)
	anyIndex   = regexp.MustCompile(`Index (?:Only )?Scan (?:Backward )?using \w+ on (\w+)`)
	searched   = regexp.MustCompile(`SEARCH (\w+) USING`)
	// sorted is what sorts all rows that were found, on Postgres a hundred or more of them.
	// Those that are in order but for what happened in the same moment are no matter.
	sorted = regexp.MustCompile(`^\s*(?:-> )?\s*Sort .*rows=\d{3}|USE TEMP B-TREE FOR ORDER BY`)
)

// costly says what of a plan grows with a table.
func costly(plan string) (faults []string) {
	lines := strings.Split(plan, "\n")
	var found []string // tables
	for i, line := range lines {
		if m := wholeTable.FindStringSubmatch(line); m != nil {
			if found = append(found, m[1]+m[2]); !few.MatchString(m[1] + m[2]) {
				faults = append(faults, m[1]+m[2]+" is read whole")
			}
		}
		if m := searched.FindStringSubmatch(line); m != nil {
			found = append(found, m[1])
		}
		if m := anyIndex.FindStringSubmatch(line); m != nil {
			if found = append(found, m[1]); !few.MatchString(m[1]) && filtersAll(lines[i+1:]) {
				faults = append(faults, m[1]+" is read to its end by an index")
			}
		}
	}
	if slices.ContainsFunc(lines, sorted.MatchString) && !slices.ContainsFunc(found, ofOne.MatchString) && !slices.ContainsFunc(found, few.MatchString) {
		faults = append(faults, "rows are sorted")
	}
	return faults
}

// filtersAll reports whether a scan of an index finds by no condition, and leaves out rows.
func filtersAll(of []string) bool {
	filters := false
	for _, line := range of {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "->") {
			break
		}
		if strings.HasPrefix(line, "Index Cond:") {
			return false
		}
		filters = filters || strings.HasPrefix(line, "Filter:")
	}
	return filters
}
