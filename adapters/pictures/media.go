// Package pictures looks at the files of pictures and makes smaller ones of them.
//
// What a file is, its first bytes say, never its name. Its head is read before a pixel is
// decoded, so that a small file cannot ask for much memory or time, and one file is decoded
// at a time. What a file tells of people and places is taken out of it without writing its
// pixels anew; what is made of it has none of that and stands upright.
package pictures

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"

	"github.com/neoforge-dev/neoforge/modules/content"
)

const (
	// maxDecoded bounds the memory of a decoded picture, in bytes.
	maxDecoded = 300 << 20
	// maxScans bounds the passes of a progressive JPEG over its pixels: a few bytes can ask
	// for one over all of them. Cameras and editors write about ten.
	maxScans = 100
	// maxVariant bounds the pixels of a picture that is made: of one that is very tall the
	// wider sizes are passed over. One that is turned is in memory twice, at 4 bytes a pixel.
	maxVariant = 12 << 20
	// quality is that of the JPEG files that are made.
	quality = 82
)

// Maker implements content.MediaMaker.
type Maker struct{ slot chan struct{} }

var _ content.MediaMaker = (*Maker)(nil)

// New makes the maker.
func New() *Maker { return &Maker{slot: make(chan struct{}, 1)} }

// Inspect implements content.MediaMaker.
func (*Maker) Inspect(file []byte) (content.MediaFile, error) {
	kind, ok := sniff(file)
	if !ok {
		return content.MediaFile{}, content.ErrMediaFormat
	}
	stripped, err := kind.strip(file)
	if err != nil {
		return content.MediaFile{}, fmt.Errorf("pictures: %s: %w (%w)", kind.format, content.ErrMediaFormat, err)
	}
	s := stripped
	switch {
	case s.width <= 0 || s.height <= 0:
		return content.MediaFile{}, content.ErrMediaFormat
	case s.width > content.MaxMediaSide || s.height > content.MaxMediaSide || s.width*s.height > content.MaxMediaPixels,
		s.memory > maxDecoded,
		s.frames > content.MaxMediaFrames, s.frames > 1 && s.motion > content.MaxMediaMotion,
		s.scans > maxScans:
		return content.MediaFile{}, content.ErrMediaTooLarge
	}
	// What decodes it has to find the size that is looked at here, or it would not be bounded.
	if kind.config != nil {
		if c, err := kind.config(bytes.NewReader(s.body)); err != nil || c.Width != s.width || c.Height != s.height {
			return content.MediaFile{}, fmt.Errorf("pictures: %s: %w (the head says %d x %d, %w)", kind.format, content.ErrMediaFormat, c.Width, c.Height, cmp.Or(err, errCut))
		}
	}
	out := content.MediaFile{Format: kind.format, Width: s.width, Height: s.height, Animated: s.frames > 1, Turned: turns(s.orientation), Body: s.body}
	if s.orientation >= 5 && s.orientation <= 8 {
		out.Width, out.Height = out.Height, out.Width
	}
	return out, nil
}

func turns(orientation int) bool { return orientation >= 2 && orientation <= 8 }

// Variants implements content.MediaMaker.
func (l *Maker) Variants(ctx context.Context, file []byte, each func(v content.MediaVariant, body []byte) error) (string, error) {
	select {
	case l.slot <- struct{}{}:
		defer func() { <-l.slot }()
	case <-ctx.Done():
		return "", fmt.Errorf("pictures: wait: %w", ctx.Err())
	}
	inspected, err := l.Inspect(file)
	if err != nil {
		return "", err
	}
	kind, _ := sniff(inspected.Body) // Inspect knows it
	stripped, err := kind.strip(inspected.Body)
	if err != nil {
		return "", fmt.Errorf("pictures: %s: %w (%w)", kind.format, content.ErrMediaFormat, err)
	}
	whole, err := kind.decode(reader{ctx, bytes.NewReader(inspected.Body)})
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("pictures: decode %s: %w", kind.format, ctx.Err())
	case errors.Is(err, errUndecoded):
		return "", nil
	case err != nil || whole.Bounds().Empty():
		return "", fmt.Errorf("pictures: decode %s: %w (%w)", kind.format, content.ErrMediaFormat, cmp.Or(err, errEmpty))
	}
	dot, err := shrink(ctx, whole, 1, 1)
	if err != nil {
		return "", fmt.Errorf("pictures: %w", err)
	}
	mean := dot.NRGBAAt(0, 0)
	opaque := isOpaque(whole)
	tone := ""
	if opaque {
		tone = fmt.Sprintf("#%02x%02x%02x", mean.R, mean.G, mean.B)
	}
	if inspected.Animated {
		return tone, nil // what moves is shown as it is
	}
	for _, width := range content.VariantWidths(inspected.Width, inspected.Turned) {
		height := max(1, (inspected.Height*width+inspected.Width/2)/inspected.Width)
		if width*height > maxVariant {
			break
		}
		v := content.MediaVariant{Width: width, Height: height, Format: content.JPEG}
		if !opaque {
			v.Format = content.PNG
		}
		smaller, err := turned(ctx, whole, stripped.orientation, width, height)
		if err != nil {
			return "", fmt.Errorf("pictures: %w", err)
		}
		body, err := encode(ctx, smaller, v.Format, stripped.profile)
		if err != nil {
			return "", err
		}
		if err := each(v, body); err != nil {
			return "", err
		}
	}
	return tone, nil
}

