package identitypages

import (
	"strings"

	"github.com/neoforge-dev/neoforge/web/pages/icons"
)

func (p Provider) title() string {
	if p.Development {
		return p.Label
	}
	return "Continue with " + p.Label
}

// focus is where the cursor waits: at the first field that is wrong, or at the
// password when the address was kept from a try that failed.
func (v LoginView) focus() string {
	if first := v.Errors.First("email", "password"); first != "" {
		return first
	}
	if v.Errors[""] != "" && v.Email != "" {
		return "password"
	}
	return ""
}

func (v AccountView) role() string {
	switch v.Role {
	case "administrator":
		return "Administrator"
	case "author":
		return "Author"
	case "member":
		return "Member"
	}
	return v.Role
}

func (v AccountView) roleNote() string {
	switch v.Role {
	case "administrator":
		return "Writes, edits everything, and runs the place."
	case "author":
		return "Writes and publishes posts."
	case "member":
		return "Reads what is for members."
	}
	return ""
}

func (d Device) name() string { return deviceName(d.UserAgent, d.Program) }

func (d Device) icon() icons.Name {
	switch {
	case d.Program:
		return icons.Terminal
	case strings.Contains(d.UserAgent, "Mobile"), strings.Contains(d.UserAgent, "iPhone"):
		return icons.Phone
	default:
		return icons.Screen
	}
}

// The order matters: what imitates another names the other too.
var browsers = []struct{ mark, name string }{
	{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"FxiOS", "Firefox"}, {"Firefox/", "Firefox"},
	{"CriOS", "Chrome"}, {"HeadlessChrome", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
}

var systems = []struct{ mark, name string }{
	{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"}, {"Macintosh", "macOS"}, {"Linux", "Linux"},
}

// deviceName says in a few words what a User-Agent header claims.
func deviceName(agent string, program bool) string {
	if program {
		name, _, _ := strings.Cut(agent, " ")
		name, _, _ = strings.Cut(name, "/")
		if name == "" || name == "Mozilla" {
			return "A program"
		}
		return "A program: " + name
	}
	browser, system := "", ""
	for _, b := range browsers {
		if strings.Contains(agent, b.mark) {
			browser = b.name
			break
		}
	}
	for _, s := range systems {
		if strings.Contains(agent, s.mark) {
			system = s.name
			break
		}
	}
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser != "":
		return browser
	case system != "":
		return "A browser on " + system
	}
	return "An unknown browser"
}
