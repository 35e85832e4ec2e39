package identitytest

import (
	"context"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
)

// LinkFlow is the way of somebody who connects a further account.
func LinkFlow(user identity.UserID) identity.OAuthFlow {
	f := Flow()
	f.Purpose, f.User = identity.FlowLink, user
	return f
}

var connectionCases = map[string]func(t *testing.T, h Harness){
	"a flow of somebody reads back with its purpose and person": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		for _, purpose := range []identity.FlowPurpose{identity.FlowLink, identity.FlowConfirm} {
			f := LinkFlow(u.ID)
			f.Purpose = purpose
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Flows.Insert(ctx, f) })
			have := must[identity.FlowPurpose](t)(h.Reads.FlowPurpose(t.Context(), f.StateHash))
			equal(t, have, purpose)
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				taken, err := s.Flows.Take(ctx, f.StateHash)
				equal(t, taken, f)
				return err
			})
			_, err := h.Reads.FlowPurpose(t.Context(), f.StateHash)
			is(t, err, identity.ErrFlowUnknown)
		}
	},
	"reading the purpose of a flow does not take it": func(t *testing.T, h Harness) {
		f := Flow()
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Flows.Insert(ctx, f) })
		for range 2 {
			equal(t, must[identity.FlowPurpose](t)(h.Reads.FlowPurpose(t.Context(), f.StateHash)), identity.FlowSignIn)
		}
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			_, err := s.Flows.Take(ctx, f.StateHash)
			return err
		})
	},
	"an identity is removed by its own person alone": func(t *testing.T, h Harness) {
		ada, ben := h.insertUser(t), h.insertUser(t)
		first, second := ExternalIdentity(ada.ID), ExternalIdentity(ada.ID)
		second.CreatedAt = Now.Add(1)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			if err := s.Identities.Insert(ctx, first); err != nil {
				return err
			}
			return s.Identities.Insert(ctx, second)
		})
		for _, c := range []struct {
			who identity.UserID
			id  string
		}{
			{ben.ID, first.ID}, {"nobody", first.ID}, {ada.ID, idgentest.New()}, {ada.ID, "no id"}, {ada.ID, ""},
		} {
			h.fails(t, identity.ErrIdentityNotFound, func(ctx context.Context, s identity.Stores) error {
				return s.Identities.Delete(ctx, c.who, c.id)
			})
		}
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			if err := s.Identities.Delete(ctx, ada.ID, first.ID); err != nil {
				return err
			}
			left, err := s.Identities.Of(ctx, ada.ID)
			if len(left) != 1 || left[0].ID != second.ID {
				t.Errorf("left: %+v", left)
			}
			return err
		})
		h.do(t, func(ctx context.Context, s identity.Stores) error { // free for somebody else now
			taken := first
			taken.ID, taken.User = idgentest.New(), ben.ID
			return s.Identities.Insert(ctx, taken)
		})
	},
	"of many who remove an identity at once one succeeds": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		i := ExternalIdentity(u.ID)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Identities.Insert(ctx, i) })
		all := h.atOnce(t, 16, func(ctx context.Context, s identity.Stores) error {
			return s.Identities.Delete(ctx, u.ID, i.ID)
		})
		equal(t, succeeded(t, all, identity.ErrIdentityNotFound), 1)
	},
	"all tokens of a person are revoked, and nobody else's": func(t *testing.T, h Harness) {
		ada, ben := h.insertUser(t), h.insertUser(t)
		first, _ := PersonalToken(ada.ID)
		second, _ := PersonalToken(ada.ID)
		other, _ := PersonalToken(ben.ID)
		for _, v := range []identity.PersonalToken{first, second, other} {
			h.insertToken(t, v)
		}
		for range 2 {
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				if err := s.Tokens.RevokeAll(ctx, "nobody", Now); err != nil {
					return err
				}
				return s.Tokens.RevokeAll(ctx, ada.ID, Now)
			})
		}
		equal(t, len(must[[]identity.PersonalToken](t)(h.Reads.PersonalTokensOf(t.Context(), ada.ID))), 0)
		equal(t, len(must[[]identity.PersonalToken](t)(h.Reads.PersonalTokensOf(t.Context(), ben.ID))), 1)
	},
	"whether somebody has a password is known within the transaction": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			for _, want := range []bool{false, true, false} {
				has, err := s.Credentials.Has(ctx, u.ID)
				if err != nil {
					return err
				}
				equal(t, has, want)
				if has {
					err = s.Credentials.Delete(ctx, u.ID)
				} else {
					err = s.Credentials.Put(ctx, identity.Credential{User: u.ID, Hash: "a hash", ChangedAt: Now})
				}
				if err != nil {
					return err
				}
			}
			_, err := s.Credentials.Has(ctx, "nobody")
			return err
		})
	},
}
