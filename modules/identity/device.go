package identity

import (
	"net/netip"
	"strings"
	"time"
)

// Client is what a User-Agent header claims in a few words: the family of the
// browser, or the program's name, and the system. It is for people to recognize
// their devices by, and proves nothing.
type Client struct {
	Name   string // "Firefox", "curl"; empty: unknown
	System string // "Windows"; empty: unknown
	Kind   SessionKind
}

// The order matters in both: what imitates another names the other too.
var (
	browserMarks = [...]struct{ mark, name string }{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"FxiOS", "Firefox"}, {"Firefox/", "Firefox"},
		{"CriOS", "Chrome"}, {"HeadlessChrome", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	}
	systemMarks = [...]struct{ mark, name string }{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"},
		{"Macintosh", "macOS"}, {"Linux", "Linux"},
	}
)

// Client reads the session's User-Agent header.
func (s Session) Client() Client {
	agent := s.Device.UserAgent
	c := Client{Kind: s.Kind}
	if s.Kind == APISession {
		name, _, _ := strings.Cut(agent, " ")
		name, _, _ = strings.Cut(name, "/")
		if name != "Mozilla" {
			c.Name = name
		}
		return c
	}
	for _, b := range browserMarks {
		if strings.Contains(agent, b.mark) {
			c.Name = b.name
			break
		}
	}
	for _, s := range systemMarks {
		if strings.Contains(agent, s.mark) {
			c.System = s.name
			break
		}
	}
	return c
}

// Handheld reports whether the client is most likely a phone or a tablet.
func (c Client) Handheld() bool {
	return c.System == "iPhone" || c.System == "iPad" || c.System == "Android"
}

// String is how people are told of the client: "Firefox on Windows".
func (c Client) String() string {
	switch {
	case c.Kind == APISession && c.Name != "":
		return "A program: " + c.Name
	case c.Kind == APISession:
		return "A program"
	case c.Name != "" && c.System != "":
		return c.Name + " on " + c.System
	case c.Name != "":
		return c.Name
	case c.System != "":
		return "A browser on " + c.System
	}
	return "An unknown browser"
}

// FirstDays is how long after registration a person may sign in for the first time
// without being told of it.
const FirstDays = 24 * time.Hour

// FamiliarSignIn reports whether a sign-in is one that its person need not be told
// of. It is when one of their earlier sessions had the same client on a network
// nearby: the same /16 of IPv4 or /32 of IPv6, which is about what one provider
// gives out in one place. A person without earlier sessions is not told of their
// first sign-in, unless they registered more than a day ago: then their sessions
// are forgotten since, and whoever has the password now may be somebody else.
// Sessions in which an administrator acts for the person say nothing of either.
func FamiliarSignIn(s Session, earlier []Session, registered time.Time) bool {
	if s.Impersonator != "" {
		return true
	}
	first := true
	for _, e := range earlier {
		if e.Impersonator != "" {
			continue
		}
		first = false
		if e.Client() == s.Client() && nearby(e.Device.Address, s.Device.Address) {
			return true
		}
	}
	return first && s.CreatedAt.Sub(registered) < FirstDays
}

func nearby(a, b string) bool {
	if a == b {
		return true
	}
	x, errX := netip.ParseAddr(a)
	y, errY := netip.ParseAddr(b)
	if errX != nil || errY != nil {
		return false
	}
	x, y = x.Unmap().WithZone(""), y.Unmap().WithZone("")
	bits := 32
	if x.Is4() {
		bits = 16
	}
	p, err := x.Prefix(bits)
	return err == nil && p.Contains(y)
}
