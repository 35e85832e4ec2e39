package pictures

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"slices"

	"github.com/neoforge-dev/neoforge/adapters/exif"
)

// stripped is a file without its metadata, and what its head says. What is kept beside the
// pixels: how they are turned, their colours (ICC), and how an animation repeats. What is
// left out: where and when and with what it was taken, thumbnails, which show what was cut
// away, comments, and whatever follows the end.
type stripped struct {
	body          []byte
	width, height int // as the pixels lie
	memory        int // bytes that decoding takes, about
	orientation   int
	frames        int
	framed        bool   // it is a WebP whose pixels are in frames, of which browsers make a picture
	motion        int    // pixels of all frames
	scans         int    // passes over the pixels
	profile       []byte // of the colours (ICC), of red, green and blue; nil: none
}

var errCut = errors.New("the file is not whole")

// tiffOf is a TIFF block that holds the orientation alone.
func tiffOf(orientation int) []byte {
	b := []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01")
	b = binary.BigEndian.AppendUint16(b, uint16(orientation))
	return append(b, 0, 0, 0, 0, 0, 0)
}

const exifHead = "Exif\x00\x00"

// stripJPEG goes through the segments of a JPEG (ITU T.81, B.1; Exif 2.32; ICC.1, B.4).
func stripJPEG(file []byte) (stripped, error) {
	s := stripped{frames: 1, orientation: exif.Orientation(exif.OfJPEG(file))}
	var frame []byte
	var sof byte
	rgb := false // by what an application says of its colours
	out := append(make([]byte, 0, len(file)), file[:2]...)
	if turns(s.orientation) {
		out = appendSegment(out, 0xe1, append([]byte(exifHead), tiffOf(s.orientation)...))
	}
	var profile [][]byte
	at := 2
	for {
		for at < len(file) && file[at] == 0xff && at+1 < len(file) && file[at+1] == 0xff { // fill bytes
			at++
		}
		if at+2 > len(file) || file[at] != 0xff {
			return s, errCut
		}
		marker := file[at+1]
		if marker == 0xd9 { // the end
			out = append(out, 0xff, 0xd9)
			break
		}
		if marker == 0x01 || marker >= 0xd0 && marker <= 0xd7 {
			at += 2
			continue
		}
		if at+4 > len(file) {
			return s, errCut
		}
		size := int(binary.BigEndian.Uint16(file[at+2:]))
		if size < 2 || at+2+size > len(file) {
			return s, errCut
		}
		segment, body := file[at:at+2+size], file[at+4:at+2+size]
		at += 2 + size
		switch {
		case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
			// A second head of a frame would have the decoder take memory for another size than this.
			if len(body) < 6 || s.width > 0 || s.height > 0 {
				return s, errCut
			}
			s.height, s.width = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
			frame, sof = body, marker
			out = append(out, segment...)
		case marker == 0xe2 && bytes.HasPrefix(body, []byte("ICC_PROFILE\x00")) && len(body) > 14:
			profile = append(profile, body[14:])
			out = append(out, segment...)
		case marker == 0xee && bytes.HasPrefix(body, []byte("Adobe")): // how colours are to be read
			rgb = len(body) >= 12 && body[11] == 0
			out = append(out, segment...)
		case marker == 0xe0 && bytes.HasPrefix(body, []byte("JFIF\x00")) && len(body) >= 14:
			out = appendSegment(out, 0xe0, append(bytes.Clone(body[:12]), 0, 0)) // without its thumbnail
		case marker >= 0xe0 && marker <= 0xef, marker == 0xfe: // the rest of what applications say, and comments
		case marker == 0xda:
			s.scans++
			end := endOfScan(file, at)
			out = append(append(out, segment...), file[at:end]...)
			at = end
			if at >= len(file) && frame == nil {
				return s, errCut
			}
			if at >= len(file) { // cut behind the pixels, which browsers show
				out = append(out, 0xff, 0xd9)
				s.body, s.profile, s.memory = out, rgbProfile(bytes.Join(profile, nil)), memoryOfJPEG(s.width*s.height, frame, sof, rgb)
				return s, nil
			}
		case marker == 0xc4, marker == 0xdb, marker == 0xdd: // tables, and where a scan begins anew
			out = append(out, segment...)
		default: // nothing that a picture is drawn by
		}
	}
	if s.scans == 0 || frame == nil {
		return s, errCut
	}
	s.body, s.profile, s.memory = out, rgbProfile(bytes.Join(profile, nil)), memoryOfJPEG(s.width*s.height, frame, sof, rgb)
	return s, nil
}

