package organizations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

const (
	// factorMailsKind writes to the members of an organization that began to require a
	// second factor. Each job queues the mails of one batch, and the next job.
	factorMailsKind  = "identity.send_factor_mails"
	factorMailsBatch = 100
)

// factorMails is how far the members were written to.
type factorMails struct {
	Organization identity.OrganizationID `json:"organization"`
	Since        time.Time               `json:"since"` // when the requirement began
	After        identity.UserID         `json:"after,omitempty"`
}

// record names the batch, so that it is written to once.
func (f factorMails) record() string {
	return trail.RecordID("factor mails", string(f.Organization), f.Since.UTC().Format(time.RFC3339Nano), string(f.After))
}

func queueFactorMails(ctx context.Context, s Stores, f factorMails) error {
	payload, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("organizations: encode %s: %w", factorMailsKind, err)
	}
	return s.Jobs.Enqueue(ctx, jobs.Job{Kind: factorMailsKind, Payload: payload, Unique: f.record()})
}

// runFactorMails queues a mail to each member of the batch who has no second factor. A
// batch is done once, however often its job runs; what ends the requirement ends the
// walk, and one that begins anew has a walk of its own.
func (a *App) runFactorMails(ctx context.Context, payload []byte) error {
	var f factorMails
	if err := json.Unmarshal(payload, &f); err != nil {
		return fmt.Errorf("organizations: decode %s: %w", factorMailsKind, err)
	}
	o, err := a.deps.Reads.Organization(ctx, f.Organization)
	if errors.Is(err, identity.ErrOrganizationAbsent) || err == nil && !o.FactorRequiredSince.Equal(f.Since) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("organizations: read %s: %w", f.Organization, err)
	}
	members, err := a.deps.Reads.MembersOf(ctx, f.Organization, f.After, factorMailsBatch)
	if err != nil || len(members) == 0 {
		return err
	}
	missing, err := a.withoutFactor(ctx, members)
	if err != nil {
		return err
	}
	return a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		first, err := s.Inbox.Record(ctx, f.record(), factorMailsKind)
		if err != nil || !first {
			return err
		}
		var queued []mails.Mail
		for _, m := range members {
			if missing[m.User] {
				queued = append(queued, mails.NeedFactor(m.User, o.Name, f.Since.Add(a.deps.SecondFactor.Grace)))
			}
		}
		if err := mails.Post(ctx, s.Jobs, queued...); err != nil {
			return err
		}
		next := f
		next.After = members[len(members)-1].User
		return queueFactorMails(ctx, s, next)
	})
}

// JobHandlers is the work that this room queues.
func (a *App) JobHandlers() []jobs.Handler {
	return []jobs.Handler{
		{Kind: factorMailsKind, Run: a.runFactorMails},
		{Kind: endMembershipsKind, Run: a.runEndMemberships},
	}
}
