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

// toldADay is how many strange devices a person is told of within a day.
const toldADay = 10

// TellOfSignIn reports whether a person is told of a sign-in: it is not familiar, and
// there were not ten other new devices within a day. Whoever knows the password could
// otherwise have a mail sent to them as often as they sign in.
func TellOfSignIn(s Session, earlier []Session, registered time.Time) bool {
	if FamiliarSignIn(s, earlier, registered) {
		return false
	}
	since := map[deviceMark]time.Time{}
	for _, e := range earlier {
		mark := e.mark()
		if first, seen := since[mark]; e.Impersonator == "" && (!seen || e.CreatedAt.Before(first)) {
			since[mark] = e.CreatedAt
		}
	}
	today := 0
	for _, first := range since {
		if s.CreatedAt.Sub(first) < 24*time.Hour {
			today++
		}
	}
	return today < toldADay
}

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
	mark, first := s.mark(), true
	for _, e := range earlier {
		if e.Impersonator != "" {
			continue
		}
		first = false
		if e.mark() == mark {
			return true
		}
	}
	return first && s.CreatedAt.Sub(registered) < FirstDays
}

// deviceMark is what a person's devices are told apart by.
type deviceMark struct {
	client  Client
	network string
}

func (s Session) mark() deviceMark {
	m := deviceMark{client: s.Client(), network: s.Device.IP}
	ip, err := netip.ParseAddr(m.network)
	if err != nil {
		return m
	}
	ip = ip.Unmap().WithZone("")
	bits := 32
	if ip.Is4() {
		bits = 16
	}
	if p, err := ip.Prefix(bits); err == nil {
		m.network = p.String()
	}
	return m
}
