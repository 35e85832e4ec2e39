package privacy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// exportJob says which archive is to be built.
type exportJob struct {
	Export string `json:"export_id"`
}

// RequestExport has everything about the actor collected. It needs a recent proof
// of who they are. It fails with ErrNotSignedIn, ErrNotRecent, ErrExportUnderWay
// and ErrTooManyExports.
func (a *App) RequestExport(ctx context.Context, actor identity.Actor) (identity.DataExport, error) {
	if err := identity.CheckRecent(actor, a.deps.Clock.Now()); err != nil {
		return identity.DataExport{}, err
	}
	now := a.deps.Clock.Now()
	export := identity.DataExport{
		ID: a.deps.IDs.New(), User: actor.UserID, State: identity.ExportRunning, Total: len(a.deps.Exporters()),
		CreatedAt: now, ExpiresAt: now.Add(identity.ExportTTL),
	}
	payload, err := json.Marshal(exportJob{Export: export.ID})
	if err != nil {
		return identity.DataExport{}, fmt.Errorf("privacy: encode export %s: %w", export.ID, err)
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		others, err := s.Exports.Of(ctx, actor.UserID)
		if err != nil {
			return err
		}
		if err := identity.MayExport(others, now); err != nil {
			return err
		}
		if err := s.Exports.Insert(ctx, export); err != nil {
			return err
		}
		if err := s.Audit.Append(ctx, a.deps.Trail.Own(actor, "identity.export_requested", a.deps.Clock.Now())); err != nil {
			return err
		}
		return s.Jobs.Enqueue(ctx, jobs.Job{Kind: exportKind, Payload: payload})
	})
	if err != nil {
		return identity.DataExport{}, fmt.Errorf("privacy: export of %s: %w", actor.UserID, err)
	}
	return export, nil
}

// Exports lists the actor's exports that can be looked at, newest first. Each has
// the state that counts now.
func (a *App) Exports(ctx context.Context, actor identity.Actor) ([]identity.DataExport, error) {
	if !actor.SignedIn() {
		return nil, identity.ErrNotSignedIn
	}
	all, err := a.deps.Reads.DataExportsOf(ctx, actor.UserID)
	if err != nil {
		return nil, fmt.Errorf("privacy: exports of %s: %w", actor.UserID, err)
	}
	now := a.deps.Clock.Now()
	out := make([]identity.DataExport, 0, len(all))
	for _, e := range all {
		if now.Before(e.ExpiresAt) {
			e.State = e.StateAt(now)
			out = append(out, e)
		}
	}
	return out, nil
}

// DataExport returns one of the actor's exports; ErrExportAbsent, for another
// person's as for none.
func (a *App) DataExport(ctx context.Context, actor identity.Actor, id string) (identity.DataExport, error) {
	if !actor.SignedIn() {
		return identity.DataExport{}, identity.ErrNotSignedIn
	}
	e, err := a.deps.Reads.DataExport(ctx, id)
	now := a.deps.Clock.Now()
	if errors.Is(err, identity.ErrExportAbsent) || err == nil && (e.User != actor.UserID || !now.Before(e.ExpiresAt)) {
		return identity.DataExport{}, identity.ErrExportAbsent
	}
	if err != nil {
		return identity.DataExport{}, fmt.Errorf("privacy: export %s: %w", id, err)
	}
	e.State = e.StateAt(now)
	return e, nil
}

// ExportArchive returns the archive of one of the actor's exports, a ZIP file. It
// needs a recent proof of who they are. It fails with ErrNotSignedIn, ErrNotRecent,
// ErrExportAbsent and ErrExportNotReady.
func (a *App) ExportArchive(ctx context.Context, actor identity.Actor, id string) (identity.DataExport, []byte, error) {
	if err := identity.CheckRecent(actor, a.deps.Clock.Now()); err != nil {
		return identity.DataExport{}, nil, err
	}
	e, err := a.DataExport(ctx, actor, id)
	if err != nil {
		return e, nil, err
	}
	if !e.AvailableAt(a.deps.Clock.Now()) {
		return e, nil, identity.ErrExportNotReady
	}
	archive, err := a.deps.Reads.Archive(ctx, id)
	if err != nil {
		return e, nil, fmt.Errorf("privacy: archive %s: %w", id, err)
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		return s.Audit.Append(ctx, a.deps.Trail.Own(actor, "identity.export_fetched", a.deps.Clock.Now()))
	})
	if err != nil {
		return e, nil, fmt.Errorf("privacy: archive %s: %w", id, err)
	}
	return e, archive, nil
}
