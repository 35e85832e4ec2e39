// Package exiftest makes the files that tests of pictures look into: plain ones, and ones
// with something about people and places in them.
package exiftest

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"
)

// The colours of Quarters.
var Red, Green, Blue = color.RGBA{R: 220, A: 255}, color.RGBA{G: 200, A: 255}, color.RGBA{B: 220, A: 255}

// Quarters is a picture whose top left is red and top right green.
func Quarters(w, h int) *image.RGBA {
	p := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			switch {
			case y >= h/2:
				p.Set(x, y, Blue)
			case x < w/2:
				p.Set(x, y, Red)
			default:
				p.Set(x, y, Green)
			}
		}
	}
	return p
}

// PNG is a picture as a file.
func PNG(tb testing.TB, p image.Image) []byte {
	tb.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, p); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// JPEG is a picture as a file.
func JPEG(tb testing.TB, p image.Image) []byte {
	tb.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, p, nil); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// GIF is a picture as a file.
func GIF(tb testing.TB, p image.Image) []byte {
	tb.Helper()
	var out bytes.Buffer
	if err := gif.Encode(&out, p, nil); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// Orientation is a TIFF block with one entry: the orientation.
func Orientation(orientation uint16) []byte {
	b := []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01")
	b = binary.BigEndian.AppendUint16(b, orientation)
	return append(b, 0, 0, 0, 0, 0, 0)
}

// WithSegment puts an application segment at the front of a JPEG.
func WithSegment(file []byte, marker byte, body []byte) []byte {
	out := append([]byte{0xff, 0xd8, 0xff, marker}, binary.BigEndian.AppendUint16(nil, uint16(len(body)+2))...)
	return append(append(out, body...), file[2:]...)
}

// WithChunk puts a chunk behind the header of a PNG.
func WithChunk(file []byte, kind string, body []byte) []byte {
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	chunk = append(append(chunk, kind...), body...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	const header = 8 + 25
	return append(append(bytes.Clone(file[:header]), chunk...), file[header:]...)
}

// Near tells colours apart that JPEG has smeared.
func Near(have color.Color, want color.RGBA) bool {
	r, g, b, _ := have.RGBA()
	far := func(a uint32, b uint8) bool { d := int(a>>8) - int(b); return d > 40 || d < -40 }
	return !far(r, want.R) && !far(g, want.G) && !far(b, want.B)
}

// WebPDot is one dot, without loss, in base64.
const WebPDot = "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=="
