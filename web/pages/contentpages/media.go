package contentpages

import (
	"strconv"
	"time"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// MediaView is the library of pictures.
type MediaView struct {
	layout.Page
	Search   string // what was searched for
	Pictures []MediaItem
	NewURL   string // of the form for the newest; empty on the first page
	OlderURL string // empty on the last page
	MaxMB    int    // of a file that is sent by the form
	Alt      string // keeps what was typed
	Errors   layout.FieldErrors
}

// MediaItem is one picture of the library.
type MediaItem struct {
	Name         string
	Alt          string
	URL          string // its own page
	ThumbnailURL string
	Width        int
	Height       int
	Uses         int
	Broken       bool // nothing can read its pixels
}

// MediaItemView is the page of one picture.
type MediaItemView struct {
	layout.Page
	MediaItem
	OriginalURL string
	Kind        string // "JPEG"
	Bytes       int64
	Pending     bool // its smaller sizes are being made
	AddedAt     time.Time
	Markdown    string // to paste into a post
	Action      string // saves its name and description
	ReplaceURL  string
	DeleteURL   string
	TypedName   string
	TypedAlt    string
	Version     int    // that what is typed was begun from
	Conflict    string // what to do, where somebody changed it meanwhile
	UsedIn      []MediaPost
	MaxMB       int
	Errors      layout.FieldErrors
}

// said is what is said of the picture now.
func (v MediaItemView) said() string {
	if v.Alt == "" {
		return "Now it is called “" + v.Name + "”, and nothing is said of what it shows."
	}
	return "Now it is called “" + v.Name + "” and shows “" + v.Alt + "”."
}

// MediaPost is a post that shows a picture.
type MediaPost struct {
	Title string // empty: of somebody else, whose it stays
	URL   string
	State PostState
}

func (i MediaItem) size() string {
	return strconv.Itoa(i.Width) + " × " + strconv.Itoa(i.Height)
}

func (i MediaItem) uses() string {
	switch i.Uses {
	case 0:
		return "Not used"
	case 1:
		return "In one post"
	}
	return "In " + strconv.Itoa(i.Uses) + " posts"
}

func (i MediaItem) note() string {
	out := i.uses()
	if i.Alt == "" {
		out += ", not described"
	}
	if i.Broken {
		out += ", cannot be read"
	}
	return out
}

// weight is a number of bytes as one says it.
func weight(bytes int64) string {
	if bytes < 1<<20 {
		return strconv.FormatInt(max(bytes>>10, 1), 10) + " KB"
	}
	return strconv.FormatFloat(float64(bytes)/(1<<20), 'f', 1, 64) + " MB"
}

func fileHint(mb int) string {
	return "JPEG, PNG, GIF or WebP, at most " + strconv.Itoa(mb) + " MB. Where and when it was taken is removed."
}
