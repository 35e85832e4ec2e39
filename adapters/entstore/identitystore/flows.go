package identitystore

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent/oauthflow"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

type flows struct{ tx transaction }

// Insert implements identity.OAuthFlows.
func (s flows) Insert(ctx context.Context, f identity.OAuthFlow) error {
	var person *uuid.UUID
	if f.User != "" {
		id, err := entstore.ID(f.User)
		if err != nil {
			return entstore.Failure(err, noRules, "identitystore: insert flow at %s", f.Provider)
		}
		person = &id
	}
	row := s.tx.Ent.OAuthFlow.Create().
		SetPurpose(string(f.Purpose)).
		SetNillableUserID(person).
		SetStateHash(f.StateHash).
		SetBrowserHash(f.BrowserHash).
		SetProvider(f.Provider).
		SetNonce(f.Nonce).
		SetVerifier(f.Verifier).
		SetSession(f.Session).
		SetReturnTo(f.ReturnTo).
		SetExpiresAt(f.ExpiresAt.UTC())
	if len(f.Agreed) > 0 {
		row.SetAgreed(versions[string](f.Agreed))
	}
	err := row.Exec(ctx)
	return entstore.Failure(err, noRules, "identitystore: insert flow at %s", f.Provider)
}

// Take implements identity.OAuthFlows. The deletion is the decision: whoever
// deletes the row has taken the flow.
func (s flows) Take(ctx context.Context, stateHash []byte) (identity.OAuthFlow, error) {
	row, err := s.tx.Ent.OAuthFlow.Query().Where(oauthflow.StateHash(stateHash)).Only(ctx)
	if err != nil {
		return identity.OAuthFlow{}, entstore.Failure(err, flowRules, "identitystore: take flow")
	}
	n, err := s.tx.Ent.OAuthFlow.Delete().Where(oauthflow.ID(row.ID)).Exec(ctx)
	if err == nil && n == 0 {
		err = identity.ErrFlowUnknown
	}
	if err != nil {
		return identity.OAuthFlow{}, entstore.Failure(err, noRules, "identitystore: take flow at %s", row.Provider)
	}
	return flowOf(row), nil
}

// DeleteExpired implements identity.OAuthFlows.
func (s flows) DeleteExpired(ctx context.Context, t time.Time, limit int) (int, error) {
	keys, err := s.tx.Ent.OAuthFlow.Query().Where(oauthflow.ExpiresAtLT(t.UTC())).Limit(limit).IDs(ctx)
	if err != nil {
		return 0, entstore.Failure(err, noRules, "identitystore: flows that expired")
	}
	if len(keys) == 0 {
		return 0, nil
	}
	n, err := s.tx.Ent.OAuthFlow.Delete().Where(oauthflow.IDIn(keys...)).Exec(ctx)
	return n, entstore.Failure(err, noRules, "identitystore: delete expired flows")
}
