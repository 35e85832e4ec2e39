package signin

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/ports/cache"
)

// bearer is who a personal access token makes of a request, and what the clock is
// held against. The actor is the whole person: it is narrowed on the way out.
type bearer struct {
	Person person                 `json:"person"`
	Token  identity.PersonalToken `json:"token"`
}

// AuthenticatePersonalToken returns who a personal access token acts for, narrowed
// to its scopes; address is where the request comes from. It fails with
// ErrInvalidToken unless the token is good now and its person may sign in.
func (a *App) AuthenticatePersonalToken(ctx context.Context, secret identity.Secret, address string) (identity.Actor, error) {
	if !identity.IsPersonalSecret(secret.Reveal()) {
		return identity.Actor{}, identity.ErrInvalidToken
	}
	hash := secret.Hash()
	// Whose token it is never changes; whether it still serves is asked each time.
	owner, err := cache.FetchJSON(ctx, a.deps.Cache, "identity.token_owner:"+hex.EncodeToString(hash), cache.Options{TTL: cookieTTL},
		func(ctx context.Context) (keyOfSession, error) {
			t, err := a.deps.Reads.PersonalTokenByHash(ctx, hash)
			return keyOfSession{ID: t.ID, User: t.User}, err
		})
	if err != nil {
		return identity.Actor{}, notAToken(err, "find a personal access token")
	}
	kept := cache.Options{TTL: cached.ActorTTL, Shared: true, Tags: []string{identity.TagToken(owner.ID), identity.TagUser(owner.User)}}
	b, err := cache.FetchJSON(ctx, a.deps.Cache, "identity.bearer:"+owner.ID, kept, func(ctx context.Context) (bearer, error) {
		return a.loadBearer(ctx, owner.ID)
	})
	if err != nil {
		return identity.Actor{}, notAToken(err, "read personal access token "+owner.ID)
	}
	now := a.deps.Clock.Now()
	if b.Person.ID != owner.User || !b.Token.ActiveAt(now) {
		return identity.Actor{}, identity.ErrInvalidToken
	}
	if now.Sub(b.Token.LastUsedAt) >= identity.PersonalTokenTouch {
		a.touchToken(ctx, owner, address, now)
	}
	actor, err := a.actorOf(ctx, b.Person)
	if err != nil {
		return identity.Actor{}, err
	}
	return b.Token.Narrow(actor), nil
}

func notAToken(err error, operation string) error {
	if errors.Is(err, identity.ErrTokenNotFound) || errors.Is(err, identity.ErrUserNotFound) || errors.Is(err, identity.ErrSuspended) || errors.Is(err, identity.ErrEmailUnproven) {
		return identity.ErrInvalidToken
	}
	return fmt.Errorf("signin: %s: %w", operation, err)
}

func (a *App) loadBearer(ctx context.Context, id string) (bearer, error) {
	t, err := a.deps.Reads.PersonalToken(ctx, id)
	if err != nil {
		return bearer{}, err
	}
	person, err := a.loadPerson(ctx, t.User)
	t.Hash = nil // it was matched already
	return bearer{Person: person, Token: t}, err
}

// touchToken notes that a token is in use. Like a session's, a note that fails
// refuses nobody.
func (a *App) touchToken(ctx context.Context, token keyOfSession, address string, now time.Time) {
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if err := s.Users.NoteActive(ctx, token.User, now); err != nil {
			return err
		}
		return s.Tokens.Touch(ctx, token.ID, address, now)
	})
	if err == nil {
		_ = a.deps.Cache.Invalidate(ctx, identity.TagToken(token.ID)) // only so that the next request does not touch again
	}
}
