package images

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"time"

	"golang.org/x/image/draw"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

const (
	maxPixels = 16 << 20
	maxSide   = 16_000
	// atOnce is how many are decoded at the same moment. The largest takes about
	// 130 MB for that long.
	atOnce = 1
	// queueTimeout is how long the others wait for their turn.
	queueTimeout = 8 * time.Second
	quality      = 85
)

// Maker implements identity.AvatarMaker.
type Maker struct{ slots chan struct{} }

var _ identity.AvatarMaker = (*Maker)(nil)

// New makes the maker.
func New() *Maker { return &Maker{slots: make(chan struct{}, atOnce)} }

// MakeAvatar implements identity.AvatarMaker.
func (m *Maker) MakeAvatar(ctx context.Context, file []byte) (identity.Picture, error) {
	if len(file) > identity.AvatarUpload {
		return identity.Picture{}, identity.ErrAvatarTooLarge
	}
	f, ok := formatOf(file)
	if !ok {
		return identity.Picture{}, identity.ErrAvatarFormat
	}
	if err := f.check(file); err != nil {
		return identity.Picture{}, err
	}
	release, err := m.wait(ctx)
	if err != nil {
		return identity.Picture{}, err
	}
	defer release()
	whole, err := f.decode(&reader{ctx: ctx, Reader: bytes.NewReader(file)})
	if ctx.Err() != nil {
		return identity.Picture{}, fmt.Errorf("images: decode %s: %w", f.name, ctx.Err())
	}
	if err != nil || whole.Bounds().Empty() {
		return identity.Picture{}, fmt.Errorf("images: decode %s: %w (%w)", f.name, identity.ErrAvatarFormat, orEmpty(err))
	}
	return encode(upright(square(whole), f.orientation(file)))
}

func orEmpty(err error) error {
	if err == nil {
		return fmt.Errorf("nothing in it")
	}
	return err
}

// wait takes a slot. It fails with ErrAvatarsBusy when none is free in time.
func (m *Maker) wait(ctx context.Context) (release func(), err error) {
	waiting, cancel := context.WithTimeout(ctx, queueTimeout)
	defer cancel()
	select {
	case m.slots <- struct{}{}:
		return func() { <-m.slots }, nil
	case <-waiting.Done():
		if ctx.Err() != nil {
			return nil, fmt.Errorf("images: wait: %w", ctx.Err())
		}
		return nil, identity.ErrAvatarsBusy
	}
}

// reader ends when nobody waits for the picture any more.
type reader struct {
	ctx context.Context //nolint:containedctx // of the one call that reads
	*bytes.Reader
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// square scales the middle of a picture to what is kept.
func square(whole image.Image) *image.RGBA {
	b := whole.Bounds()
	side := min(b.Dx(), b.Dy())
	left, top := b.Min.X+(b.Dx()-side)/2, b.Min.Y+(b.Dy()-side)/2
	out := image.NewRGBA(image.Rect(0, 0, identity.AvatarSide, identity.AvatarSide))
	draw.CatmullRom.Scale(out, out.Bounds(), whole, image.Rect(left, top, left+side, top+side), draw.Src, nil)
	return out
}

// upright turns and mirrors a square as its orientation says (Exif 2.32, tag 0x0112).
func upright(in *image.RGBA, orientation int) *image.RGBA {
	if orientation < 2 || orientation > 8 {
		return in
	}
	n := identity.AvatarSide - 1
	out := image.NewRGBA(in.Bounds())
	for y := range identity.AvatarSide {
		for x := range identity.AvatarSide {
			var fromX, fromY int
			switch orientation {
			case 2:
				fromX, fromY = n-x, y
			case 3:
				fromX, fromY = n-x, n-y
			case 4:
				fromX, fromY = x, n-y
			case 5:
				fromX, fromY = y, x
			case 6:
				fromX, fromY = y, n-x
			case 7:
				fromX, fromY = n-y, n-x
			case 8:
				fromX, fromY = n-y, x
			}
			out.SetRGBA(x, y, in.RGBAAt(fromX, fromY))
		}
	}
	return out
}

// encode writes a photograph as JPEG, and what one can see through as PNG.
func encode(p *image.RGBA) (identity.Picture, error) {
	var out bytes.Buffer
	if p.Opaque() {
		if err := jpeg.Encode(&out, p, &jpeg.Options{Quality: quality}); err != nil {
			return identity.Picture{}, fmt.Errorf("images: encode JPEG: %w", err)
		}
		return identity.Picture{ContentType: "image/jpeg", Body: out.Bytes()}, nil
	}
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, p); err != nil {
		return identity.Picture{}, fmt.Errorf("images: encode PNG: %w", err)
	}
	return identity.Picture{ContentType: "image/png", Body: out.Bytes()}, nil
}
