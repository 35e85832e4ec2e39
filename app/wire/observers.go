package wire

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// observers count what happens in the contexts. They keep no inbox: an event that
// is delivered twice counts twice, which a metric can bear.
func (a *Application) observers() []events.Subscriber {
	m := a.infra.metrics
	count := func(event events.Payload, name string, f func()) events.Subscriber {
		return events.Subscriber{
			Name: "observe." + name, Event: event.EventName(),
			Handle: func(context.Context, events.Event) error { f(); return nil },
		}
	}
	return []events.Subscriber{
		count(identityport.UserRegistered{}, "count_registrations", m.UserRegistered),
		count(content.PostPublished{}, "count_publications", m.PostPublished),
		count(billingport.SubscriptionActivated{}, "count_subscriptions", m.SubscriptionActivated),
	}
}
