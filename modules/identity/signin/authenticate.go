package signin

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/ports/cache"
)

// cookieTTL is how long it may be kept whose session a cookie is, which never changes;
// whether it still opens it is held against the holder's row, which knows the secret of
// today and is kept for [cached.ActorTTL].
const cookieTTL = 10 * time.Minute

// keyOfSession names a session, its person, and who acts in their name if anybody
// does, which is what a cookie stands for.
type keyOfSession struct {
	ID           string
	User         identity.UserID
	Impersonator identity.UserID
}

// MarshalText writes the ids side by side: every request reads them back.
func (k keyOfSession) MarshalText() ([]byte, error) {
	return []byte(k.ID + " " + string(k.User) + " " + string(k.Impersonator)), nil
}

// UnmarshalText reads what MarshalText wrote.
func (k *keyOfSession) UnmarshalText(text []byte) error {
	id, rest, one := strings.Cut(string(text), " ")
	user, impersonator, two := strings.Cut(rest, " ")
	if !one || !two {
		return fmt.Errorf("signin: %q names no session", text)
	}
	*k = keyOfSession{ID: id, User: identity.UserID(user), Impersonator: identity.UserID(impersonator)}
	return nil
}

// tags are those by which what is known of the session is forgotten.
func (k keyOfSession) tags() []string {
	tags := []string{identity.TagSession(k.ID), identity.TagUser(k.User)}
	if k.Impersonator != "" {
		tags = append(tags, identity.TagUser(k.Impersonator)) // it ends with what they may do
	}
	return tags
}

// holder is who a session makes of a request, with what the clock is held against.
type holder struct {
	Person          person               `json:"person"`
	TokenHash       []byte               `json:"token_hash"`
	Kind            identity.SessionKind `json:"kind"`
	AuthenticatedAt time.Time            `json:"authenticated_at"`
	Impersonator    identity.UserID      `json:"impersonator,omitempty"`
	LastSeenAt      time.Time            `json:"last_seen_at"`
	ExpiresAt       time.Time            `json:"expires_at"`
	RevokedAt       time.Time            `json:"revoked_at,omitzero"`
}

func (h holder) activeAt(t time.Time) bool {
	s := identity.Session{Kind: h.Kind, LastSeenAt: h.LastSeenAt, ExpiresAt: h.ExpiresAt, RevokedAt: h.RevokedAt}
	return s.ActiveAt(t)
}

// AuthenticateSession returns who holds a browser's cookie; ErrNotSignedIn when
// nobody does, or no longer. The actor's Address is left to the caller.
func (a *App) AuthenticateSession(ctx context.Context, secret identity.Secret) (identity.Actor, error) {
	if secret == "" {
		return identity.Actor{}, identity.ErrNotSignedIn
	}
	hash := secret.Hash()
	key, err := cache.FetchJSON(ctx, a.deps.Cache, "identity.cookie:"+hex.EncodeToString(hash), cache.Options{TTL: cookieTTL},
		func(ctx context.Context) (keyOfSession, error) {
			s, err := a.deps.Reads.SessionByToken(ctx, hash)
			return keyOfSession{ID: s.ID, User: s.User, Impersonator: s.Impersonator}, err
		})
	if errors.Is(err, identity.ErrSessionNotFound) {
		return identity.Actor{}, identity.ErrNotSignedIn
	}
	if err != nil {
		return identity.Actor{}, fmt.Errorf("signin: find the session of a cookie: %w", err)
	}
	return a.authenticate(ctx, key, hash)
}

// AuthenticateToken returns who holds an access token (RFC 6750). It fails with
// ErrInvalidToken unless the token is good and its session is live.
func (a *App) AuthenticateToken(ctx context.Context, token string) (identity.Actor, error) {
	claims, err := a.deps.Tokens.Verify(ctx, token)
	if err != nil {
		return identity.Actor{}, fmt.Errorf("signin: verify an access token: %w", err)
	}
	actor, err := a.authenticate(ctx, keyOfSession{ID: claims.Session, User: claims.User}, nil)
	if errors.Is(err, identity.ErrNotSignedIn) {
		return identity.Actor{}, identity.ErrInvalidToken
	}
	return actor, err
}

// authenticate returns who a session makes of a request. What is kept is held
// against the clock each time, so a session ends on time even while it is cached.
// Who comes with a cookie gives its hash, which must be the session's present one.
func (a *App) authenticate(ctx context.Context, key keyOfSession, cookie []byte) (identity.Actor, error) {
	kept := cache.Options{TTL: cached.ActorTTL, Shared: true, Tags: key.tags()}
	h, err := cache.FetchJSON(ctx, a.deps.Cache, "identity.holder:"+key.ID, kept, func(ctx context.Context) (holder, error) {
		return a.loadHolder(ctx, key.ID)
	})
	if errors.Is(err, identity.ErrSessionNotFound) || errors.Is(err, identity.ErrUserNotFound) || errors.Is(err, identity.ErrSuspended) || errors.Is(err, identity.ErrEmailUnproven) {
		return identity.Actor{}, identity.ErrNotSignedIn
	}
	if err != nil {
		return identity.Actor{}, fmt.Errorf("signin: read session %s: %w", key.ID, err)
	}
	now := a.deps.Clock.Now()
	rotated := cookie != nil && subtle.ConstantTimeCompare(cookie, h.TokenHash) != 1
	if h.Person.ID != key.User || rotated || !h.activeAt(now) {
		return identity.Actor{}, identity.ErrNotSignedIn
	}
	if now.Sub(h.LastSeenAt) >= identity.SessionTouch {
		a.touch(ctx, keyOfSession{key.ID, key.User, h.Impersonator}, now)
	}
	actor, err := a.actorOf(ctx, h.Person)
	actor.SessionID, actor.AuthenticatedAt, actor.Impersonator = key.ID, h.AuthenticatedAt, h.Impersonator
	return actor, err
}

func (a *App) loadHolder(ctx context.Context, id string) (holder, error) {
	s, err := a.deps.Reads.Session(ctx, id)
	if err != nil {
		return holder{}, err
	}
	if err := a.mayGoOnImpersonating(ctx, s); err != nil {
		return holder{}, err
	}
	p, err := a.loadPerson(ctx, s.User)
	return holder{
		Person: p, TokenHash: s.TokenHash, Kind: s.Kind, AuthenticatedAt: s.AuthenticatedAt, Impersonator: s.Impersonator,
		LastSeenAt: s.LastSeenAt, ExpiresAt: s.ExpiresAt, RevokedAt: s.RevokedAt,
	}, err
}

// touch notes that a session is in use. Failing to note it refuses nobody: the
// next request tries again, long before the session counts as idle.
func (a *App) touch(ctx context.Context, session keyOfSession, now time.Time) {
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if session.Impersonator == "" { // who helps somebody is not them
			if err := s.Users.NoteActive(ctx, session.User, now); err != nil { // first, as others lock
				return err
			}
		}
		return s.Sessions.Touch(ctx, session.ID, now)
	})
	if err == nil {
		_ = a.deps.Cache.Invalidate(ctx, identity.TagSession(session.ID)) // only so that the next request does not touch again
	}
}
