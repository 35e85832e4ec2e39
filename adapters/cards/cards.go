// Package cards draws the pictures of posts that have no cover, for where they are shared.
//
// Text is shaped as its script asks for: letters of Arabic join, lines from right to left
// stand at the right, and what runs the other way within them is in its place. What the
// embedded typefaces have no letters for is left out whole, so that nobody is shown boxes:
// they write Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew and Arabic, no Chinese,
// Japanese or Korean, and no script of India. The same card is always the same bytes.
//
// A title comes from whoever writes and may be anything. It costs no more than its letters:
// they are counted before they are shaped, none is drawn outside the picture, and one card
// is drawn at a time.
package cards

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"sync"

	"github.com/neoforge-dev/neoforge/modules/content"
)

// edition changes with everything that makes a card look different: its drawing, the
// typefaces, the way they are shaped. Caches keep a card under it.
const edition = "2"

// Drawer implements content.CardDrawer.
type Drawer struct {
	slot  chan struct{}
	faces func() (typefaces, error) // read when the first card is drawn; for whoever has the slot
}

var _ content.CardDrawer = (*Drawer)(nil)

// New makes the drawer.
func New() *Drawer {
	return &Drawer{slot: make(chan struct{}, 1), faces: sync.OnceValues(readTypefaces)}
}

// Edition implements content.CardDrawer.
func (*Drawer) Edition() string { return edition }

// Draw implements content.CardDrawer.
func (d *Drawer) Draw(ctx context.Context, c content.Card) ([]byte, error) {
	select {
	case d.slot <- struct{}{}:
		defer func() { <-d.slot }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := ctx.Err(); err != nil { // both may have been so
		return nil, err
	}
	faces, err := d.faces()
	if err != nil {
		return nil, fmt.Errorf("cards: %w", err)
	}
	picture := newCanvas()
	compose(picture, &setter{faces: faces}, c)
	var out bytes.Buffer
	if err := png.Encode(&out, picture.Paletted); err != nil { // the best compression takes ten times as long for a tenth
		return nil, fmt.Errorf("cards: %w", err)
	}
	return out.Bytes(), nil
}
