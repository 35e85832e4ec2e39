package signin

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// welcomeSubscription names it.
const welcomeSubscription = "identity.send_welcome"

// Subscribers is what identity does when something has happened.
func (a *App) Subscribers() []events.Subscriber {
	return []events.Subscriber{
		{Name: welcomeSubscription, Event: identityport.UserRegistered{}.EventName(), Handle: a.onUserRegistered},
	}
}

// onUserRegistered queues the welcome once, however often the event comes.
func (a *App) onUserRegistered(ctx context.Context, e events.Event) error {
	registered, err := events.Decode[identityport.UserRegistered](e)
	if err != nil {
		return err
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		first, err := s.Inbox.Record(ctx, e.ID, welcomeSubscription)
		if err != nil || !first {
			return err
		}
		return mails.Post(ctx, s.Jobs, mails.Mail{Kind: mails.Welcome, User: registered.UserID})
	})
	if err != nil {
		return fmt.Errorf("signin: queue welcome of %s: %w", registered.UserID, err)
	}
	return nil
}
