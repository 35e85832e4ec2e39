package identityhttp

import (
	"context"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/platformpages"
)

// fieldWords implements fiberhttp.FieldWords for the forms of this context: roles,
// permissions and people are said by their titles, as on the pages of the forms.
func (h *routes) fieldWords(ctx context.Context, r *fiberhttp.Request, action string, f platformpages.FormField) (label, value string) {
	switch f.Name {
	case "permissions":
		return "May", identitypages.PermissionTitle(f.Value)
	case "scopes":
		return "May", identitypages.ScopeTitle(f.Value)
	case "days":
		return "Ends", identitypages.TokenEnd(f.Value)
	case "label":
		return "Name", ""
	case "role":
		return "Role", h.roleWords(ctx, r.Actor, f.Value)
	case "user_id":
		return "To", h.memberWords(ctx, r.Actor, action, f.Value)
	default:
		return "", ""
	}
}

// roleWords is the title of a role; empty where the actor may not see it.
func (h *routes) roleWords(ctx context.Context, by identity.Actor, role string) string {
	roles, err := h.roleChoices(ctx, by)
	if err != nil {
		return ""
	}
	for _, choice := range roles {
		if choice.Name == role {
			return choice.Label
		}
	}
	return ""
}

// memberWords is who a member of the organization is whose form is sent to action.
func (h *routes) memberWords(ctx context.Context, by identity.Actor, action, user string) string {
	rest, found := strings.CutPrefix(action, "/organizations/")
	id, _, _ := strings.Cut(rest, "/")
	if !found || id == "" {
		return ""
	}
	members, _, err := h.Organizations.ListMembers(ctx, by, identity.OrganizationID(id), "", 100)
	if err != nil {
		return ""
	}
	for _, m := range members {
		if string(m.User) == user {
			return m.Name + " (" + m.Email.Shown() + ")"
		}
	}
	return ""
}
