package organizations

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

const (
	// endMembershipsKind removes the memberships that are over.
	endMembershipsKind  = "identity.end_memberships"
	endMembershipsEvery = time.Minute
	endMembershipsBatch = 100
)

// Schedules is the work of this room that comes by itself.
func (a *App) Schedules() []jobs.Schedule {
	return []jobs.Schedule{{Kind: endMembershipsKind, Every: endMembershipsEvery}}
}

// runEndMemberships removes the memberships that are over, which count for nothing from
// that moment on, and tells by mail who had them. Each removal is in the audit trail.
func (a *App) runEndMemberships(ctx context.Context, _ []byte) error {
	for ended := endMembershipsBatch; ended == endMembershipsBatch; {
		var stale []identity.UserID
		err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
			stale = nil
			now := a.deps.Clock.Now()
			memberships, err := s.Organizations.RemoveEnded(ctx, now, endMembershipsBatch)
			if err != nil {
				return err
			}
			ended = len(memberships)
			for _, m := range memberships {
				if err := a.tellOfEnd(ctx, s, m, now); err != nil {
					return err
				}
				stale = append(stale, m.User)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("organizations: end memberships: %w", err)
		}
		cached.Invalidate(ctx, a.deps.Cache, identity.TagsOfUsers(stale)...)
	}
	return nil
}

func (a *App) tellOfEnd(ctx context.Context, s Stores, m identity.Membership, now time.Time) error {
	o, err := s.Organizations.Lock(ctx, m.Organization)
	if errors.Is(err, identity.ErrOrganizationAbsent) {
		return nil // deleted meanwhile, which everybody was told of
	}
	if err != nil {
		return err
	}
	if err := mails.Post(ctx, s.Jobs, memberMail(mails.MembershipEnded, o, m)); err != nil {
		return err
	}
	return s.Audit.Append(ctx, a.deps.Trail.Detailed(
		identity.Actor{UserID: trail.System}, "identity.membership_ended", trail.Organization(m.Organization), memberDetail(m), now))
}
