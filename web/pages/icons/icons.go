// Package icons draws the few marks that the pages use: 24 px, one stroke, in the
// colour of the text around them. They are always beside words or inside a named
// control, so they are hidden from assistive technology.
package icons

// Name picks an icon.
type Name string

// The icons.
const (
	Lock      Name = "lock"
	Check     Name = "check"
	Forward   Name = "forward"
	Back      Name = "back"
	Pen       Name = "pen"
	Plus      Name = "plus"
	Mail      Name = "mail"
	Key       Name = "key"
	Screen    Name = "screen"
	Phone     Name = "phone"
	Terminal  Name = "terminal"
	Alert     Name = "alert"
	Info      Name = "info"
	Feed      Name = "feed"
	Card      Name = "card"
	NoNetwork Name = "no-network"
	Outside   Name = "outside"
	Leave     Name = "leave"
	Tools     Name = "tools"
	Flask     Name = "flask"
	Clock     Name = "clock"
	Page      Name = "page"
	Chevron   Name = "chevron"
	Copy      Name = "copy"
	Download  Name = "download"
	People    Name = "people"
	Search    Name = "search"
)

// strokes holds the path of each icon, in a box of 24 by 24.
var strokes = map[Name]string{
	Lock:      "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 15v2",
	Check:     "M5 12.5 9.8 17 19 7",
	Forward:   "M5 12h14M13 6l6 6-6 6",
	Back:      "M19 12H5M11 6l-6 6 6 6",
	Pen:       "M4 20l1-4.5L16 4.5l3.5 3.5-11 11zM13.5 7l3.5 3.5",
	Plus:      "M12 5v14M5 12h14",
	Mail:      "M3.5 6h17v12h-17zM4 6.5l8 6.5 8-6.5",
	Key:       "M8 11.5a4 4 0 1 1 0 8 4 4 0 0 1 0-8M10.900 12.700 19 4.600M16 7.600l2.500 2.500M13.400 10.200l2 2",
	Screen:    "M3 5h18v11H3zM9 20h6M12 16v4",
	Phone:     "M7 3h10v18H7zM11 18h2",
	Terminal:  "M3 5h18v14H3zM7 10l2.5 2.5L7 15M12 15h4",
	Alert:     "M12 4l9 16H3zM12 10v4M12 17v.2",
	Info:      "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M12 11v5M12 7.8v.2",
	Feed:      "M5 5a14 14 0 0 1 14 14M5 11a8 8 0 0 1 8 8M6 18v.2",
	Card:      "M3 6h18v12H3zM3 10h18M7 14.5h4",
	NoNetwork: "M4 4l16 16M2.5 9.5A14 14 0 0 1 7 6.7M11 5.5a14 14 0 0 1 10.5 4M6 13a9 9 0 0 1 4-2.300M15.5 11.500A9 9 0 0 1 18 13M9.5 16.500a4 4 0 0 1 4.5-.4M12 19.500v.2",
	Outside:   "M10 5H5v14h14v-5M14 4h6v6M20 4l-9 9",
	Leave:     "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
	Tools:     "M4 7h9M17 7h3M15 5v4M4 12h3M11 12h9M9 10v4M4 17h7M15 17h5M13 15v4",
	Flask:     "M9 3h6M10 3v6.500L5 19a1.4 1.4 0 0 0 1.3 2h11.400A1.4 1.4 0 0 0 19 19l-5-9.500V3M7.5 15h9",
	Clock:     "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M12 7v5.200l3.5 2",
	Page:      "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
	Chevron:   "M7 10l5 5 5-5",
	Copy:      "M9 9h11v11H9zM5.5 15H4V4h11v1.5",
	Download:  "M12 4v11M7.500 11l4.500 4.500 4.500-4.500M5 20h14",
	People:    "M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7M2.500 20a6.500 6.500 0 0 1 13 0M16 4.300a3.500 3.500 0 0 1 0 6.400M18 14a6.500 6.500 0 0 1 3.500 6",
	Search:    "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14M16 16l4.500 4.500",
}
