package identityhttp

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
)

// Organization is one that the person belongs to.
type Organization struct {
	ID        string    `json:"id" format:"uuid"`
	Name      string    `json:"name"`
	Personal  bool      `json:"personal" doc:"The person's own, which nobody shares."`
	Role      string    `json:"role" doc:"Of the person who asks: owner, staff, reader, or a custom role."`
	Members   int       `json:"members"`
	Seats     int       `json:"seats" doc:"Members and open invitations at the most; 0: any number."`
	CreatedAt time.Time `json:"created_at"`

	SecondFactorRequired bool `json:"second_factor_required" doc:"Whether members need a passkey or an authenticator app."`
	// Invited and Permissions are left out of lists.
	Invited     int                   `json:"invited,omitempty" doc:"Open invitations, which take a seat too."`
	Permissions []identity.Permission `json:"permissions,omitempty" nullable:"false" doc:"What the person may do within it."`
}

// Organizations is a list of them.
type Organizations struct {
	Items      []Organization `json:"items" nullable:"false"`
	NextCursor *string        `json:"next_cursor"`
}

// OrganizationName is what an organization is called.
type OrganizationName struct {
	Name string `json:"name" validate:"required,max=100" example:"The Forge"`
}

// OrganizationChange changes an organization; what is absent stays.
type OrganizationChange struct {
	Name                 *string `json:"name,omitempty" validate:"omitempty,max=100" example:"The Forge"`
	SecondFactorRequired *bool   `json:"second_factor_required,omitempty" doc:"Requires a second factor of every member, each with a grace period to set one up. Needs one of one's own, and a recent proof of who one is."`
}

// Member is somebody who belongs to an organization.
type Member struct {
	UserID string     `json:"user_id" format:"uuid"`
	Name   string     `json:"name"`
	Email  string     `json:"email"`
	Role   string     `json:"role"`
	Since  time.Time  `json:"since"`
	Until  *time.Time `json:"until" doc:"When it is over; null: when it is taken back."`
	// Left out where it is not told.
	SecondFactorMissing *bool      `json:"second_factor_missing,omitempty" doc:"Whether they lack the second factor that the organization requires. Told only where it requires one, to whoever manages the members."`
	SecondFactorDue     *time.Time `json:"second_factor_due,omitempty" doc:"When the organization closes to them for want of it, or did."`
}

func memberOf(m identity.Member) Member {
	out := Member{UserID: string(m.User), Name: m.Name, Email: string(m.Email), Role: string(m.Role), Since: m.CreatedAt, Until: fiberhttp.OptionalTime(m.EndsAt)}
	if m.Factor != nil {
		out.SecondFactorMissing = &m.Factor.Missing
		if m.Factor.Missing {
			out.SecondFactorDue = &m.Factor.By
		}
	}
	return out
}

// Members is a list of them.
type Members struct {
	Items      []Member `json:"items" nullable:"false"`
	NextCursor *string  `json:"next_cursor"`
}

// MemberChange is what becomes of a member.
type MemberChange struct {
	Role  *string                    `json:"role,omitempty" validate:"omitempty,max=60" example:"staff" doc:"Absent: as it is."`
	Until fiberhttp.Patch[time.Time] `json:"until,omitzero" doc:"When the membership is over; null: when it is taken back; absent: as it is. An owner's has no end."`
}

// Transfer names the member who becomes the owner.
type Transfer struct {
	UserID string `json:"user_id" validate:"required,max=64"`
}

