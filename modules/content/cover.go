package content

import (
	"cmp"
	"strconv"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// MaxCoverCaption is in characters.
const MaxCoverCaption = 500

// CoverChoice is which picture of the library stands above a post and beside its title in
// lists. It is shown to whoever is shown the title, before any gate.
type CoverChoice struct {
	Media   MediaID // empty: none
	Alt     string  // empty: that of the picture
	Caption string  // plain; empty: none
}

// clean trims it; nothing is said of no picture. The caption is clean already.
func (c *CoverChoice) clean() (faults []fault.Field) {
	if c.Media == "" {
		*c = CoverChoice{}
		return nil
	}
	if c.Alt = oneLine(c.Alt); utf8.RuneCountInString(c.Alt) > MaxMediaAlt {
		faults = append(faults, fault.Field{Name: "cover_alt", Message: "At most 500 characters."})
	}
	if MediaAt(MediaPath(c.Media)) != c.Media {
		faults = append(faults, fault.Field{Name: "cover_media_id", Message: "This picture is not in the library. Choose another one."})
	}
	return faults
}

// Cover is the picture of a post as it is now. Its zero value is none. Of the picture it has
// what is needed to show it: neither who owns it, nor its name, bytes and times.
type Cover struct {
	Media
	Caption string
}

// CoverOf is a picture as the cover that was chosen.
func CoverOf(m Media, c CoverChoice) Cover {
	m.Alt = cmp.Or(c.Alt, m.Alt)
	return Cover{Media: m, Caption: c.Caption}
}

// Chosen reports whether there is one that can be shown.
func (c Cover) Chosen() bool { return c.ID != "" && c.State != MediaBroken }

// Tone64 names the mean colour of a picture among 64, by one of four levels each of red,
// green and blue: "031"; empty while it is not known.
func (m Media) Tone64() string {
	if len(m.Tone) != 7 || m.Tone[0] != '#' {
		return ""
	}
	out := []byte("000")
	for i := range out {
		level, err := strconv.ParseUint(m.Tone[1+2*i:3+2*i], 16, 8)
		if err != nil {
			return ""
		}
		out[i] += byte((level + 42) / 85)
	}
	return string(out)
}
