package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// avatarLimit bounds how often one person has pictures made.
var avatarLimit = ratelimit.Limit{Count: 20, Per: time.Hour}

// SetAvatar makes the actor's picture out of a file. It fails with ErrNotSignedIn,
// ErrTooManyAttempts, ErrAvatarFormat, ErrAvatarTooLarge and ErrAvatarsBusy.
func (a *App) SetAvatar(ctx context.Context, actor identity.Actor, file []byte) (identity.Avatar, error) {
	if !actor.SignedIn() {
		return identity.Avatar{}, identity.ErrNotSignedIn
	}
	if err := a.deps.Limits.Count(ctx, "identity.avatar:"+string(actor.UserID), avatarLimit); err != nil {
		return identity.Avatar{}, err
	}
	picture, err := a.deps.Pictures.MakeAvatar(ctx, file)
	if err != nil {
		return identity.Avatar{}, fmt.Errorf("account: make the picture of %s: %w", actor.UserID, err)
	}
	sum := sha256.Sum256(picture.Body)
	avatar := identity.Avatar{
		User: actor.UserID, Picture: picture, ETag: hex.EncodeToString(sum[:8]), UpdatedAt: a.deps.Clock.Now(),
	}
	return avatar, a.changeAvatar(ctx, actor, "identity.avatar_set", func(ctx context.Context, s Stores) error {
		return s.Avatars.Put(ctx, avatar)
	})
}

// RemoveAvatar takes the actor's picture away. Having none is no fault.
func (a *App) RemoveAvatar(ctx context.Context, actor identity.Actor) error {
	if !actor.SignedIn() {
		return identity.ErrNotSignedIn
	}
	return a.changeAvatar(ctx, actor, "identity.avatar_removed", func(ctx context.Context, s Stores) error {
		return s.Avatars.Delete(ctx, actor.UserID)
	})
}

func (a *App) changeAvatar(ctx context.Context, actor identity.Actor, action string, change func(ctx context.Context, s Stores) error) error {
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if _, err := s.Users.ByID(ctx, actor.UserID); err != nil {
			return err
		}
		if err := change(ctx, s); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.Own(actor, action, a.deps.Clock.Now()))
	})
	if err != nil {
		return fmt.Errorf("account: change the picture of %s: %w", actor.UserID, err)
	}
	cached.Invalidate(ctx, a.deps.Cache, identity.TagUser(actor.UserID), identity.TagAvatar(actor.UserID))
	return nil
}

// Avatar returns a person's picture, which everybody may see. It fails with
// ErrAvatarAbsent, for somebody without one as for nobody.
func (a *App) Avatar(ctx context.Context, id identity.UserID) (identity.Avatar, error) {
	avatar, err := cache.FetchJSON(ctx, a.deps.Cache, "identity.avatar:"+string(id), cache.Options{TTL: time.Hour, Tags: []string{identity.TagAvatar(id)}},
		func(ctx context.Context) (identity.Avatar, error) { return a.deps.Reads.AvatarOf(ctx, id) })
	if errors.Is(err, identity.ErrAvatarAbsent) {
		return identity.Avatar{}, identity.ErrAvatarAbsent
	}
	if err != nil {
		return identity.Avatar{}, fmt.Errorf("account: read the picture of %s: %w", id, err)
	}
	return avatar, nil
}
