package identitystore

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/ent/identityent/recoverycode"
	"github.com/neoforge-dev/neoforge/ent/identityent/totp"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

type totps struct{ tx transaction }

// totpRules: of two set-ups that are begun at the same moment the second is not kept.
var totpRules = entstore.Rules{
	Absent:  identity.ErrUserNotFound,
	Indexes: identityent.UniqueIndexes, Unique: map[string]error{totpOwner: identity.ErrTOTPActive},
}

// totpOwner is the index that the one-to-one edge makes; only Postgres, where
// transactions run side by side, can break it.
const totpOwner = "identity_totp_user_id_key"

// Begin implements identity.TOTPs.
func (s totps) Begin(ctx context.Context, t identity.TOTP) error {
	person, err := entstore.ID(t.User)
	if err != nil {
		return entstore.Failure(err, totpRules, "identitystore: begin totp")
	}
	if _, err := s.tx.Ent.TOTP.Delete().Where(totp.UserID(person), totp.ConfirmedAtIsNil()).Exec(ctx); err != nil {
		return entstore.Failure(err, noRules, "identitystore: begin totp of %s", t.User)
	}
	confirmed, err := s.tx.Ent.TOTP.Query().Where(totp.UserID(person)).Exist(ctx)
	if err == nil && confirmed {
		err = identity.ErrTOTPActive
	}
	if err != nil {
		return entstore.Failure(err, noRules, "identitystore: begin totp of %s", t.User)
	}
	err = s.tx.Ent.TOTP.Create().
		SetUserID(person).
		SetSealedSecret(t.SealedSecret).
		SetLastStep(t.LastStep).
		SetCreatedAt(t.CreatedAt.UTC()).
		SetNillableConfirmedAt(entstore.Null(t.ConfirmedAt)).
		Exec(ctx)
	return entstore.Failure(err, totpRules, "identitystore: begin totp of %s", t.User)
}

// ByUser implements identity.TOTPs.
func (s totps) ByUser(ctx context.Context, id identity.UserID) (identity.TOTP, bool, error) {
	return totpByUser(ctx, s.tx.Ent, id)
}

// TOTPOf implements identity.Reads.
func (s *Store) TOTPOf(ctx context.Context, id identity.UserID) (identity.TOTP, bool, error) {
	return totpByUser(ctx, s.reads, id)
}

func totpByUser(ctx context.Context, c *identityent.Client, id identity.UserID) (identity.TOTP, bool, error) {
	person, err := entstore.ID(id)
	if err != nil {
		return identity.TOTP{}, false, nil // nobody has that id
	}
	row, err := c.TOTP.Query().Where(totp.UserID(person)).Only(ctx)
	switch {
	case identityent.IsNotFound(err):
		return identity.TOTP{}, false, nil
	case err != nil:
		return identity.TOTP{}, false, entstore.Failure(err, noRules, "identitystore: totp of %s", id)
	}
	return identity.TOTP{
		User: id, SealedSecret: row.SealedSecret, LastStep: row.LastStep,
		CreatedAt: row.CreatedAt.UTC(), ConfirmedAt: entstore.Time(row.ConfirmedAt),
	}, true, nil
}

// Confirm implements identity.TOTPs. The secret is part of the condition: a set-up
// that was begun anew meanwhile has another one, which no code has proven.
func (s totps) Confirm(ctx context.Context, t identity.TOTP, step int64, at time.Time) error {
	person, err := entstore.ID(t.User)
	if err != nil {
		return entstore.Failure(identity.ErrTOTPMissing, noRules, "identitystore: confirm totp")
	}
	n, err := s.tx.Ent.TOTP.Update().
		Where(totp.UserID(person), totp.ConfirmedAtIsNil(), totp.SealedSecret(t.SealedSecret)).
		SetLastStep(step).SetConfirmedAt(at.UTC()).
		Save(ctx)
	if err == nil && n == 0 {
		err = identity.ErrTOTPMissing
	}
	s.tx.Invalidate(identity.TagUser(t.User)) // it may be the factor that they lack
	return entstore.Failure(err, noRules, "identitystore: confirm totp of %s", t.User)
}

