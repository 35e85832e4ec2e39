package contentpages

import (
	"strconv"
	"time"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// ArchiveView is the months of one year in which something was published.
type ArchiveView struct {
	layout.Page
	Year   int   // 0: nothing is published at all
	Years  []Tag // the last first; one is active
	Months []ArchiveMonth
}

// ArchiveMonth is a month of the archive.
type ArchiveMonth struct {
	Month time.Time
	URL   string
	Posts int
	More  bool // Posts, or more
}

// ArchiveMonthView is the posts of one month, newest first.
type ArchiveMonthView struct {
	layout.Page
	Month    time.Time
	YearURL  string
	Posts    []PostSummary
	NewerURL string // empty on the first page
	OlderURL string // empty on the last page
}

func (v ArchiveView) year() string       { return strconv.Itoa(v.Year) }
func (v ArchiveMonthView) title() string { return v.Month.Format("January 2006") }
func (m ArchiveMonth) name() string      { return m.Month.Format("January") }

func (m ArchiveMonth) count() string {
	switch {
	case m.More:
		return strconv.Itoa(m.Posts) + " posts or more"
	case m.Posts == 1:
		return "1 post"
	}
	return strconv.Itoa(m.Posts) + " posts"
}