// memoryOfJPEG is what a number of pixels take, by the sampling that the head of a frame
// names. One that is not sequential has its coefficients kept until the last pass. One of
// four colours (CMYK), or of red, green and blue, is copied to 4 bytes a pixel.
func memoryOfJPEG(pixels int, frame []byte, marker byte, rgb bool) int {
	samples, most := 0, 1
	for i := 6; i+3 <= len(frame) && i < 6+3*int(frame[5]); i += 3 {
		of := int(frame[i+1]>>4) * int(frame[i+1]&15)
		samples, most = samples+of, max(most, of)
	}
	bytes := pixels * samples / most
	if marker != 0xc0 && marker != 0xc1 {
		bytes *= 5
	}
	if colours := frame[5:]; colours[0] == 4 || colours[0] == 3 && (rgb || len(colours) >= 10 && colours[1] == 'R' && colours[4] == 'G' && colours[7] == 'B') {
		bytes += 4 * pixels
	}
	return bytes
}

// endOfScan is where the compressed data ends that begins at at: at the next marker.
func endOfScan(file []byte, at int) int {
	for at < len(file) {
		next := bytes.IndexByte(file[at:], 0xff)
		if next < 0 || at+next+1 >= len(file) {
			return len(file)
		}
		at += next
		if b := file[at+1]; b == 0xff {
			at++
		} else if b == 0 || b >= 0xd0 && b <= 0xd7 {
			at += 2
		} else {
			return at
		}
	}
	return at
}

func appendSegment(out []byte, marker byte, body []byte) []byte {
	out = append(out, 0xff, marker)
	out = binary.BigEndian.AppendUint16(out, uint16(len(body)+2))
	return append(out, body...)
}

// rgbProfile is a profile of colours if it is one of red, green and blue, in which alone
// smaller sizes are written.
func rgbProfile(profile []byte) []byte {
	if len(profile) < 128 || string(profile[16:20]) != "RGB " || string(profile[36:40]) != "acsp" {
		return nil
	}
	return profile
}

// profilePart is the most bytes of a profile in one segment.
const profilePart = 65_000

// withProfileJPEG puts a profile of colours into a JPEG that was just written.
func withProfileJPEG(file, profile []byte) []byte {
	parts := slices.Collect(slices.Chunk(profile, profilePart))
	if len(parts) == 0 || len(parts) > 255 {
		return file
	}
	out := append(make([]byte, 0, len(file)+len(profile)+len(parts)*18), file[:2]...)
	for i, part := range parts {
		out = appendSegment(out, 0xe2, append(append([]byte("ICC_PROFILE\x00"), byte(i+1), byte(len(parts))), part...))
	}
	return append(out, file[2:]...)
}

const pngMagic = "\x89PNG\r\n\x1a\n"

// pngKept are the chunks of a PNG that say how it looks (PNG 3rd edition, 5.6).
var pngKept = map[string]bool{
	"IHDR": true, "PLTE": true, "tRNS": true, "cHRM": true, "gAMA": true, "iCCP": true, "sBIT": true, "sRGB": true, "cICP": true, "bKGD": true,
	"IDAT": true, "IEND": true, "acTL": true, "fcTL": true, "fdAT": true,
}

// stripPNG goes through the chunks of a PNG.
func stripPNG(file []byte) (stripped, error) {
	s := stripped{frames: 1, orientation: exif.Orientation(exif.OfPNG(file))}
	out := append(make([]byte, 0, len(file)), pngMagic...)
	for at := len(pngMagic); ; {
		if at+12 > len(file) {
			return s, errCut
		}
		size := int(binary.BigEndian.Uint32(file[at:]))
		if size < 0 || size > len(file)-at-12 {
			return s, errCut
		}
		kind, body, chunk := string(file[at+4:at+8]), file[at+8:at+8+size], file[at:at+12+size]
		at += 12 + size
		switch {
		case s.width == 0 && kind != "IHDR":
			return s, errCut
		case kind == "IHDR":
			if size < 13 || s.width > 0 {
				return s, errCut
			}
			s.width, s.height = int(binary.BigEndian.Uint32(body)), int(binary.BigEndian.Uint32(body[4:]))
			if s.width <= 0 || s.height <= 0 {
				return s, errCut
			}
			if s.width > 1<<20 || s.height > 1<<20 { // refused by its size
				s.width, s.height = min(s.width, 1<<20), min(s.height, 1<<20)
			}
			s.motion = s.width * s.height
			s.memory = s.motion * 4
			if body[8] == 16 {
				s.memory *= 2
			}
			if body[12] != 0 { // each pass is a picture of its own, the last of them half of it
				s.memory += s.memory / 2
			}
		case kind == "acTL" && size >= 8:
			s.frames = max(1, int(binary.BigEndian.Uint32(body)))
			if s.frames <= 1<<20 {
				s.motion = s.width * s.height * s.frames
			}
		case kind == "iCCP":
			s.profile = rgbProfile(profileOfPNG(body))
		}
		if pngKept[kind] {
			out = append(out, chunk...)
		}
		switch kind {
		case "IHDR":
			if turns(s.orientation) {
				out = appendChunk(out, "eXIf", tiffOf(s.orientation))
			}
		case "IEND":
			s.body = out
			return s, nil
		}
	}
}

