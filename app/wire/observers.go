package wire

import (
	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// publishedCounter counts what happens in the contexts, by the events that they publish.
func publishedCounter(m *observe.Metrics) func(event string) {
	counters := map[string]func(){
		identityport.UserRegistered{}.EventName():       m.UserRegistered,
		content.PostPublished{}.EventName():             m.PostPublished,
		billingport.SubscriptionActivated{}.EventName(): m.SubscriptionActivated,
	}
	return func(event string) {
		if count, ok := counters[event]; ok {
			count()
		}
	}
}
