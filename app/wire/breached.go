package wire

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/adapters/passwords/breached"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/breaker"
)

// openBreached opens the collection of breached passwords that the settings name, if
// they name one.
func (i *infra) openBreached(cfg config.Config) error {
	if cfg.Passwords.Breached == "" {
		return nil
	}
	collection, err := i.breachedCollection(cfg.Passwords)
	if err != nil {
		return fmt.Errorf("BREACHED_PASSWORDS_URL: %w", err)
	}
	i.breached = watchedCollection{collection, i.metrics, i.log}
	i.log.Info("new passwords are looked up among breached ones", zap.String("collection", cfg.Passwords.Breached))
	return nil
}

func (i *infra) breachedCollection(p config.Passwords) (identity.BreachedPasswords, error) {
	file := p.BreachedFile()
	if file == "" {
		return breached.NewHTTP(p.Breached, i.cache, breaker.Transport(i.services.Breaker(serviceBreached, breaker.Options{}), breached.Transport()))
	}
	f, err := breached.OpenFile(file)
	if err != nil {
		return nil, fmt.Errorf("%w: it takes a file of lines SHA-1:COUNT in the order of their hashes", err)
	}
	i.onClose("the breached passwords", f.Close)
	return f, nil
}

// watchedCollection counts what a collection is asked, and logs when it cannot be:
// the password is then accepted, and nobody would know.
type watchedCollection struct {
	identity.BreachedPasswords
	metrics *observe.Metrics
	log     *zap.Logger
}

func (w watchedCollection) Range(ctx context.Context, prefix string) ([]identity.BreachedPassword, error) {
	all, err := w.BreachedPasswords.Range(ctx, prefix)
	w.metrics.BreachedPasswordsAsked(err)
	if err != nil {
		w.log.Warn("a new password could not be looked up among breached ones, and is accepted", zap.Error(err))
	}
	return all, err
}
