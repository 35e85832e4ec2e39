package identitytest

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
)

// PendingEmail is an address that somebody wants to use.
func PendingEmail(user identity.UserID, email identity.Email) identity.PendingEmail {
	return identity.PendingEmail{ID: idgentest.New(), User: user, Email: email, CreatedAt: Now, ExpiresAt: Now.Add(time.Hour)}
}

func (h Harness) putPending(t *testing.T, p identity.PendingEmail) {
	t.Helper()
	h.do(t, func(ctx context.Context, s identity.Stores) error { return s.PendingEmails.Put(ctx, p) })
}

func (h Harness) pendingOf(t *testing.T, id identity.UserID) (identity.PendingEmail, bool) {
	t.Helper()
	p, found, err := h.Reads.PendingEmailOf(t.Context(), id, Now)
	if err != nil {
		t.Fatal(err)
	}
	return p, found
}

func takePending(user identity.UserID, email identity.Email, at time.Time) func(ctx context.Context, s identity.Stores) error {
	return func(ctx context.Context, s identity.Stores) error { return s.PendingEmails.Take(ctx, user, email, at) }
}

var pendingEmailCases = map[string]func(t *testing.T, h Harness){
	"a pending address reads back as written and the next one replaces it": func(t *testing.T, h Harness) {
		id := h.insertUser(t).ID
		first, second := PendingEmail(id, "first@neoforge.test"), PendingEmail(id, "second@neoforge.test")
		h.putPending(t, first)
		have, _ := h.pendingOf(t, id)
		equal(t, have, first)
		h.putPending(t, second)
		have, found := h.pendingOf(t, id)
		equal(t, have, second)
		equal(t, found, true)
		h.fails(t, identity.ErrInvalidLink, takePending(id, first.Email, Now))
		h.do(t, takePending(id, second.Email, Now))
		h.fails(t, identity.ErrInvalidLink, takePending(id, second.Email, Now))
		_, found = h.pendingOf(t, id)
		equal(t, found, false)
	},
	"a pending address ends in its time and is deleted": func(t *testing.T, h Harness) {
		p := PendingEmail(h.insertUser(t).ID, "late@neoforge.test")
		h.putPending(t, p)
		h.fails(t, identity.ErrInvalidLink, takePending(p.User, p.Email, p.ExpiresAt))
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			n, err := s.PendingEmails.DeleteExpired(ctx, p.ExpiresAt.Add(time.Second), 10)
			equal(t, n, 1)
			return err
		})
		h.fails(t, identity.ErrInvalidLink, takePending(p.User, p.Email, Now))
	},
	"the end of links takes tokens and the pending address and counts": func(t *testing.T, h Harness) {
		u := h.insertUser(t)
		h.putPending(t, PendingEmail(u.ID, "next@neoforge.test"))
		var tokens []identity.MailToken
		for _, p := range []identity.MailPurpose{identity.ResetPassword, identity.MagicLink, identity.ChangeEmail, identity.VerifyEmail} {
			token := MailToken(u.ID, p)
			token.BrowserHash, token.Epoch = bytes.Repeat([]byte{7}, 32), 3
			tokens = append(tokens, token)
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.MailTokens.Insert(ctx, token) })
		}
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.MailTokens.EndLinks(ctx, u.ID) })
		for _, token := range tokens[:3] {
			h.fails(t, identity.ErrInvalidLink, takeMailToken(token))
		}
		equal(t, must[identity.MailToken](t)(h.Reads.MailToken(t.Context(), identity.VerifyEmail, tokens[3].Hash, Now)), tokens[3])
		_, found := h.pendingOf(t, u.ID)
		equal(t, found, false)
		read := must[identity.User](t)(h.Reads.User(t.Context(), u.ID))
		equal(t, read.LinksEpoch, u.LinksEpoch+1)
		equal(t, read.Version, u.Version)
		h.fails(t, identity.ErrUserNotFound, func(ctx context.Context, s identity.Stores) error {
			return s.MailTokens.EndLinks(ctx, identity.UserID(idgentest.New()))
		})
	},
	"registrations with another password are known": func(t *testing.T, h Harness) {
		token := h.insertMailToken(t, identity.VerifyEmail)
		others := func() (yes bool) {
			h.do(t, func(ctx context.Context, s identity.Stores) (err error) {
				yes, err = s.MailTokens.OtherRegistrations(ctx, token.User, token.PasswordHash, Now)
				return err
			})
			return yes
		}
		equal(t, others(), false)
		another := MailToken(token.User, identity.VerifyEmail)
		another.PasswordHash = "$argon2id$another"
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.MailTokens.Insert(ctx, another) })
		equal(t, others(), true)
	},
	"what a person gave others and was given ends at once": func(t *testing.T, h Harness) {
		u, other := h.insertUser(t), h.insertUser(t)
		given := identity.ResourceGrant{ID: idgentest.New(), User: other.ID, Permission: "content.post.edit", Resource: "post:1", GrantedBy: u.ID, CreatedAt: Now}
		held := identity.ResourceGrant{ID: idgentest.New(), User: u.ID, Permission: "content.post.edit", Resource: "post:2", GrantedBy: other.ID, CreatedAt: Now}
		kept := identity.ResourceGrant{ID: idgentest.New(), User: other.ID, Permission: "content.post.edit", Resource: "post:3", GrantedBy: other.ID, CreatedAt: Now}
		own := identity.Organization{ID: identity.OrganizationID(idgentest.New()), Name: "Own", CreatedAt: Now}
		invitation := Invitation(own.ID, u.ID)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			for _, g := range []identity.ResourceGrant{given, held, kept} {
				if _, err := s.Grants.Put(ctx, g); err != nil {
					return err
				}
			}
			if err := s.Organizations.Insert(ctx, own, u.ID); err != nil {
				return err
			}
			if err := s.Invitations.Insert(ctx, invitation); err != nil {
				return err
			}
			return s.Exports.Insert(ctx, DataExport(u.ID))
		})
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			if err := s.Grants.DeleteAll(ctx, u.ID); err != nil {
				return err
			}
			if err := s.Invitations.RevokeBy(ctx, u.ID, Now); err != nil {
				return err
			}
			return s.Exports.DeleteOf(ctx, u.ID)
		})
		equal(t, len(must[[]identity.ResourceGrant](t)(h.Reads.GrantsOf(t.Context(), u.ID))), 0)
		equal(t, must[[]identity.ResourceGrant](t)(h.Reads.GrantsOf(t.Context(), other.ID)), []identity.ResourceGrant{kept})
		equal(t, must[identity.Invitation](t)(h.Reads.Invitation(t.Context(), invitation.ID)).OpenAt(Now), false)
		equal(t, len(must[[]identity.DataExport](t)(h.Reads.DataExportsOf(t.Context(), u.ID))), 0)
	},
}
