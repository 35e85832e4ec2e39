package account

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Person implements [identityport.Directory]; ErrUserNotFound.
func (a *App) Person(ctx context.Context, id identity.UserID) (identityport.Person, error) {
	u, err := a.deps.Reads.User(ctx, id)
	if err != nil {
		return identityport.Person{}, fmt.Errorf("account: look up %s: %w", id, err)
	}
	return personOf(u), nil
}

// BillingContact implements [identityport.Directory]; ErrOrganizationAbsent.
func (a *App) BillingContact(ctx context.Context, id identity.OrganizationID) (identityport.Person, error) {
	u, err := a.deps.Reads.OwnerOf(ctx, id)
	if err != nil {
		return identityport.Person{}, fmt.Errorf("account: look up the owner of %s: %w", id, err)
	}
	return personOf(u), nil
}

func personOf(u identity.User) identityport.Person {
	return identityport.Person{ID: u.ID, Name: u.Name, Email: string(u.Email), Suspended: !u.SuspendedAt.IsZero()}
}
