package identitytest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
)

var sessionCases = map[string]func(t *testing.T, h Harness){
	"a session reads back as written": func(t *testing.T, h Harness) {
		v := h.insertSession(t)
		equal(t, must[identity.Session](t)(h.Reads.Session(t.Context(), v.ID)), v)
		equal(t, must[identity.Session](t)(h.Reads.SessionByToken(t.Context(), v.TokenHash)), v)
		unknown, _ := Session(v.User)
		unknown.By = identity.SignedInBy{}
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Sessions.Insert(ctx, unknown) })
		equal(t, must[identity.Session](t)(h.Reads.Session(t.Context(), unknown.ID)), unknown)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			have, err := s.Sessions.ByID(ctx, v.ID)
			equal(t, have, v)
			return err
		})
	},
	"an absent session is absent": func(t *testing.T, h Harness) {
		for _, id := range append(notIDs, idgentest.New()) {
			_, err := h.Reads.Session(t.Context(), id)
			is(t, err, identity.ErrSessionNotFound)
			h.fails(t, identity.ErrSessionNotFound, func(ctx context.Context, s identity.Stores) error { return s.Sessions.Revoke(ctx, id, Now) })
			h.fails(t, identity.ErrSessionNotFound, func(ctx context.Context, s identity.Stores) error {
				_, err := s.Sessions.ByID(ctx, id)
				return err
			})
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Sessions.Touch(ctx, id, Now) })
		}
		_, err := h.Reads.SessionByToken(t.Context(), identity.NewSecret().Hash())
		is(t, err, identity.ErrSessionNotFound)
		_, err = h.Reads.SessionByToken(t.Context(), nil)
		is(t, err, identity.ErrSessionNotFound)
	},
	"a person's latest sessions are listed in whatever state": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		h.insertSession(t)
		var all []identity.Session
		for i := range 3 {
			v, _ := Session(u.ID)
			v.LastSeenAt = Now.Add(time.Duration(-i) * time.Minute)
			if i == 1 {
				v.RevokedAt = Now
			}
			all = append(all, v)
		}
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			for _, v := range all {
				if err := s.Sessions.Insert(ctx, v); err != nil {
					return err
				}
			}
			for n, want := range map[int][]identity.Session{2: all[:2], 10: all} {
				have, err := s.Sessions.LatestOf(ctx, u.ID, n)
				if err != nil {
					return err
				}
				equal(t, have, want)
			}
			have, err := s.Sessions.LatestOf(ctx, "nobody", 10)
			equal(t, len(have), 0)
			return err
		})
		equal(t, must[[]identity.Session](t)(h.Reads.LatestSessionsOf(t.Context(), u.ID, 2)), all[:2])
		equal(t, len(must[[]identity.Session](t)(h.Reads.LatestSessionsOf(t.Context(), "nobody", 10))), 0)
	},
	"who acts for others ends with their own sessions": func(t *testing.T, h Harness) {
		administrator, person := h.insertUser(t), h.insertUser(t)
		acting := func() identity.Session {
			v, _ := Session(person.ID)
			v.Impersonator, v.By = administrator.ID, identity.SignedInBy{Method: identity.ByImpersonation}
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Sessions.Insert(ctx, v) })
			return v
		}
		ended := func(id string) bool {
			return !must[identity.Session](t)(h.Reads.Session(t.Context(), id)).RevokedAt.IsZero()
		}
		theirs, _ := Session(person.ID)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Sessions.Insert(ctx, theirs) })
		for name, end := range map[string]func(ctx context.Context, s identity.Stores) error{
			"all": func(ctx context.Context, s identity.Stores) error {
				_, err := s.Sessions.RevokeAll(ctx, administrator.ID, Now)
				return err
			},
			"others": func(ctx context.Context, s identity.Stores) error {
				_, err := s.Sessions.RevokeOthers(ctx, administrator.ID, idgentest.New(), Now)
				return err
			},
			"these": func(ctx context.Context, s identity.Stores) error {
				return s.Sessions.EndImpersonations(ctx, administrator.ID, Now)
			},
		} {
			v := acting()
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				return s.Sessions.EndImpersonations(ctx, person.ID, Now)
			})
			if ended(v.ID) {
				t.Errorf("%s: ended with who is acted for", name)
			}
			h.do(t, end)
			if !ended(v.ID) || ended(theirs.ID) {
				t.Errorf("%s: ended %t, of the person themselves %t", name, ended(v.ID), ended(theirs.ID))
			}
		}
	},
	"of a kind those are revoked that were seen longest ago": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		other := h.insertSession(t)
		var all []identity.Session
		for i := range 6 {
			v, _ := Session(u.ID)
			v.LastSeenAt = Now.Add(time.Duration(i) * time.Minute)
			switch i {
			case 3:
				v.Kind = identity.APISession
			case 4:
				v.RevokedAt = Now
			}
			all = append(all, v)
		}
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			for _, v := range all {
				if err := s.Sessions.Insert(ctx, v); err != nil {
					return err
				}
			}
			for _, want := range []int{2, 0} {
				n, err := s.Sessions.RevokeBeyond(ctx, u.ID, identity.BrowserSession, 2, Now.Add(time.Hour))
				if err != nil {
					return err
				}
				equal(t, n, want)
			}
			n, err := s.Sessions.RevokeBeyond(ctx, "nobody", identity.BrowserSession, 0, Now)
			equal(t, n, 0)
			return err
		})
		for i, v := range all {
			have := must[identity.Session](t)(h.Reads.Session(t.Context(), v.ID))
			if want := i < 2 || i == 4; have.RevokedAt.IsZero() == want {
				t.Errorf("session %d: revoked at %s", i, have.RevokedAt)
			}
		}
		equal(t, must[identity.Session](t)(h.Reads.Session(t.Context(), other.ID)), other)
	},
	"a session is touched forward and never back": func(t *testing.T, h Harness) {
		v := h.insertSession(t)
		for _, seen := range []time.Time{Now.Add(time.Hour), Now.Add(time.Minute)} {
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Sessions.Touch(ctx, v.ID, seen) })
			equal(t, must[identity.Session](t)(h.Reads.Session(t.Context(), v.ID)).LastSeenAt, Now.Add(time.Hour))
		}
	},
	"a session is revoked once, and again without effect": func(t *testing.T, h Harness) {
		v := h.insertSession(t)
		for _, at := range []time.Time{Now.Add(time.Hour), Now.Add(2 * time.Hour)} {
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Sessions.Revoke(ctx, v.ID, at) })
			v.RevokedAt = Now.Add(time.Hour)
			equal(t, must[identity.Session](t)(h.Reads.Session(t.Context(), v.ID)), v)
		}
		equal(t, len(must[[]identity.Session](t)(h.Reads.SessionsOf(t.Context(), v.User))), 0)
	},
	"a person's open sessions are listed, the last seen first, and revoked together": func(t *testing.T, h Harness) {
		u, stranger := h.insertUser(t), h.insertSession(t)
		var all []identity.Session
		for i := range 3 {
			v, _ := Session(u.ID)
			v.LastSeenAt = Now.Add(time.Duration(i) * time.Minute)
			v.RevokedAt = time.Time{}
			all = append(all, v)
		}
		revoked, _ := Session(u.ID)
		revoked.RevokedAt = Now
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			for _, v := range append(all, revoked) {
				if err := s.Sessions.Insert(ctx, v); err != nil {
					return err
				}
			}
			return nil
		})
		slices.Reverse(all)
		equal(t, must[[]identity.Session](t)(h.Reads.SessionsOf(t.Context(), u.ID)), all)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			have, err := s.Sessions.RevokeAll(ctx, u.ID, Now.Add(time.Hour))
			want := []string{all[0].ID, all[1].ID, all[2].ID}
			slices.Sort(want)
			slices.Sort(have)
			equal(t, have, want)
			return err
		})
		equal(t, len(must[[]identity.Session](t)(h.Reads.SessionsOf(t.Context(), u.ID))), 0)
		equal(t, must[identity.Session](t)(h.Reads.Session(t.Context(), revoked.ID)).RevokedAt, Now)
		equal(t, must[identity.Session](t)(h.Reads.Session(t.Context(), stranger.ID)), stranger)
	},
	"all of a person's sessions but one are revoked together": func(t *testing.T, h Harness) {
		u, stranger := h.insertUser(t), h.insertSession(t)
		kept, _ := Session(u.ID)
		other, _ := Session(u.ID)
		program, _ := Session(u.ID)
		program.Kind = identity.APISession
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return errors.Join(s.Sessions.Insert(ctx, kept), s.Sessions.Insert(ctx, other), s.Sessions.Insert(ctx, program))
		})
		want := []string{other.ID, program.ID}
		slices.Sort(want)
		for _, want := range [][]string{want, nil} {
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				have, err := s.Sessions.RevokeOthers(ctx, u.ID, kept.ID, Now.Add(time.Hour))
				slices.Sort(have)
				equal(t, have, want)
				return err
			})
		}
		equal(t, must[[]identity.Session](t)(h.Reads.SessionsOf(t.Context(), u.ID)), []identity.Session{kept})
		equal(t, must[identity.Session](t)(h.Reads.Session(t.Context(), stranger.ID)), stranger)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			have, err := s.Sessions.RevokeOthers(ctx, u.ID, "no session", Now.Add(time.Hour))
			equal(t, have, []string{kept.ID})
			return err
		})
	},
	"a session is rotated to a new secret, and the old one opens nothing": func(t *testing.T, h Harness) {
		v := h.insertSession(t)
		old, fresh := v.TokenHash, identity.NewSecret().Hash()
		v.TokenHash, v.AuthenticatedAt = fresh, Now.Add(time.Hour)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return s.Sessions.Rotate(ctx, v.ID, fresh, v.AuthenticatedAt)
		})
		equal(t, must[identity.Session](t)(h.Reads.SessionByToken(t.Context(), fresh)), v)
		_, err := h.Reads.SessionByToken(t.Context(), old)
		is(t, err, identity.ErrSessionNotFound)

		v.AuthenticatedAt = Now.Add(2 * time.Hour)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return s.Sessions.Rotate(ctx, v.ID, nil, v.AuthenticatedAt)
		})
		equal(t, must[identity.Session](t)(h.Reads.SessionByToken(t.Context(), fresh)), v)

		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Sessions.Revoke(ctx, v.ID, Now) })
		for _, id := range append(notIDs, idgentest.New(), v.ID) {
			h.fails(t, identity.ErrSessionNotFound, func(ctx context.Context, s identity.Stores) error {
				return s.Sessions.Rotate(ctx, id, identity.NewSecret().Hash(), Now)
			})
		}
	},
	"sessions that ended in any way are deleted, as many as asked": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		horizon := Now.Add(identity.SessionIdle)
		open, _ := Session(u.ID)
		open.LastSeenAt, open.ExpiresAt = horizon, horizon.Add(time.Hour)
		expired, _ := Session(u.ID)
		expired.LastSeenAt, expired.ExpiresAt = horizon, horizon.Add(-time.Second)
		idle, _ := Session(u.ID)
		idle.LastSeenAt, idle.ExpiresAt = Now.Add(-time.Second), horizon.Add(time.Hour)
		revoked, _ := Session(u.ID)
		revoked.LastSeenAt, revoked.ExpiresAt, revoked.RevokedAt = horizon, horizon.Add(time.Hour), horizon.Add(-time.Second)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			for _, v := range []identity.Session{open, expired, idle, revoked} {
				if err := s.Sessions.Insert(ctx, v); err != nil {
					return err
				}
			}
			return s.RefreshTokens.Insert(ctx, RefreshToken(expired.ID))
		})
		for _, want := range []int{2, 1, 0} {
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				n, err := s.Sessions.DeleteEnded(ctx, horizon, 2)
				equal(t, n, want)
				return err
			})
		}
		equal(t, must[[]identity.Session](t)(h.Reads.SessionsOf(t.Context(), u.ID)), []identity.Session{open})
	},
	"refresh tokens past their time are deleted, some at a time": func(t *testing.T, h Harness) {
		v := h.insertSession(t)
		kept := RefreshToken(v.ID)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			for i := range 3 {
				past := RefreshToken(v.ID)
				past.ExpiresAt = Now.Add(-time.Duration(i+1) * time.Second)
				if err := s.RefreshTokens.Insert(ctx, past); err != nil {
					return err
				}
			}
			return s.RefreshTokens.Insert(ctx, kept)
		})
		for _, want := range []int{2, 1, 0} {
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				n, err := s.RefreshTokens.DeleteExpired(ctx, Now, 2)
				equal(t, n, want)
				return err
			})
		}
		equal(t, must[identity.RefreshToken](t)(h.Reads.RefreshToken(t.Context(), kept.Hash)), kept)
	},
	"a refresh token is redeemed once": func(t *testing.T, h Harness) {
		v := h.insertSession(t)
		token := RefreshToken(v.ID)
		_, err := h.Reads.RefreshToken(t.Context(), token.Hash)
		is(t, err, identity.ErrInvalidToken)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.RefreshTokens.Insert(ctx, token) })
		equal(t, must[identity.RefreshToken](t)(h.Reads.RefreshToken(t.Context(), token.Hash)), token)
		used := token
		used.UsedAt = Now.Add(time.Minute)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			have, err := s.RefreshTokens.Redeem(ctx, token.Hash, used.UsedAt)
			equal(t, have, used)
			return err
		})
		h.fails(t, identity.ErrTokenReused, func(ctx context.Context, s identity.Stores) error {
			have, err := s.RefreshTokens.Redeem(ctx, token.Hash, Now.Add(time.Hour))
			equal(t, have, used)
			return err
		})
		equal(t, must[identity.RefreshToken](t)(h.Reads.RefreshToken(t.Context(), token.Hash)), used)
	},
	"a refresh token that is unknown or past its time is invalid": func(t *testing.T, h Harness) {
		v := h.insertSession(t)
		token := RefreshToken(v.ID)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.RefreshTokens.Insert(ctx, token) })
		for _, hash := range [][]byte{token.Hash, identity.NewSecret().Hash(), nil} {
			h.fails(t, identity.ErrInvalidToken, func(ctx context.Context, s identity.Stores) error {
				_, err := s.RefreshTokens.Redeem(ctx, hash, token.ExpiresAt)
				return err
			})
		}
	},
	"of many who redeem a token at once one succeeds and the others know the session": func(t *testing.T, h Harness) {
		v := h.insertSession(t)
		token := RefreshToken(v.ID)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.RefreshTokens.Insert(ctx, token) })
		all := h.atOnce(t, 16, func(ctx context.Context, s identity.Stores) error {
			have, err := s.RefreshTokens.Redeem(ctx, token.Hash, Now)
			if have.Session != v.ID {
				return errors.Join(err, errors.New("the token does not name its session"))
			}
			return err
		})
		equal(t, succeeded(t, all, identity.ErrTokenReused), 1)
	},
}

