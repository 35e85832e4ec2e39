package pictures

import (
	"context"
	"image"
	"image/color"
)

// shrink makes a picture smaller by the mean of the area that each pixel covers, weighted
// by what can be seen through, at eight bits, as screens show it. It needs the memory of the result and of one line: filters
// that go over columns keep the whole height at 32 bytes a pixel, which is 900 MB for a
// large photograph.
func shrink(ctx context.Context, whole image.Image, width, height int) (*image.NRGBA, error) {
	b := whole.Bounds()
	out := image.NewNRGBA(image.Rect(0, 0, width, height))
	columns := spread(b.Dx(), width)
	line := make([]sum, width)
	scaleY := float64(height) / float64(b.Dy())
	for y, row := 0, 0; y < b.Dy(); y++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		// The line lies between two heights of the result, and may reach into more than one.
		from, to := float64(y)*scaleY, float64(y+1)*scaleY
		for from < to && row < height {
			part := min(to, float64(row+1)) - from
			if part > 0 {
				addLine(line, whole, b.Min.X, b.Min.Y+y, columns, part)
			}
			from += part
			if from >= float64(row+1)-1e-9 {
				flush(out, row, line)
				row++
			}
		}
	}
	if last := line[0]; last.weight > 0 { // what rounding left
		flush(out, height-1, line)
	}
	return out, nil
}

type sum struct{ r, g, b, a, weight float64 }

// share is how much of a column of the picture one of the result takes.
type share struct {
	column int
	weight float64
}

func spread(from, to int) [][]share {
	out := make([][]share, from)
	scale := float64(to) / float64(from)
	for x := range out {
		begin, end := float64(x)*scale, float64(x+1)*scale
		for column := int(begin); column < to && float64(column) < end; column++ {
			if weight := min(end, float64(column+1)) - max(begin, float64(column)); weight > 1e-12 {
				out[x] = append(out[x], share{column, weight})
			}
		}
	}
	return out
}

func addLine(line []sum, whole image.Image, left, y int, columns [][]share, part float64) {
	at := pixels(whole)
	for x, shares := range columns {
		r, g, b, a := at(left+x, y) // multiplied by the alpha already
		for _, s := range shares {
			weight := s.weight * part
			to := &line[s.column]
			to.r += weight * float64(r)
			to.g += weight * float64(g)
			to.b += weight * float64(b)
			to.a += weight * float64(a)
			to.weight += weight
		}
	}
}

// pixels reads a picture without an allocation for each pixel.
func pixels(p image.Image) func(x, y int) (r, g, b, a uint32) {
	switch p := p.(type) {
	case *image.YCbCr:
		return func(x, y int) (uint32, uint32, uint32, uint32) { return p.YCbCrAt(x, y).RGBA() }
	case *image.NRGBA:
		return func(x, y int) (uint32, uint32, uint32, uint32) { return p.NRGBAAt(x, y).RGBA() }
	case *image.RGBA:
		return func(x, y int) (uint32, uint32, uint32, uint32) { return p.RGBAAt(x, y).RGBA() }
	case *image.Gray:
		return func(x, y int) (uint32, uint32, uint32, uint32) { return p.GrayAt(x, y).RGBA() }
	}
	return func(x, y int) (uint32, uint32, uint32, uint32) { return p.At(x, y).RGBA() }
}

func flush(out *image.NRGBA, row int, line []sum) {
	for x, s := range line {
		if s.a > 0 {
			clip := func(v float64) uint8 { return uint8(min(max(v, 0), 0xff)) }
			out.SetNRGBA(x, row, color.NRGBA{
				R: clip(s.r/s.a*0xff + .5), G: clip(s.g/s.a*0xff + .5), B: clip(s.b/s.a*0xff + .5), A: clip(s.a/s.weight/0x101 + .5),
			})
		}
		line[x] = sum{}
	}
}

// upright turns and mirrors a picture as its orientation says (Exif 2.32, tag 0x0112).
func upright(in *image.NRGBA, orientation int) *image.NRGBA {
	w, h := in.Bounds().Dx(), in.Bounds().Dy()
	outW, outH := w, h
	if orientation >= 5 {
		outW, outH = h, w
	}
	out := image.NewNRGBA(image.Rect(0, 0, outW, outH))
	for y := range outH {
		for x := range outW {
			var fromX, fromY int
			switch orientation {
			case 2:
				fromX, fromY = w-1-x, y
			case 3:
				fromX, fromY = w-1-x, h-1-y
			case 4:
				fromX, fromY = x, h-1-y
			case 5:
				fromX, fromY = y, x
			case 6:
				fromX, fromY = y, h-1-x
			case 7:
				fromX, fromY = w-1-y, h-1-x
			case 8:
				fromX, fromY = w-1-y, x
			}
			out.SetNRGBA(x, y, in.NRGBAAt(fromX, fromY))
		}
	}
	return out
}
