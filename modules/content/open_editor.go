package content

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// OpenFor is how long somebody has a post open since their editor was last heard of: three
// times as long as it waits before it tells so again.
const OpenFor = 90 * time.Second

// MaxOpenEditors is how many of those who have a post open are told of.
const MaxOpenEditors = 20

// OpenEditor is somebody who has a post open in the editor.
type OpenEditor struct {
	Post    PostID
	Editor  identityport.UserID
	HeardAt time.Time
}

// OpenEditors keeps who has which post open. It is nothing to be lost: what is not told again
// is over after OpenFor.
type OpenEditors interface {
	// Hear notes that somebody has a post open, and forgets everybody who was last heard
	// of before another moment; ErrPostNotFound.
	Hear(ctx context.Context, e OpenEditor, before time.Time) error
	// Leave forgets that somebody has a post open.
	Leave(ctx context.Context, id PostID, editor identityport.UserID) error
	// LeaveAll forgets somebody.
	LeaveAll(ctx context.Context, editor identityport.UserID) error
}

// OpenEditorReads reads them.
type OpenEditorReads interface {
	// OpenEditors lists up to limit people who have a post open and were heard of since a
	// moment, by their ids.
	OpenEditors(ctx context.Context, id PostID, since time.Time, limit int) ([]OpenEditor, error)
}
