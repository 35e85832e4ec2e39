//go:build ignore

// Draws the icons of the installed application from the project's mark: `go run draw.go` in this folder.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log"
	"os"
)

type point struct{ x, y float64 }

var (
	ember = color.NRGBA{R: 0xb4, G: 0x41, B: 0x0d, A: 0xff}
	paper = color.NRGBA{R: 0xfc, G: 0xfa, B: 0xf6, A: 0xff}
)

// The mark on a grid of 32: an anvil with a spark.
const (
	anvilPath = "M3 13h6v-2h20v2.6c-4.6.2-7.3 2.3-8 6.4h3.5v5h-14v-5h3.2c-.5-2.7-2-4-5.2-4.4C6 15.3 4 14.5 3 13z"
	sparkPath = "M20.5 2l1.2 3.3L25 6.5l-3.3 1.2L20.5 11l-1.2-3.3L16 6.5l3.3-1.2z"
)

func mark() [][]point {
	anvil := []point{{3, 13}, {9, 13}, {9, 11}, {29, 11}, {29, 13.6}}
	anvil = curve(anvil, point{24.4, 13.8}, point{21.7, 15.9}, point{21, 20})
	anvil = append(anvil, point{24.5, 20}, point{24.5, 25}, point{10.5, 25}, point{10.5, 20}, point{13.7, 20})
	anvil = curve(anvil, point{13.2, 17.3}, point{11.7, 16}, point{8.5, 15.6})
	anvil = curve(anvil, point{6, 15.3}, point{4, 14.5}, point{3, 13})
	spark := []point{{20.5, 2}, {21.7, 5.3}, {25, 6.5}, {21.7, 7.7}, {20.5, 11}, {19.3, 7.7}, {16, 6.5}, {19.3, 5.3}}
	return [][]point{anvil, spark}
}

func curve(path []point, a, b, end point) []point {
	start := path[len(path)-1]
	for i := 1; i <= 16; i++ {
		t := float64(i) / 16
		u := 1 - t
		w := [4]float64{u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t}
		path = append(path, point{
			w[0]*start.x + w[1]*a.x + w[2]*b.x + w[3]*end.x,
			w[0]*start.y + w[1]*a.y + w[2]*b.y + w[3]*end.y,
		})
	}
	return path
}

func inside(p point, path []point) bool {
	in := false
	for i, j := 0, len(path)-1; i < len(path); j, i = i, i+1 {
		a, b := path[i], path[j]
		if (a.y > p.y) != (b.y > p.y) && p.x < (b.x-a.x)*(p.y-a.y)/(b.y-a.y)+a.x {
			in = !in
		}
	}
	return in
}

// draw paints the mark at a share of the icon's width, on a square with corners of the given radius (a share, too).
func draw(size int, share, radius float64) *image.NRGBA {
	const samples = 4
	shapes := mark()
	picture := image.NewNRGBA(image.Rect(0, 0, size, size))
	scale := share / 32
	for y := range size {
		for x := range size {
			var ground, ink int
			for s := range samples * samples {
				u := (float64(x) + (float64(s%samples)+.5)/samples) / float64(size)
				v := (float64(y) + (float64(s/samples)+.5)/samples) / float64(size)
				if !rounded(u, v, radius) {
					continue
				}
				ground++
				// The mark's own middle is at (16, 13.5).
				p := point{(u-.5)/scale + 16, (v-.5)/scale + 13.5}
				if inside(p, shapes[0]) || inside(p, shapes[1]) {
					ink++
				}
			}
			if ground == 0 {
				continue
			}
			mix := func(a, b uint8) uint8 { return uint8((int(a)*(ground-ink) + int(b)*ink) / ground) }
			picture.SetNRGBA(x, y, color.NRGBA{
				R: mix(ember.R, paper.R), G: mix(ember.G, paper.G), B: mix(ember.B, paper.B),
				A: uint8(255 * ground / (samples * samples)),
			})
		}
	}
	return picture
}

func rounded(u, v, r float64) bool {
	dx, dy := max(r-u, u-(1-r), 0), max(r-v, v-(1-r), 0)
	return dx*dx+dy*dy <= r*r || r == 0
}

func main() {
	icons := []struct {
		name          string
		size          int
		share, radius float64
	}{
		{"icon-192.png", 192, .72, .2},
		{"icon-512.png", 512, .72, .2},
		{"icon-180.png", 180, .68, 0},
		{"icon-maskable-512.png", 512, .56, 0}, // the safe zone is the middle 80 %
	}
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	for _, icon := range icons {
		var out bytes.Buffer
		if err := encoder.Encode(&out, draw(icon.size, icon.share, icon.radius)); err != nil {
			log.Fatal(err)
		}
		write(icon.name, out.Bytes())
	}
	var small bytes.Buffer
	if err := encoder.Encode(&small, draw(32, .8, .2)); err != nil {
		log.Fatal(err)
	}
	write("favicon.ico", ico(small.Bytes(), 32))
	write("icon.svg", fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">`+
		`<rect width="32" height="32" rx="6.4" fill="#%02x%02x%02x"/>`+
		`<path transform="translate(16 16) scale(.75) translate(-16 -13.5)" fill="#%02x%02x%02x" d="%s%s"/></svg>`+"\n",
		ember.R, ember.G, ember.B, paper.R, paper.G, paper.B, anvilPath, sparkPath))
}

// ico wraps one PNG in the container that asks for /favicon.ico still want.
func ico(picture []byte, size uint8) []byte {
	var out bytes.Buffer
	for _, field := range []any{
		uint16(0), uint16(1), uint16(1),
		size, size, uint8(0), uint8(0), uint16(1), uint16(32), uint32(len(picture)), uint32(22),
	} {
		if err := binary.Write(&out, binary.LittleEndian, field); err != nil {
			log.Fatal(err)
		}
	}
	out.Write(picture)
	return out.Bytes()
}

func write(name string, content []byte) {
	if err := os.WriteFile(name, content, 0o644); err != nil {
		log.Fatal(err)
	}
}
