package identityapp

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// welcomeKind names the subscription, and the jobs of versions that had one kind a
// letter, which may still lie in the queue.
const welcomeKind = "identity.send_welcome"

// Subscribers is what identity does when something has happened.
func (a *App) Subscribers() []events.Subscriber {
	return []events.Subscriber{
		{Name: welcomeKind, Event: identityport.UserRegistered{}.EventName(), Handle: a.onUserRegistered},
	}
}

// onUserRegistered queues the welcome once, however often the event comes.
func (a *App) onUserRegistered(ctx context.Context, e events.Event) error {
	registered, err := events.Decode[identityport.UserRegistered](e)
	if err != nil {
		return err
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		first, err := s.Inbox.Record(ctx, e.ID, welcomeKind)
		if err != nil || !first {
			return err
		}
		return a.post(ctx, s, letter{Kind: letterWelcome, User: registered.UserID})
	})
	if err != nil {
		return fmt.Errorf("identityapp: queue welcome of %s: %w", registered.UserID, err)
	}
	return nil
}

// runWelcome does a job of the old kind, which says who is to be welcomed.
func (a *App) runWelcome(ctx context.Context, payload []byte) error {
	l := letter{}
	if err := json.Unmarshal(payload, &l); err != nil {
		return fmt.Errorf("identityapp: decode welcome: %w", err)
	}
	l.Kind = letterWelcome
	return a.send(ctx, l)
}
