package administration

import (
	"context"
	"fmt"
	"strings"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// ListPeople asks for one page of the people there are.
type ListPeople struct {
	Search string // words of the name or the address; empty: everybody
	Role   string // empty: any
	State  string // see [identity.PersonState]; empty: any
	Cursor string // the NextCursor of the page before; empty: the beginning
	Limit  int    // 1 to 100; anything else means 50
}

// People is one page; NextCursor is empty on the last.
type People struct {
	Items      []identity.User
	NextCursor string
}

// maxSearch bounds what is typed into a search, in bytes.
const maxSearch = 1000

// ListPeople returns people, newest first. It fails with ErrNotSignedIn,
// ErrForbidden, ErrUnknownState and ErrInvalidCursor.
func (a *App) ListPeople(ctx context.Context, by identity.Actor, q ListPeople) (People, error) {
	if err := identity.CheckAdministration(by, identity.PermissionManageUsers); err != nil {
		return People{}, err
	}
	state, err := identity.ParsePersonState(q.State)
	if err != nil {
		return People{}, err
	}
	after, err := readCursor(q.Cursor, cursor.UUIDs)
	if err != nil {
		return People{}, err
	}
	if len(q.Search) > maxSearch {
		q.Search = strings.ToValidUTF8(q.Search[:maxSearch], "")
	}
	q.Search = textform.AddressSearch(q.Search)
	limit := pageSize(q.Limit)
	found, err := a.deps.Reads.People(ctx,
		identity.PeopleFilter{Search: q.Search, Role: identity.Role(q.Role), State: state, Now: a.deps.Clock.Now()},
		after, limit+1)
	if err != nil {
		return People{}, fmt.Errorf("administration: list people: %w", err)
	}
	out := People{Items: found}
	if len(found) > limit {
		last := found[limit-1]
		out.Items, out.NextCursor = found[:limit], cursor.Encode(cursor.Position{At: last.CreatedAt, ID: string(last.ID)})
	}
	return out, nil
}

func pageSize(asked int) int {
	if asked < 1 || asked > 100 {
		return 50
	}
	return asked
}

// PersonDetail is what an administrator sees of an account.
type PersonDetail struct {
	identity.Profile
	Factors Factors
	Recent  []audit.Entry            // what the person did lately, and what was done to them
	Names   map[string]identity.User // whom those entries name, as far as they still exist
}

// Factors is by what somebody proves who they are beside a password.
type Factors struct {
	AuthenticatorApp bool
	RecoveryCodes    int // that are left
	Passkeys         int
}

// recentEntries is how much of the audit trail a person's page shows.
const recentEntries = 12

// PersonDetail fails with ErrNotSignedIn, ErrForbidden and ErrUserNotFound.
func (a *App) PersonDetail(ctx context.Context, by identity.Actor, id identity.UserID) (PersonDetail, error) {
	if err := identity.CheckAdministration(by, identity.PermissionManageUsers); err != nil {
		return PersonDetail{}, err
	}
	p, err := a.deps.People.ProfileOf(ctx, id)
	if err != nil {
		return PersonDetail{}, fmt.Errorf("administration: detail of %s: %w", id, err)
	}
	d := PersonDetail{Profile: p}
	if d.Factors, err = a.factorsOf(ctx, id); err != nil {
		return PersonDetail{}, fmt.Errorf("administration: factors of %s: %w", id, err)
	}
	did, err := a.deps.Reads.AuditEntries(ctx, audit.Filter{Actor: string(id)}, cursor.Position{}, recentEntries)
	if err != nil {
		return PersonDetail{}, fmt.Errorf("administration: acts of %s: %w", id, err)
	}
	suffered, err := a.deps.Reads.AuditEntries(ctx, audit.Filter{Resource: trail.User(id)}, cursor.Position{}, recentEntries)
	if err != nil {
		return PersonDetail{}, fmt.Errorf("administration: acts on %s: %w", id, err)
	}
	d.Recent = newest(recentEntries, did, suffered)
	d.Names, err = a.named(ctx, d.Recent)
	return d, err
}

func (a *App) factorsOf(ctx context.Context, id identity.UserID) (f Factors, err error) {
	app, has, err := a.deps.Reads.TOTPOf(ctx, id)
	if err != nil {
		return Factors{}, err
	}
	f.AuthenticatorApp = has && !app.ConfirmedAt.IsZero()
	if f.RecoveryCodes, err = a.deps.Reads.RecoveryCodesLeft(ctx, id); err != nil {
		return Factors{}, err
	}
	passkeys, err := a.deps.Reads.PasskeysOf(ctx, id)
	f.Passkeys = len(passkeys)
	return f, err
}
