// Package profiles is the public profiles of authors: one is opened for who comes with a role
// that writes, or writes, is renamed with its person, and is found by every handle that it had.
//
// It promises that a profile ends up with the name that the directory has, whatever comes in
// which order, and that a link by an earlier handle goes on leading.
package profiles

import (
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen"
)

// Deps is what the use cases need.
type Deps struct {
	UnitOfWork content.UnitOfWork
	Reads      content.Reads
	People     identityport.Directory
	Cache      cache.Cache
	Clock      clock.Clock
	IDs        idgen.Generator
}

// App is the use cases.
type App struct {
	work   content.UnitOfWork
	reads  content.Reads
	people identityport.Directory
	cache  cache.Cache
	clock  clock.Clock
	ids    idgen.Generator
}

// New returns the use cases, or an error that names every missing dependency.
func New(d Deps) (*App, error) {
	if err := deps.Check("profiles", d); err != nil {
		return nil, err
	}
	return &App{work: d.UnitOfWork, reads: d.Reads, people: d.People, cache: d.Cache, clock: d.Clock, ids: d.IDs}, nil
}

// The names of the subscribers, under which their inboxes are kept.
const (
	openProfile   = "content.open_author_profile"
	renameProfile = "content.rename_author"
)

// ProfileSubscribers returns what becomes of profiles when something has happened to people.
func (a *App) ProfileSubscribers() []events.Subscriber {
	return []events.Subscriber{
		{Name: openProfile, Event: identityport.UserRegistered{}.EventName(), Handle: a.onUserRegistered},
		{Name: renameProfile, Event: identityport.UserRenamed{}.EventName(), Handle: a.onUserRenamed},
	}
}
