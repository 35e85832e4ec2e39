package organizations

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

var _ identityport.Grants = (*App)(nil)

// grantLimit bounds how many addresses somebody can make offers to.
var grantLimit = ratelimit.Limit{Count: 60, Per: time.Hour}

// offeredLimit bounds how many offers are mailed to one address, whoever makes them.
var offeredLimit = ratelimit.Limit{Count: 20, Per: 24 * time.Hour}

// errNotGranted is the answer to taking back what was never given.
var errNotGranted = fault.New(fault.NotFound, "identity.grant_not_found", "Nothing of the kind was granted.")

// May implements [identityport.Grants].
func (a *App) May(ctx context.Context, user identity.UserID, p identity.Permission, resource string) (bool, error) {
	yes, err := a.deps.Reads.Granted(ctx, user, p, resource)
	if err != nil {
		return false, fmt.Errorf("organizations: grant of %s on %s: %w", user, resource, err)
	}
	return yes, nil
}

// OfferOnResource implements [identityport.Grants].
func (a *App) OfferOnResource(ctx context.Context, by identity.Actor, address string, p identity.Permission, resource, what string) error {
	if !by.SignedIn() {
		return identity.ErrNotSignedIn
	}
	if err := identity.CheckGrant(p, resource); err != nil {
		return err
	}
	email, err := identity.ParseEmail(address)
	if err != nil {
		return identity.InField("email", err)
	}
	_, err = a.deps.Limits.CountAll(ctx, throttle.Counted{Key: "identity.grant:" + string(by.UserID), Limit: grantLimit}, throttle.Counted{Key: "identity.grant:to:" + throttle.Digest(string(email)), Limit: offeredLimit})
	if err != nil {
		return err
	}
	u, err := a.deps.People.WhoseEmail(ctx, email)
	if err != nil {
		return err
	}
	granted, err := a.deps.Reads.Granted(ctx, u.ID, p, resource)
	if err != nil {
		return fmt.Errorf("organizations: grant of %s on %s: %w", u.ID, resource, err)
	}
	now := a.deps.Clock.Now()
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if err := a.offer(ctx, s, by, u, p, resource, now); err != nil {
			return err
		}
		told := mails.Mail{Kind: mails.ToNobody, User: identity.Nobody}
		if u.EmailVerified && !granted {
			told = mails.Mail{Kind: mails.Offer, User: u.ID, Data: map[string]string{"inviter": by.Name, "what": what}}
		}
		if err := mails.Post(ctx, s.Jobs, told); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.By(by, "identity.resource_offered", resource, now))
	})
	if err != nil {
		return fmt.Errorf("organizations: offer on %s: %w", resource, err)
	}
	return nil
}

// offer writes the offer to a person. For who is nobody, or unproven, it writes one that
// goes again in the same transaction, which takes as long.
func (a *App) offer(ctx context.Context, s Stores, by identity.Actor, u identity.User, p identity.Permission, resource string, now time.Time) error {
	g := identity.ResourceGrant{ID: a.deps.IDs.New(), User: u.ID, Permission: p, Resource: resource, GrantedBy: by.UserID, CreatedAt: now}
	if !u.EmailVerified {
		g.User = by.UserID
	}
	added, err := s.Grants.Put(ctx, g)
	if err != nil || u.EmailVerified || !added {
		return err
	}
	return s.Grants.Decline(ctx, by.UserID, g.ID)
}

// Offer is what somebody offered to the person who asks.
type Offer struct {
	identity.ResourceGrant
	By string // their name; empty: no longer here
}

// ListOffers lists what was offered to the actor and is not settled, oldest first.
func (a *App) ListOffers(ctx context.Context, actor identity.Actor) ([]Offer, error) {
	if !actor.SignedIn() {
		return nil, identity.ErrNotSignedIn
	}
	all, err := a.deps.Reads.GrantsOf(ctx, actor.UserID)
	if err != nil {
		return nil, fmt.Errorf("organizations: offers to %s: %w", actor.UserID, err)
	}
	var ids []identity.UserID
	offers := []Offer{}
	for _, g := range all {
		if g.AcceptedAt.IsZero() {
			offers, ids = append(offers, Offer{ResourceGrant: g}), append(ids, g.GrantedBy)
		}
	}
	people, err := a.deps.Reads.PeopleByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("organizations: who made the offers to %s: %w", actor.UserID, err)
	}
	for i := range offers {
		for _, u := range people {
			if u.ID == offers[i].GrantedBy {
				offers[i].By = u.Name
			}
		}
	}
	return offers, nil
}

// AcceptOffer makes an offer to the actor good. It needs the person themselves:
// ErrNotSignedIn, ErrNeedsPerson, ErrOfferAbsent.
func (a *App) AcceptOffer(ctx context.Context, actor identity.Actor, id string) error {
	return a.settleOffer(ctx, actor, "identity.offer_accepted", id, func(ctx context.Context, s Stores, now time.Time) error {
		return s.Grants.Accept(ctx, actor.UserID, id, now)
	})
}

// DeclineOffer refuses an offer to the actor. It fails like AcceptOffer.
func (a *App) DeclineOffer(ctx context.Context, actor identity.Actor, id string) error {
	return a.settleOffer(ctx, actor, "identity.offer_declined", id, func(ctx context.Context, s Stores, _ time.Time) error {
		return s.Grants.Decline(ctx, actor.UserID, id)
	})
}

func (a *App) settleOffer(ctx context.Context, actor identity.Actor, action, id string, settle func(ctx context.Context, s Stores, now time.Time) error) error {
	if err := identity.CheckPerson(actor); err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if err := settle(ctx, s, now); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.By(actor, action, "offer:"+id, now))
	})
	if err != nil {
		return fmt.Errorf("organizations: %s %s: %w", action, id, err)
	}
	return nil
}

// RevokeGrant implements [identityport.Grants].
func (a *App) RevokeGrant(ctx context.Context, by identity.Actor, user identity.UserID, p identity.Permission, resource string) error {
	if !by.SignedIn() {
		return identity.ErrNotSignedIn
	}
	now := a.deps.Clock.Now()
	var gone bool
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) (err error) {
		gone, err = s.Grants.Delete(ctx, user, p, resource)
		if err != nil || !gone {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.By(by, "identity.resource_grant_revoked", resource, now))
	})
	if err != nil {
		return fmt.Errorf("organizations: revoke the grant of %s on %s: %w", user, resource, err)
	}
	if !gone { // an offer that nobody accepted is gone all the same, without telling that there was one
		return errNotGranted
	}
	return nil
}

// ListGrants implements [identityport.Grants].
func (a *App) ListGrants(ctx context.Context, p identity.Permission, resource string) ([]identity.Person, error) {
	people, err := a.deps.Reads.GrantsOn(ctx, p, resource)
	if err != nil {
		return nil, fmt.Errorf("organizations: grants on %s: %w", resource, err)
	}
	return people, nil
}
