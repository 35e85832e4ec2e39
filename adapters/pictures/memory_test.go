package pictures_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"runtime"
	"slices"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/exif/exiftest"
	"github.com/neoforge-dev/neoforge/adapters/pictures"
	"github.com/neoforge-dev/neoforge/modules/content"
)

// TestVariants_OfAVeryTallPictureTakeLittleMemory counts what the real decoder and the sizes
// take of one that is as tall as may be. It runs alone, as what others take would count.
func TestVariants_OfAVeryTallPictureTakeLittleMemory(t *testing.T) { //nolint:paralleltest // see above
	const width, height = 1_700, 16_000
	var file bytes.Buffer
	if err := gif.Encode(&file, image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White, color.Black}), nil); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	sizes, _ := mustShrink(t, file.Bytes())
	runtime.ReadMemStats(&after)
	if len(sizes) != 2 || sizes[1].Width != 960 { // of 1,600 it would have 24 million pixels
		t.Errorf("it is made in %d sizes", len(sizes))
	}
	if taken := (after.TotalAlloc - before.TotalAlloc) >> 20; taken > 130 {
		t.Errorf("%d MB were taken for a picture of %d MB", taken, width*height>>20)
	}
}

// jpegHead is a JPEG of which everything is there but what its pixels are.
func jpegHead(marker byte, width, height uint16, adobe []byte, ids string) []byte {
	frame := []byte{8}
	frame = binary.BigEndian.AppendUint16(frame, height)
	frame = binary.BigEndian.AppendUint16(frame, width)
	frame = append(frame, byte(len(ids)))
	for _, id := range []byte(ids) {
		frame = append(frame, id, 0x11, 0)
	}
	segment := func(marker byte, body []byte) []byte {
		return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2)), body...)
	}
	out := []byte{0xff, 0xd8}
	if adobe != nil {
		out = append(out, segment(0xee, append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), adobe...))...)
	}
	return slices.Concat(out, segment(marker, frame), segment(0xda, []byte{1, 1, 0, 0, 63, 0}), []byte{0, 0xff, 0xd9})
}

