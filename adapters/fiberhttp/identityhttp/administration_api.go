package identityhttp

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// AdminUser is a person as administrators see them.
type AdminUser struct {
	ID            identityport.UserID `json:"id" format:"uuid"`
	Email         string              `json:"email"`
	EmailVerified bool                `json:"email_verified"`
	Name          string              `json:"name"`
	Role          identityport.Role   `json:"role"`
	State         string              `json:"state" enum:"active,suspended,unverified,leaving"`
	CreatedAt     time.Time           `json:"created_at"`
	UpdatedAt     time.Time           `json:"updated_at"`
	SuspendedAt   *time.Time          `json:"suspended_at"`
	EraseAt       *time.Time          `json:"erase_at" doc:"When the account ends, as its person asked."`
}

// AdminUsers is one page of people.
type AdminUsers struct {
	Items      []AdminUser `json:"items" nullable:"false"`
	NextCursor *string     `json:"next_cursor"`
}

// AdminUserDetail is a person with what belongs to the account.
type AdminUserDetail struct {
	AdminUser
	HasPassword      bool            `json:"has_password"`
	AuthenticatorApp bool            `json:"authenticator_app"`
	RecoveryCodes    int             `json:"recovery_codes" doc:"Those that are left."`
	Passkeys         int             `json:"passkeys"`
	Identities       []AdminIdentity `json:"identities" nullable:"false"`
	Sessions         []AdminSession  `json:"sessions" nullable:"false"`
	Memberships      []AdminMember   `json:"memberships" nullable:"false"`
	RecentActs       []exportedEntry `json:"recent_acts" nullable:"false" doc:"What they did lately, and what was done to them."`
}

// AdminIdentity is a linked account at a provider.
type AdminIdentity struct {
	Provider string    `json:"provider"`
	Email    string    `json:"email"`
	LinkedAt time.Time `json:"linked_at"`
}

// AdminSession is one sign-in.
type AdminSession struct {
	Kind         string    `json:"kind" enum:"browser,api"`
	UserAgent    string    `json:"user_agent"`
	Address      string    `json:"address"`
	Impersonated bool      `json:"impersonated" doc:"Whether an administrator acts in it."`
	CreatedAt    time.Time `json:"created_at"`
	LastSeenAt   time.Time `json:"last_seen_at"`
}

// AdminMember is a place in an organization.
type AdminMember struct {
	Organization identityport.OrganizationID `json:"organization_id" format:"uuid"`
	Role         string                      `json:"role"`
	Personal     bool                        `json:"personal"`
	Since        time.Time                   `json:"since"`
}

// AuditEntries is one page of the audit trail.
type AuditEntries struct {
	Items      []exportedEntry `json:"items" nullable:"false"`
	NextCursor *string         `json:"next_cursor"`
}

func adminUser(u identity.User) AdminUser {
	return AdminUser{
		ID: u.ID, Email: string(u.Email), EmailVerified: u.EmailVerified, Name: u.Name, Role: u.Role, State: string(u.State()),
		CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt, SuspendedAt: fiberhttp.OptionalTime(u.SuspendedAt), EraseAt: fiberhttp.OptionalTime(u.EraseAt),
	}
}

