package identityhttp

import (
	"net/url"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
)

// wayCookie keeps where somebody was going while they look into their mailbox: in
// the same browser, the link of the letter leads on to there.
const (
	wayCookie = "return_to"
	wayLife   = 24 * time.Hour
)

// keepWay has the browser keep the way in the place of any it kept before. The front
// page is no way to keep.
func keepWay(r *fiberhttp.Request, reply fiberhttp.Reply, to string) fiberhttp.Reply {
	if to == "/" {
		return dropWay(r, reply)
	}
	return reply.SetCookie(fiberhttp.Cookie{Name: wayCookie, Value: url.QueryEscape(to), MaxAge: wayLife})
}

func dropWay(r *fiberhttp.Request, reply fiberhttp.Reply) fiberhttp.Reply {
	if r.Cookie(wayCookie) == "" {
		return reply
	}
	return reply.SetCookie(fiberhttp.Cookie{Name: wayCookie})
}

// keptWay is what keepWay kept, or otherwise.
func keptWay(r *fiberhttp.Request, otherwise string) string {
	to, err := url.QueryUnescape(r.Cookie(wayCookie))
	if to = fiberhttp.LocalPath(to); err != nil || to == "/" {
		return otherwise
	}
	return to
}