// Accept implements identity.TOTPs. The update is the decision.
func (s totps) Accept(ctx context.Context, id identity.UserID, step int64) error {
	person, err := entstore.ID(id)
	if err != nil {
		return entstore.Failure(identity.ErrCodeWrong, noRules, "identitystore: accept totp")
	}
	n, err := s.tx.Ent.TOTP.Update().
		Where(totp.UserID(person), totp.ConfirmedAtNotNil(), totp.LastStepLT(step)).
		SetLastStep(step).
		Save(ctx)
	if err == nil && n == 0 {
		err = identity.ErrCodeWrong
	}
	return entstore.Failure(err, noRules, "identitystore: accept totp of %s", id)
}

// Delete implements identity.TOTPs.
func (s totps) Delete(ctx context.Context, id identity.UserID) (bool, error) {
	person, err := entstore.ID(id)
	if err != nil {
		return false, nil
	}
	n, err := s.tx.Ent.TOTP.Delete().Where(totp.UserID(person)).Exec(ctx)
	if n > 0 {
		s.tx.Invalidate(identity.TagUser(id))
	}
	return n > 0, entstore.Failure(err, noRules, "identitystore: delete totp of %s", id)
}

type recoveryCodes struct{ tx transaction }

// Replace implements identity.RecoveryCodes.
func (s recoveryCodes) Replace(ctx context.Context, id identity.UserID, hashes [][]byte, at time.Time) error {
	person, err := entstore.ID(id)
	if err != nil {
		return entstore.Failure(err, userRules, "identitystore: replace recovery codes")
	}
	if err := s.Delete(ctx, id); err != nil {
		return err
	}
	rows := make([]*identityent.RecoveryCodeCreate, len(hashes))
	for i, hash := range hashes {
		rows[i] = s.tx.Ent.RecoveryCode.Create().SetUserID(person).SetHash(hash).SetCreatedAt(at.UTC())
	}
	err = s.tx.Ent.RecoveryCode.CreateBulk(rows...).Exec(ctx)
	return entstore.Failure(err, noRules, "identitystore: replace recovery codes of %s", id)
}

// Redeem implements identity.RecoveryCodes. The update is the decision: a code has
// no use yet for exactly one of those who ask.
func (s recoveryCodes) Redeem(ctx context.Context, id identity.UserID, hash []byte, at time.Time) error {
	person, err := entstore.ID(id)
	if err != nil {
		return entstore.Failure(identity.ErrCodeWrong, noRules, "identitystore: redeem recovery code")
	}
	n, err := s.tx.Ent.RecoveryCode.Update().
		Where(recoverycode.UserID(person), recoverycode.Hash(hash), recoverycode.UsedAtIsNil()).
		SetUsedAt(at.UTC()).
		Save(ctx)
	if err == nil && n == 0 {
		err = identity.ErrCodeWrong
	}
	return entstore.Failure(err, noRules, "identitystore: redeem recovery code of %s", id)
}

// Delete implements identity.RecoveryCodes.
func (s recoveryCodes) Delete(ctx context.Context, id identity.UserID) error {
	person, err := entstore.ID(id)
	if err != nil {
		return nil
	}
	_, err = s.tx.Ent.RecoveryCode.Delete().Where(recoverycode.UserID(person)).Exec(ctx)
	return entstore.Failure(err, noRules, "identitystore: delete recovery codes of %s", id)
}

// RecoveryCodesLeft implements identity.Reads. There are ten at the most.
func (s *Store) RecoveryCodesLeft(ctx context.Context, id identity.UserID) (int, error) {
	person, err := entstore.ID(id)
	if err != nil {
		return 0, nil
	}
	n, err := s.reads.RecoveryCode.Query().Where(recoverycode.UserID(person), recoverycode.UsedAtIsNil()).Count(ctx)
	return n, entstore.Failure(err, noRules, "identitystore: recovery codes of %s", id)
}
