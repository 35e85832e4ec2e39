package organizations

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
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

// GrantedOn implements [identityport.Grants].
func (a *App) GrantedOn(ctx context.Context, user identity.UserID, resource string) ([]identityport.Grant, error) {
	all, err := a.deps.Reads.Granted(ctx, user, resource, a.deps.Clock.Now())
	if err != nil {
		return nil, fmt.Errorf("organizations: grants of %s on %s: %w", user, resource, err)
	}
	return granted(all), nil
}

// GrantedTo implements [identityport.Grants].
func (a *App) GrantedTo(ctx context.Context, user identity.UserID, kind string) ([]identityport.Grant, error) {
	all, err := a.deps.Reads.GrantsOf(ctx, user)
	if err != nil {
		return nil, fmt.Errorf("organizations: grants of %s: %w", user, err)
	}
	now := a.deps.Clock.Now()
	return granted(slices.DeleteFunc(all, func(g identity.ResourceGrant) bool {
		return g.AcceptedAt.IsZero() || g.Ended(now) || !strings.HasPrefix(g.Resource, kind+":")
	})), nil
}

func granted(all []identity.ResourceGrant) []identityport.Grant {
	out := make([]identityport.Grant, len(all))
	for i, g := range all {
		out[i] = identityport.Grant{Person: identity.Person{ID: g.User}, Permission: g.Permission, Resource: g.Resource, GrantedBy: g.GrantedBy, Until: g.EndsAt}
	}
	return out
}

// OfferOnResource implements [identityport.Grants].
func (a *App) OfferOnResource(ctx context.Context, by identity.Actor, o identityport.ResourceOffer) error {
	if !by.SignedIn() {
		return identity.ErrNotSignedIn
	}
	if err := identity.CheckGrant(o.Permission, o.Resource); err != nil {
		return err
	}
	email, err := identity.ParseEmail(o.Email)
	if err != nil {
		return identity.InField("email", err)
	}
	now := a.deps.Clock.Now()
	if err := identity.CheckGrantEnd(o.Until, now); err != nil {
		return identity.InField("until", err)
	}
	_, err = a.deps.Limits.CountAll(ctx, throttle.Counted{Key: "identity.grant:" + string(by.UserID), Limit: grantLimit}, throttle.Counted{Key: "identity.grant:to:" + throttle.Digest(string(email)), Limit: offeredLimit})
	if err != nil {
		return err
	}
	u, err := a.deps.People.WhoseEmail(ctx, email)
	if err != nil {
		return err
	}
	held, err := a.deps.Reads.Granted(ctx, u.ID, o.Resource, now)
	if err != nil {
		return fmt.Errorf("organizations: grants of %s on %s: %w", u.ID, o.Resource, err)
	}
	has := slices.ContainsFunc(held, func(g identity.ResourceGrant) bool { return g.Permission == o.Permission })
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if err := a.offer(ctx, s, by, u, o, now); err != nil {
			return err
		}
		told := mails.Mail{Kind: mails.ToNobody, User: identity.Nobody}
		if u.EmailVerified && !has {
			told = mails.Mail{Kind: mails.Offer, User: u.ID, Data: map[string]string{"inviter": by.Name, "what": o.What, "until": day(o.Until)}}
		}
		if err := mails.Post(ctx, s.Jobs, told); err != nil {
			return err
		}
		// To whom is left out: their own entry says it once they accept.
		return s.Audit.Append(ctx, a.deps.Trail.Detailed(by, "identity.resource_offered", o.Resource, grantDetail(o.Permission, o.Until), now))
	})
	if err != nil {
		return fmt.Errorf("organizations: offer on %s: %w", o.Resource, err)
	}
	return nil
}

// day names the last day of a grant; empty where it has none.
func day(until time.Time) string {
	if until.IsZero() {
		return ""
	}
	return identityport.LastDay(until).Format("2 January 2006")
}

// grantDetail says in the audit trail what was given.
func grantDetail(p identity.Permission, until time.Time) string {
	if until.IsZero() {
		return string(p)
	}
	return string(p) + " until " + until.UTC().Format(time.RFC3339)
}

