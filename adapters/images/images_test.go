package images_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/exif/exiftest"
	"github.com/neoforge-dev/neoforge/adapters/images"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/tests/harness/skips"
)

func TestMain(m *testing.M) { os.Exit(skips.Main(m)) }

func mustMake(t *testing.T, file []byte) identity.Picture {
	t.Helper()
	p, err := images.New().MakeAvatar(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func open(t *testing.T, p identity.Picture) image.Image {
	t.Helper()
	var (
		out image.Image
		err error
	)
	switch p.ContentType {
	case "image/jpeg":
		out, err = jpeg.Decode(bytes.NewReader(p.Body))
	case "image/png":
		out, err = png.Decode(bytes.NewReader(p.Body))
	default:
		t.Fatalf("it is served as %q", p.ContentType)
	}
	if err != nil {
		t.Fatal(err)
	}
	if b := out.Bounds(); b.Dx() != identity.AvatarSide || b.Dy() != identity.AvatarSide {
		t.Fatalf("it is %v", b)
	}
	return out
}

func TestAvatar_EveryFormatBecomesASmallSquare(t *testing.T) {
	t.Parallel()
	dot, err := base64.StdEncoding.DecodeString(exiftest.WebPDot)
	if err != nil {
		t.Fatal(err)
	}
	see := image.NewNRGBA(image.Rect(0, 0, 300, 40))
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"JPEG":                         {exiftest.JPEG(t, exiftest.Quarters(1200, 700)), "image/jpeg"},
		"PNG":                          {exiftest.PNG(t, exiftest.Quarters(3, 900)), "image/jpeg"},
		"GIF":                          {exiftest.GIF(t, exiftest.Quarters(64, 64)), "image/jpeg"},
		"WebP":                         {dot, ""},
		"PNG that one can see through": {exiftest.PNG(t, see), "image/png"},
	} {
		p := mustMake(t, c.file)
		open(t, p)
		if c.want != "" && p.ContentType != c.want {
			t.Errorf("%s became %s", name, p.ContentType)
		}
		if len(p.Body) > 128<<10 {
			t.Errorf("%s became %d bytes", name, len(p.Body))
		}
	}
}

func TestAvatar_APictureStandsUprightWhateverTheCameraSays(t *testing.T) {
	t.Parallel()
	const low, high = identity.AvatarSide / 4, identity.AvatarSide * 3 / 4
	type corner struct{ x, y int }
	tl, tr, bl, br := corner{low, low}, corner{high, low}, corner{low, high}, corner{high, high}
	for orientation, at := range map[uint16][2]corner{ // where red and green come to lie
		0: {tl, tr}, 1: {tl, tr}, 2: {tr, tl}, 3: {br, bl}, 4: {bl, br}, 5: {tl, bl}, 6: {tr, br}, 7: {br, tr}, 8: {bl, tl}, 9: {tl, tr},
	} {
		for kind, file := range map[string][]byte{
			"JPEG": exiftest.WithSegment(exiftest.JPEG(t, exiftest.Quarters(512, 512)), 0xe1, append([]byte("Exif\x00\x00"), exiftest.Orientation(orientation)...)),
			"PNG":  exiftest.WithChunk(exiftest.PNG(t, exiftest.Quarters(512, 512)), "eXIf", exiftest.Orientation(orientation)),
		} {
			out := open(t, mustMake(t, file))
			if !exiftest.Near(out.At(at[0].x, at[0].y), exiftest.Red) || !exiftest.Near(out.At(at[1].x, at[1].y), exiftest.Green) {
				t.Errorf("%s with orientation %d: red is not at %v, or green not at %v", kind, orientation, at[0], at[1])
			}
		}
	}
}

func TestAvatar_TheMiddleIsKept(t *testing.T) {
	t.Parallel()
	wide := image.NewRGBA(image.Rect(0, 0, 900, 300))
	for y := range 300 {
		for x := range 900 {
			wide.Set(x, y, []color.RGBA{exiftest.Red, exiftest.Green, exiftest.Blue}[x/300])
		}
	}
	out := open(t, mustMake(t, exiftest.PNG(t, wide)))
	for _, x := range []int{8, 128, 248} {
		if !exiftest.Near(out.At(x, 128), exiftest.Green) {
			t.Errorf("at %d there is %v", x, out.At(x, 128))
		}
	}
}

// What was hidden in the file, or behind its end, is not in what is served.
func TestAvatar_NothingOfTheFileIsLeft(t *testing.T) {
	t.Parallel()
	const secret = "<script>alert('52.5200N')</script>"
	for name, file := range map[string][]byte{
		"JPEG with a place":    exiftest.WithSegment(exiftest.JPEG(t, exiftest.Quarters(64, 64)), 0xe1, append(append([]byte("Exif\x00\x00"), exiftest.Orientation(6)...), secret...)),
		"JPEG with a comment":  exiftest.WithSegment(exiftest.JPEG(t, exiftest.Quarters(64, 64)), 0xfe, []byte(secret)),
		"JPEG with a profile":  exiftest.WithSegment(exiftest.JPEG(t, exiftest.Quarters(64, 64)), 0xe2, []byte("ICC_PROFILE\x00\x01\x01"+secret)),
		"JPEG and a page":      append(exiftest.JPEG(t, exiftest.Quarters(64, 64)), secret...),
		"PNG with a text":      exiftest.WithChunk(exiftest.PNG(t, exiftest.Quarters(64, 64)), "tEXt", []byte("Comment\x00"+secret)),
		"PNG and a page":       append(exiftest.PNG(t, exiftest.Quarters(64, 64)), secret...),
		"GIF and a script":     append(exiftest.GIF(t, exiftest.Quarters(64, 64)), secret...),
		"PNG and an archive":   append(exiftest.PNG(t, exiftest.Quarters(64, 64)), "PK\x03\x04"+secret...),
		"a see-through secret": append(exiftest.PNG(t, image.NewNRGBA(image.Rect(0, 0, 9, 9))), secret...),
	} {
		if p := mustMake(t, file); bytes.Contains(p.Body, []byte("script")) || bytes.Contains(p.Body, []byte("PK\x03\x04")) || bytes.Contains(p.Body, []byte("Exif")) {
			t.Errorf("%s: it is still there", name)
		}
	}
}

// huge is a PNG of a few bytes that says it is large.
func huge(w, h uint32) []byte {
	head := binary.BigEndian.AppendUint32(nil, w)
	head = append(binary.BigEndian.AppendUint32(head, h), 8, 2, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"), head...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[12:]))
}

func TestAvatar_HostileFilesAreRefused(t *testing.T) {
	t.Parallel()
	photo := exiftest.JPEG(t, exiftest.Quarters(800, 600))
	scans := bytes.Repeat([]byte{0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0}, 5000)
	gifSize := append([]byte("GIF89a\xff\xff\xff\xff\x00\x00\x00"), 0x3b)
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"nothing":              {nil, identity.ErrAvatarFormat},
		"SVG":                  {[]byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), identity.ErrAvatarFormat},
		"a page":               {[]byte("<!doctype html><script>alert(1)</script>"), identity.ErrAvatarFormat},
		"a page named GIF":     {[]byte("GIF89a/*<script>*/=1;alert(1)"), nil},
		"a program":            {[]byte("MZ\x90\x00"), identity.ErrAvatarFormat},
		"half a photograph":    {photo[:len(photo)/2], nil},
		"a head alone":         {photo[:30], identity.ErrAvatarFormat},
		"half a PNG":           {exiftest.PNG(t, exiftest.Quarters(800, 600))[:900], identity.ErrAvatarFormat},
		"WebP of nothing":      {[]byte("RIFF\x04\x00\x00\x00WEBP"), identity.ErrAvatarFormat},
		"a bomb of pixels":     {huge(60_000, 60_000), identity.ErrAvatarTooLarge},
		"a bomb of width":      {huge(1<<31-1, 1), identity.ErrAvatarTooLarge},
		"a bomb of both":       {huge(1<<31-1, 1<<31-1), nil},
		"no pixels":            {huge(0, 0), identity.ErrAvatarFormat},
		"a GIF of 65535":       {gifSize, identity.ErrAvatarTooLarge},
		"a JPEG of 5000 scans": {append(bytes.Clone(photo[:len(photo)-2]), scans...), identity.ErrAvatarFormat},
		"too many bytes":       {append(bytes.Clone(photo), make([]byte, identity.AvatarUpload)...), identity.ErrAvatarTooLarge},
	} {
		_, err := images.New().MakeAvatar(t.Context(), c.file)
		refused := errors.Is(err, identity.ErrAvatarFormat) || errors.Is(err, identity.ErrAvatarTooLarge)
		if !refused || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// One colour compresses well: the largest picture that is accepted is a small file.
func TestAvatar_TheLargestPictureStaysWithinItsMemory(t *testing.T) {
	skips.Short(t, "it makes a picture of sixteen million pixels")
	file := exiftest.PNG(t, image.NewGray(image.Rect(0, 0, 4096, 4096)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	mustMake(t, file)
	runtime.ReadMemStats(&after)
	if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 200 {
		t.Errorf("%d KiB of file took %d MiB", len(file)>>10, used)
	}
}

func TestAvatar_WhoLeavesDoesNotWait(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := images.New().MakeAvatar(ctx, exiftest.PNG(t, exiftest.Quarters(64, 64)))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestAvatar_ManyAtOnceAreMadeOneAfterTheOther(t *testing.T) {
	t.Parallel()
	m, file, done := images.New(), exiftest.JPEG(t, exiftest.Quarters(900, 900)), make(chan error)
	for range 8 {
		go func() {
			_, err := m.MakeAvatar(t.Context(), file)
			done <- err
		}()
	}
	for range 8 {
		select {
		case err := <-done:
			if err != nil && !errors.Is(err, identity.ErrAvatarsBusy) {
				t.Error(err)
			}
		case <-time.After(time.Minute):
			t.Fatal("one is never made")
		}
	}
}

func FuzzMakeAvatar(f *testing.F) {
	f.Add(exiftest.PNG(f, exiftest.Quarters(8, 8)))
	f.Add(exiftest.WithSegment(exiftest.JPEG(f, exiftest.Quarters(8, 8)), 0xe1, append([]byte("Exif\x00\x00"), exiftest.Orientation(6)...)))
	f.Add(exiftest.GIF(f, exiftest.Quarters(8, 8)))
	if dot, err := base64.StdEncoding.DecodeString(exiftest.WebPDot); err == nil {
		f.Add(dot)
	}
	f.Add(huge(1<<31-1, 1<<31-1))
	f.Add([]byte(strings.Repeat("RIFF", 9)))
	m := images.New()
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := m.MakeAvatar(t.Context(), file)
		if err == nil && (len(p.Body) == 0 || p.ContentType == "") {
			t.Error("a picture of nothing")
		}
	})
}
