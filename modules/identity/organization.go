package identity

import "time"

// Organization is who pays and who shares: every person has a personal one, of
// which they are the only member.
type Organization struct {
	ID        OrganizationID
	Name      string
	Personal  bool
	CreatedAt time.Time
}

// OrganizationRole is what a member may do within an organization.
type OrganizationRole string

// The roles within an organization.
const (
	Owner  OrganizationRole = "owner"
	Staff  OrganizationRole = "staff"
	Reader OrganizationRole = "reader"
)

// Membership ties a person to an organization.
type Membership struct {
	Organization OrganizationID
	User         UserID
	Role         OrganizationRole
	Personal     bool // read-only: whether the organization is the person's own
	CreatedAt    time.Time
}
