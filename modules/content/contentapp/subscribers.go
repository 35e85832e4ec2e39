package contentapp

import (
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// The names of the subscribers, under which their inboxes are kept.
const (
	eraseAuthor    = "content.erase_author"
	endPrivateFeed = "content.end_private_feed"
)

// Subscribers returns what content does when something has happened.
func (a *App) Subscribers() []events.Subscriber {
	return append(a.ProfileSubscribers(),
		events.Subscriber{Name: endPrivateFeed, Event: identityport.UserTokensRevoked{}.EventName(), Handle: a.onUserTokensRevoked},
		events.Subscriber{Name: eraseAuthor, Event: identityport.UserErased{}.EventName(), Handle: a.onUserErased},
	)
}