// offer writes the offer to a person, and when it is over. For who is nobody, or unproven, it
// writes one that goes again in the same transaction, which takes as long.
func (a *App) offer(ctx context.Context, s Stores, by identity.Actor, u identity.User, o identityport.ResourceOffer, now time.Time) error {
	g := identity.ResourceGrant{ID: a.deps.IDs.New(), User: u.ID, Permission: o.Permission, Resource: o.Resource, GrantedBy: by.UserID, CreatedAt: now, EndsAt: o.Until}
	to := u.ID
	if !u.EmailVerified {
		g.User, to = by.UserID, identity.Nobody
	}
	added, err := s.Grants.Put(ctx, g)
	if err != nil {
		return err
	}
	if err := s.Grants.SetEnd(ctx, to, o.Permission, o.Resource, o.Until); err != nil || u.EmailVerified || !added {
		return err
	}
	_, err = s.Grants.Decline(ctx, by.UserID, g.ID)
	return err
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
	now := a.deps.Clock.Now()
	for _, g := range all {
		if g.AcceptedAt.IsZero() && !g.Ended(now) {
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
	return a.settleOffer(ctx, actor, "identity.offer_accepted", id, func(ctx context.Context, s Stores, now time.Time) (identity.ResourceGrant, error) {
		return s.Grants.Accept(ctx, actor.UserID, id, now)
	})
}

// DeclineOffer refuses an offer to the actor. It fails like AcceptOffer.
func (a *App) DeclineOffer(ctx context.Context, actor identity.Actor, id string) error {
	return a.settleOffer(ctx, actor, "identity.offer_declined", id, func(ctx context.Context, s Stores, _ time.Time) (identity.ResourceGrant, error) {
		return s.Grants.Decline(ctx, actor.UserID, id)
	})
}

func (a *App) settleOffer(ctx context.Context, actor identity.Actor, action, id string, settle func(ctx context.Context, s Stores, now time.Time) (identity.ResourceGrant, error)) error {
	if err := identity.CheckPerson(actor); err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		g, err := settle(ctx, s, now)
		if err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.Detailed(actor, action, g.Resource, grantDetail(g.Permission, g.EndsAt), now))
	})
	if err != nil {
		return fmt.Errorf("organizations: %s %s: %w", action, id, err)
	}
	return nil
}

// RevokeGrants implements [identityport.Grants].
func (a *App) RevokeGrants(ctx context.Context, by identity.Actor, user identity.UserID, resource, what string) error {
	if !by.SignedIn() {
		return identity.ErrNotSignedIn
	}
	now := a.deps.Clock.Now()
	var accepted []identity.Permission
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) (err error) {
		accepted, err = s.Grants.Delete(ctx, user, resource)
		if err != nil || len(accepted) == 0 {
			return err
		}
		told := mails.Mail{Kind: mails.GrantRevoked, User: user, Data: map[string]string{"what": what}}
		if err := mails.Post(ctx, s.Jobs, told); err != nil {
			return err
		}
		for _, p := range accepted {
			if err := s.Audit.Append(ctx, a.deps.Trail.Detailed(by, "identity.resource_grant_revoked", resource, string(p)+" of "+trail.User(user), now)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("organizations: revoke the grants of %s on %s: %w", user, resource, err)
	}
	if len(accepted) == 0 { // an offer that nobody accepted is gone all the same, without telling that there was one
		return errNotGranted
	}
	return nil
}

// ListGrants implements [identityport.Grants].
func (a *App) ListGrants(ctx context.Context, resource string) ([]identityport.Grant, error) {
	all, err := a.deps.Reads.GrantsOn(ctx, resource, a.deps.Clock.Now())
	if err != nil {
		return nil, fmt.Errorf("organizations: grants on %s: %w", resource, err)
	}
	out := make([]identityport.Grant, len(all))
	for i, g := range all {
		out[i] = identityport.Grant{Person: g.Person, Permission: g.Permission, Resource: g.Resource, GrantedBy: g.GrantedBy, Until: g.EndsAt}
	}
	return out, nil
}
