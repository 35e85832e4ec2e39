// Package notices is the language of the notice board: what somebody who may posts
// there, for everybody to read until it is old.
package notices

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// PermissionPost lets somebody post notices.
const PermissionPost identityport.Permission = "notices.notice.post"

var (
	// ErrSignedOut refuses a visitor.
	ErrSignedOut = fault.New(fault.Unauthenticated, "notices.signed_out", "Sign in to post a notice.")
	// ErrNotPermitted refuses who may not post.
	ErrNotPermitted = fault.New(fault.Forbidden, "notices.not_permitted", "You may not post notices. Ask an administrator for the role of an author.")
	// ErrText reports a text that is no notice.
	ErrText = fault.New(fault.Invalid, "notices.text_invalid", "A notice has 1 to 280 characters.")
)

// longest is how many characters a notice has at most.
const longest = 280

// Settings are how the board is run.
type Settings struct {
	Keep time.Duration `env:"KEEP" envDefault:"720h" doc:"how long a notice stays on the board; 0 for ever"`
}

// Validate says what is wrong with them.
func (s *Settings) Validate(bool) []error {
	if s.Keep != 0 && s.Keep < time.Hour {
		return []error{fmt.Errorf("NOTICES_KEEP is %s: use 1h or more, such as 720h, or 0 for ever", s.Keep)}
	}
	return nil
}

// Notice is one sheet on the board.
type Notice struct {
	ID       string
	Text     string
	Author   identityport.UserID
	Byline   string // the author's name when they posted it
	PostedAt time.Time
}

// NewNotice is what somebody posts; ErrText.
func NewNotice(id, text string, by identityport.Actor, at time.Time) (Notice, error) {
	text = strings.Join(strings.Fields(text), " ")
	if n := utf8.RuneCountInString(text); n == 0 || n > longest {
		return Notice{}, ErrText.WithFields(fault.Field{Name: "text", Message: "write 1 to 280 characters"})
	}
	return Notice{ID: id, Text: text, Author: by.UserID, Byline: by.Name, PostedAt: at}, nil
}

// Posted reports that a notice is on the board.
type Posted struct {
	NoticeID string              `json:"notice_id"`
	UserID   identityport.UserID `json:"user_id"`
}

// EventName implements events.Payload.
func (Posted) EventName() string { return "notices.posted.v1" }

// Board is what other modules may read of it.
type Board interface {
	// Latest returns the newest notices, the newest first.
	Latest(ctx context.Context, limit int) ([]Notice, error)
}

// Stores is what a use case may change in one transaction.
type Stores struct {
	Notices Store
	Audit   audit.Trail
	Events  events.Writer
	Inbox   events.Inbox
	Jobs    jobs.Enqueuer
}

// UnitOfWork runs fn in one transaction.
type UnitOfWork interface {
	Do(ctx context.Context, fn func(ctx context.Context, s Stores) error) error
}

// Store keeps notices.
type Store interface {
	Insert(ctx context.Context, n Notice) error
	// DeleteByAuthor takes down what somebody posted.
	DeleteByAuthor(ctx context.Context, author identityport.UserID) error
	// DeleteBefore takes down what was posted before t.
	DeleteBefore(ctx context.Context, t time.Time) error
}

// Reads is the board outside of a transaction.
type Reads interface {
	Board
	ByAuthor(ctx context.Context, author identityport.UserID) ([]Notice, error)
}

// TagBoard is the cache tag of what is on the board.
const TagBoard = "notices.board"
