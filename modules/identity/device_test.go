package identity_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

const (
	chromeLinux   = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
	chromeNewer   = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36"
	edgeWindows   = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"
	safariMac     = "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_1) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15"
	chromeIPhone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 CriOS/142.0 Mobile/15E148 Safari/604.1"
	firefoxMobile = "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0"
)

func TestDevice_IsNamedInAFewWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		agent    string
		kind     identity.SessionKind
		want     string
		handheld bool
	}{
		{chromeLinux, identity.BrowserSession, "Chrome on Linux", false},
		{edgeWindows, identity.BrowserSession, "Edge on Windows", false},
		{safariMac, identity.BrowserSession, "Safari on macOS", false},
		{chromeIPhone, identity.BrowserSession, "Chrome on iPhone", true},
		{firefoxMobile, identity.BrowserSession, "Firefox on Android", true},
		{"Something (Windows)", identity.BrowserSession, "A browser on Windows", false},
		{"", identity.BrowserSession, "An unknown browser", false},
		{"curl/8.5.0", identity.APISession, "A program: curl", false},
		{chromeLinux, identity.APISession, "A program", false},
		{"", identity.APISession, "A program", false},
	} {
		have := identity.Session{Kind: c.kind, Device: identity.Device{UserAgent: c.agent}}.Client()
		if have.String() != c.want || have.Handheld() != c.handheld {
			t.Errorf("%q: %q, %t", c.agent, have, have.Handheld())
		}
	}
}

func TestTellOfSignIn_TellsOfTenStrangeDevicesADay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	from := func(network int, at time.Time) identity.Session {
		return identity.Session{
			Kind: identity.BrowserSession, Device: identity.Device{UserAgent: chromeLinux, IP: fmt.Sprintf("198.%d.2.1", network)}, CreatedAt: at,
		}
	}
	var earlier []identity.Session
	for i := range 10 {
		if s := from(i, now); !identity.TellOfSignIn(s, earlier, now.AddDate(-1, 0, 0)) {
			t.Fatalf("not told of strange device %d", i)
		}
		for range 3 { // that it comes again is nothing new
			earlier = append(earlier, from(i, now))
		}
	}
	if identity.TellOfSignIn(from(10, now), earlier, now.AddDate(-1, 0, 0)) {
		t.Error("told of an eleventh strange device in a day")
	}
	if !identity.TellOfSignIn(from(10, now.Add(24*time.Hour)), earlier, now.AddDate(-1, 0, 0)) {
		t.Error("not told of a strange device a day later")
	}
	// Devices of long ago that were used today were told of long ago.
	for i := range earlier {
		earlier = append(earlier, from(i/3, now.AddDate(0, -1, 0)))
	}
	if !identity.TellOfSignIn(from(10, now), earlier, now.AddDate(-1, 0, 0)) {
		t.Error("known devices count as strange ones")
	}
	if identity.TellOfSignIn(from(3, now), earlier, now.AddDate(-1, 0, 0)) {
		t.Error("told of a known device")
	}
}

func TestDevice_ThatIsUnknownIsNotFamiliar(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(agent, address string) identity.Session {
		return identity.Session{Kind: identity.BrowserSession, Device: identity.Device{UserAgent: agent, IP: address}, CreatedAt: now}
	}
	home := at(chromeLinux, "203.0.113.7")
	signedOut := home
	signedOut.RevokedAt = now
	program := home
	program.Kind = identity.APISession
	acted := home
	acted.Impersonator = "ada"
	lately, longAgo := now.Add(-time.Hour), now.AddDate(-1, 0, 0)
	for name, c := range map[string]struct {
		s          identity.Session
		earlier    []identity.Session
		registered time.Time
		want       bool
	}{
		"the first after registration":                {home, nil, lately, true},
		"the first in a long time":                    {home, nil, longAgo, false},
		"the same browser at home":                    {home, []identity.Session{home}, longAgo, true},
		"the same browser, signed out before":         {home, []identity.Session{signedOut}, longAgo, true},
		"a newer version of the browser":              {at(chromeNewer, "203.0.113.7"), []identity.Session{home}, longAgo, true},
		"the same browser at an address nearby":       {at(chromeLinux, "203.0.9.1"), []identity.Session{home}, longAgo, true},
		"the same address, written as IPv6":           {at(chromeLinux, "::ffff:203.0.113.9"), []identity.Session{home}, longAgo, true},
		"the same browser far away":                   {at(chromeLinux, "198.51.100.7"), []identity.Session{home}, longAgo, false},
		"another browser at home":                     {at(edgeWindows, "203.0.113.7"), []identity.Session{home}, longAgo, false},
		"another browser at home, soon after":         {at(edgeWindows, "203.0.113.7"), []identity.Session{home}, lately, false},
		"a program where a browser was":               {program, []identity.Session{home}, longAgo, false},
		"one of several":                              {home, []identity.Session{at(safariMac, "2001:db8::1"), home}, longAgo, true},
		"an IPv6 host nearby":                         {at(safariMac, "2001:db8:1::1"), []identity.Session{at(safariMac, "2001:db8::1")}, longAgo, true},
		"an IPv6 host far away":                       {at(safariMac, "2001:db9::1"), []identity.Session{at(safariMac, "2001:db8::1")}, longAgo, false},
		"an administrator who acts for the person":    {acted, nil, longAgo, true},
		"after an administrator acted, for the first": {home, []identity.Session{acted}, lately, true},
		"after an administrator acted, otherwise":     {home, []identity.Session{acted}, longAgo, false},
		"no address that can be read":                 {at(chromeLinux, "elsewhere"), []identity.Session{home}, longAgo, false},
	} {
		if have := identity.FamiliarSignIn(c.s, c.earlier, c.registered); have != c.want {
			t.Errorf("%s: %t", name, have)
		}
	}
}