func appendChunk(out []byte, kind string, body []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(body)))
	from := len(out)
	out = append(append(out, kind...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[from:]))
}

// maxProfile bounds a profile of colours, which a few bytes of a PNG may unpack to.
const maxProfile = 4 << 20

// profileOfPNG unpacks the chunk of a profile (PNG 3rd edition, 11.3.2.3): a name, a zero, the
// method of compression, and the profile. Nil for one that cannot be unpacked.
func profileOfPNG(chunk []byte) []byte {
	_, packed, ok := bytes.Cut(chunk, []byte{0})
	if !ok || len(packed) < 1 || packed[0] != 0 {
		return nil
	}
	r, err := zlib.NewReader(bytes.NewReader(packed[1:]))
	if err != nil {
		return nil
	}
	profile, err := io.ReadAll(io.LimitReader(r, maxProfile+1))
	if err != nil || len(profile) > maxProfile {
		return nil
	}
	return profile
}

// withProfilePNG puts a profile of colours into a PNG that was just written.
func withProfilePNG(file, profile []byte) ([]byte, error) {
	const head = len(pngMagic) + 25
	if len(profile) == 0 || len(file) < head {
		return file, nil
	}
	var chunk bytes.Buffer
	chunk.WriteString("ICC\x00\x00")
	w := zlib.NewWriter(&chunk)
	if _, err := w.Write(profile); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return append(appendChunk(bytes.Clone(file[:head]), "iCCP", chunk.Bytes()), file[head:]...), nil
}

// stripGIF goes through the blocks of a GIF (GIF89a, appendix A), and counts its frames.
func stripGIF(file []byte) (stripped, error) {
	s := stripped{orientation: 1}
	if len(file) < 13 {
		return s, errCut
	}
	s.width, s.height = int(binary.LittleEndian.Uint16(file[6:])), int(binary.LittleEndian.Uint16(file[8:]))
	at := 13 + tableSize(file[10])
	if at > len(file) {
		return s, errCut
	}
	s.memory = s.width * s.height // the first frame lies within, at a byte a pixel
	out := append(make([]byte, 0, len(file)), file[:at]...)
	for at < len(file) {
		switch from := at; file[at] {
		case 0x3b: // the end
			s.body = append(out, 0x3b)
			if s.frames == 0 {
				return s, errCut
			}
			return s, nil
		case 0x2c: // a frame
			if at+10 > len(file) {
				return s, errCut
			}
			width, height := int(binary.LittleEndian.Uint16(file[at+5:])), int(binary.LittleEndian.Uint16(file[at+7:]))
			end, ok := endOfBlocks(file, at+10+tableSize(file[at+9])+1)
			if !ok {
				return s, errCut
			}
			s.frames++
			s.motion += max(width*height, s.width*s.height)
			at = end
			out = append(out, file[from:at]...)
		case 0x21: // an extension
			if at+2 > len(file) {
				return s, errCut
			}
			end, ok := endOfBlocks(file, at+2)
			if !ok {
				return s, errCut
			}
			at = end
			if keptExtension(file[from:end]) {
				out = append(out, file[from:at]...)
			}
		default:
			return s, errCut
		}
	}
	return s, errCut
}

// keptExtension reports whether an extension says how frames are shown, or how often.
func keptExtension(block []byte) bool {
	switch block[1] {
	case 0xf9:
		return true
	case 0xff:
		return len(block) > 14 && (string(block[3:14]) == "NETSCAPE2.0" || string(block[3:14]) == "ANIMEXTS1.0")
	}
	return false
}

