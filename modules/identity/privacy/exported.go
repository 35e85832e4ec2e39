package privacy

import (
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// ExportedPicture is the picture, which lies beside this file.
type ExportedPicture struct {
	ContentType string    `json:"content_type"`
	Size        int       `json:"size"` // in bytes
	UpdatedAt   time.Time `json:"updated_at"`
}

// ExportedAuthenticator is an authenticator app.
type ExportedAuthenticator struct {
	CreatedAt   time.Time `json:"created_at"`
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"` // left out: the set-up was not finished
}

// ExportedCodes counts recovery codes.
type ExportedCodes struct {
	Unused int       `json:"unused"`
	Used   int       `json:"used"`
	MadeAt time.Time `json:"made_at,omitzero"`
}

// ExportedPasskey is a passkey.
type ExportedPasskey struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	SignCount  int64     `json:"sign_count"`
	BackedUp   bool      `json:"backed_up"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at,omitzero"`
}

// ExportedIdentity is a link to an account at a provider.
type ExportedIdentity struct {
	ID       string    `json:"id"`
	Provider string    `json:"provider"`
	Subject  string    `json:"subject"`
	Email    string    `json:"email"`
	LinkedAt time.Time `json:"linked_at"`
}

// ExportedSession is one sign-in.
type ExportedSession struct {
	ID              string                `json:"id"`
	Kind            identity.SessionKind  `json:"kind"`
	UserAgent       string                `json:"user_agent"`
	Address         string                `json:"address"`
	Method          identity.SignInMethod `json:"method,omitempty"`
	Provider        string                `json:"provider,omitempty"`
	SecondFactor    identity.SecondFactor `json:"second_factor,omitempty"`
	Impersonated    bool                  `json:"impersonated"` // by an administrator
	AuthenticatedAt time.Time             `json:"authenticated_at"`
	CreatedAt       time.Time             `json:"created_at"`
	LastSeenAt      time.Time             `json:"last_seen_at"`
	ExpiresAt       time.Time             `json:"expires_at"`
	RevokedAt       time.Time             `json:"revoked_at,omitzero"`
}

func exportedSession(s identity.Session) ExportedSession {
	return ExportedSession{
		ID: s.ID, Kind: s.Kind, UserAgent: s.Device.UserAgent, Address: s.Device.IP,
		Method: s.By.Method, Provider: s.By.Provider, SecondFactor: s.By.SecondFactor, Impersonated: s.Impersonator != "",
		AuthenticatedAt: s.AuthenticatedAt, CreatedAt: s.CreatedAt, LastSeenAt: s.LastSeenAt, ExpiresAt: s.ExpiresAt, RevokedAt: s.RevokedAt,
	}
}

// ExportedToken is a personal access token. Hint is its last characters.
type ExportedToken struct {
	ID           string           `json:"id"`
	Name         string           `json:"name"`
	Hint         string           `json:"hint"`
	Scopes       []identity.Scope `json:"scopes"`
	CreatedAt    time.Time        `json:"created_at"`
	ExpiresAt    time.Time        `json:"expires_at,omitzero"`
	LastUsedAt   time.Time        `json:"last_used_at,omitzero"`
	LastUsedFrom string           `json:"last_used_from"`
	RevokedAt    time.Time        `json:"revoked_at,omitzero"`
}

// ExportedLink is a link in a mail, with what a registration asked for.
type ExportedLink struct {
	Purpose   identity.MailPurpose `json:"purpose"`
	Email     string               `json:"email"`
	Name      string               `json:"name,omitempty"`
	Agreed    identity.Agreed      `json:"agreed,omitempty"`
	Address   string               `json:"address,omitempty"`
	CreatedAt time.Time            `json:"created_at"`
	ExpiresAt time.Time            `json:"expires_at"`
}

// ExportedPendingEmail is an address that waits for its proof.
type ExportedPendingEmail struct {
	Email     string    `json:"email"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

// ExportedMembership is a place in an organization.
// RoleLabel is what people read of a role that was made there.
type ExportedMembership struct {
	Organization identity.OrganizationID   `json:"organization_id"`
	Name         string                    `json:"name"`
	Personal     bool                      `json:"personal"`
	Role         identity.OrganizationRole `json:"role"`
	RoleLabel    string                    `json:"role_label,omitempty"`
	Permissions  []identity.Permission     `json:"permissions"`
	Since        time.Time                 `json:"since"`
	Until        time.Time                 `json:"until,omitzero"`
}

// ExportedInvitation is an invitation to an organization.
type ExportedInvitation struct {
	ID           string                    `json:"id"`
	Organization identity.OrganizationID   `json:"organization_id"`
	Email        string                    `json:"email"`
	Role         identity.OrganizationRole `json:"role"`
	CreatedAt    time.Time                 `json:"created_at"`
	ExpiresAt    time.Time                 `json:"expires_at"`
	Until        time.Time                 `json:"until,omitzero"`
	AcceptedAt   time.Time                 `json:"accepted_at,omitzero"`
	RevokedAt    time.Time                 `json:"revoked_at,omitzero"`
}

func exportedInvitation(i identity.Invitation) ExportedInvitation {
	return ExportedInvitation{i.ID, i.Organization, string(i.Email), i.Role, i.CreatedAt, i.ExpiresAt, i.EndsAt, i.AcceptedAt, i.RevokedAt}
}

// ExportedGrant is a permission on one resource.
type ExportedGrant struct {
	ID         string              `json:"id"`
	Permission identity.Permission `json:"permission"`
	Resource   string              `json:"resource"`
	CreatedAt  time.Time           `json:"created_at"`
	EndsAt     time.Time           `json:"ends_at,omitzero"`
}

func exportedGrant(g identity.ResourceGrant) ExportedGrant {
	return ExportedGrant{g.ID, g.Permission, g.Resource, g.CreatedAt, g.EndsAt}
}

// ExportedConsent is a word on a text.
type ExportedConsent struct {
	ID      string               `json:"id"`
	Kind    identity.ConsentKind `json:"kind"`
	Version string               `json:"version"`
	Given   bool                 `json:"given"`
	Address string               `json:"address"`
	At      time.Time            `json:"at"`
}

// ExportedExport is an archive that was asked for.
type ExportedExport struct {
	ID         string               `json:"id"`
	State      identity.ExportState `json:"state"`
	Done       int                  `json:"done"`
	Total      int                  `json:"total"`
	Size       int64                `json:"size"` // in bytes
	CreatedAt  time.Time            `json:"created_at"`
	FinishedAt time.Time            `json:"finished_at,omitzero"`
	ExpiresAt  time.Time            `json:"expires_at"`
}
