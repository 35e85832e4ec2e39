package identityhttp

import (
	"net/url"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/ports/localpath"
)

// returnToCookie keeps where somebody was going while they look into their mailbox: in
// the same browser, the link of the mail leads on to there.
const (
	returnToCookie = "return_to"
	returnToTTL    = 24 * time.Hour
)

// setReturnTo has the browser keep where somebody was going, in the place of what it kept
// before. The front page is where everybody ends up, and is not kept.
func setReturnTo(r *fiberhttp.Request, reply fiberhttp.Reply, to string) fiberhttp.Reply {
	if to == "/" {
		return clearReturnTo(r, reply)
	}
	return reply.SetCookie(fiberhttp.Cookie{Name: returnToCookie, Value: url.QueryEscape(to), MaxAge: returnToTTL})
}

func clearReturnTo(r *fiberhttp.Request, reply fiberhttp.Reply) fiberhttp.Reply {
	if r.Cookie(returnToCookie) == "" {
		return reply
	}
	return reply.SetCookie(fiberhttp.Cookie{Name: returnToCookie})
}

// returnTo is what setReturnTo kept, or otherwise.
func returnTo(r *fiberhttp.Request, otherwise string) string {
	to, err := url.QueryUnescape(r.Cookie(returnToCookie))
	if to = localpath.OrRoot(to); err != nil || to == "/" {
		return otherwise
	}
	return to
}
