package identitystore

import (
	"context"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/ent/identityent/invitation"
	"github.com/neoforge-dev/neoforge/ent/identityent/mailtoken"
	"github.com/neoforge-dev/neoforge/ent/identityent/personaltoken"
	"github.com/neoforge-dev/neoforge/ent/identityent/predicate"
	"github.com/neoforge-dev/neoforge/ent/identityent/recoverycode"
	"github.com/neoforge-dev/neoforge/ent/identityent/resourcegrant"
	"github.com/neoforge-dev/neoforge/ent/identityent/session"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

// PersonalData implements identity.PersonalDataReads.
func (s *Store) PersonalData(ctx context.Context, id identity.UserID, email identity.Email) (out identity.PersonalData, err error) {
	key, err := entstore.ID(id)
	if err != nil {
		return out, nil // nobody has that id, so nothing is held
	}
	h := holding{s.reads, key}
	for _, read := range []func() error{
		func() (err error) { out.Sessions, err = h.sessions(ctx, session.UserID(key)); return err },
		func() (err error) { out.Impersonations, err = h.sessions(ctx, session.ImpersonatorID(key)); return err },
		func() (err error) {
			out.InvitationsTo, err = h.invitations(ctx, invitation.Email(string(email)))
			return err
		},
		func() (err error) { out.InvitationsBy, err = h.invitations(ctx, invitation.InvitedBy(key)); return err },
		func() (err error) { out.Tokens, err = h.tokens(ctx); return err },
		func() (err error) { out.UnusedLinks, err = h.unusedLinks(ctx); return err },
		func() (err error) { out.GrantsBy, err = h.grants(ctx); return err },
		func() (err error) { out.RecoveryCodes, err = h.codes(ctx); return err },
	} {
		if err := read(); err != nil {
			return identity.PersonalData{}, entstore.Failure(err, noRules, "identitystore: what is held of %s", id)
		}
	}
	return out, nil
}

// holding reads about one person.
type holding struct {
	db  *identityent.Client
	key uuid.UUID
}

func (h holding) sessions(ctx context.Context, whose predicate.Session) ([]identity.Session, error) {
	rows, err := h.db.Session.Query().Where(whose).
		Order(session.ByLastSeenAt(entsql.OrderDesc()), session.ByID(entsql.OrderDesc())).All(ctx)
	return each(rows, sessionOf), err
}

func (h holding) invitations(ctx context.Context, whose predicate.Invitation) ([]identity.Invitation, error) {
	rows, err := h.db.Invitation.Query().Where(whose).
		Order(invitation.ByCreatedAt(entsql.OrderDesc()), invitation.ByID(entsql.OrderDesc())).All(ctx)
	return each(rows, invitationOf), err
}

func (h holding) tokens(ctx context.Context) ([]identity.PersonalToken, error) {
	rows, err := h.db.PersonalToken.Query().Where(personaltoken.UserID(h.key)).
		Order(personaltoken.ByCreatedAt(entsql.OrderDesc()), personaltoken.ByID(entsql.OrderDesc())).All(ctx)
	return each(rows, personalTokenOf), err
}

func (h holding) unusedLinks(ctx context.Context) ([]identity.MailToken, error) {
	rows, err := h.db.MailToken.Query().Where(mailtoken.UserID(h.key)).
		Order(mailtoken.ByCreatedAt(entsql.OrderDesc()), mailtoken.ByID(entsql.OrderDesc())).All(ctx)
	return each(rows, func(r *identityent.MailToken) identity.MailToken {
		t := mailTokenOf(r)
		t.Hash, t.PasswordHash = nil, ""
		return t
	}), err
}

func (h holding) grants(ctx context.Context) ([]identity.ResourceGrant, error) {
	rows, err := h.db.ResourceGrant.Query().Where(resourcegrant.GrantedBy(h.key), resourcegrant.UserIDNEQ(h.key)).
		Order(resourcegrant.ByCreatedAt(), resourcegrant.ByID()).All(ctx)
	return each(rows, grantOf), err
}

func (h holding) codes(ctx context.Context) (out identity.RecoveryCodeCounts, err error) {
	rows, err := h.db.RecoveryCode.Query().Where(recoverycode.UserID(h.key)).All(ctx)
	for _, r := range rows {
		out.MadeAt = r.CreatedAt.UTC() // all of them at once
		if r.UsedAt == nil {
			out.Unused++
		} else {
			out.Used++
		}
	}
	return out, err
}

// each turns rows into what they stand for.
func each[Row, Value any](rows []Row, of func(Row) Value) []Value {
	out := make([]Value, len(rows))
	for i, r := range rows {
		out[i] = of(r)
	}
	return out
}
