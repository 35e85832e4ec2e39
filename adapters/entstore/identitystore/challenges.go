package identitystore

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/ent/identityent/challenge"
	"github.com/neoforge-dev/neoforge/ent/identityent/predicate"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

type challenges struct{ tx transaction }

var challengeRules = entstore.Rules{
	Absent:  identity.ErrChallengeUnknown,
	Indexes: identityent.UniqueIndexes, Unique: map[string]error{"identity_challenges_hash": identity.ErrChallengeUnknown},
}

// Insert implements identity.Challenges.
func (s challenges) Insert(ctx context.Context, c identity.Challenge) error {
	create := s.tx.Ent.Challenge.Create().
		SetHash(c.Hash).
		SetPurpose(string(c.Purpose)).
		SetData(c.Data).
		SetAttempts(c.Attempts).
		SetExpiresAt(c.ExpiresAt.UTC())
	if c.User != "" {
		person, err := entstore.ID(c.User)
		if err != nil {
			return entstore.Failure(err, userRules, "identitystore: insert challenge")
		}
		create.SetUserID(person)
	}
	return entstore.Failure(create.Exec(ctx), challengeRules, "identitystore: insert challenge for %s", string(c.Purpose))
}

func answerable(hash []byte, p identity.ChallengePurpose, now time.Time) []predicate.Challenge {
	return []predicate.Challenge{challenge.Hash(hash), challenge.Purpose(string(p)), challenge.ExpiresAtGT(now.UTC())}
}

// Try implements identity.Challenges. The update is the decision: there is room for
// an attempt or there is not.
func (s challenges) Try(ctx context.Context, hash []byte, p identity.ChallengePurpose, now time.Time) (identity.Challenge, error) {
	n, err := s.tx.Ent.Challenge.Update().
		Where(answerable(hash, p, now)...).
		Where(challenge.AttemptsLT(identity.ChallengeAttempts)).
		AddAttempts(1).
		Save(ctx)
	if err == nil && n == 0 {
		err = identity.ErrChallengeUnknown
	}
	if err != nil {
		return identity.Challenge{}, entstore.Failure(err, noRules, "identitystore: try challenge for %s", string(p))
	}
	return challengeWhere(ctx, s.tx.Ent, hash, p, now)
}

// Challenge implements identity.Reads.
func (s *Store) Challenge(ctx context.Context, hash []byte, p identity.ChallengePurpose, now time.Time) (identity.Challenge, error) {
	c, err := challengeWhere(ctx, s.reads, hash, p, now)
	if err == nil && c.Attempts >= identity.ChallengeAttempts {
		err = entstore.Failure(identity.ErrChallengeUnknown, noRules, "identitystore: challenge for %s", string(p))
	}
	return c, err
}

func challengeWhere(ctx context.Context, c *identityent.Client, hash []byte, p identity.ChallengePurpose, now time.Time) (identity.Challenge, error) {
	row, err := c.Challenge.Query().Where(answerable(hash, p, now)...).Only(ctx)
	if err != nil {
		return identity.Challenge{}, entstore.Failure(err, challengeRules, "identitystore: challenge for %s", string(p))
	}
	out := identity.Challenge{Hash: row.Hash, Purpose: p, Data: row.Data, Attempts: row.Attempts, ExpiresAt: row.ExpiresAt.UTC()}
	if row.UserID != nil {
		out.User = identity.UserID(row.UserID.String())
	}
	return out, nil
}

// Take implements identity.Challenges. The deletion is the decision.
func (s challenges) Take(ctx context.Context, hash []byte, p identity.ChallengePurpose, now time.Time) error {
	n, err := s.tx.Ent.Challenge.Delete().Where(answerable(hash, p, now)...).Exec(ctx)
	if err == nil && n == 0 {
		err = identity.ErrChallengeUnknown
	}
	return entstore.Failure(err, noRules, "identitystore: take challenge for %s", string(p))
}

// DeleteOf implements identity.Challenges.
func (s challenges) DeleteOf(ctx context.Context, id identity.UserID, purposes ...identity.ChallengePurpose) error {
	person, err := entstore.ID(id)
	if err != nil {
		return nil
	}
	which := []predicate.Challenge{challenge.UserID(person)}
	if len(purposes) > 0 {
		names := make([]string, len(purposes))
		for i, p := range purposes {
			names[i] = string(p)
		}
		which = append(which, challenge.PurposeIn(names...))
	}
	_, err = s.tx.Ent.Challenge.Delete().Where(which...).Exec(ctx)
	return entstore.Failure(err, noRules, "identitystore: delete the challenges of %s", id)
}

// DeleteExpired implements identity.Challenges.
func (s challenges) DeleteExpired(ctx context.Context, t time.Time, limit int) (int, error) {
	keys, err := s.tx.Ent.Challenge.Query().Where(challenge.ExpiresAtLT(t.UTC())).Limit(limit).IDs(ctx)
	if err != nil {
		return 0, entstore.Failure(err, noRules, "identitystore: challenges that expired")
	}
	if len(keys) == 0 {
		return 0, nil
	}
	n, err := s.tx.Ent.Challenge.Delete().Where(challenge.IDIn(keys...)).Exec(ctx)
	return n, entstore.Failure(err, noRules, "identitystore: delete expired challenges")
}
