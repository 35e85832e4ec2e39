package administration

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
)

// ListErrorGroups asks for a page of groups of errors.
type ListErrorGroups struct {
	State  string // empty: those that are open
	Kind   string // empty: all
	Cursor string
	Limit  int // 1 to 100; anything else means 50
}

// ErrorGroups is one page of them, those seen last first.
type ErrorGroups struct {
	Items      []errortracking.Group
	NextCursor string
}

// ErrorGroups lists the defects of the program, each with its like. It fails with
// ErrNotSignedIn, ErrImpersonating, ErrForbidden, ErrInvalidCursor and
// errortracking.ErrUnknownFilter.
func (a *App) ErrorGroups(ctx context.Context, by identity.Actor, q ListErrorGroups) (ErrorGroups, error) {
	if err := identity.CheckAdministration(by, identity.PermissionManageUsers); err != nil || a.deps.Errors == nil {
		return ErrorGroups{}, err
	}
	filter := errortracking.Filter{State: errortracking.State(q.State), Kind: errortracking.Kind(q.Kind)}
	if filter.State == "" {
		filter.State = errortracking.Open
	}
	if err := filter.Check(); err != nil {
		return ErrorGroups{}, err
	}
	after, err := readCursor(q.Cursor, cursor.Hashes)
	if err != nil {
		return ErrorGroups{}, err
	}
	limit := pageSize(q.Limit)
	items, err := a.deps.Errors.Groups(ctx, filter, after, limit+1)
	if err != nil {
		return ErrorGroups{}, fmt.Errorf("administration: groups of errors: %w", err)
	}
	page := ErrorGroups{Items: items}
	if len(items) > limit {
		page.Items = items[:limit]
		page.NextCursor = cursor.Encode(cursor.Position{At: items[limit-1].LastSeen, ID: items[limit-1].ID})
	}
	return page, nil
}

// ErrorGroup returns one group. It fails with ErrNotSignedIn, ErrImpersonating,
// ErrForbidden and errortracking.ErrGroupNotFound.
func (a *App) ErrorGroup(ctx context.Context, by identity.Actor, id string) (errortracking.Group, error) {
	if err := identity.CheckAdministration(by, identity.PermissionManageUsers); err != nil {
		return errortracking.Group{}, err
	}
	if a.deps.Errors == nil || !cursor.Hashes.Match(id) {
		return errortracking.Group{}, errortracking.ErrGroupNotFound
	}
	g, err := a.deps.Errors.Group(ctx, id)
	if err != nil {
		return errortracking.Group{}, fmt.Errorf("administration: group of errors %s: %w", id, err)
	}
	return g, nil
}

// OpenErrors counts the groups that nobody has decided about. It fails with ErrNotSignedIn,
// ErrImpersonating and ErrForbidden.
func (a *App) OpenErrors(ctx context.Context, by identity.Actor) (int, error) {
	if err := identity.CheckAdministration(by, identity.PermissionManageUsers); err != nil || a.deps.Errors == nil {
		return 0, err
	}
	n, err := a.deps.Errors.OpenGroups(ctx)
	if err != nil {
		return 0, fmt.Errorf("administration: open errors: %w", err)
	}
	return n, nil
}

// errorActions is what the audit trail calls a decision about a group.
var errorActions = map[errortracking.State]string{
	errortracking.Open: "identity.error_reopened", errortracking.Resolved: "identity.error_resolved", errortracking.Ignored: "identity.error_ignored",
}

// SetErrorState decides about a group. A group that is in the state already stays as it is,
// and the audit trail without an entry. It fails with ErrNotSignedIn, ErrImpersonating,
// ErrForbidden, errortracking.ErrUnknownFilter and errortracking.ErrGroupNotFound.
func (a *App) SetErrorState(ctx context.Context, by identity.Actor, id string, state errortracking.State) error {
	if err := identity.CheckAdministration(by, identity.PermissionManageUsers); err != nil {
		return err
	}
	if err := (errortracking.Filter{State: state}).Check(); err != nil {
		return err
	}
	if !cursor.Hashes.Match(id) {
		return errortracking.ErrGroupNotFound
	}
	now := a.deps.Clock.Now()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		before, err := s.ErrorGroups.SetState(ctx, id, state)
		if err != nil || before.State == state {
			return err
		}
		entry := a.deps.Trail.Entry(string(by.UserID), errorActions[state], "error:"+id, by.IP, now)
		entry.Detail = string(before.Kind) + " " + before.Where
		return s.Audit.Append(ctx, entry)
	})
	if err != nil {
		return fmt.Errorf("administration: group of errors %s: %w", id, err)
	}
	return nil
}
