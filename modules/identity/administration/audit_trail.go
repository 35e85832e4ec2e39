package administration

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/cursor"
)

// AuditQuery asks for one page of the audit trail.
type AuditQuery struct {
	Actor    string // an address or an id; empty: anybody
	Action   string // one action, or with a dot at its end all that begin with it
	Resource string // "kind:id", or the address of a person
	From, To time.Time
	Cursor   string
	Limit    int // 1 to 100; anything else means 50
}

// AuditPage is one page of the trail, newest first. Names has the people whom the
// entries name, as far as they still exist.
type AuditPage struct {
	Entries    []audit.Entry
	Names      map[string]identity.User
	NextCursor string
}

// AuditTrail fails with ErrNotSignedIn, ErrForbidden and ErrInvalidCursor.
func (a *App) AuditTrail(ctx context.Context, by identity.Actor, q AuditQuery) (AuditPage, error) {
	if err := identity.CheckAdministration(by, identity.PermissionReadAudit); err != nil {
		return AuditPage{}, err
	}
	after, err := readCursor(q.Cursor, cursor.UUIDs)
	if err != nil {
		return AuditPage{}, err
	}
	filter, err := a.auditFilter(ctx, q)
	if err != nil {
		return AuditPage{}, err
	}
	limit := pageSize(q.Limit)
	entries, err := a.deps.Reads.AuditEntries(ctx, filter, after, limit+1)
	if err != nil {
		return AuditPage{}, fmt.Errorf("administration: audit trail: %w", err)
	}
	page := AuditPage{Entries: entries}
	if len(entries) > limit {
		last := entries[limit-1]
		page.Entries, page.NextCursor = entries[:limit], cursor.Encode(cursor.Position{At: last.At, ID: last.ID})
	}
	page.Names, err = a.named(ctx, page.Entries)
	return page, err
}

// auditFilter reads addresses as the people who have them. An address that nobody
// has narrows to nothing, like an id that nobody has.
func (a *App) auditFilter(ctx context.Context, q AuditQuery) (audit.Filter, error) {
	f := audit.Filter{Action: strings.TrimSpace(q.Action), From: q.From, To: q.To}
	var err error
	if f.Actor, err = a.idBehind(ctx, q.Actor); err != nil {
		return f, err
	}
	if f.Resource, err = a.idBehind(ctx, q.Resource); err != nil {
		return f, err
	}
	if strings.Contains(q.Resource, "@") && f.Resource != strings.TrimSpace(q.Resource) {
		f.Resource = trail.User(identity.UserID(f.Resource))
	}
	return f, nil
}

// idBehind returns the id of the person with an address; anything else as it is.
func (a *App) idBehind(ctx context.Context, typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	if !strings.Contains(typed, "@") {
		return typed, nil
	}
	email, err := identity.ParseEmail(typed)
	if err != nil {
		return typed, nil
	}
	u, err := a.deps.Reads.UserByEmail(ctx, email)
	if errors.Is(err, identity.ErrUserNotFound) {
		return typed, nil
	}
	if err != nil {
		return "", fmt.Errorf("administration: whose acts: %w", err)
	}
	return string(u.ID), nil
}

// named looks up whom entries name.
func (a *App) named(ctx context.Context, entries []audit.Entry) (map[string]identity.User, error) {
	var ids []identity.UserID
	for _, e := range entries {
		ids = append(ids, identity.UserID(e.Actor))
		if e.Impersonator != "" {
			ids = append(ids, identity.UserID(e.Impersonator))
		}
		if id, ok := strings.CutPrefix(e.Resource, "user:"); ok {
			ids = append(ids, identity.UserID(id))
		}
	}
	slices.Sort(ids)
	people, err := a.deps.Reads.PeopleByID(ctx, slices.Compact(ids))
	if err != nil {
		return nil, fmt.Errorf("administration: names in the audit trail: %w", err)
	}
	names := make(map[string]identity.User, len(people))
	for _, u := range people {
		names[string(u.ID)] = u
	}
	return names, nil
}

// newest merges lists of entries, each entry once.
func newest(limit int, lists ...[]audit.Entry) []audit.Entry {
	all := slices.Concat(lists...)
	slices.SortFunc(all, func(a, b audit.Entry) int { return cmp.Or(b.At.Compare(a.At), strings.Compare(b.ID, a.ID)) })
	all = slices.CompactFunc(all, func(a, b audit.Entry) bool { return a.ID == b.ID })
	return all[:min(limit, len(all))]
}

// MaxAuditExport is how many entries one export has at the most.
const MaxAuditExport = 100_000

// exportPage is how many entries of an export are in memory at once.
const exportPage = 1000

// ExportAudit hands the trail to write, newest first, a part at a time, and says
// whether it stopped at [MaxAuditExport] with more to come. That somebody exported
// it is itself an entry, written before the first is read. It fails like AuditTrail,
// and with what write fails with.
func (a *App) ExportAudit(ctx context.Context, by identity.Actor, q AuditQuery, write func([]audit.Entry) error) (cut bool, err error) {
	if err := identity.CheckAdministration(by, identity.PermissionReadAudit); err != nil {
		return false, err
	}
	filter, err := a.auditFilter(ctx, q)
	if err != nil {
		return false, err
	}
	now := a.deps.Clock.Now()
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		return s.Audit.Append(ctx, a.deps.Trail.Detailed(by, "identity.audit_exported", "audit:all", describe(filter), now))
	})
	if err != nil {
		return false, fmt.Errorf("administration: export the audit trail: %w", err)
	}
	var after cursor.Position
	for written := 0; ; {
		page, err := a.deps.Reads.AuditEntries(ctx, filter, after, exportPage)
		if err != nil {
			return false, fmt.Errorf("administration: export the audit trail: %w", err)
		}
		if len(page) == 0 {
			return false, nil
		}
		if written == MaxAuditExport {
			return true, nil
		}
		page = page[:min(len(page), MaxAuditExport-written)]
		if err := write(page); err != nil {
			return false, fmt.Errorf("administration: export the audit trail: %w", err)
		}
		written += len(page)
		last := page[len(page)-1]
		after = cursor.Position{At: last.At, ID: last.ID}
	}
}

// describe says in words what an export was narrowed to, by ids and not by addresses.
func describe(f audit.Filter) string {
	var parts []string
	for _, p := range []struct{ name, value string }{{"actor", f.Actor}, {"action", f.Action}, {"resource", f.Resource}} {
		if p.value != "" {
			value := p.value
			if strings.Contains(value, "@") {
				value = "(an address that nobody has)"
			}
			parts = append(parts, p.name+" "+printable(value, 100))
		}
	}
	for _, p := range []struct {
		name string
		at   time.Time
	}{{"from", f.From}, {"to", f.To}} {
		if !p.at.IsZero() {
			parts = append(parts, p.name+" "+p.at.UTC().Format(time.RFC3339))
		}
	}
	return strings.Join(parts, ", ")
}

// printable cuts what somebody typed to what an entry may keep of it.
func printable(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit]
	}
	return strings.ToValidUTF8(s, "")
}

// AuditState says how the seals of the trail stand. It fails with ErrNotSignedIn and
// ErrForbidden.
func (a *App) AuditState(ctx context.Context, by identity.Actor) (audit.State, error) {
	if err := identity.CheckAdministration(by, identity.PermissionReadAudit); err != nil || a.deps.AuditStates == nil {
		return audit.State{}, err
	}
	state, err := a.deps.AuditStates.AuditState(ctx)
	if err != nil {
		return audit.State{}, fmt.Errorf("administration: the seals of the audit trail: %w", err)
	}
	return state, nil
}
