package signin

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// recordAgreed writes what somebody agreed to by making an account, in the versions
// that they were shown.
func (a *App) recordAgreed(ctx context.Context, s Stores, id identity.UserID, agreed identity.Agreed, address string, at time.Time) error {
	var all []identity.Consent
	for _, kind := range slices.Sorted(maps.Keys(agreed)) {
		all = append(all, identity.Consent{
			ID: a.deps.IDs.New(), User: id, Kind: kind, Version: agreed[kind], Given: true, IP: address, At: at,
		})
	}
	return s.Consents.Insert(ctx, all...)
}

// replaceAgreed is recordAgreed for who takes over an account from somebody who
// never proved its address: the word of that one counts no more.
func (a *App) replaceAgreed(ctx context.Context, s Stores, id identity.UserID, agreed identity.Agreed, address string, at time.Time) error {
	if err := s.Consents.Delete(ctx, id, identity.ConsentTerms, identity.ConsentPrivacy, identity.ConsentNews); err != nil {
		return err
	}
	return a.recordAgreed(ctx, s, id, agreed, address, at)
}
