package cards

import (
	"image"
	"image/color"
	"image/draw"

	"github.com/go-text/typesetting/font/opentype"
	"golang.org/x/image/vector"

	"github.com/neoforge-dev/neoforge/modules/content"
)

// The colours of the site on paper (web/styles/tokens.css, in light).
var (
	paper  = color.NRGBA{R: 0xfc, G: 0xfa, B: 0xf6, A: 0xff}
	inks   = [...]color.NRGBA{ink: {R: 0x21, G: 0x1c, B: 0x17, A: 0xff}, muted: {R: 0x5b, G: 0x54, B: 0x4e, A: 0xff}, ember: {R: 0xb4, G: 0x41, B: 0x0d, A: 0xff}}
	shades = palette()
)

// The inks.
const (
	ink = iota
	muted
	ember
)

// steps is how many shades there are of each ink, the full one included: the edges of
// letters need them.
const steps = 20

// palette is the paper, then each ink from the faintest to the full one.
func palette() color.Palette {
	out := color.Palette{paper}
	for _, c := range inks {
		for step := 1; step <= steps; step++ {
			mix := func(from, to uint8) uint8 {
				return uint8((int(from)*(steps-step) + int(to)*step + steps/2) / steps)
			}
			out = append(out, color.NRGBA{R: mix(paper.R, c.R), G: mix(paper.G, c.G), B: mix(paper.B, c.B), A: 0xff})
		}
	}
	return out
}

// canvas is a card as it is drawn.
type canvas struct {
	*image.Paletted
	raster vector.Rasterizer
	mask   *image.Alpha // of one letter; grows to the largest
}

func newCanvas() *canvas {
	return &canvas{Paletted: image.NewPaletted(image.Rect(0, 0, content.CardWidth, content.CardHeight), shades), mask: &image.Alpha{}}
}

// fill inks a rectangle.
func (c *canvas) fill(x, y, width, height, with int) {
	for row := y; row < y+height; row++ {
		for at := x; at < x+width; at++ {
			c.shade(at, row, with, 0xff)
		}
	}
}

// shade inks a pixel as far as it is covered; what is darker already stays.
func (c *canvas) shade(x, y, with int, covered uint8) {
	step := (int(covered)*steps + 127) / 255
	if step == 0 || !image.Pt(x, y).In(c.Rect) {
		return
	}
	at := &c.Pix[c.PixOffset(x, y)]
	if first := with * steps; int(*at) <= first || int(*at) > first+steps || int(*at) < first+step {
		*at = uint8(first + step)
	}
}

// write draws a line from x on, on a baseline.
func (c *canvas) write(l line, x, baseline, with int) {
	dot := float32(x)
	for _, run := range l.runs {
		for _, g := range run.Glyphs {
			if o, ok := run.Face.GlyphDataOutline(g.GlyphID); ok {
				scale := float32(run.Size) / 64 / float32(run.Face.Upem())
				c.letter(o.Segments, scale, dot+float32(g.XOffset)/64, float32(baseline)-float32(g.YOffset)/64, with)
			}
			dot += float32(g.Advance) / 64
		}
	}
}

// letter draws an outline in units of its typeface, whose y runs up.
func (c *canvas) letter(outline []opentype.Segment, scale, x, y float32, with int) {
	box := bounds(outline, scale, x, y)
	if box.Empty() || !box.Overlaps(c.Rect) || box.Dx() > content.CardWidth || box.Dy() > content.CardHeight {
		return
	}
	c.raster.Reset(box.Dx(), box.Dy())
	c.raster.DrawOp = draw.Src
	at := func(p opentype.SegmentPoint) (float32, float32) {
		return x + p.X*scale - float32(box.Min.X), y - p.Y*scale - float32(box.Min.Y)
	}
	for i, s := range outline {
		ax, ay := at(s.Args[0])
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			if i > 0 {
				c.raster.ClosePath()
			}
			c.raster.MoveTo(ax, ay)
		case opentype.SegmentOpLineTo:
			c.raster.LineTo(ax, ay)
		case opentype.SegmentOpQuadTo:
			bx, by := at(s.Args[1])
			c.raster.QuadTo(ax, ay, bx, by)
		case opentype.SegmentOpCubeTo:
			bx, by := at(s.Args[1])
			dx, dy := at(s.Args[2])
			c.raster.CubeTo(ax, ay, bx, by, dx, dy)
		}
	}
	c.raster.ClosePath()
	if need := box.Dx() * box.Dy(); cap(c.mask.Pix) < need {
		c.mask.Pix = make([]uint8, need)
	}
	*c.mask = image.Alpha{Pix: c.mask.Pix[:box.Dx()*box.Dy()], Stride: box.Dx(), Rect: image.Rect(0, 0, box.Dx(), box.Dy())}
	c.raster.Draw(c.mask, c.mask.Rect, image.Opaque, image.Point{})
	for row := range box.Dy() {
		for col, covered := range c.mask.Pix[row*box.Dx() : (row+1)*box.Dx()] {
			c.shade(box.Min.X+col, box.Min.Y+row, with, covered)
		}
	}
}

// bounds are the pixels that an outline touches, or a few more.
func bounds(outline []opentype.Segment, scale, x, y float32) image.Rectangle {
	var out image.Rectangle
	for i := range outline {
		for _, p := range outline[i].ArgsSlice() {
			px, py := int(x+p.X*scale), int(y-p.Y*scale)
			out = out.Union(image.Rect(px-1, py-1, px+2, py+2))
		}
	}
	return out
}
