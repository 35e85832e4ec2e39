package organizations

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Explainer tells why somebody may, or may not, do something within an organization: manage
// its members, or its billing.
func (a *App) Explainer() identityport.Explainer { return explainer{a} }

type explainer struct{ a *App }

// errUnknownAction refuses a permission that no role within an organization holds.
var errUnknownAction = fault.New(fault.Invalid, "identity.unknown_permission", "No role within an organization holds such a permission. Choose one that is listed.")

// Kind implements [identityport.Explainer].
func (explainer) Kind() string { return "organization" }

// Actions implements [identityport.Explainer]. They are the permissions within one.
func (e explainer) Actions() []identityport.ExplainedAction {
	var out []identityport.ExplainedAction
	for _, p := range e.permissions() {
		out = append(out, identityport.ExplainedAction{Name: string(p), Label: "do " + string(p) + " within an organization"})
	}
	return out
}

func (e explainer) permissions() []identity.Permission {
	var all []identity.Permission
	for _, held := range e.a.deps.OrganizationPolicy {
		all = append(all, held...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Explain implements [identityport.Explainer].
func (e explainer) Explain(ctx context.Context, actor identity.Actor, action, resource string) (identityport.Explanation, error) {
	p := identity.Permission(action)
	if !slices.Contains(e.permissions(), p) {
		return identityport.Explanation{}, errUnknownAction
	}
	o, err := e.a.deps.Reads.Organization(ctx, identity.OrganizationID(resource))
	if err != nil {
		return identityport.Explanation{}, fmt.Errorf("organizations: explain %s: %w", resource, err)
	}
	withheld := slices.Contains(actor.Withheld, o.ID)
	m, err := e.a.deps.Reads.Membership(ctx, o.ID, actor.UserID)
	if err != nil && !errors.Is(err, identity.ErrMemberAbsent) {
		return identityport.Explanation{}, fmt.Errorf("organizations: explain %s: %w", resource, err)
	}
	return identityport.Explanation{
		Resource: e.Kind() + ":" + string(o.ID), Title: "the organization “" + o.Name + "”", Allowed: actor.MayIn(o.ID, p),
		Rules: []identityport.Rule{
			{Text: "They are a member of it.", Holds: actor.MemberOf(o.ID) || withheld, Forbids: true, Until: m.EndsAt},
			{Text: "They have the second factor that it, or the installation, requires.", Holds: !withheld && !actor.SecondFactorOverdue, Forbids: true},
			{Text: "Their role within it holds " + action + ".", Holds: slices.Contains(actor.Within[o.ID], p)},
		},
	}, nil
}
