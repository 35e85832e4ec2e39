package pictures_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness/skips"
)

func TestMain(m *testing.M) { os.Exit(skips.Main(m)) }

var (
	red, green, blue = color.RGBA{R: 220, A: 255}, color.RGBA{G: 200, A: 255}, color.RGBA{B: 220, A: 255}
)

// quarters is a picture whose top left is red and top right green.
func quarters(w, h int) *image.RGBA {
	p := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			switch {
			case y >= h/2:
				p.Set(x, y, blue)
			case x < w/2:
				p.Set(x, y, red)
			default:
				p.Set(x, y, green)
			}
		}
	}
	return p
}

func asPNG(tb testing.TB, p image.Image) []byte {
	tb.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, p); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func asJPEG(tb testing.TB, p image.Image) []byte {
	tb.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, p, nil); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func asGIF(tb testing.TB, p image.Image) []byte {
	tb.Helper()
	var out bytes.Buffer
	if err := gif.Encode(&out, p, nil); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// exif is a TIFF block with one entry: the orientation.
func exif(orientation uint16) []byte {
	b := []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01")
	b = binary.BigEndian.AppendUint16(b, orientation)
	return append(b, 0, 0, 0, 0, 0, 0)
}

// withSegment puts an application segment at the front of a JPEG.
func withSegment(file []byte, marker byte, body []byte) []byte {
	out := append([]byte{0xff, 0xd8, 0xff, marker}, binary.BigEndian.AppendUint16(nil, uint16(len(body)+2))...)
	return append(append(out, body...), file[2:]...)
}

// withChunk puts a chunk behind the header of a PNG.
func withChunk(file []byte, kind string, body []byte) []byte {
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	chunk = append(append(chunk, kind...), body...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	const header = 8 + 25
	return append(append(bytes.Clone(file[:header]), chunk...), file[header:]...)
}

// near tells colours apart that JPEG has smeared.
func near(have color.Color, want color.RGBA) bool {
	r, g, b, _ := have.RGBA()
	far := func(a uint32, b uint8) bool { d := int(a>>8) - int(b); return d > 40 || d < -40 }
	return !far(r, want.R) && !far(g, want.G) && !far(b, want.B)
}

// webpDot is one dot, without loss.
const webpDot = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="
