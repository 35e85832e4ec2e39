package identity

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// The bounds of an export.
const (
	ExportTTL     = 7 * 24 * time.Hour // how long the archive can be fetched
	ExportsPerDay = 3
	// ExportTimeout is how long one may be under way. One that takes longer has
	// failed, and the next may begin.
	ExportTimeout = time.Hour
	// ExportBytes bounds the archive.
	ExportBytes = 64 << 20
)

// What can be wrong with an export.
var (
	ErrExportAbsent   = fault.New(fault.NotFound, "identity.export_not_found", "There is no such export. Ask for a new one: each is kept for seven days.")
	ErrExportUnderWay = fault.New(fault.Conflict, "identity.export_under_way", "Your data is being collected already. You get a mail when it is ready.")
	ErrTooManyExports = fault.New(fault.TooMany, "identity.too_many_exports", "You asked for three exports within a day. Use one of those.")
	ErrExportNotReady = fault.New(fault.Conflict, "identity.export_not_ready", "This export is not ready yet. Try again in a moment.")
	ErrExportTooLarge = fault.New(fault.Conflict, "identity.export_too_large", "The archive would be larger than this site can hand over at once. Write to the administrators.")
)

// ExportState says how far an export is.
type ExportState string

// The states.
const (
	ExportRunning ExportState = "running"
	ExportReady   ExportState = "ready"
	ExportFailed  ExportState = "failed"
)

// DataExport is one archive of everything about a person. Done and Total count the
// contexts that were asked.
type DataExport struct {
	ID         string
	User       UserID
	State      ExportState
	Done       int
	Total      int
	Size       int64 // of the archive, in bytes
	CreatedAt  time.Time
	FinishedAt time.Time // zero: not finished
	ExpiresAt  time.Time
}

// StateAt is the state as it counts at t: what has taken too long has failed.
func (e DataExport) StateAt(t time.Time) ExportState {
	if e.State == ExportRunning && t.Sub(e.CreatedAt) >= ExportTimeout {
		return ExportFailed
	}
	return e.State
}

// AvailableAt reports whether the archive can be fetched at t.
func (e DataExport) AvailableAt(t time.Time) bool {
	return e.State == ExportReady && t.Before(e.ExpiresAt)
}

// MayExport is the rule for a new export beside the person's others: one at a
// time, ExportsPerDay within a day. It fails with ErrExportUnderWay or
// ErrTooManyExports.
func MayExport(others []DataExport, now time.Time) error {
	var today []DataExport
	for _, e := range others {
		if e.StateAt(now) == ExportRunning {
			return ErrExportUnderWay
		}
		if now.Sub(e.CreatedAt) < 24*time.Hour {
			today = append(today, e)
		}
	}
	if len(today) < ExportsPerDay {
		return nil
	}
	oldest := today[0].CreatedAt
	for _, e := range today {
		if e.CreatedAt.Before(oldest) {
			oldest = e.CreatedAt
		}
	}
	return ErrTooManyExports.WithRetryAfter(oldest.Add(24 * time.Hour).Sub(now))
}

// DataExports keeps exports.
type DataExports interface {
	// Of lists a person's exports, newest first. It makes others that ask about the
	// same person wait until the transaction ends, so that what is decided by the
	// list is decided by one at a time. ErrUserNotFound.
	Of(ctx context.Context, id UserID) ([]DataExport, error)
	Insert(ctx context.Context, e DataExport) error
	// Advance counts what is done, while the export runs; ErrExportAbsent.
	Advance(ctx context.Context, id string, done int) error
	// Finish writes the archive; it changes nothing and answers false when the
	// export does not run any more. ErrExportAbsent.
	Finish(ctx context.Context, id string, archive []byte, at time.Time) (bool, error)
	// Fail says that there will be no archive; as Finish.
	Fail(ctx context.Context, id string, at time.Time) (bool, error)
	// DeleteOf removes all of a person's.
	DeleteOf(ctx context.Context, id UserID) error
	// DeleteExpired deletes up to limit exports that ended before t.
	DeleteExpired(ctx context.Context, t time.Time, limit int) (int, error)
}

// ExportReads reads exports.
type ExportReads interface {
	// DataExport fails with ErrExportAbsent.
	DataExport(ctx context.Context, id string) (DataExport, error)
	// DataExportsOf lists the newest first.
	DataExportsOf(ctx context.Context, id UserID) ([]DataExport, error)
	// Archive returns the bytes; ErrExportAbsent.
	Archive(ctx context.Context, id string) ([]byte, error)
}

// Exporter is one context that can tell what it holds about a person.
type Exporter struct {
	Name   string // of the context: the archive holds <name>.json
	Export identityport.Export
}