var flowCases = map[string]func(t *testing.T, h Harness){
	"a sign-in under way reads back as written and is taken once": func(t *testing.T, h Harness) {
		f := Flow()
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Flows.Insert(ctx, f) })
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			have, err := s.Flows.Take(ctx, f.StateHash)
			equal(t, have, f)
			return err
		})
		h.fails(t, identity.ErrFlowUnknown, func(ctx context.Context, s identity.Stores) error {
			_, err := s.Flows.Take(ctx, f.StateHash)
			return err
		})
	},
	"a flow whose taking is rolled back can be taken": func(t *testing.T, h Harness) {
		f, failed := Flow(), errors.New("the provider is away")
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Flows.Insert(ctx, f) })
		h.fails(t, failed, func(ctx context.Context, s identity.Stores) error {
			if _, err := s.Flows.Take(ctx, f.StateHash); err != nil {
				return err
			}
			return failed
		})
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			_, err := s.Flows.Take(ctx, f.StateHash)
			return err
		})
	},
	"of many callbacks at once one takes the flow": func(t *testing.T, h Harness) {
		f := Flow()
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Flows.Insert(ctx, f) })
		all := h.atOnce(t, 16, func(ctx context.Context, s identity.Stores) error {
			_, err := s.Flows.Take(ctx, f.StateHash)
			return err
		})
		equal(t, succeeded(t, all, identity.ErrFlowUnknown), 1)
	},
	"expired flows are deleted, as many as asked": func(t *testing.T, h Harness) {
		open := Flow()
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			for range 3 {
				f := Flow()
				f.ExpiresAt = Now.Add(-time.Second)
				if err := s.Flows.Insert(ctx, f); err != nil {
					return err
				}
			}
			return s.Flows.Insert(ctx, open)
		})
		for _, want := range []int{2, 1, 0} {
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				n, err := s.Flows.DeleteExpired(ctx, Now, 2)
				equal(t, n, want)
				return err
			})
		}
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			_, err := s.Flows.Take(ctx, open.StateHash)
			return err
		})
	},
}
