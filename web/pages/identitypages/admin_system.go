package identitypages

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// SystemView is the status of the program and its database.
type SystemView struct {
	layout.Page
	Version, GoVersion string
	StartedAt          time.Time
	Processors         int
	Goroutines         int
	Heap, Total        uint64 // bytes

	Database, DatabaseVersion string
	DatabaseSize              int64 // bytes
	Tables                    []TableRow
	CountsIndexes             bool
	CountedSince              time.Time // zero: since the database was made
	Unused                    []IndexRow

	CountedByDatabase bool
	Why               string // not
	Queries           []QueryRow
	Pools             []PoolRow
	Caches            []CacheRow

	Unread []string // of "database", "tables", "indexes", "statements"
}

// unread reports whether a section could not be read now.
func (v SystemView) unread(section string) bool { return slices.Contains(v.Unread, section) }

// QueryRow is what the runs of one statement took. Work is who asked when it was slowest.
type QueryRow struct {
	Query        string
	Work         string
	Calls        uint64
	TotalSeconds float64
	MaxSeconds   float64
}

// PoolRow is a pool of connections.
type PoolRow struct {
	Pool        string
	Max         int
	Open        int
	InUse       int
	Waits       int64
	WaitSeconds float64
}

// CacheRow is what a process keeps in memory.
type CacheRow struct {
	Cache     string
	Hits      uint64
	Misses    uint64
	Loads     uint64
	SizeBytes uint64
	MaxBytes  uint64
}

// IndexRow is an index that nobody uses.
type IndexRow struct {
	Name      string
	Table     string
	SizeBytes int64
}

// TableRow is a table with its indexes.
type TableRow struct {
	Name      string
	Rows      int64
	SizeBytes int64
}

func (q QueryRow) mean() float64 {
	if q.Calls == 0 {
		return 0
	}
	return q.TotalSeconds / float64(q.Calls)
}

// hitRate is the share of look-ups that found their entry, in per cent.
func (c CacheRow) hitRate() string {
	if c.Hits+c.Misses == 0 {
		return "–"
	}
	return strconv.FormatFloat(100*float64(c.Hits)/float64(c.Hits+c.Misses), 'f', 1, 64) + "\u00a0%"
}

func (v SystemView) database() string {
	name := "SQLite"
	if v.Database == "postgres" {
		name = "PostgreSQL"
	}
	if v.unread("database") {
		return name + "; its version and size could not be read now"
	}
	return name + " " + v.DatabaseVersion + ", " + byteSize(v.DatabaseSize)
}

// seconds is a time as one reads it at a glance.
func seconds(s float64) string {
	switch {
	case s >= 1:
		return strconv.FormatFloat(s, 'f', 2, 64) + "\u00a0s"
	case s >= .001:
		return strconv.FormatFloat(s*1000, 'f', 1, 64) + "\u00a0ms"
	}
	return strconv.FormatFloat(s*1e6, 'f', 0, 64) + "\u00a0µs"
}

// byteSize is a size as one reads it at a glance.
func byteSize[N int64 | uint64](n N) string {
	switch size := float64(n); {
	case size >= 1<<30:
		return fmt.Sprintf("%.1f\u00a0GiB", size/(1<<30))
	case size >= 1<<20:
		return fmt.Sprintf("%.1f\u00a0MiB", size/(1<<20))
	case size >= 1<<10:
		return fmt.Sprintf("%.0f\u00a0KiB", size/(1<<10))
	}
	return fmt.Sprintf("%d\u00a0B", n)
}
