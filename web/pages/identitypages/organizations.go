package identitypages

import (
	"strconv"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// OrganizationRow is one of the organizations that somebody belongs to.
type OrganizationRow struct {
	Name     string
	URL      string
	Role     string
	Personal bool
	Members  int
	Until    time.Time // the last day; zero: none
}

// InvitationRow is an open invitation. Who was invited accepts it; who may invite
// sends it again or revokes it.
type InvitationRow struct {
	Organization string
	Email        string
	Undelivered  bool // the mail was refused
	Inviter      string
	Role         string
	ExpiresAt    time.Time
	Until        time.Time // the last day of the membership that it leads to; zero: for good
	AcceptURL    string
	ResendURL    string
	RevokeURL    string
}

// OrganizationsView is the page of where one belongs. Its form posts name.
type OrganizationsView struct {
	layout.Page
	Errors      layout.FieldErrors // name; "" is about what else was tried
	Name        string             // keeps what was typed
	List        []OrganizationRow
	Invitations []InvitationRow
}

// RoleOption is a role that can be chosen, or a permission.
type RoleOption struct {
	Name    string
	Label   string
	Chosen  bool
	Blocked bool // held by nobody who could give it here
}

// MemberRow is a member as the others see them.
type MemberRow struct {
	Name  string
	Email string
	Role  string
	Since time.Time
	Until time.Time // the last day; zero: none
	Self  bool
	// FactorMissing says that they lack a second factor which the organization requires,
	// by FactorBy; FactorOver: that moment has passed.
	FactorMissing bool
	FactorBy      time.Time
	FactorOver    bool
	Roles         []RoleOption // empty: may not be changed by who looks
	RoleURL       string
	RemoveURL     string // empty: may not be removed by who looks
}

func (m MemberRow) until() string {
	if m.Until.IsZero() {
		return ""
	}
	return m.Until.Format(time.DateOnly)
}

// RoleRow is a custom role.
type RoleRow struct {
	Name        string
	Label       string
	Held        []string // labels of what it holds
	Permissions []RoleOption
	BuiltIn     bool
	ChangeURL   string
	DeleteURL   string
}

// OrganizationView is the page of one organization. What may not be done by who
// looks is empty or false.
type OrganizationView struct {
	layout.Page
	Errors      layout.FieldErrors // email, name, label; "" is about what else was tried
	ID          string
	Name        string
	TypedName   string // keeps what was typed
	TypedLabel  string // of a new role
	Personal    bool
	Role        string
	Seats       int
	Taken       int
	Members     []MemberRow
	MoreURL     string
	Invitations []InvitationRow
	InviteRoles []RoleOption // empty: may not invite
	InviteEmail string       // keeps what was typed
	Roles       []RoleRow
	NewRole     []RoleOption // permissions to make a role of; empty: may not
	MayRename   bool
	// FactorRequired says that members need a second factor, FactorSince since when.
	FactorRequired bool
	FactorSince    time.Time
	MayLeave       bool
	Owner          bool
	Heirs          []RoleOption // members whom it can be handed to
}

func (v OrganizationView) url(rest string) string { return "/organizations/" + v.ID + rest }

// typedName is what was typed, or the name that the organization has.
func (v OrganizationView) typedName() string {
	if v.TypedName != "" {
		return v.TypedName
	}
	return v.Name
}

func (v OrganizationView) seats() string {
	if v.Seats == 0 {
		return ""
	}
	return strconv.Itoa(v.Taken) + " of " + strconv.Itoa(v.Seats) + " seats are taken, open invitations included."
}

// JoinView is the page that an invitation's link opens. Its form posts token.
type JoinView struct {
	layout.Page
	Token       string
	Trouble     string
	Invitation  InvitationRow
	Unavailable bool   // there is nothing to join, or no longer
	SignedInAs  string // empty: a visitor
	Mine        bool   // signed in with the address invited
	SignInURL   string
	JoinURL     string // to register
}

// RolesView is the page of the installation's roles.
type RolesView struct {
	layout.Page
	Errors     layout.FieldErrors // label, of a new role; "" is about what else was tried
	TypedLabel string
	Roles      []RoleRow
	NewRole    []RoleOption
}

// RoleTitle is what a built-in role within an organization is called.
func RoleTitle(role string) string {
	switch role {
	case "owner":
		return "Owner"
	case "staff":
		return "Staff"
	case "reader":
		return "Reader"
	}
	return role
}

// PermissionTitle says in words what a permission lets one do: its parts in the
// order in which they narrow it down.
func PermissionTitle(p string) string {
	switch p {
	case "identity.organization.read":
		return "See the organization and its members"
	case "identity.organization.update":
		return "Rename the organization"
	case "identity.organization.invite":
		return "Invite people"
	case "identity.organization.members.manage":
		return "Change and remove members"
	case "identity.organization.roles.manage":
		return "Make and change roles"
	case "billing.manage":
		return "Buy for the organization"
	case "identity.user.manage":
		return "Manage people"
	case "identity.user.impersonate":
		return "Act as somebody else"
	case "identity.role.manage":
		return "Make roles and give them to people"
	case "identity.audit.read":
		return "Read the audit trail"
	case "content.post.write":
		return "Write and change their own posts"
	case "content.post.publish":
		return "Publish their own posts"
	case "content.post.edit_any":
		return "Change anybody's posts"
	}
	return strings.NewReplacer(".", " · ", "_", " ").Replace(p)
}

func people(n int) string {
	if n == 1 {
		return "1 member"
	}
	return strconv.Itoa(n) + " members"
}

// ScopeTitle is what a token may do, for people.
func ScopeTitle(scope string) string {
	switch scope {
	case "read":
		return "Read"
	case "write":
		return "Write"
	default:
		return PermissionTitle(scope)
	}
}

// TokenEnd is when a token ends that lives a number of days; of none it does not.
func TokenEnd(days string) string {
	if days == "0" {
		return "Never"
	}
	return "In " + days + " days"
}
