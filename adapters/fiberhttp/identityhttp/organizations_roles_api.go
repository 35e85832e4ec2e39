package identityhttp

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
)

// RoleBody is a role as programs see it.
type RoleBody struct {
	Name        string                `json:"name" doc:"As people and members carry it; it never changes."`
	Label       string                `json:"label"`
	Permissions []identity.Permission `json:"permissions" nullable:"false"`
	BuiltIn     bool                  `json:"built_in"`
}

// RoleList is the roles there are, and what others can be made of.
type RoleList struct {
	Items       []RoleBody            `json:"items" nullable:"false"`
	NextCursor  *string               `json:"next_cursor"`
	Permissions []identity.Permission `json:"permissions" nullable:"false" doc:"What roles can be made of here."`
}

// NewRole makes a role.
type NewRole struct {
	Label       string                `json:"label" validate:"required,max=60" example:"Translator"`
	Permissions []identity.Permission `json:"permissions" nullable:"false" maxItems:"100"`
}

// ChangedRole changes parts of a role; what is left out stays.
type ChangedRole struct {
	Label       *string                `json:"label,omitempty" validate:"omitempty,max=60"`
	Permissions *[]identity.Permission `json:"permissions,omitempty" maxItems:"100"`
}

func (c ChangedRole) change() organizations.RoleChange {
	return organizations.RoleChange{Label: c.Label, Permissions: c.Permissions}
}

func roleOf(r identity.CustomRole) RoleBody {
	return RoleBody{Name: r.Name, Label: r.Label, Permissions: notNil(r.Permissions)}
}

type (
	roleOutput  struct{ Body RoleBody }
	rolesOutput struct{ Body RoleList }
)

func (h *routes) organizationRolesAPI() {
	s, in := h.server, fiberhttp.SignedIn()
	fiberhttp.Operation(s, in, sharing("list-organization-roles", http.MethodGet, "/organizations/{id}/roles", "The roles of an organization", 200),
		func(ctx context.Context, in *OrganizationPath) (*rolesOutput, error) {
			v, err := h.Organizations.OpenOrganization(ctx, fiberhttp.ActorFrom(ctx), in.id())
			if err != nil {
				return nil, err
			}
			out := &rolesOutput{Body: RoleList{Items: []RoleBody{}, Permissions: notNil(h.Organizations.OrganizationPermissions())}}
			for _, r := range v.Roles {
				out.Body.Items = append(out.Body.Items, roleOf(r))
			}
			return out, nil
		})
	type create struct {
		OrganizationPath
		Body NewRole
	}
	fiberhttp.Operation(s, in, sharing("create-organization-role", http.MethodPost, "/organizations/{id}/roles", "Make a role of an organization", 201),
		func(ctx context.Context, in *create) (*roleOutput, error) {
			r, err := h.Organizations.CreateOrganizationRole(ctx, fiberhttp.ActorFrom(ctx), in.id(), in.Body.Label, in.Body.Permissions)
			if err != nil {
				return nil, err
			}
			return &roleOutput{Body: roleOf(r)}, nil
		})
	type change struct {
		OrganizationPath
		Role string `path:"role" maxLength:"60"`
		Body ChangedRole
	}
	fiberhttp.Operation(s, in, sharing("change-organization-role", http.MethodPatch, "/organizations/{id}/roles/{role}", "Change a role of an organization", 200),
		func(ctx context.Context, in *change) (*roleOutput, error) {
			r, err := h.Organizations.ChangeOrganizationRole(ctx, fiberhttp.ActorFrom(ctx), in.id(), in.Role, in.Body.change())
			if err != nil {
				return nil, err
			}
			return &roleOutput{Body: roleOf(r)}, nil
		})
	type remove struct {
		OrganizationPath
		Role string `path:"role" maxLength:"60"`
	}
	fiberhttp.Operation(s, in, sharing("delete-organization-role", http.MethodDelete, "/organizations/{id}/roles/{role}", "Delete a role that nobody holds", 204),
		func(ctx context.Context, in *remove) (*struct{}, error) {
			return nil, h.Organizations.DeleteOrganizationRole(ctx, fiberhttp.ActorFrom(ctx), in.id(), in.Role)
		})
}

func (h *routes) rolesAPI() {
	s, manage := h.server, fiberhttp.PermittedWithRecentAuth(identity.PermissionManageRoles)
	operation := func(id, method, path, summary string, status int) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"administration"}, Summary: summary, DefaultStatus: status}
	}
	fiberhttp.Operation(s, fiberhttp.Permitted(identity.PermissionManageRoles), operation("list-roles", http.MethodGet, "/admin/roles", "The roles of the installation", 200),
		func(ctx context.Context, _ *struct{}) (*rolesOutput, error) {
			roles, err := h.Organizations.ListRoles(ctx, fiberhttp.ActorFrom(ctx))
			if err != nil {
				return nil, err
			}
			out := &rolesOutput{Body: RoleList{Items: []RoleBody{}, Permissions: notNil(h.Organizations.Permissions())}}
			for _, r := range roles {
				out.Body.Items = append(out.Body.Items, RoleBody{Name: string(r.Name), Label: r.Label, Permissions: notNil(r.Permissions), BuiltIn: r.BuiltIn})
			}
			return out, nil
		})
	type create struct{ Body NewRole }
	fiberhttp.Operation(s, manage, operation("create-role", http.MethodPost, "/admin/roles", "Make a role", 201),
		func(ctx context.Context, in *create) (*roleOutput, error) {
			r, err := h.Organizations.CreateRole(ctx, fiberhttp.ActorFrom(ctx), in.Body.Label, in.Body.Permissions)
			if err != nil {
				return nil, err
			}
			return &roleOutput{Body: roleOf(r)}, nil
		})
	type change struct {
		Role string `path:"role" maxLength:"60"`
		Body ChangedRole
	}
	fiberhttp.Operation(s, manage, operation("change-role", http.MethodPatch, "/admin/roles/{role}", "Change a role", 200),
		func(ctx context.Context, in *change) (*roleOutput, error) {
			r, err := h.Organizations.ChangeRole(ctx, fiberhttp.ActorFrom(ctx), in.Role, in.Body.change())
			if err != nil {
				return nil, err
			}
			return &roleOutput{Body: roleOf(r)}, nil
		})
	type remove struct {
		Role string `path:"role" maxLength:"60"`
	}
	fiberhttp.Operation(s, manage, operation("delete-role", http.MethodDelete, "/admin/roles/{role}", "Delete a role that nobody has", 204),
		func(ctx context.Context, in *remove) (*struct{}, error) {
			return nil, h.Organizations.DeleteRole(ctx, fiberhttp.ActorFrom(ctx), in.Role)
		})
}
