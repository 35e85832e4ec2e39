package signin

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
)

// RevokeSession ends one of the actor's own sessions. Another person's session is
// answered as one that does not exist: ErrSessionNotFound. It also fails with
// ErrNotSignedIn, and with ErrNeedsPerson for a personal access token and for who
// impersonates and means another session than their own.
func (a *App) RevokeSession(ctx context.Context, actor identity.Actor, sessionID string) error {
	if err := identity.CheckPerson(actor); err != nil && (actor.SessionID == "" || actor.SessionID != sessionID) {
		return err
	}
	session, err := a.deps.Reads.Session(ctx, sessionID)
	if err != nil {
		return fmt.Errorf("signin: read session: %w", err)
	}
	if session.User != actor.UserID {
		return identity.ErrSessionNotFound
	}
	return a.endSession(ctx, actor, session.ID, "identity.session_revoked")
}

// RevokeOtherSessions ends every session of the actor but the one that the request
// belongs to, and returns how many there were. It needs the person themselves:
// ErrNotSignedIn, ErrNeedsPerson.
func (a *App) RevokeOtherSessions(ctx context.Context, actor identity.Actor) (int, error) {
	if err := identity.CheckPerson(actor); err != nil {
		return 0, err
	}
	now := a.deps.Clock.Now()
	var ended []string
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) (err error) {
		if err := s.MailTokens.EndLinks(ctx, actor.UserID); err != nil { // whoever asked for them may sit at one of those devices
			return err
		}
		if ended, err = s.Sessions.RevokeOthers(ctx, actor.UserID, actor.SessionID, now); err != nil || len(ended) == 0 {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.Entry(string(actor.UserID), "identity.other_sessions_revoked", trail.User(actor.UserID), actor.IP, now))
	})
	if err != nil {
		return 0, fmt.Errorf("signin: end the other sessions of %s: %w", actor.UserID, err)
	}
	tags := make([]string, len(ended))
	for i, id := range ended {
		tags[i] = identity.TagSession(id)
	}
	cached.Invalidate(ctx, a.deps.Cache, tags...)
	return len(ended), nil
}
