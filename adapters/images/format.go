package images

import (
	"bytes"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"

	"github.com/neoforge-dev/neoforge/adapters/exif"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

// maxScans bounds the passes of a progressive JPEG over its pixels: a few bytes
// can ask for one over all of them. Cameras and editors write about ten.
const maxScans = 100

// format is one kind of file that is accepted.
type format struct {
	name   string
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	exif   func(file []byte) []byte // the block that says how the camera was held; nil: none
	passes func(file []byte) int
}

// formatOf tells what a file is by its first bytes. The decoders are chosen here
// rather than registered, so that no other package adds to what is accepted.
func formatOf(file []byte) (format, bool) {
	starts := func(magic string) bool { return bytes.HasPrefix(file, []byte(magic)) }
	switch {
	case starts("\xff\xd8\xff"):
		return format{"JPEG", jpeg.DecodeConfig, jpeg.Decode, exif.OfJPEG, scansOf}, true
	case starts("\x89PNG\r\n\x1a\n"):
		return format{"PNG", png.DecodeConfig, png.Decode, exif.OfPNG, nil}, true
	case starts("GIF87a"), starts("GIF89a"):
		return format{"GIF", gif.DecodeConfig, gif.Decode, nil, nil}, true // of the first picture alone
	case starts("RIFF") && len(file) >= 12 && string(file[8:12]) == "WEBP":
		return format{"WebP", webp.DecodeConfig, webp.Decode, exif.OfWebP, nil}, true
	}
	return format{}, false
}

// check refuses what would take too much to decode.
func (f format) check(file []byte) error {
	c, err := f.config(bytes.NewReader(file))
	if err != nil {
		return fmt.Errorf("images: read %s: %w (%w)", f.name, identity.ErrAvatarFormat, err)
	}
	if c.Width <= 0 || c.Height <= 0 {
		return identity.ErrAvatarFormat
	}
	if c.Width > maxSide || c.Height > maxSide || c.Width*c.Height > maxPixels {
		return identity.ErrAvatarTooLarge
	}
	if f.passes != nil && f.passes(file) > maxScans {
		return identity.ErrAvatarFormat
	}
	return nil
}

// scansOf counts the passes of a JPEG. Within compressed data 0xFF is always
// followed by 0x00 or a restart, so the marker cannot be there by chance.
func scansOf(file []byte) int { return bytes.Count(file, []byte{0xff, 0xda}) }

func (f format) orientation(file []byte) int {
	if f.exif == nil {
		return 1
	}
	return exif.Orientation(f.exif(file))
}
