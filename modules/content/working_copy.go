package content

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// WorkingCopy is the text that a published post is to have. Its editors write on it while
// readers keep the published text; publishing it makes it that. A post has at most one, and
// a draft has none: there its own text is written on.
type WorkingCopy struct {
	Post PostID
	// Save counts the saves. It begins with the moment at which the copy was begun, in
	// milliseconds, so that no copy that the post had before was ever at the same one: who has
	// written on a copy that was discarded since does not write over the next.
	Save    int
	Base    int // the version of the post whose text it was begun from
	Text    Text
	Editor  identityport.UserID // who saved it last
	BegunAt time.Time
	SavedAt time.Time
	// AutosavedFrom is the moment of the first of the autosaves that the last save is one of; zero
	// for what was saved by hand.
	AutosavedFrom time.Time
}

// BeginWorkingCopy begins the copy of a post with a clean text that was written from the
// post's version base; 0 and what the post has not reached yet are the version it is at.
func BeginWorkingCopy(p PostState, base int, t Text, by identityport.UserID, now time.Time) WorkingCopy {
	if base <= 0 || base > p.Version {
		base = p.Version
	}
	return WorkingCopy{Post: p.ID, Save: int(now.UnixMilli()), Base: base, Text: t, Editor: by, BegunAt: now, SavedAt: now}
}

// Begun reports whether there is one: the zero value is none.
func (c WorkingCopy) Begun() bool { return c.Save != 0 }

// Revised is the copy after somebody saved another text.
func (c WorkingCopy) Revised(t Text, by identityport.UserID, now time.Time) WorkingCopy {
	c.Save++
	c.Text, c.Editor, c.SavedAt, c.AutosavedFrom = t, by, now, time.Time{}
	return c
}

// Autosaved is Revised by the page that the text is written on, with nobody who pressed a button.
// It reports whether the save is one more of the autosaves of the same person within
// AutosaveWindow, as with a draft (see Revision.FollowingAutosave): what there is to say of them
// has been said.
func (c WorkingCopy) Autosaved(t Text, by identityport.UserID, now time.Time) (_ WorkingCopy, joined bool) {
	last := Revision{Post: c.Post, Editor: c.Editor, AutosavedFrom: c.AutosavedFrom}
	next, joined := Revision{Post: c.Post, Editor: by, SavedAt: now}.FollowingAutosave(last)
	c = c.Revised(t, by, now)
	c.AutosavedFrom = next.AutosavedFrom
	return c, joined
}

// PassedBy reports whether the published text was changed since the copy was begun, and since
// the version of the post that somebody saw: publishing the copy would take that back unseen.
func (c WorkingCopy) PassedBy(p PostState, seen int) bool {
	return p.TextVersion > max(c.Base, min(seen, p.Version))
}

// WorkingCopies keeps them; they go with their post.
type WorkingCopies interface {
	// Put writes a copy over the save that was seen, 0 where there was none;
	// ErrWorkingCopyChanged when another is there, or none. The post must be published, and
	// stays so until the transaction ends: ErrNotPublished, ErrPostInactive, ErrPostNotFound.
	Put(ctx context.Context, c WorkingCopy, seen int) error
	// Delete removes the copy of a post that is at the save that was seen; for 0 there must be
	// none. ErrWorkingCopyChanged.
	Delete(ctx context.Context, post PostID, seen int) error
}

// WorkingCopyReads is what is asked of them outside a transaction.
type WorkingCopyReads interface {
	// WorkingCopy returns that of a post; ErrWorkingCopyNotFound.
	WorkingCopy(ctx context.Context, post PostID) (WorkingCopy, error)
}
