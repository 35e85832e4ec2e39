package content

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// What can go wrong with private feeds.
var (
	ErrPrivateFeedNotFound = fault.New(fault.NotFound, "content.private_feed_not_found", "There is no such feed, or no longer. Its reader finds the address in their account.")
	ErrFeedNotSignedIn     = fault.New(fault.Unauthenticated, "content.feed_not_signed_in", "Sign in first.")
	ErrFeedNeedsPerson     = fault.New(fault.Forbidden, "content.feed_needs_person", "A private feed is not made with a personal access token, nor on behalf of somebody. Sign in yourself.")
	ErrFeedTooOften        = fault.New(fault.TooMany, "content.feed_too_often", "This feed was fetched too often. Have your reader ask less often.")
)

// FeedPosts is how many posts a feed has: the newest.
const FeedPosts = 20

// PrivateFeed opens the newest posts, each as far as its person may read it, to a program
// that has its secret: one that reads feeds and cannot sign in. A person has one at most.
// Only the hash of the secret is kept.
type PrivateFeed struct {
	User      identityport.UserID
	Hash      []byte
	CreatedAt time.Time // when it was made or renewed
}

// NewFeedSecret makes what a private feed is known by: 26 characters of base32, of 128
// bits or more.
func NewFeedSecret() string { return rand.Text() }

// HashFeedSecret is what is kept of one.
func HashFeedSecret(secret string) []byte {
	sum := sha256.Sum256([]byte("content.private_feed\n" + secret))
	return sum[:]
}

// CheckFeedOwner reports ErrFeedNotSignedIn for a visitor, and ErrFeedNeedsPerson unless
// the person themselves is there: what opens their posts from then on is made neither by
// who acts for them nor by a token of theirs, which may have a shorter life.
func CheckFeedOwner(a identityport.Actor) error {
	switch {
	case !a.SignedIn():
		return ErrFeedNotSignedIn
	case a.TokenID != "" || a.Impersonator != "":
		return ErrFeedNeedsPerson
	}
	return nil
}

// PrivateFeeds keeps them.
type PrivateFeeds interface {
	// Put makes somebody's feed, in place of the one that they have; it answers whether
	// there was one.
	Put(ctx context.Context, f PrivateFeed) (renewed bool, err error)
	// Delete takes somebody's feed back; ErrPrivateFeedNotFound.
	Delete(ctx context.Context, user identityport.UserID) error
	// DeleteUntil takes back somebody's feed if it was made until then. None is no fault.
	DeleteUntil(ctx context.Context, user identityport.UserID, until time.Time) error
}

// FeedReads is what feeds read outside a transaction.
type FeedReads interface {
	// PrivateFeedOf returns somebody's; ErrPrivateFeedNotFound.
	PrivateFeedOf(ctx context.Context, user identityport.UserID) (PrivateFeed, error)
	// PrivateFeedByHash returns the one with a secret; ErrPrivateFeedNotFound.
	PrivateFeedByHash(ctx context.Context, hash []byte) (PrivateFeed, error)
	// NewestArticles returns up to limit published posts, newest first, with their bodies
	// and without their sources.
	NewestArticles(ctx context.Context, limit int) ([]Article, error)
}
