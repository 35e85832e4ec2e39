package administration

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// ExplainAccess asks why somebody may do something to a resource.
type ExplainAccess struct {
	Person   string // address or id; empty: a visitor
	Kind     string // of the resource, such as "post"
	Action   string
	Resource string // its id, or what people call it; with or without "kind:" before it
}

// Access is the answer.
type Access struct {
	Person identity.User // without an ID: a visitor
	identityport.Explanation
}

var errNotExplained = fault.New(fault.Invalid, "identity.not_explained", "Choose what somebody would do, to one of the kinds of things that are listed.")

// Explained lists what can be asked about.
func (a *App) Explained() []identityport.Explainer { return a.deps.Explainers() }

// ExplainAccess tells whether somebody may do something, and every rule that was looked at.
// It fails with fault.Forbidden for who may not manage people, identity.ErrUserNotFound, and
// fault.NotFound or fault.Invalid for a resource or an action that is not there.
func (a *App) ExplainAccess(ctx context.Context, by identity.Actor, q ExplainAccess) (Access, error) {
	if err := identity.CheckAdministration(by, identity.PermissionManageUsers); err != nil {
		return Access{}, err
	}
	for _, e := range a.deps.Explainers() {
		if e.Kind() != q.Kind {
			continue
		}
		who, actor, kept, err := a.whoIs(ctx, q.Person)
		if err != nil {
			return Access{}, err
		}
		resource := strings.TrimPrefix(strings.TrimSpace(q.Resource), q.Kind+":")
		explained, err := e.Explain(ctx, actor, q.Action, resource)
		if err != nil {
			return Access{}, fmt.Errorf("administration: explain %s of %s: %w", q.Action, q.Resource, err)
		}
		explained.Rules = append(kept, explained.Rules...)
		return Access{who, explained}, nil
	}
	return Access{}, errNotExplained
}

// whoIs finds a person, as the actor of a request of theirs. Whoever is kept out is a visitor, and
// the rule says by what.
func (a *App) whoIs(ctx context.Context, typed string) (identity.User, identity.Actor, []identityport.Rule, error) {
	if strings.TrimSpace(typed) == "" {
		return identity.User{}, identity.Actor{}, nil, nil
	}
	id, err := a.idBehind(ctx, typed)
	if err != nil {
		return identity.User{}, identity.Actor{}, nil, err
	}
	u, err := a.deps.Reads.User(ctx, identity.UserID(id))
	if err != nil {
		return identity.User{}, identity.Actor{}, nil, fmt.Errorf("administration: whose access: %w", err)
	}
	actor, err := a.deps.Sessions.ActorOf(ctx, u.ID)
	switch {
	case errors.Is(err, identity.ErrSuspended):
		return u, identity.Actor{}, []identityport.Rule{{Text: "Their account is not suspended; they may do what a visitor may.", Forbids: true}}, nil
	case errors.Is(err, identity.ErrEmailUnproven):
		return u, identity.Actor{}, []identityport.Rule{{Text: "They have proven their address; until then they may do what a visitor may.", Forbids: true}}, nil
	case err != nil:
		return u, identity.Actor{}, nil, fmt.Errorf("administration: what %s may do: %w", u.ID, err)
	case actor.SecondFactorOverdue:
		return u, actor, []identityport.Rule{{Text: "They have the second factor that the installation requires.", Forbids: true}}, nil
	}
	return u, actor, nil, nil
}
