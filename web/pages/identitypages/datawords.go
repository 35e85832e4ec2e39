package identitypages

import (
	"fmt"
	"strconv"

	"github.com/neoforge-dev/neoforge/web/pages/icons"
)

func (a Archive) size() string {
	switch {
	case a.Size >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(a.Size)/(1<<20))
	case a.Size >= 1<<10:
		return fmt.Sprintf("%d KB", a.Size>>10)
	}
	return fmt.Sprintf("%d bytes", a.Size)
}

func (a Archive) total() string { return strconv.Itoa(max(1, a.Total)) }
func (a Archive) done() string  { return strconv.Itoa(a.Done) }

func (a Archive) progress() string {
	return fmt.Sprintf("%d of %d parts of the site have answered. This page looks again by itself.", a.Done, a.Total)
}

func (v DataView) running() bool {
	for _, a := range v.Archives {
		if a.State == "running" {
			return true
		}
	}
	return false
}

func (c Consent) icon() icons.Name {
	if c.Given {
		return icons.Check
	}
	return icons.Page
}

// word introduces the day.
func (c Consent) word() string {
	switch {
	case c.Given && !c.Current:
		return "an earlier text, agreed to on "
	case c.Given:
		return "agreed to on "
	}
	return "withdrawn on "
}

// button is what can be done about it; empty for nothing.
func (c Consent) button() string {
	switch {
	case c.Given && c.Current && c.Needed:
		return ""
	case c.Given && c.Current:
		return "Turn off"
	case c.Needed:
		return "Agree"
	}
	return "Turn on"
}

func (c Consent) next() string {
	if c.Given && c.Current {
		return "no"
	}
	return "yes"
}
