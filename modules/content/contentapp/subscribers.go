package contentapp

import (
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// The names of the subscribers, under which their inboxes are kept.
const (
	openAuthorProfile = "content.open_author_profile"
	renameAuthor      = "content.rename_author"
	eraseAuthor       = "content.erase_author"
	endPrivateFeed    = "content.end_private_feed"
)

// Subscribers returns what content does when something has happened.
func (a *App) Subscribers() []events.Subscriber {
	return []events.Subscriber{
		{Name: openAuthorProfile, Event: identityport.UserRegistered{}.EventName(), Handle: a.onUserRegistered},
		{Name: renameAuthor, Event: identityport.UserRenamed{}.EventName(), Handle: a.onUserRenamed},
		{Name: endPrivateFeed, Event: identityport.UserTokensRevoked{}.EventName(), Handle: a.onUserTokensRevoked},
		{Name: eraseAuthor, Event: identityport.UserErased{}.EventName(), Handle: a.onUserErased},
	}
}
