package identity

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// PermissionManageRoles lets somebody make roles of the installation and give them
// to people.
const PermissionManageRoles Permission = "identity.role.manage"

// CustomRole is a named set of permissions: of one organization, or of the
// installation when Organization is empty. Name is what memberships and people
// carry, and never changes; Label is what people read.
type CustomRole struct {
	ID           string
	Organization OrganizationID
	Name         string
	Label        string
	Permissions  []Permission
	CreatedAt    time.Time
	UpdatedAt    time.Time
	Version      int
}

// What goes wrong around roles.
var (
	ErrRoleAbsent   = fault.New(fault.NotFound, "identity.role_not_found", "There is no such role.")
	ErrRoleTaken    = fault.New(fault.Conflict, "identity.role_taken", "A role has this name already. Choose another one.")
	ErrRoleInUse    = fault.New(fault.Conflict, "identity.role_in_use", "Somebody holds this role. Give them another one first.")
	ErrRoleChanged  = fault.New(fault.Outdated, "identity.role_changed", "The role was changed meanwhile. Load it again and repeat the change.")
	ErrInvalidRole  = fault.New(fault.Invalid, "identity.invalid_role", "A role needs a name of 1 to 60 characters and permissions from the list.")
	ErrTooManyRoles = fault.New(fault.Conflict, "identity.too_many_roles", "There are as many roles as there may be. Delete one first.")
	ErrBeyondOwn    = fault.New(fault.Forbidden, "identity.beyond_own_permissions", "Nobody gives or takes what they do not hold themselves.")
)

// MaxRoles is how many custom roles an organization or the installation may have.
const MaxRoles = 50

// reserved are the names that custom roles cannot have.
func reserved(name string) bool {
	switch name {
	case string(Owner), string(Staff), string(Reader), "system",
		string(identityport.RoleMember), string(identityport.RoleAuthor), string(identityport.RoleAdministrator):
		return true
	}
	return false
}

// RoleName makes the name of a role from its label: ASCII letters, digits and
// hyphens, at most 40, beginning with a letter. It fails with ErrInvalidRole when
// nothing is left, and with ErrRoleTaken for the name of a built-in role.
func RoleName(label string) (string, error) {
	var b strings.Builder
	for _, r := range strings.ToLower(label) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9' && b.Len() > 0:
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() == 40 {
			break
		}
	}
	name := strings.Trim(b.String(), "-")
	if name == "" {
		return "", ErrInvalidRole.WithFields(fault.Field{Name: "label", Message: "The name needs a letter from a to z."})
	}
	if reserved(name) {
		return "", ErrRoleTaken
	}
	return name, nil
}

// Shape trims a label and sorts permissions, each of which must be among those that
// can be granted. It fails with ErrInvalidRole.
func (r CustomRole) Shape(grantable []Permission) (CustomRole, error) {
	label, err := ParseName(r.Label)
	if err != nil || len([]rune(label)) > 60 {
		return CustomRole{}, ErrInvalidRole.WithFields(fault.Field{Name: "label", Message: "The name must have 1 to 60 characters."})
	}
	r.Label, r.Permissions = label, slices.Clone(r.Permissions)
	slices.Sort(r.Permissions)
	r.Permissions = slices.Compact(r.Permissions)
	if !Covers(grantable, r.Permissions) {
		return CustomRole{}, ErrInvalidRole.WithFields(fault.Field{Name: "permissions", Message: "One of these permissions does not exist here."})
	}
	return r, nil
}

// Permissions lists what can be granted in the installation: whatever some
// built-in role holds.
func (p Policy) Permissions() []Permission {
	var out []Permission
	for _, list := range p {
		out = append(out, list...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// BuiltIn reports whether the role comes with the program.
func (p Policy) BuiltIn(r Role) bool {
	_, ok := p[r]
	return ok
}

// Custom is what somebody with a custom role may do: what every member may, and
// what the role names as far as it still exists.
func (p Policy) Custom(r CustomRole) []Permission {
	known := p.Permissions()
	out := slices.Clone(p[identityport.RoleMember])
	for _, have := range r.Permissions {
		if slices.Contains(known, have) {
			out = append(out, have)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// KeepsAdministrator reports ErrLastAdministrator when nobody is left to administer
// once leaving no longer does.
func KeepsAdministrator(active []UserID, leaving UserID) error {
	for _, id := range active {
		if id != leaving {
			return nil
		}
	}
	return ErrLastAdministrator
}

// MayAssign decides whether somebody who holds some permissions may take a person
// from one set to another: nobody gives or takes what they do not hold.
func MayAssign(holds, from, to []Permission) error {
	if !Covers(holds, from) || !Covers(holds, to) {
		return ErrBeyondOwn
	}
	return nil
}

// CustomRoles keeps them, unique by (organization, name).
type CustomRoles interface {
	// Insert fails with ErrRoleTaken.
	Insert(ctx context.Context, r CustomRole) error
	// Lock returns a role and has every other transaction that locks it wait;
	// ErrRoleAbsent.
	Lock(ctx context.Context, of OrganizationID, name string) (CustomRole, error)
	// Update writes label and permissions over version r.Version and counts it up;
	// ErrRoleChanged when that is not the current one.
	Update(ctx context.Context, r CustomRole) error
	// Delete removes it; ErrRoleAbsent.
	Delete(ctx context.Context, of OrganizationID, name string) error
	Count(ctx context.Context, of OrganizationID) (int, error)
	// InUse reports whether anybody holds it, or is invited to it.
	InUse(ctx context.Context, of OrganizationID, name string, now time.Time) (bool, error)
	// Administrators lists who administers the installation and is not suspended. A
	// transaction that asks has every other one that asks wait.
	Administrators(ctx context.Context) ([]UserID, error)
}

// RoleReads is what is asked about roles outside a transaction.
type RoleReads interface {
	// CustomRole fails with ErrRoleAbsent.
	CustomRole(ctx context.Context, of OrganizationID, name string) (CustomRole, error)
	// CustomRolesOf lists them by label.
	CustomRolesOf(ctx context.Context, of OrganizationID) ([]CustomRole, error)
}