func tableSize(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// endOfBlocks is where the blocks of data end that begin at at.
func endOfBlocks(file []byte, at int) (int, bool) {
	for at < len(file) {
		size := int(file[at])
		at += 1 + size
		if size == 0 {
			return at, true
		}
	}
	return at, false
}

// stripWebP goes through the chunks of a WebP (RFC 9649).
func stripWebP(file []byte) (stripped, error) {
	s := stripped{orientation: exif.Orientation(exif.OfWebP(file))}
	out := append(make([]byte, 0, len(file)), file[:12]...)
	extended, moving, bytesPerPixel, still := -1, 0, 0, []byte(nil)
	end := 8 + int(binary.LittleEndian.Uint32(file[4:]))
	if end < 12 || end > len(file) {
		return s, errCut
	}
	for at := 12; at+8 <= end; {
		size := int(binary.LittleEndian.Uint32(file[at+4:]))
		if size < 0 || size > end-at-8 {
			return s, errCut
		}
		kind, body := string(file[at:at+4]), file[at+8:at+8+size]
		chunk := file[at:min(at+8+size+size&1, end)]
		at += 8 + size + size&1
		switch kind {
		case "VP8X":
			// A head behind pixels, or a second one, would have the decoder take memory for another size than this.
			if size < 10 || len(out) > 12 {
				return s, errCut
			}
			extended = len(out) + 8
			s.width, s.height = 1+uint24(body[4:]), 1+uint24(body[7:])
		case "VP8 ":
			if size < 10 {
				return s, errCut
			}
			s.frames, bytesPerPixel = max(s.frames, 1), max(bytesPerPixel, 2)
			s.sized(int(binary.LittleEndian.Uint16(body[6:])&0x3fff), int(binary.LittleEndian.Uint16(body[8:])&0x3fff))
		case "VP8L":
			if size < 5 {
				return s, errCut
			}
			// Its pixels, and once more where they name colours of a palette.
			s.frames, bytesPerPixel = max(s.frames, 1), max(bytesPerPixel, 8)
			bits := binary.LittleEndian.Uint32(body[1:])
			s.sized(1+int(bits&0x3fff), 1+int(bits>>14&0x3fff))
		case "ANMF":
			s.frames++
			moving++
			s.motion += s.width * s.height
			if only, ok := stillOf(body, s.width, s.height); ok && moving == 1 {
				still = only
			}
		case "ICCP":
			s.profile = rgbProfile(body)
		case "ALPH":
			bytesPerPixel = 9 // it is decoded as a picture of its own
		case "ANIM":
		default:
			continue // where it was taken, and what nobody knows
		}
		out = append(out, chunk...)
	}
	if s.frames == 0 {
		return s, errCut
	}
	if moving == 1 && s.frames == 1 && still != nil {
		return stripWebP(stillWebP(file[:end], still)) // of one frame alone nothing moves
	}
	s.framed, s.memory = moving > 0, bytesPerPixel*s.width*s.height
	if extended >= 0 {
		const hasExif, hasXMP = 0x08, 0x04
		out[extended] &^= hasExif | hasXMP
		if turns(s.orientation) {
			out[extended] |= hasExif
			tiff := tiffOf(s.orientation)
			out = append(binary.LittleEndian.AppendUint32(append(out, "EXIF"...), uint32(len(tiff))), tiff...)
		}
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	s.body = out
	return s, nil
}

// stillOf are the chunks of the pixels of a frame that covers a canvas (RFC 9649, 2.7.1.5).
func stillOf(frame []byte, width, height int) ([]byte, bool) {
	const head = 16
	if len(frame) < head || uint24(frame) != 0 || uint24(frame[3:]) != 0 || 1+uint24(frame[6:]) != width || 1+uint24(frame[9:]) != height {
		return nil, false
	}
	var out []byte
	pixels := 0
	for at := head; at+8 <= len(frame); {
		size := int(binary.LittleEndian.Uint32(frame[at+4:]))
		if size < 0 || size > len(frame)-at-8 {
			return nil, false
		}
		next := at + 8 + size + size&1
		switch string(frame[at : at+4]) {
		case "VP8 ", "VP8L":
			pixels++
			out = append(out, frame[at:min(next, len(frame))]...)
		case "ALPH":
			out = append(out, frame[at:min(next, len(frame))]...)
		}
		at = next
	}
	return out, pixels == 1
}

// stillWebP is a WebP of one frame with the pixels of the frame in its place.
func stillWebP(file, still []byte) []byte {
	out := append(make([]byte, 0, len(file)), file[:12]...)
	for at := 12; at+8 <= len(file); {
		next := min(at+8+int(binary.LittleEndian.Uint32(file[at+4:])), len(file))
		next = min(next+(next-at)&1, len(file))
		switch string(file[at : at+4]) {
		case "VP8X":
			const moves, seenThrough = 0x02, 0x10
			flags := len(out) + 8
			out = append(out, file[at:next]...)
			out[flags] &^= moves | seenThrough
			if string(still[:4]) == "ALPH" {
				out[flags] |= seenThrough
			}
		case "ANIM":
		case "ANMF":
			out = append(out, still...)
		default:
			out = append(out, file[at:next]...)
		}
		at = next
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

// sized takes the size of the pixels where no frame around them has another.
func (s *stripped) sized(width, height int) {
	if s.width == 0 {
		s.width, s.height = width, height
	}
	if s.width != width || s.height != height {
		s.width, s.height = max(s.width, width), max(s.height, height)
	}
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
