// Package library is what people do with pictures: upload them in one piece or in parts,
// find, describe, replace and delete them.
//
// It promises that a file is kept before the row that names it and deleted after it, so that
// whatever is killed leaves nothing half; that no file tells where it was taken; and that
// no picture is deleted that a post shows.
package library

import (
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/blobs"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen"
)

const (
	maxPage = 100 // pictures in a page of the list
	// conflicts is how often somebody may change a picture before a change of it gives up.
	conflicts = 5
	batch     = 100 // of what jobs go through
)

// Deps is what the use cases need.
type Deps struct {
	UnitOfWork content.UnitOfWork
	Reads      content.MediaReads
	Files      blobs.Store
	Images     content.MediaMaker
	Actors     identityport.Actors // as whom uploads are ended that nobody waits for
	Clock      clock.Clock
	IDs        idgen.Generator
	Grants     identityport.Grants `deps:"optional"` // nil: no post is shared
	Limits     Limits              `deps:"optional"`
}

// Limits bound what people upload; 0 is no limit.
type Limits struct {
	FileBytes  int64 // of one file
	DailyBytes int64 // of one person in a day, in UTC
}

// App is the use cases of pictures.
type App struct {
	work       content.UnitOfWork
	reads      content.MediaReads
	files      blobs.Store
	images     content.MediaMaker
	actors     identityport.Actors
	grants     identityport.Grants
	clock      clock.Clock
	ids        idgen.Generator
	limits     Limits
	assembling chan struct{} // holds one: files are whole in memory while they are looked at
}

// New returns the use cases, or an error that names every missing dependency.
func New(d Deps) (*App, error) {
	if err := deps.Check("library", d); err != nil {
		return nil, err
	}
	return &App{
		work: d.UnitOfWork, reads: d.Reads, files: d.Files, images: d.Images, actors: d.Actors, grants: d.Grants, clock: d.Clock, ids: d.IDs, limits: d.Limits, assembling: make(chan struct{}, 1),
	}, nil
}
