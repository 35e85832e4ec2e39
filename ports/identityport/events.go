package identityport

// UserRegistered reports that a person has an account and a personal
// organization of which they are the owner. The address may not be proven yet, and
// name, address and role are those of that moment: take it as the time to prepare what
// a person or an organization needs, and look the rest up in the [Directory] later.
// After an erasure it has the person's id alone.
type UserRegistered struct {
	UserID               UserID         `json:"user_id"`
	PersonalOrganization OrganizationID `json:"personal_organization_id"`
	Email                string         `json:"email"`
	Name                 string         `json:"name"`
	Role                 Role           `json:"role"`
}

// EventName implements events.Payload.
func (UserRegistered) EventName() string { return "identity.user_registered.v1" }

// UserRenamed reports that a person has another name, and that contexts which keep it
// look it up in the [Directory]: by the time of the event it may be a later one.
type UserRenamed struct {
	UserID UserID `json:"user_id"`
}

// EventName implements events.Payload.
func (UserRenamed) EventName() string { return "identity.user_renamed.v1" }

// UserTokensRevoked reports that everything by which programs act or read for a person ends,
// as after a password reset or when the account is to be deleted: each context ends what it
// has given out until then.
type UserTokensRevoked struct {
	UserID UserID `json:"user_id"`
}

// EventName implements events.Payload.
func (UserTokensRevoked) EventName() string { return "identity.user_tokens_revoked.v1" }

// UserErased reports that a person is gone: each context removes what it holds
// about them, and of what must stay (invoices) the name. Organizations lists those that
// ended with the person, the personal one among them. It may come before
// UserRegistered was dealt with: what is not there is no fault.
type UserErased struct {
	UserID        UserID           `json:"user_id"`
	Organizations []OrganizationID `json:"organization_ids"`
}

// EventName implements events.Payload.
func (UserErased) EventName() string { return "identity.user_erased.v1" }

// OrganizationDeleted reports that a shared organization is gone by the will of an
// owner: each context ends and removes what it holds for it.
type OrganizationDeleted struct {
	OrganizationID OrganizationID `json:"organization_id"`
}

// EventName implements events.Payload.
func (OrganizationDeleted) EventName() string { return "identity.organization_deleted.v1" }
