package identityapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// Profile is what a person sees of their own account. Sessions are the live ones,
// last seen first.
type Profile struct {
	User        identity.User
	Identities  []identity.ExternalIdentity
	Sessions    []identity.Session
	HasPassword bool
	Memberships []identity.Membership
	// EmailUndelivered says that a mail to the address was lately refused.
	EmailUndelivered bool
}

// Profile returns the actor's own account; ErrNotSignedIn for a visitor.
func (a *App) Profile(ctx context.Context, actor identity.Actor) (Profile, error) {
	if !actor.SignedIn() {
		return Profile{}, identity.ErrNotSignedIn
	}
	p, err := a.profileOf(ctx, actor.UserID)
	if err != nil {
		return Profile{}, fmt.Errorf("identityapp: profile of %s: %w", actor.UserID, err)
	}
	return p, nil
}

func (a *App) profileOf(ctx context.Context, id identity.UserID) (p Profile, err error) {
	if p.User, err = a.deps.Reads.User(ctx, id); err != nil {
		return Profile{}, err
	}
	credential, err := a.deps.Reads.CredentialOf(ctx, id)
	if err != nil {
		return Profile{}, err
	}
	p.HasPassword = credential.Hash != ""
	if p.Identities, err = a.deps.Reads.IdentitiesOf(ctx, id); err != nil {
		return Profile{}, err
	}
	sessions, err := a.deps.Reads.SessionsOf(ctx, id)
	if err != nil {
		return Profile{}, err
	}
	now := a.deps.Clock.Now()
	for _, s := range sessions {
		if s.ActiveAt(now) {
			p.Sessions = append(p.Sessions, s)
		}
	}
	if p.Memberships, err = a.deps.Reads.MembershipsOf(ctx, id); err != nil {
		return Profile{}, err
	}
	failed, err := a.undelivered(ctx, string(p.User.Email))
	if err != nil {
		return Profile{}, err
	}
	_, p.EmailUndelivered = failed[string(p.User.Email)]
	return p, nil
}
