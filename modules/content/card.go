package content

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"
)

// The size of a card in pixels, which is the one that sites show large.
const (
	CardWidth  = 1200
	CardHeight = 630
)

// Card is what the picture of a post shows that has no cover, where the post is shared: of a
// published post only what every list of posts shows too, whoever may read its text.
type Card struct {
	Title       string
	SiteName    string
	AuthorName  string    // empty: not shown
	PublishedAt time.Time // shown as the day in UTC; zero: not shown
}

// CardDrawer draws cards.
type CardDrawer interface {
	// Draw returns a PNG of CardWidth by CardHeight. Words that its letters cannot be
	// written with are left out. One card is drawn at a time: it fails with the error of
	// ctx that ends before its turn.
	Draw(ctx context.Context, c Card) ([]byte, error)
	// Edition names the way in which cards are drawn: another one draws the same card
	// differently.
	Edition() string
}

// Version names what a drawing of the card looks like: it is another one as soon as
// anything that is shown is another, or the way in which it is drawn. It stands for itself
// in an address.
func (c Card) Version(edition string) string {
	shown, _ := json.Marshal([]string{edition, c.Title, c.SiteName, c.AuthorName, c.Day()}) // strings have no errors
	sum := sha256.Sum256(shown)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// Day is when the post was published as the card shows it; empty for no day.
func (c Card) Day() string {
	if c.PublishedAt.IsZero() {
		return ""
	}
	return c.PublishedAt.UTC().Format("2 January 2006")
}