func nextCursor(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

type (
	adminPath struct {
		ID string `path:"id" maxLength:"64"`
	}
	adminUserOutput struct{ Body AdminUserDetail }
)

func (h *routes) adminAPI() {
	manage := fiberhttp.Permitted(identity.PermissionManageUsers)
	manageRecently := fiberhttp.PermittedWithRecentAuth(identity.PermissionManageUsers)

	type listInput struct {
		Search string `query:"q" maxLength:"1000" doc:"Beginnings of words of the name or the address."`
		Role   string `query:"role" maxLength:"100"`
		State  string `query:"state" maxLength:"20" doc:"active, suspended, unverified, leaving, overdue (the account should have ended, and others depend on it) or no_second_factor (active, without passkey and authenticator app)."`
		Cursor string `query:"cursor" maxLength:"200" doc:"The next_cursor of the page before."`
		Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
	}
	type list struct{ Body AdminUsers }
	fiberhttp.Operation(h.server, manage, huma.Operation{
		OperationID: "list-users", Method: http.MethodGet, Path: "/admin/users", Tags: []string{"administration"}, Summary: "Find people, newest first",
	}, func(ctx context.Context, in *listInput) (*list, error) {
		found, err := h.Administration.ListPeople(ctx, fiberhttp.ActorFrom(ctx), administration.ListPeople(*in))
		if err != nil {
			return nil, err
		}
		out := &list{Body: AdminUsers{Items: []AdminUser{}, NextCursor: nextCursor(found.NextCursor)}}
		for _, u := range found.Items {
			out.Body.Items = append(out.Body.Items, adminUser(u))
		}
		return out, nil
	})
	fiberhttp.Operation(h.server, manage, huma.Operation{
		OperationID: "get-user", Method: http.MethodGet, Path: "/admin/users/{id}", Tags: []string{"administration"}, Summary: "See an account",
	}, func(ctx context.Context, in *adminPath) (*adminUserOutput, error) {
		return h.adminUser(ctx, identity.UserID(in.ID))
	})

	type change struct {
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			Name *string            `json:"name,omitempty"`
			Role *identityport.Role `json:"role,omitempty" doc:"Needs identity.role.manage as well."`
		}
	}
	fiberhttp.Operation(h.server, manageRecently, huma.Operation{
		OperationID: "change-user", Method: http.MethodPatch, Path: "/admin/users/{id}", Tags: []string{"administration"},
		Summary: "Change somebody's name or role, both or neither",
	}, func(ctx context.Context, in *change) (*adminUserOutput, error) {
		actor, id := fiberhttp.ActorFrom(ctx), identity.UserID(in.ID)
		if err := h.Administration.ChangeUser(ctx, actor, id, administration.UserChange{Name: in.Body.Name, Role: in.Body.Role}); err != nil {
			return nil, err
		}
		return h.adminUser(ctx, id)
	})

	type reason struct {
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			Reason string `json:"reason" validate:"required,max=2000" doc:"3 to 500 characters; stays in the audit trail."`
		}
	}
	fiberhttp.Operation(h.server, manageRecently, huma.Operation{
		OperationID: "suspend-user", Method: http.MethodPost, Path: "/admin/users/{id}/suspend", Tags: []string{"administration"},
		Summary: "Keep somebody out", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *reason) (*struct{}, error) {
		return nil, h.Administration.SuspendUser(ctx, fiberhttp.ActorFrom(ctx), identity.UserID(in.ID), in.Body.Reason)
	})
	h.adminAct(manageRecently, "restore-user", http.MethodPost, "/restore", "Let somebody in again", h.Administration.RestoreUser)
	h.adminAct(manage, "sign-user-out", http.MethodPost, "/sign-out", "End every sign-in of somebody", h.Administration.SignOutUser)
	h.adminAct(manageRecently, "reset-user-factors", http.MethodPost, "/reset-factors", "Remove somebody's second factors", h.Administration.ResetSecondFactors)
	h.adminAct(manage, "send-user-password-reset", http.MethodPost, "/send-reset", "Send a mail to set a new password", h.Administration.SendPasswordReset)
	h.adminAct(manage, "send-user-verification", http.MethodPost, "/send-verification", "Send a mail to prove the address", h.Administration.SendUserVerification)
	h.adminAct(manageRecently, "erase-user", http.MethodDelete, "", "Erase somebody at once", h.Privacy.ErasePerson)

	type auditInput struct {
		Actor    string    `query:"actor" maxLength:"254" doc:"An address or an id; finds what they did in others' names, too."`
		Action   string    `query:"action" maxLength:"100" doc:"One action, or with a dot at its end all that begin with it."`
		Resource string    `query:"resource" maxLength:"254" doc:"kind:id, or a person's address."`
		From     time.Time `query:"from" doc:"The first moment."`
		To       time.Time `query:"to" doc:"The first moment after."`
		Cursor   string    `query:"cursor" maxLength:"200"`
		Limit    int       `query:"limit" minimum:"1" maximum:"100" default:"50"`
	}
	type trail struct{ Body AuditEntries }
	fiberhttp.Operation(h.server, fiberhttp.Permitted(identity.PermissionReadAudit), huma.Operation{
		OperationID: "list-audit", Method: http.MethodGet, Path: "/admin/audit", Tags: []string{"administration"}, Summary: "Read the audit trail, newest first",
	}, func(ctx context.Context, in *auditInput) (*trail, error) {
		page, err := h.Administration.AuditTrail(ctx, fiberhttp.ActorFrom(ctx), administration.AuditQuery(*in))
		if err != nil {
			return nil, err
		}
		out := &trail{Body: AuditEntries{Items: []exportedEntry{}, NextCursor: nextCursor(page.NextCursor)}}
		for _, e := range page.Entries {
			out.Body.Items = append(out.Body.Items, exported(e))
		}
		return out, nil
	})
}

// adminAct registers one act on a person that needs no words.
func (h *routes) adminAct(a fiberhttp.Access, id, method, path, summary string, do func(context.Context, identity.Actor, identity.UserID) error) {
	fiberhttp.Operation(h.server, a, huma.Operation{
		OperationID: id, Method: method, Path: "/admin/users/{id}" + path, Tags: []string{"administration"},
		Summary: summary, DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *adminPath) (*struct{}, error) {
		return nil, do(ctx, fiberhttp.ActorFrom(ctx), identity.UserID(in.ID))
	})
}

func (h *routes) adminUser(ctx context.Context, id identity.UserID) (*adminUserOutput, error) {
	d, err := h.Administration.PersonDetail(ctx, fiberhttp.ActorFrom(ctx), id)
	if err != nil {
		return nil, err
	}
	out := &adminUserOutput{Body: AdminUserDetail{
		AdminUser: adminUser(d.User), HasPassword: d.HasPassword, AuthenticatorApp: d.Factors.AuthenticatorApp,
		RecoveryCodes: d.Factors.RecoveryCodes, Passkeys: d.Factors.Passkeys,
		Identities: []AdminIdentity{}, Sessions: []AdminSession{}, Memberships: []AdminMember{}, RecentActs: []exportedEntry{},
	}}
	for _, i := range d.Identities {
		out.Body.Identities = append(out.Body.Identities, AdminIdentity{Provider: i.Provider, Email: i.Email, LinkedAt: i.CreatedAt})
	}
	for _, s := range d.Sessions {
		out.Body.Sessions = append(out.Body.Sessions, AdminSession{
			Kind: string(s.Kind), UserAgent: s.Device.UserAgent, Address: s.Device.IP, Impersonated: s.Impersonator != "",
			CreatedAt: s.CreatedAt, LastSeenAt: s.LastSeenAt,
		})
	}
	for _, m := range d.Memberships {
		out.Body.Memberships = append(out.Body.Memberships, AdminMember{Organization: m.Organization, Role: string(m.Role), Personal: m.Personal, Since: m.CreatedAt})
	}
	for _, e := range d.Recent {
		out.Body.RecentActs = append(out.Body.RecentActs, exported(e))
	}
	return out, nil
}
