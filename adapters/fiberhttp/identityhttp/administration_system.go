package identityhttp

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
)

// System is the status of the program and its database.
type System struct {
	Program  SystemProgram  `json:"program"`
	Database SystemDatabase `json:"database"`
	Queries  SystemQueries  `json:"queries"`
	Pools    []SystemPool   `json:"pools" nullable:"false"`
	Caches   []SystemCache  `json:"caches" nullable:"false"`
	Unread   []string       `json:"unread" nullable:"false" enum:"database,tables,indexes,statements" doc:"What could not be read now, such as behind a lock, and is empty for that."`
}

// SystemProgram is the process that answers.
type SystemProgram struct {
	Version    string    `json:"version"`
	GoVersion  string    `json:"go_version"`
	StartedAt  time.Time `json:"started_at"`
	Processors int       `json:"processors" doc:"That it uses at once."`
	Goroutines int       `json:"goroutines"`
	HeapBytes  uint64    `json:"heap_bytes" doc:"Of what is in use."`
	TotalBytes uint64    `json:"total_bytes" doc:"That Go has from the operating system."`
}

// SystemDatabase is what the database knows of itself.
type SystemDatabase struct {
	Kind          string        `json:"kind" enum:"postgres,sqlite"`
	Version       string        `json:"version"`
	SizeBytes     int64         `json:"size_bytes"`
	Tables        []SystemTable `json:"tables" nullable:"false" doc:"The largest first; none on SQLite, which would have to count."`
	CountsIndexes bool          `json:"counts_indexes" doc:"Whether the database counts the uses of indexes. SQLite does not."`
	CountedSince  *time.Time    `json:"counted_since" doc:"Since when; null: since the database was made, or it counts none."`
	UnusedIndexes []SystemIndex `json:"unused_indexes" nullable:"false" doc:"Those that no query has used, and that keep nothing unique. On a standby, or just after a start, more are unused than nobody needs."`
}

// SystemTable is a table with its indexes.
type SystemTable struct {
	Name      string `json:"name"`
	Rows      int64  `json:"rows" doc:"About, as of the last ANALYZE."`
	SizeBytes int64  `json:"size_bytes"`
}

// SystemIndex is one that nobody uses.
type SystemIndex struct {
	Name      string `json:"name"`
	Table     string `json:"table"`
	SizeBytes int64  `json:"size_bytes"`
}

// SystemQueries is what took the longest altogether.
type SystemQueries struct {
	Source string        `json:"source" enum:"pg_stat_statements,process" doc:"Who counted: the database, of all processes, or the process that answers, since its start."`
	Why    string        `json:"why" doc:"Why it is not the database; empty where it is."`
	Items  []SystemQuery `json:"items" nullable:"false"`
}

// SystemQuery is what the runs of one statement took.
type SystemQuery struct {
	Query        string  `json:"query" doc:"With placeholders: no argument is kept."`
	Work         string  `json:"work" doc:"The route or the job whose run was the slowest; empty where the database counts."`
	Calls        uint64  `json:"calls"`
	TotalSeconds float64 `json:"total_seconds"`
	MaxSeconds   float64 `json:"max_seconds"`
}

// SystemPool is a pool of connections to the database.
type SystemPool struct {
	Pool        string  `json:"pool"`
	Max         int     `json:"max"`
	Open        int     `json:"open"`
	InUse       int     `json:"in_use"`
	Waits       int64   `json:"waits" doc:"How often somebody had to wait for a connection."`
	WaitSeconds float64 `json:"wait_seconds" doc:"For how long altogether."`
}

// SystemCache is what one process keeps in memory.
type SystemCache struct {
	Cache     string `json:"cache"`
	Hits      uint64 `json:"hits"`
	Misses    uint64 `json:"misses"`
	Loads     uint64 `json:"loads" doc:"How often what was missing was made."`
	SizeBytes uint64 `json:"size_bytes" doc:"About."`
	MaxBytes  uint64 `json:"max_bytes"`
}

func (h *routes) system() {
	manage := fiberhttp.Permitted(identity.PermissionManageUsers)
	h.server.Page(http.MethodGet, "/admin/system", manage, h.showSystem)
	type output struct{ Body System }
	fiberhttp.Operation(h.server, manage, huma.Operation{
		OperationID: "get-system", Method: http.MethodGet, Path: "/admin/system", Tags: []string{"administration"},
		Summary: "Read the status of the program and its database", Description: "The slowest queries, the pools, the caches and the indexes that nobody uses, as the process that answers sees them.",
	}, func(ctx context.Context, _ *struct{}) (*output, error) {
		return &output{Body: h.systemStatus(ctx)}, nil
	})
}

func (h *routes) systemStatus(ctx context.Context) System {
	if h.System == nil {
		return System{}
	}
	return h.System(ctx)
}

func (h *routes) showSystem(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	s := h.systemStatus(ctx)
	v := identitypages.SystemView{
		Page:    h.server.View(r, fiberhttp.View{Title: "System", Robots: "noindex"}),
		Version: s.Program.Version, GoVersion: s.Program.GoVersion, StartedAt: s.Program.StartedAt, Processors: s.Program.Processors,
		Goroutines: s.Program.Goroutines, Heap: s.Program.HeapBytes, Total: s.Program.TotalBytes,
		Database: s.Database.Kind, DatabaseVersion: s.Database.Version, DatabaseSize: s.Database.SizeBytes,
		CountsIndexes: s.Database.CountsIndexes, CountedByDatabase: s.Queries.Source == "pg_stat_statements", Why: s.Queries.Why,
		Unread: s.Unread,
	}
	if s.Database.CountedSince != nil {
		v.CountedSince = *s.Database.CountedSince
	}
	for _, q := range s.Queries.Items {
		v.Queries = append(v.Queries, identitypages.QueryRow(q))
	}
	for _, p := range s.Pools {
		v.Pools = append(v.Pools, identitypages.PoolRow(p))
	}
	for _, c := range s.Caches {
		v.Caches = append(v.Caches, identitypages.CacheRow(c))
	}
	for _, i := range s.Database.UnusedIndexes {
		v.Unused = append(v.Unused, identitypages.IndexRow(i))
	}
	for _, t := range s.Database.Tables {
		v.Tables = append(v.Tables, identitypages.TableRow(t))
	}
	return fiberhttp.HTML(identitypages.System(v)), nil
}
