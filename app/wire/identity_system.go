package wire

import (
	"context"
	"maps"
	"runtime"
	"slices"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/inspection"
	"github.com/neoforge-dev/neoforge/adapters/entstore/querystats"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/identityhttp"
)

// slowestShown is how many queries /admin/system shows.
const slowestShown = 25

// systemOf reads the status of the program and its database. What cannot be read now is
// logged, and costs the rest nothing.
func systemOf(db *entstore.DB, f process, unread func(ctx context.Context, what string, err error)) func(context.Context) identityhttp.System {
	return func(ctx context.Context) identityhttp.System {
		r := inspection.Read(ctx, db)
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		hits, misses, loads := f.cache.Counts()
		out := identityhttp.System{
			Program: identityhttp.SystemProgram{
				Version: f.version, GoVersion: runtime.Version(), StartedAt: f.started, Processors: runtime.GOMAXPROCS(0),
				Goroutines: runtime.NumGoroutine(), HeapBytes: memory.HeapAlloc, TotalBytes: memory.Sys,
			},
			Database: identityhttp.SystemDatabase{
				Kind: r.Kind, Version: r.Version, SizeBytes: r.Size, CountsIndexes: r.CountsIndexes,
				Tables: make([]identityhttp.SystemTable, len(r.Tables)), UnusedIndexes: make([]identityhttp.SystemIndex, len(r.Unused)),
			},
			Queries: slowest(r, f.queries),
			Pools:   []identityhttp.SystemPool{},
			Unread:  []string{},
			Caches:  []identityhttp.SystemCache{{Cache: "application", Hits: hits, Misses: misses, Loads: loads, SizeBytes: f.cache.Size(), MaxBytes: cacheBytes}},
		}
		for _, section := range slices.Sorted(maps.Keys(r.Unread)) {
			out.Unread = append(out.Unread, string(section))
			if ctx.Err() == nil { // else nobody waits for it any more
				unread(ctx, "the "+string(section)+" of /admin/system", r.Unread[section])
			}
		}
		if !r.CountedSince.IsZero() {
			out.Database.CountedSince = &r.CountedSince
		}
		for n, t := range r.Tables {
			out.Database.Tables[n] = identityhttp.SystemTable{Name: t.Name, Rows: t.Rows, SizeBytes: t.Size}
		}
		for n, u := range r.Unused {
			out.Database.UnusedIndexes[n] = identityhttp.SystemIndex{Name: u.Name, Table: u.Table, SizeBytes: u.Size}
		}
		for _, s := range db.Stats() {
			out.Pools = append(out.Pools, identityhttp.SystemPool{Pool: s.Pool, Max: s.Max, Open: s.Open, InUse: s.InUse, Waits: s.Waits, WaitSeconds: s.Waiting.Seconds()})
		}
		return out
	}
}

// slowest is what the database counted, or where it counts nothing this process.
func slowest(r inspection.Report, own *querystats.Stats) identityhttp.SystemQueries {
	if r.NoStatements == "" {
		out := identityhttp.SystemQueries{Source: "pg_stat_statements", Items: []identityhttp.SystemQuery{}}
		for _, s := range r.Statements[:min(len(r.Statements), slowestShown)] {
			out.Items = append(out.Items, identityhttp.SystemQuery{Query: s.Text, Calls: uint64(max(0, s.Calls)), TotalSeconds: s.Total.Seconds(), MaxSeconds: s.Max.Seconds()})
		}
		return out
	}
	out := identityhttp.SystemQueries{Source: "process", Why: r.NoStatements, Items: []identityhttp.SystemQuery{}}
	for _, q := range own.Slowest(slowestShown) {
		out.Items = append(out.Items, identityhttp.SystemQuery{Query: q.Text, Work: q.Work, Calls: q.Calls, TotalSeconds: q.Total.Seconds(), MaxSeconds: q.Max.Seconds()})
	}
	return out
}