// Invitation is one that is open.
type Invitation struct {
	ID        string     `json:"id" format:"uuid"`
	Email     string     `json:"email"`
	Role      string     `json:"role"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	Until     *time.Time `json:"until" doc:"When the membership that it leads to is over; null: when it is taken back. Whoever is invited by a member until a day is one as long as they."`
	// Undelivered is left out where it was not looked for.
	Undelivered bool `json:"undelivered,omitempty" doc:"The mail could not be delivered. Check the address."`
}

// Invitations is a list of them.
type Invitations struct {
	Items      []Invitation `json:"items" nullable:"false"`
	NextCursor *string      `json:"next_cursor"`
}

// NewInvitation says who is invited to what.
type NewInvitation struct {
	Email string `json:"email" validate:"required,email,max=254" example:"cleo@neoforge.test"`
	Role  string `json:"role" validate:"required,max=60" example:"staff"`
}

// InvitationToken is what the link in the mail holds.
type InvitationToken struct {
	Token string `json:"token" validate:"required,max=200"`
}

// AcceptedInvitation says what was joined.
type AcceptedInvitation struct {
	OrganizationID string `json:"organization_id" format:"uuid"`
}

func invitationOf(i identity.Invitation) Invitation {
	return Invitation{ID: i.ID, Email: string(i.Email), Role: string(i.Role), CreatedAt: i.CreatedAt, ExpiresAt: i.ExpiresAt, Until: fiberhttp.OptionalTime(i.EndsAt)}
}

// OrganizationPath names an organization; exported, as only then huma reads it where
// it is embedded.
type OrganizationPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (in OrganizationPath) id() identity.OrganizationID { return identity.OrganizationID(in.ID) }

// sharing says of an operation what all of them have in common.
func sharing(id, method, path, summary string, status int) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"organizations"}, Summary: summary, DefaultStatus: status}
}

func (h *routes) organizationsAPI() {
	s, in := h.server, fiberhttp.SignedIn()

	type organizations struct{ Body Organizations }
	fiberhttp.Operation(s, in, sharing("list-organizations", http.MethodGet, "/organizations", "Where one belongs", 200),
		func(ctx context.Context, _ *struct{}) (*organizations, error) {
			places, _, err := h.Organizations.ListOrganizations(ctx, fiberhttp.ActorFrom(ctx))
			if err != nil {
				return nil, err
			}
			out := &organizations{Body: Organizations{Items: make([]Organization, len(places))}}
			for i, p := range places {
				o := p.Organization
				out.Body.Items[i] = Organization{
					ID: string(o.ID), Name: o.Name, Personal: o.Personal, Role: string(p.Role), Members: p.Members, Seats: o.Seats, CreatedAt: o.CreatedAt,
					SecondFactorRequired: !o.FactorRequiredSince.IsZero(),
				}
			}
			return out, nil
		})

	type organization struct {
		Location string `header:"Location"`
		Body     Organization
	}
	view := func(ctx context.Context, id identity.OrganizationID) (*organization, error) {
		v, err := h.Organizations.OpenOrganization(ctx, fiberhttp.ActorFrom(ctx), id)
		if err != nil {
			return nil, err
		}
		o := v.Organization
		return &organization{Body: Organization{
			ID: string(o.ID), Name: o.Name, Personal: o.Personal, Role: string(v.Role), Members: v.Members, Invited: v.Invited, Seats: o.Seats,
			CreatedAt: o.CreatedAt, Permissions: v.Permissions, SecondFactorRequired: !o.FactorRequiredSince.IsZero(),
		}}, nil
	}
	type name struct{ Body OrganizationName }
	fiberhttp.Operation(s, in, sharing("create-organization", http.MethodPost, "/organizations", "Found an organization to share", 201),
		func(ctx context.Context, in *name) (*organization, error) {
			o, err := h.Organizations.CreateOrganization(ctx, fiberhttp.ActorFrom(ctx), in.Body.Name)
			if err != nil {
				return nil, err
			}
			out, err := view(ctx, o.ID)
			if err == nil {
				out.Location = "/api/v1/organizations/" + string(o.ID)
			}
			return out, err
		})
	fiberhttp.Operation(s, in, sharing("get-organization", http.MethodGet, "/organizations/{id}", "Look at an organization", 200),
		func(ctx context.Context, in *OrganizationPath) (*organization, error) { return view(ctx, in.id()) })

	type rename struct {
		OrganizationPath
		Body OrganizationChange
	}
	fiberhttp.Operation(s, in, sharing("rename-organization", http.MethodPatch, "/organizations/{id}", "Rename an organization, or require a second factor of its members", 200),
		func(ctx context.Context, in *rename) (*organization, error) {
			actor, name := fiberhttp.ActorFrom(ctx), ""
			if in.Body.Name != nil {
				name = *in.Body.Name
			}
			// What is refused changes nothing: a name that is no name is found out first, and
			// the requirement, which asks for more than a name does, is changed before the name.
			if in.Body.Name != nil && in.Body.SecondFactorRequired != nil {
				if _, err := identity.ParseName(name); err != nil {
					return nil, err
				}
			}
			if in.Body.SecondFactorRequired != nil {
				if err := h.Organizations.RequireSecondFactor(ctx, actor, in.id(), *in.Body.SecondFactorRequired); err != nil {
					return nil, err
				}
			}
			if in.Body.Name != nil || in.Body.SecondFactorRequired == nil {
				if err := h.Organizations.RenameOrganization(ctx, actor, in.id(), name); err != nil {
					return nil, err
				}
			}
			return view(ctx, in.id())
		})
	fiberhttp.Operation(s, fiberhttp.Recently(), sharing("delete-organization", http.MethodDelete, "/organizations/{id}", "End an organization for everybody", 204),
		func(ctx context.Context, in *OrganizationPath) (*struct{}, error) {
			return nil, h.Organizations.DeleteOrganization(ctx, fiberhttp.ActorFrom(ctx), in.id())
		})
	fiberhttp.Operation(s, in, sharing("leave-organization", http.MethodPost, "/organizations/{id}/leave", "Leave an organization", 204),
		func(ctx context.Context, in *OrganizationPath) (*struct{}, error) {
			return nil, h.Organizations.LeaveOrganization(ctx, fiberhttp.ActorFrom(ctx), in.id())
		})
	type transfer struct {
		OrganizationPath
		Body Transfer
	}
	fiberhttp.Operation(s, fiberhttp.Recently(), sharing("transfer-organization", http.MethodPost, "/organizations/{id}/transfer", "Hand an organization to another member", 204),
		func(ctx context.Context, in *transfer) (*struct{}, error) {
			return nil, h.Organizations.TransferOrganization(ctx, fiberhttp.ActorFrom(ctx), in.id(), identity.UserID(in.Body.UserID))
		})
	h.membersAPI()
	h.invitationsAPI()
	h.organizationRolesAPI()
}

func (h *routes) membersAPI() {
	s, in := h.server, fiberhttp.SignedIn()
	type list struct {
		OrganizationPath
		Cursor string `query:"cursor" maxLength:"200" doc:"The next_cursor of the page before."`
		Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
	}
	type members struct{ Body Members }
	fiberhttp.Operation(s, in, sharing("list-members", http.MethodGet, "/organizations/{id}/members", "Who belongs to an organization", 200),
		func(ctx context.Context, in *list) (*members, error) {
			people, next, err := h.Organizations.ListMembers(ctx, fiberhttp.ActorFrom(ctx), in.id(), in.Cursor, in.Limit)
			if err != nil {
				return nil, err
			}
			out := &members{Body: Members{Items: make([]Member, len(people)), NextCursor: nextCursor(next)}}
			for i, m := range people {
				out.Body.Items[i] = memberOf(m)
			}
			return out, nil
		})
	type change struct {
		OrganizationPath
		User string `path:"user" maxLength:"64"`
		Body MemberChange
	}
	fiberhttp.Operation(s, in, sharing("change-member", http.MethodPatch, "/organizations/{id}/members/{user}", "Give a member another role, or say until when they have it", 204),
		func(ctx context.Context, in *change) (*struct{}, error) {
			c := organizations.MemberChange{Role: (*identity.OrganizationRole)(in.Body.Role)}
			if in.Body.Until.Sent {
				c.Until = new(time.Time)
				if in.Body.Until.Value != nil {
					c.Until = in.Body.Until.Value
				}
			}
			return nil, h.Organizations.ChangeMember(ctx, fiberhttp.ActorFrom(ctx), in.id(), identity.UserID(in.User), c)
		})
	type remove struct {
		OrganizationPath
		User string `path:"user" maxLength:"64"`
	}
	fiberhttp.Operation(s, in, sharing("remove-member", http.MethodDelete, "/organizations/{id}/members/{user}", "Take a member out", 204),
		func(ctx context.Context, in *remove) (*struct{}, error) {
			return nil, h.Organizations.RemoveMember(ctx, fiberhttp.ActorFrom(ctx), in.id(), identity.UserID(in.User))
		})
}

func (h *routes) invitationsAPI() {
	s, in := h.server, fiberhttp.SignedIn()
	type invitations struct{ Body Invitations }
	fiberhttp.Operation(s, in, sharing("list-invitations", http.MethodGet, "/organizations/{id}/invitations", "Who is invited", 200),
		func(ctx context.Context, in *OrganizationPath) (*invitations, error) {
			open, err := h.Organizations.ListInvitations(ctx, fiberhttp.ActorFrom(ctx), in.id())
			if err != nil {
				return nil, err
			}
			out := &invitations{Body: Invitations{Items: make([]Invitation, len(open))}}
			for i, one := range open {
				out.Body.Items[i] = invitationOf(one.Invitation)
				out.Body.Items[i].Undelivered = one.Undelivered
			}
			return out, nil
		})
	type invite struct {
		OrganizationPath
		Body NewInvitation
	}
	type invitation struct{ Body Invitation }
	fiberhttp.Operation(s, in, sharing("invite", http.MethodPost, "/organizations/{id}/invitations", "Invite an address by mail", 201),
		func(ctx context.Context, in *invite) (*invitation, error) {
			i, err := h.Organizations.Invite(ctx, fiberhttp.ActorFrom(ctx), organizations.Invite{
				Organization: in.id(), Email: in.Body.Email, Role: identity.OrganizationRole(in.Body.Role),
			})
			if err != nil {
				return nil, err
			}
			return &invitation{Body: invitationOf(i)}, nil
		})
	type one struct {
		OrganizationPath
		Invitation string `path:"invitation" maxLength:"64"`
	}
	fiberhttp.Operation(s, in, sharing("revoke-invitation", http.MethodDelete, "/organizations/{id}/invitations/{invitation}", "Take an invitation back", 204),
		func(ctx context.Context, in *one) (*struct{}, error) {
			return nil, h.Organizations.RevokeInvitation(ctx, fiberhttp.ActorFrom(ctx), in.id(), in.Invitation)
		})
	fiberhttp.Operation(s, in, sharing("resend-invitation", http.MethodPost, "/organizations/{id}/invitations/{invitation}/resend", "Send an invitation's mail again", 204),
		func(ctx context.Context, in *one) (*struct{}, error) {
			return nil, h.Organizations.ResendInvitation(ctx, fiberhttp.ActorFrom(ctx), in.id(), in.Invitation)
		})
	type token struct{ Body InvitationToken }
	type accepted struct{ Body AcceptedInvitation }
	fiberhttp.Operation(s, in, sharing("accept-invitation", http.MethodPost, "/invitations/accept", "Join an organization", 200),
		func(ctx context.Context, in *token) (*accepted, error) {
			id, err := h.Organizations.AcceptInvitation(ctx, fiberhttp.ActorFrom(ctx), organizations.AcceptInvitation{Token: identity.Secret(in.Body.Token)})
			if err != nil {
				return nil, err
			}
			return &accepted{Body: AcceptedInvitation{OrganizationID: string(id)}}, nil
		})
}
