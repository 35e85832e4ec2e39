package wire

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/passwords/breached"
	"github.com/neoforge-dev/neoforge/app/config/identityconfig"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/breaker"
)

// serviceBreached is what metrics and /admin/services call the collection of breached
// passwords.
const serviceBreached = "breached_passwords"

// openBreached opens the collection of breached passwords that the settings name; nil
// when they name none.
func (p *Platform) openBreached(s identityconfig.Passwords) (identity.BreachedPasswords, error) {
	if s.Breached == "" {
		return nil, nil
	}
	collection, err := p.breachedCollection(s)
	if err != nil {
		return nil, fmt.Errorf("BREACHED_PASSWORDS_URL: %w", err)
	}
	lookups, err := p.Metrics.Counter("breached_password_lookups_total", "New passwords that were looked up among breached ones, by outcome: answered, or failed and so accepted.", "outcome")
	if err != nil {
		return nil, err
	}
	p.Log.Info("new passwords are looked up among breached ones", zap.String("collection", s.Breached))
	return watchedCollection{collection, lookups.Of("answered"), lookups.Of("failed"), p.Log}, nil
}

func (p *Platform) breachedCollection(s identityconfig.Passwords) (identity.BreachedPasswords, error) {
	file := s.BreachedFile()
	if file == "" {
		return breached.NewHTTP(s.Breached, p.Cache, breaker.Transport(p.services.Breaker(serviceBreached, breaker.Options{}), breached.Transport()))
	}
	f, err := breached.OpenFile(file)
	if err != nil {
		return nil, fmt.Errorf("%w: it takes a file of lines SHA-1:COUNT in the order of their hashes", err)
	}
	p.OnClose("the breached passwords", f.Close)
	return f, nil
}

// watchedCollection counts what a collection is asked, and logs when it cannot be:
// the password is then accepted, and nobody would know.
type watchedCollection struct {
	identity.BreachedPasswords
	answered, failed func()
	log              *zap.Logger
}

func (w watchedCollection) Range(ctx context.Context, prefix string) ([]identity.BreachedPassword, error) {
	all, err := w.BreachedPasswords.Range(ctx, prefix)
	if err != nil {
		w.failed()
		w.log.Warn("a new password could not be looked up among breached ones, and is accepted", zap.Error(err))
		return all, err
	}
	w.answered()
	return all, nil
}