// turned is a picture made smaller to a width and a height that it has upright.
func turned(ctx context.Context, whole image.Image, orientation, width, height int) (image.Image, error) {
	if orientation >= 5 && orientation <= 8 {
		width, height = height, width
	}
	lying, err := shrink(ctx, whole, width, height)
	if err != nil || !turns(orientation) {
		return lying, err
	}
	return upright(lying, orientation), nil
}

var errEmpty = errors.New("nothing in it")

// reader ends when nobody waits for the picture any more.
type reader struct {
	ctx context.Context //nolint:containedctx // of the one call that reads
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// writer ends likewise.
type writer struct {
	ctx context.Context //nolint:containedctx // of the one call that writes
	w   io.Writer
}

func (w writer) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.w.Write(p)
}

func isOpaque(p image.Image) bool {
	o, ok := p.(interface{ Opaque() bool })
	return ok && o.Opaque()
}

func encode(ctx context.Context, p image.Image, f content.MediaFormat, profile []byte) ([]byte, error) {
	var out bytes.Buffer
	if f == content.JPEG {
		if err := jpeg.Encode(writer{ctx, &out}, p, &jpeg.Options{Quality: quality}); err != nil {
			return nil, fmt.Errorf("pictures: encode JPEG: %w", err)
		}
		return withProfileJPEG(out.Bytes(), profile), nil
	}
	if err := png.Encode(writer{ctx, &out}, p); err != nil {
		return nil, fmt.Errorf("pictures: encode PNG: %w", err)
	}
	file, err := withProfilePNG(out.Bytes(), profile)
	if err != nil {
		return nil, fmt.Errorf("pictures: pack the profile of colours: %w", err)
	}
	return file, nil
}

// mediaKind is one kind of file that the library takes.
type mediaKind struct {
	format content.MediaFormat
	config func(io.Reader) (image.Config, error) // nil: its frames have sizes of their own
	decode func(io.Reader) (image.Image, error)
	strip  func(file []byte) (stripped, error)
}

// errUndecoded says that the pixels of a file are left to browsers.
var errUndecoded = errors.New("a WebP of frames is not decoded")

// sniff tells what a file is by its first bytes, never by its name.
func sniff(file []byte) (mediaKind, bool) {
	starts := func(magic string) bool { return bytes.HasPrefix(file, []byte(magic)) }
	switch {
	case starts("\xff\xd8\xff"):
		return mediaKind{content.JPEG, jpeg.DecodeConfig, jpeg.Decode, stripJPEG}, true
	case starts(pngMagic):
		return mediaKind{content.PNG, png.DecodeConfig, png.Decode, stripPNG}, true
	case starts("GIF87a"), starts("GIF89a"):
		return mediaKind{content.GIF, gif.DecodeConfig, gif.Decode, stripGIF}, true // the first picture alone
	case starts("RIFF") && len(file) >= 12 && string(file[8:12]) == "WEBP":
		return mediaKind{content.WebP, nil, decodeWebP, stripWebP}, true
	}
	return mediaKind{}, false
}

func decodeWebP(r io.Reader) (image.Image, error) {
	file, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if s, err := stripWebP(file); err == nil && s.framed {
		return nil, errUndecoded
	}
	again := io.Reader(bytes.NewReader(file))
	if within, ok := r.(reader); ok {
		again = reader{within.ctx, bytes.NewReader(file)} // it ends in the midst, too
	}
	return webp.Decode(again)
}
