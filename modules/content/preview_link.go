package content

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"time"

	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Bounds of preview links.
const (
	MaxPreviewLinks = 20 // of one post that are good at once
	MaxPreviewDays  = 90 // how long one is good at the most
)

// PreviewLink opens one post, whatever its status, to whoever has its secret, until it is
// over. It opens no gate: its holder reads what they could read once the post is published.
// Only the hash of the secret is kept.
type PreviewLink struct {
	ID        string
	Post      PostID
	Hash      []byte
	By        identityport.UserID
	CreatedAt time.Time
	EndsAt    time.Time
}

// NewPreviewSecret makes what a link is known by: 26 characters of base32, of 128 bits or more.
func NewPreviewSecret() string { return rand.Text() }

// HashPreviewSecret is what is kept of one.
func HashPreviewSecret(secret string) []byte {
	sum := sha256.Sum256([]byte("content.preview\n" + secret))
	return sum[:]
}

// PreviewEnd is when a link is over that is made now for a number of days, from 1 to
// MaxPreviewDays; ErrInvalidPreviewDays.
func PreviewEnd(days int, now time.Time) (time.Time, error) {
	if days < 1 || days > MaxPreviewDays {
		return time.Time{}, ErrInvalidPreviewDays
	}
	return now.Add(time.Duration(days) * 24 * time.Hour).UTC(), nil
}

// PreviewLinks keeps them; they go with their post.
type PreviewLinks interface {
	// Insert fails with ErrTooManyPreviews where a post has MaxPreviewLinks that are good
	// when it is made.
	Insert(ctx context.Context, l PreviewLink) error
	// Delete takes a link of a post back; ErrPreviewNotFound.
	Delete(ctx context.Context, post PostID, id string) error
	// DeleteBy removes those that somebody made.
	DeleteBy(ctx context.Context, maker identityport.UserID) error
	// DeleteEnded removes up to limit that were over at now, and answers how many.
	DeleteEnded(ctx context.Context, now time.Time, limit int) (int, error)
}

// PreviewLinkReads is what is asked of them outside a transaction.
type PreviewLinkReads interface {
	// PreviewLinksOf lists those of a post that are good at now, oldest first.
	PreviewLinksOf(ctx context.Context, post PostID, now time.Time) ([]PreviewLink, error)
	// PreviewLinkByHash returns one that is good at now; ErrPreviewNotFound.
	PreviewLinkByHash(ctx context.Context, hash []byte, now time.Time) (PreviewLink, error)
}
