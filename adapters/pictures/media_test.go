package pictures_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/image/webp"

	"github.com/neoforge-dev/neoforge/adapters/exif/exiftest"
	"github.com/neoforge-dev/neoforge/adapters/pictures"
	"github.com/neoforge-dev/neoforge/modules/content"
)

const secret = "GPS 52.5200 N, 13.4050 E" // as it stands in a camera's metadata

func mustInspect(t *testing.T, file []byte) content.MediaFile {
	t.Helper()
	f, err := pictures.New().Inspect(file)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

type sized struct {
	content.MediaVariant
	body []byte
}

func mustShrink(t *testing.T, file []byte) (all []sized, tone string) {
	t.Helper()
	tone, err := pictures.New().Variants(t.Context(), file, func(v content.MediaVariant, body []byte) error {
		all = append(all, sized{v, body})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, tone
}

func decoded(t *testing.T, f content.MediaFormat, body []byte) image.Image {
	t.Helper()
	decode := map[content.MediaFormat]func(b *bytes.Reader) (image.Image, error){
		content.JPEG: func(b *bytes.Reader) (image.Image, error) { return jpeg.Decode(b) },
		content.PNG:  func(b *bytes.Reader) (image.Image, error) { return png.Decode(b) },
		content.GIF:  func(b *bytes.Reader) (image.Image, error) { return gif.Decode(b) },
		content.WebP: func(b *bytes.Reader) (image.Image, error) { return webp.Decode(b) },
	}[f]
	p, err := decode(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("%s: %v", f, err)
	}
	return p
}

func rgbICC() []byte {
	p := make([]byte, 200)
	copy(p[16:], "RGB ")
	copy(p[36:], "acsp")
	copy(p[150:], "the colours of a telephone")
	return p
}

// animation is a GIF of some frames.
func animation(tb testing.TB, frames, w, h int) []byte {
	tb.Helper()
	g := &gif.GIF{LoopCount: 0}
	for range frames {
		g.Image = append(g.Image, image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.White, color.Black}))
		g.Delay = append(g.Delay, 10)
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, g); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// webpWith puts a simple WebP into an extended one, with chunks around it.
func webpWith(tb testing.TB, chunks ...[]byte) []byte {
	tb.Helper()
	dot, err := base64.StdEncoding.DecodeString(exiftest.WebPDot)
	if err != nil {
		tb.Fatal(err)
	}
	out := []byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x0c\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	out = append(out, dot[12:]...)
	for _, c := range chunks {
		out = append(out, c...)
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

func riff(kind string, body []byte) []byte {
	out := append([]byte(kind), binary.LittleEndian.AppendUint32(nil, uint32(len(body)))...)
	out = append(out, body...)
	if len(body)%2 == 1 {
		out = append(out, 0)
	}
	return out
}

func gifComment(file []byte) []byte {
	comment := append([]byte{0x21, 0xfe, byte(len(secret))}, secret+"\x00"...)
	xmp := append([]byte("\x21\xff\x0bXMP DataXMP"), byte(len(secret)))
	xmp = append(append(xmp, secret...), 0)
	at := 13 + 3<<(file[10]&7+1)
	if file[10]&0x80 == 0 {
		at = 13
	}
	return slices.Concat(file[:at], comment, xmp, file[at:])
}

// What says where a picture was taken is gone from the file itself, however small it is:
// no smaller one is ever made of it.
func TestMedia_NothingOfWhereItWasTakenIsLeftInAnyFormat(t *testing.T) {
	t.Parallel()
	exifSecret := append([]byte("Exif\x00\x00"), append(exiftest.Orientation(1), secret...)...)
	for name, file := range map[string][]byte{
		"JPEG, Exif":      exiftest.WithSegment(exiftest.JPEG(t, exiftest.Quarters(40, 40)), 0xe1, exifSecret),
		"JPEG, XMP":       exiftest.WithSegment(exiftest.JPEG(t, exiftest.Quarters(40, 40)), 0xe1, []byte("http://ns.adobe.com/xap/1.0/\x00"+secret)),
		"JPEG, IPTC":      exiftest.WithSegment(exiftest.JPEG(t, exiftest.Quarters(40, 40)), 0xed, []byte("Photoshop 3.0\x00"+secret)),
		"JPEG, comment":   exiftest.WithSegment(exiftest.JPEG(t, exiftest.Quarters(40, 40)), 0xfe, []byte(secret)),
		"JPEG, thumbnail": exiftest.WithSegment(exiftest.JPEG(t, exiftest.Quarters(40, 40)), 0xe0, []byte("JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x08\x01"+secret)),
		"JPEG, its end":   append(exiftest.JPEG(t, exiftest.Quarters(40, 40)), secret...),
		"PNG, text":       exiftest.WithChunk(exiftest.PNG(t, exiftest.Quarters(40, 40)), "tEXt", []byte("Location\x00"+secret)),
		"PNG, iTXt":       exiftest.WithChunk(exiftest.PNG(t, exiftest.Quarters(40, 40)), "iTXt", []byte("XML:com.adobe.xmp\x00\x00\x00\x00\x00"+secret)),
		"PNG, Exif":       exiftest.WithChunk(exiftest.PNG(t, exiftest.Quarters(40, 40)), "eXIf", append(exiftest.Orientation(6), secret...)),
		"PNG, unknown":    exiftest.WithChunk(exiftest.PNG(t, exiftest.Quarters(40, 40)), "prVt", []byte(secret)),
		"PNG, its end":    append(exiftest.PNG(t, exiftest.Quarters(40, 40)), secret...),
		"GIF":             gifComment(exiftest.GIF(t, exiftest.Quarters(40, 40))),
		"GIF, its end":    append(exiftest.GIF(t, exiftest.Quarters(40, 40)), secret...),
		"GIF, animated":   gifComment(animation(t, 3, 8, 8)),
		"WebP":            webpWith(t, riff("EXIF", append(exiftest.Orientation(1), secret...)), riff("XMP ", []byte(secret)), riff("JUNK", []byte(secret))),
		"WebP, its end":   append(webpWith(t), secret...),
	} {
		if !bytes.Contains(file, []byte(secret)) {
			t.Fatalf("%s: the file of the test does not tell it", name)
		}
		f := mustInspect(t, file)
		if bytes.Contains(f.Body, []byte(secret)) {
			t.Errorf("%s: it is still there", name)
		}
		if f.Width < 1 || f.Height < 1 {
			t.Errorf("%s: it is %dx%d", name, f.Width, f.Height)
		}
		if before, after := decoded(t, f.Format, file), decoded(t, f.Format, f.Body); !samePixels(before, after) {
			t.Errorf("%s: its pixels are others", name)
		}
		again := mustInspect(t, f.Body)
		if !bytes.Equal(again.Body, f.Body) {
			t.Errorf("%s: a second time changes it", name)
		}
	}
}

func samePixels(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return true
}

func TestMedia_ATelephonesPictureStandsUprightInEverySize(t *testing.T) {
	t.Parallel()
	for orientation := uint16(1); orientation <= 8; orientation++ {
		for name, file := range map[string][]byte{
			"JPEG": exiftest.WithSegment(exiftest.JPEG(t, exiftest.Quarters(1200, 800)), 0xe1, append([]byte("Exif\x00\x00"), append(exiftest.Orientation(orientation), secret...)...)),
			"PNG":  exiftest.WithChunk(exiftest.PNG(t, exiftest.Quarters(1200, 800)), "eXIf", exiftest.Orientation(orientation)),
		} {
			f := mustInspect(t, file)
			wantW, wantH := 1200, 800
			if orientation >= 5 {
				wantW, wantH = 800, 1200
			}
			if f.Width != wantW || f.Height != wantH || f.Turned != (orientation > 1) {
				t.Errorf("%s, %d: it is %dx%d, turned %v", name, orientation, f.Width, f.Height, f.Turned)
			}
			red, green := corners(orientation)
			sizes, _ := mustShrink(t, f.Body) // which keeps how it is to be turned
			if f.Turned && sizes[len(sizes)-1].Width != f.Width {
				t.Errorf("%s, %d: there is none upright in full width", name, orientation)
			}
			for _, v := range sizes {
				p := decoded(t, v.Format, v.body)
				if b := p.Bounds(); b.Dx() != v.Width || b.Dy() != v.Height || b.Dx() > b.Dy() != (wantW > wantH) {
					t.Errorf("%s, %d: %s is %v", name, orientation, v.File(), b)
				}
				at := func(c corner) color.Color { return p.At(v.Width*c.x/4, v.Height*c.y/4) }
				if !exiftest.Near(at(red), exiftest.Red) || !exiftest.Near(at(green), exiftest.Green) {
					t.Errorf("%s, %d: %s lies otherwise", name, orientation, v.File())
				}
				if bytes.Contains(v.body, []byte("Exif")) || bytes.Contains(v.body, []byte("eXIf")) {
					t.Errorf("%s, %d: %s is turned once more", name, orientation, v.File())
				}
			}
		}
	}
}

type corner struct{ x, y int } // in quarters

// corners are where red, at the top left, and green, at the top right, come to lie.
func corners(orientation uint16) (red, green corner) {
	tl, tr, bl, br := corner{1, 1}, corner{3, 1}, corner{1, 3}, corner{3, 3}
	at := map[uint16][2]corner{1: {tl, tr}, 2: {tr, tl}, 3: {br, bl}, 4: {bl, br}, 5: {tl, bl}, 6: {tr, br}, 7: {br, tr}, 8: {bl, tl}}[orientation]
	return at[0], at[1]
}

func TestMedia_ColoursStayWhatTheyMean(t *testing.T) {
	t.Parallel()
	file := exiftest.WithSegment(exiftest.JPEG(t, exiftest.Quarters(1000, 700)), 0xe2, append([]byte("ICC_PROFILE\x00\x01\x01"), rgbICC()...))
	f := mustInspect(t, file)
	sizes, _ := mustShrink(t, file)
	for _, body := range [][]byte{f.Body, sizes[0].body} {
		if !bytes.Contains(body, []byte("the colours of a telephone")) {
			t.Error("its colours are lost")
		}
	}
	if _, err := jpeg.Decode(bytes.NewReader(sizes[0].body)); err != nil {
		t.Error(err)
	}
}

func TestMedia_WidthsAreThoseBelowItsOwn(t *testing.T) {
	t.Parallel()
	for width, want := range map[int][]int{300: nil, 480: nil, 481: {480}, 1700: {480, 960, 1600}, 2600: {480, 960, 1600, 2400}} {
		sizes, tone := mustShrink(t, exiftest.PNG(t, exiftest.Quarters(width, 20)))
		var have []int
		for _, v := range sizes {
			have = append(have, v.Width)
			if v.Format != content.JPEG || v.Height != max(1, (20*v.Width+width/2)/width) {
				t.Errorf("%d: %s", width, v.File())
			}
		}
		if !slices.Equal(have, want) || tone == "" {
			t.Errorf("%d: have %v and %q, want %v", width, have, tone, want)
		}
	}
	see := image.NewNRGBA(image.Rect(0, 0, 600, 40))
	if sizes, tone := mustShrink(t, exiftest.PNG(t, see)); len(sizes) != 1 || sizes[0].Format != content.PNG || tone != "" {
		t.Errorf("what can be seen through became %+v of %q", sizes, tone)
	}
	even := image.NewRGBA(image.Rect(0, 0, 500, 30))
	for i := range even.Pix {
		even.Pix[i] = []uint8{0x20, 0x80, 0xf0, 0xff}[i%4]
	}
	if _, tone := mustShrink(t, exiftest.PNG(t, even)); tone != "#2080f0" {
		t.Errorf("the mean of one colour is %s", tone)
	}
}

func TestMedia_AnAnimationPassesThrough(t *testing.T) {
	t.Parallel()
	file := animation(t, 5, 600, 30)
	f := mustInspect(t, file)
	if !f.Animated {
		t.Fatal("it stands still")
	}
	g, err := gif.DecodeAll(bytes.NewReader(f.Body))
	if err != nil || len(g.Image) != 5 || g.LoopCount != 0 {
		t.Fatalf("%v: %d frames", err, len(g.Image))
	}
	if sizes, _ := mustShrink(t, file); len(sizes) > 0 {
		t.Errorf("smaller ones stand still: %v", sizes)
	}
	if f := mustInspect(t, exiftest.GIF(t, exiftest.Quarters(600, 30))); f.Animated {
		t.Error("one frame moves")
	}
	moving := webpWith(t, riff("ANMF", make([]byte, 24)), riff("ANMF", make([]byte, 24)))
	if f := mustInspect(t, moving); !f.Animated || f.Format != content.WebP {
		t.Errorf("WebP: %+v", f)
	}
	if sizes, _ := mustShrink(t, moving); len(sizes) > 0 {
		t.Errorf("WebP: %v", sizes)
	}
}

func TestMedia_WhatIsNoPictureIsRefused(t *testing.T) {
	t.Parallel()
	whole := exiftest.JPEG(t, exiftest.Quarters(40, 40))
	for name, file := range map[string][]byte{
		"nothing": nil, "text": []byte("hello"), "SVG": []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`),
		"HTML that says it is a GIF": []byte("GIF89a<html><script>alert(1)</script>"), "PDF": []byte("%PDF-1.7"), "the head of a JPEG": whole[:20],
		"a JPEG without pixels": append(bytes.Clone(whole[:bytes.Index(whole, []byte{0xff, 0xda})]), 0xff, 0xd9),
		"a PNG that is cut":     exiftest.PNG(t, exiftest.Quarters(40, 40))[:60], "a GIF that is cut": exiftest.GIF(t, exiftest.Quarters(40, 40))[:200], "WebP that is cut": webpWith(t)[:30],
	} {
		if _, err := pictures.New().Inspect(file); !errors.Is(err, content.ErrMediaFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := exiftest.PNG(t, exiftest.Quarters(600, 600))
	at := bytes.Index(broken, []byte("IDAT")) + 20
	copy(broken[at:], "these are no pixels")
	if _, err := pictures.New().Variants(t.Context(), broken, nil); !errors.Is(err, content.ErrMediaFormat) {
		t.Errorf("pixels that cannot be read: %v", err)
	}
}

func TestMedia_ABombIsRefusedByItsHead(t *testing.T) {
	t.Parallel()
	png := func(w, h uint32, depth byte) []byte {
		file := exiftest.PNG(t, exiftest.Quarters(4, 4))
		binary.BigEndian.PutUint32(file[16:], w)
		binary.BigEndian.PutUint32(file[20:], h)
		file[24] = depth
		return file
	}
	jpegOf := func(w, h uint16) []byte {
		file := exiftest.JPEG(t, exiftest.Quarters(16, 16))
		at := bytes.Index(file, []byte{0xff, 0xc0})
		binary.BigEndian.PutUint16(file[at+5:], h)
		binary.BigEndian.PutUint16(file[at+7:], w)
		return file
	}
	for name, file := range map[string][]byte{
		"a PNG of 2^31 a side": png(1<<31-1, 1<<31-1, 8), "a PNG of 2^32": png(1<<32-1, 1, 8), "a PNG of 60 million pixels": png(10_000, 6_000, 8),
		"a deep PNG of 45 million": png(9_000, 5_000, 16), "a JPEG of 65,000 a side": jpegOf(65_000, 65_000), "a JPEG of a long line": jpegOf(40_000, 10),
		"2,000 frames": animation(t, 2_000, 1, 1), "frames of many pixels": screen(animation(t, 40, 1, 1), 4_000, 3_000),
	} {
		if _, err := pictures.New().Inspect(file); !errors.Is(err, content.ErrMediaTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A small file may say two sizes, of which another one is looked at than memory is taken for.
func TestMedia_AHeadThatSaysTwoSizesIsRefused(t *testing.T) {
	t.Parallel()
	small := exiftest.JPEG(t, exiftest.Quarters(16, 16))
	at := bytes.Index(small, []byte{0xff, 0xc0})
	size := int(binary.BigEndian.Uint16(small[at+2:]))
	head := bytes.Clone(small[at : at+2+size])
	binary.BigEndian.PutUint16(head[5:], 30_000)
	binary.BigEndian.PutUint16(head[7:], 30_000)
	progressive := bytes.Clone(head)
	progressive[1] = 0xc2
	for name, file := range map[string][]byte{
		"a large head before the small one":  slices.Concat(small[:at], head, small[at:]),
		"a large head behind the small one":  slices.Concat(small[:at+2+size], head, small[at+2+size:]),
		"a progressive one before it":        slices.Concat(small[:at], progressive, small[at:]),
		"a large head behind the pixels":     slices.Concat(small[:len(small)-2], head, small[len(small)-2:]),
		"no head":                            slices.Concat(small[:at], small[at+2+size:]),
		"a hierarchical head before the two": slices.Concat(small[:at], []byte{0xff, 0xde}, head[2:], small[at:at+2+size], head, small[at+2+size:]),
	} {
		if f, err := pictures.New().Inspect(file); !errors.Is(err, content.ErrMediaFormat) {
			t.Errorf("%s: %d x %d, %v", name, f.Width, f.Height, err)
		}
	}
	// In what is no marker, a decoder would look for one: nothing of it is kept.
	for name, hidden := range map[string][]byte{
		"in a reserved segment":       append([]byte{0xff, 0x02, 0, byte(len(head) + 2)}, head...),
		"in a segment of no marker":   append([]byte{0xff, 0x00, 0, byte(len(head) + 2)}, head...),
		"in what applications say":    append([]byte{0xff, 0xe5, 0, byte(len(head) + 2)}, head...),
		"in an extension of the form": append([]byte{0xff, 0xf0, 0, byte(len(head) + 2)}, head...),
	} {
		f, err := pictures.New().Inspect(slices.Concat(small[:2], hidden, small[2:]))
		if err != nil || f.Width != 16 || f.Height != 16 || bytes.Contains(f.Body, head) {
			t.Errorf("%s: %d x %d, %v, kept: %v", name, f.Width, f.Height, err, bytes.Contains(f.Body, head))
		}
	}
}

// screen gives an animation another size, which its frames do not fill.
func screen(file []byte, w, h uint16) []byte {
	binary.LittleEndian.PutUint16(file[6:], w)
	binary.LittleEndian.PutUint16(file[8:], h)
	return file
}

func TestMedia_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := pictures.New().Variants(ctx, exiftest.JPEG(t, exiftest.Quarters(1000, 1000)), func(content.MediaVariant, []byte) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("have %v", err)
	}
	away := errors.New("no room left")
	if _, err := pictures.New().Variants(t.Context(), exiftest.JPEG(t, exiftest.Quarters(1000, 1000)), func(content.MediaVariant, []byte) error { return away }); !errors.Is(err, away) {
		t.Errorf("have %v", err)
	}
}

// countdown is a context that ends when it is looked at once too often.
type countdown struct {
	context.Context
	left, looked *int
}

func (c countdown) Err() error {
	*c.looked++
	if *c.left--; *c.left < 0 {
		return context.Canceled
	}
	return nil
}

// Whatever is done to a picture looks at the context again and again, so that a stop does not
// wait for a large one.
func TestMedia_EndsInTheMidstWithItsContext(t *testing.T) {
	t.Parallel()
	see := image.NewNRGBA(image.Rect(0, 0, 700, 500))
	for name, file := range map[string][]byte{"JPEG": exiftest.JPEG(t, exiftest.Quarters(700, 500)), "PNG": exiftest.PNG(t, see), "GIF": exiftest.GIF(t, exiftest.Quarters(700, 500))} {
		run := func(left int) (looked int, err error) {
			_, err = pictures.New().Variants(countdown{t.Context(), &left, &looked}, file, func(content.MediaVariant, []byte) error { return nil })
			return looked, err
		}
		all, err := run(1 << 40)
		if err != nil || all < 1000 {
			t.Fatalf("%s: it was looked at %d times, %v", name, all, err)
		}
		for _, left := range []int{0, 1, all / 4, all / 2, all * 3 / 4, all - 1} {
			if looked, err := run(left); !errors.Is(err, context.Canceled) || looked > left+20 {
				t.Errorf("%s: ended at %d of %d, it goes on until %d, %v", name, left, all, looked, err)
			}
		}
	}
}

func TestMedia_AProfileIsTheSameInEverySize(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	packed.WriteString("A telephone\x00\x00")
	w := zlib.NewWriter(&packed)
	_, _ = w.Write(rgbICC())
	_ = w.Close()
	see := image.NewNRGBA(image.Rect(0, 0, 700, 50))
	for name, file := range map[string][]byte{
		"of a JPEG":                         exiftest.WithSegment(exiftest.JPEG(t, exiftest.Quarters(700, 50)), 0xe2, append([]byte("ICC_PROFILE\x00\x01\x01"), rgbICC()...)),
		"of a PNG":                          exiftest.WithChunk(exiftest.PNG(t, exiftest.Quarters(700, 50)), "iCCP", packed.Bytes()),
		"of a PNG that can be seen through": exiftest.WithChunk(exiftest.PNG(t, see), "iCCP", packed.Bytes()),
	} {
		sizes, _ := mustShrink(t, file)
		if len(sizes) != 1 {
			t.Fatalf("%s: %d sizes", name, len(sizes))
		}
		have := sizes[0].body
		if sizes[0].Format == content.PNG {
			_, chunk, _ := bytes.Cut(have, []byte("iCCPICC\x00\x00"))
			r, err := zlib.NewReader(bytes.NewReader(chunk))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if have, err = io.ReadAll(r); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		} else {
			_, have, _ = bytes.Cut(have, []byte("ICC_PROFILE\x00\x01\x01"))
		}
		if !bytes.HasPrefix(have, rgbICC()) {
			t.Errorf("the profile %s became another: %.60q", name, have)
		}
	}
	// What a few bytes unpack to is bounded.
	var bomb bytes.Buffer
	bomb.WriteString("A telephone\x00\x00")
	w = zlib.NewWriter(&bomb)
	_, _ = w.Write(append(rgbICC(), make([]byte, 5<<20)...))
	_ = w.Close()
	sizes, _ := mustShrink(t, exiftest.WithChunk(exiftest.PNG(t, exiftest.Quarters(700, 50)), "iCCP", bomb.Bytes()))
	if bytes.Contains(sizes[0].body, []byte("acsp")) {
		t.Error("a profile of 5 MB is kept")
	}
}

func TestMedia_FindsHowItIsTurnedBehindFillBytes(t *testing.T) {
	t.Parallel()
	file := exiftest.WithSegment(exiftest.JPEG(t, exiftest.Quarters(40, 20)), 0xe1, append([]byte("Exif\x00\x00"), exiftest.Orientation(6)...))
	if f := mustInspect(t, slices.Concat(file[:2], []byte{0xff, 0xff, 0xff}, file[2:])); !f.Turned || f.Width != 20 || f.Height != 40 {
		t.Errorf("have %d x %d, turned: %v", f.Width, f.Height, f.Turned)
	}
}

// FuzzMedia has files that nobody wrote looked at: none may panic, and what is taken is
// taken again as it is.
func FuzzMedia(f *testing.F) {
	seeds := [][]byte{
		exiftest.WithSegment(exiftest.JPEG(f, exiftest.Quarters(40, 40)), 0xe1, append([]byte("Exif\x00\x00"), exiftest.Orientation(6)...)), exiftest.WithChunk(exiftest.PNG(f, exiftest.Quarters(9, 9)), "eXIf", exiftest.Orientation(3)),
		gifComment(animation(f, 3, 8, 8)), webpWith(f, riff("EXIF", exiftest.Orientation(8))),
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, s := range seeds {
		f.Add(s)
		for range 400 {
			cut := bytes.Clone(s)
			for range 1 + random.IntN(4) {
				cut[random.IntN(len(cut))] = byte(random.IntN(256))
			}
			f.Add(cut[:1+random.IntN(len(cut))])
		}
	}
	library := pictures.New()
	f.Fuzz(func(t *testing.T, file []byte) {
		found, err := library.Inspect(file)
		if err != nil {
			if !errors.Is(err, content.ErrMediaFormat) && !errors.Is(err, content.ErrMediaTooLarge) {
				t.Fatal(err)
			}
			return
		}
		again, err := library.Inspect(found.Body)
		if err != nil || !bytes.Equal(again.Body, found.Body) {
			t.Fatalf("%s of %d bytes is another a second time: %v", found.Format, len(file), err)
		}
	})
}