func webpOf(chunks ...[]byte) []byte {
	out := append([]byte("RIFF\x00\x00\x00\x00WEBP"), slices.Concat(chunks...)...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

func vp8x(flags byte, width, height int) []byte {
	body := []byte{flags, 0, 0, 0, byte(width - 1), byte((width - 1) >> 8), 0, byte(height - 1), byte((height - 1) >> 8), 0}
	return riff("VP8X", body)
}

// TestInspect_RefusesWhatTakesMuchMemory knows what each kind takes for a pixel, by its head.
func TestInspect_RefusesWhatTakesMuchMemory(t *testing.T) {
	t.Parallel()
	const width, height = 7_000, 6_000 // 42 million, which a picture may have
	lossless := riff("VP8L", binary.LittleEndian.AppendUint32([]byte{0x2f}, (width-1)|(height-1)<<14))
	lossy := riff("VP8 ", []byte{0, 0, 0, 0x9d, 0x01, 0x2a, width & 0xff, width >> 8, height & 0xff, height >> 8})
	interlaced := exiftest.PNG(t, exiftest.Quarters(4, 4))
	binary.BigEndian.PutUint32(interlaced[16:], 6_000)
	binary.BigEndian.PutUint32(interlaced[20:], 4_500)
	interlaced[24] = 16
	deep := bytes.Clone(interlaced)
	interlaced[28] = 1
	for name, file := range map[string][]byte{
		"CMYK":             jpegHead(0xc0, width, height, []byte{0}, "CMYK"),
		"YCCK":             jpegHead(0xc0, width, height, []byte{2}, "\x01\x02\x03\x04"),
		"progressive RGB":  jpegHead(0xc2, 4_500, 4_000, nil, "RGB"),
		"RGB of Adobe":     jpegHead(0xc2, 4_500, 4_000, []byte{0}, "\x01\x02\x03"),
		"WebP, lossless":   webpOf(lossless),
		"WebP, with alpha": webpOf(vp8x(0x10, width, height), riff("ALPH", []byte{1}), lossy),
		"PNG, interlaced":  interlaced,
	} {
		if _, err := pictures.New().Inspect(file); !errors.Is(err, content.ErrMediaTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, file := range map[string][]byte{
		"YCbCr":             jpegHead(0xc0, width, height, []byte{1}, "\x01\x02\x03"),
		"progressive YCbCr": jpegHead(0xc2, 4_500, 4_000, []byte{1}, "\x01\x02\x03"),
		"WebP, lossy":       webpOf(lossy),
		"PNG, deep":         deep,
	} {
		if _, err := pictures.New().Inspect(file); errors.Is(err, content.ErrMediaTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestInspect_RefusesAWebPOfTwoSizes has a decoder read pixels of one size, before a head says
// another.
func TestInspect_RefusesAWebPOfTwoSizes(t *testing.T) {
	t.Parallel()
	dot := riff("VP8 ", []byte{0, 0, 0, 0x9d, 0x01, 0x2a, 1, 0, 1, 0})
	lossless := riff("VP8L", binary.LittleEndian.AppendUint32([]byte{0x2f}, (16_384-1)|(16_384-1)<<14))
	for name, file := range map[string][]byte{
		"two heads":            webpOf(vp8x(0x10, 40_000, 40_000), riff("ALPH", []byte{1}), vp8x(0, 1, 1), dot),
		"a head behind pixels": webpOf(lossless, vp8x(0, 1, 1)),
		"a head behind a head": webpOf(vp8x(0, 16_384, 16_384), lossless, vp8x(0, 1, 1)),
	} {
		if f, err := pictures.New().Inspect(file); !errors.Is(err, content.ErrMediaFormat) {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
}

// TestInspect_AWebPOfOneFrameStandsStill has editors write a picture as an animation.
func TestInspect_AWebPOfOneFrameStandsStill(t *testing.T) {
	t.Parallel()
	dot, err := base64.StdEncoding.DecodeString(exiftest.WebPDot)
	if err != nil {
		t.Fatal(err)
	}
	frame := func(width, height int) []byte {
		head := []byte{0, 0, 0, 0, 0, 0, byte(width - 1), byte((width - 1) >> 8), 0, byte(height - 1), 0, 0, 100, 0, 0, 0}
		return riff("ANMF", append(head, dot[12:]...))
	}
	anim := riff("ANIM", make([]byte, 6))
	whole := webpOf(vp8x(0x0a, 1, 1), anim, frame(1, 1), riff("EXIF", exiftest.Orientation(6)))
	f := mustInspect(t, whole)
	if f.Animated || f.Width != 1 || f.Height != 1 || !f.Turned || bytes.Contains(f.Body, []byte("ANMF")) || bytes.Contains(f.Body, []byte("ANIM")) {
		t.Errorf("it became %+v", f)
	}
	if p := decoded(t, content.WebP, f.Body); p.Bounds().Dx() != 1 {
		t.Errorf("its pixels are %v", p.Bounds())
	}
	if again := mustInspect(t, f.Body); !bytes.Equal(again.Body, f.Body) || !again.Turned {
		t.Errorf("looked at again it is another file")
	}
	mustShrink(t, whole) // which fails where its pixels are not read
	// One that lies somewhere on a larger canvas is left to browsers, and is not broken.
	part := webpOf(vp8x(0x02, 600, 30), anim, frame(1, 1))
	if f := mustInspect(t, part); f.Animated || f.Width != 600 || f.Height != 30 {
		t.Errorf("a part of a canvas is %+v", f)
	}
	if sizes, _ := mustShrink(t, part); len(sizes) > 0 {
		t.Errorf("a part of a canvas became %v", sizes)
	}
}
