package platformpages

import (
	"strconv"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// words is what an error page says.
type words struct {
	heading string
	text    string
	links   []layout.Link
}

var home = layout.Link{Label: "To the front page", URL: "/"}

// recovery stands for the ways on that the program's modules offer.
var recovery = layout.Link{}

func wordsFor(status int) words {
	switch status {
	case 401:
		return words{"Sign in first", "This page is for people who are signed in.", []layout.Link{{Label: "Sign in", URL: "/login"}, home}}
	case 403:
		return words{"This is not yours to open", "Your account does not include this. Sign in with another one, or ask an administrator for the role.", []layout.Link{home, {Label: "Your account", URL: "/account"}}}
	case 404:
		return words{"There is nothing here", "The page was moved, unpublished, or never was. The address may also have a typing error in it.", []layout.Link{recovery, home}}
	case 405:
		return words{"That cannot be done here", "The address exists, but not for this kind of request. Go back and use the page's own buttons.", []layout.Link{home}}
	case 409:
		return words{"This is not possible now", "Something stands in the way of it. Go back, load the page again, and look how things are.", []layout.Link{home}}
	case 412:
		return words{"Somebody was faster", "This was changed while you were at it. Go back, load the page again, and repeat what you did.", []layout.Link{home}}
	case 413:
		return words{"That is too much at once", "What you sent is larger than this page takes, and none of it was kept. Go back: most browsers still have what you typed or chose. Then send less, or in parts.", []layout.Link{home}}
	case 429:
		return words{"A little slower, please", "There were too many requests from where you are. Wait a minute and try again.", []layout.Link{home}}
	case 503:
		return words{"Not available at the moment", "A part that this page needs does not answer. Try again in a minute; nothing of yours was lost.", []layout.Link{home, recovery}}
	}
	if status >= 400 && status < 500 {
		return words{"That request could not be understood", "Something about it was not right. Go back and try once more.", []layout.Link{home}}
	}
	return words{"Something broke on our side", "It is noted, and we look into it. Try again in a minute.", []layout.Link{home, recovery}}
}

func (v ErrorView) code() string {
	if v.Status == 0 {
		return "500"
	}
	return strconv.Itoa(v.Status)
}

func (v ErrorView) heading() string {
	if v.Heading != "" {
		return v.Heading
	}
	return wordsFor(v.Status).heading
}

// page is the page with the heading for its title, so that a tab says the same.
func (v ErrorView) page() layout.Page {
	v.Title = v.heading()
	return v.Page
}

func (v ErrorView) text() string {
	if v.Text != "" {
		return v.Text
	}
	return wordsFor(v.Status).text
}

func (v ErrorView) links() []layout.Link {
	if len(v.Links) > 0 {
		return v.Links
	}
	var out []layout.Link
	for _, l := range wordsFor(v.Status).links {
		if l != recovery {
			out = append(out, l)
			continue
		}
		for _, e := range v.Navigation.Recovery {
			out = append(out, layout.Link{Label: e.Label, URL: e.Path})
		}
	}
	return out
}
