package fiberhttp

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// The cookies of the server itself, by the names that they have under http.
const (
	sessionCookie = "session"
	ownCookie     = "own_session" // an administrator's session, aside while they act for somebody
	hintCookie    = "signed_in"
	flashCookie   = "flash"
	deviceCookie  = "device"     // that somebody signed in by this browser before
	leftCookie    = "signed_out" // who left: the next page drops what it keeps of theirs
)

// hostPrefix begins the name of every cookie under https: a browser takes such a
// cookie from this very host alone and for all of its paths, so that no other host of
// the domain plants one (RFC 6265bis, 4.1.3.2).
const hostPrefix = "__Host-"

// cookieNames are those that nearly every request is asked for.
type cookieNames struct{ session, own, flash, device string }

func namesFor(secure bool) cookieNames {
	return cookieNames{session: cookieName(sessionCookie, secure), own: cookieName(ownCookie, secure), flash: cookieName(flashCookie, secure), device: cookieName(deviceCookie, secure)}
}

func cookieName(name string, secure bool) string {
	if secure {
		return hostPrefix + name
	}
	return name
}

// SignedInCookies hand a session to the browser: the secret, and beside it a hint
// that scripts may read, so that a page that is the same for everybody knows
// whether to ask who is signed in.
func (s *Server) SignedInCookies(secret identity.Secret) []Cookie {
	return []Cookie{
		{Name: sessionCookie, Value: secret.Reveal(), MaxAge: identity.SessionAbsolute},
		{Name: hintCookie, Value: "1", MaxAge: identity.SessionAbsolute, Readable: true},
	}
}

// DeviceCookie has the browser known at later sign-ins. It lets nobody in, and stays
// when the session ends.
func (s *Server) DeviceCookie(token identity.Secret) Cookie {
	return Cookie{Name: deviceCookie, Value: token.Reveal(), MaxAge: identity.DeviceTokenTTL}
}

// SignedOutCookies take it back.
func (s *Server) SignedOutCookies() []Cookie {
	return []Cookie{
		{Name: sessionCookie},
		{Name: hintCookie, Readable: true},
	}
}

// ImpersonationCookies hand the browser a session in somebody else's name, and keep
// its own aside until it is wanted again.
func (s *Server) ImpersonationCookies(acting, own identity.Secret) []Cookie {
	return append(s.SignedInCookies(acting), Cookie{Name: ownCookie, Value: own.Reveal(), MaxAge: identity.ImpersonationTTL})
}

// OwnCookies give the browser back the session that was aside; without one they
// sign it out.
func (s *Server) OwnCookies(own identity.Secret) []Cookie {
	cookies := s.SignedOutCookies()
	if own != "" {
		cookies = s.SignedInCookies(own)
	}
	return append(cookies, Cookie{Name: ownCookie})
}

// What a browser drops (Clear-Site-Data). Drafts are in its storage, and those of
// others who use it are not a leaving person's to lose, so all of it goes only where
// nobody knows whose it is.
const (
	clearCache = `"cache"`
	clearAll   = `"cache", "storage"`
)

// leaving tells the browser to drop the pages that it keeps, and the next page with
// scripts to drop the drafts of the people who leave it.
func (s *Server) leaving(people ...identity.UserID) (clear string, left []Cookie) {
	ids := make([]string, 0, len(people))
	for _, id := range people {
		if id != "" {
			ids = append(ids, string(id))
		}
	}
	if len(ids) == 0 {
		return clearAll, nil
	}
	return clearCache, []Cookie{{Name: leftCookie, Value: strings.Join(ids, "."), MaxAge: 30 * 24 * time.Hour, Readable: true}}
}

// Leaving returns the reply by which people leave the browser: what it keeps of
// theirs is dropped, and what it keeps of others stays. Where nobody is named, all is
// dropped.
func (s *Server) Leaving(r Reply, people ...identity.UserID) Reply {
	clear, left := s.leaving(people...)
	return r.Header("Clear-Site-Data", clear).SetCookie(left...)
}

// EndSession says that the session of the request has ended. A browser that came with
// its cookie is told to drop it, and what it keeps of the site; a program is told
// nothing.
func EndSession(ctx context.Context) {
	if x := exchangeFrom(ctx); x != nil {
		x.ended = true
	}
}

// OwnSecretFrom is the session that the browser keeps aside; empty for none.
func OwnSecretFrom(ctx context.Context) identity.Secret {
	if x := exchangeFrom(ctx); x != nil {
		return x.own
	}
	return ""
}

func (s *Server) deleteCookies(c *fiber.Ctx, cookies []Cookie) {
	for _, k := range cookies {
		s.setCookie(c, k)
	}
}

// OwnSecret is OwnSecretFrom for a page.
func (r *Request) OwnSecret() identity.Secret {
	if r.x == nil {
		return ""
	}
	return r.x.own
}

// CookieNamesFrom lists the cookies whose names begin with prefix, in the order in which
// the browser sent them: the oldest first (RFC 6265, 5.4). There are none any more once
// the request is answered.
func CookieNamesFrom(ctx context.Context, prefix string) []string {
	x := exchangeFrom(ctx)
	if x == nil || x.c == nil {
		return nil
	}
	var names []string
	sent := cookieName(prefix, x.server.config.secure())
	for name := range x.c.Request().Header.Cookies() {
		if rest, ok := strings.CutPrefix(string(name), sent); ok {
			names = append(names, prefix+rest)
		}
	}
	return names
}

func (s *Server) setCookie(c *fiber.Ctx, k Cookie) {
	ck := fasthttp.AcquireCookie()
	defer fasthttp.ReleaseCookie(ck)
	ck.SetKey(cookieName(k.Name, s.config.secure()))
	ck.SetValue(k.Value)
	ck.SetPath("/")
	ck.SetSameSite(fasthttp.CookieSameSiteLaxMode)
	ck.SetHTTPOnly(!k.Readable)
	ck.SetSecure(s.config.secure())
	if k.Value == "" {
		ck.SetExpire(fasthttp.CookieExpireDelete)
	} else {
		ck.SetMaxAge(int(k.MaxAge.Seconds()))
	}
	c.Response().Header.SetCookie(ck)
}

// HTTPCookie is a cookie as an operation of the API hands it out, in a field with
// the tag `header:"Set-Cookie"`.
func (s *Server) HTTPCookie(k Cookie) http.Cookie {
	out := http.Cookie{ //nolint:gosec // Secure follows the site's origin, HttpOnly what scripts may read
		Name: cookieName(k.Name, s.config.secure()), Value: k.Value, Path: "/", MaxAge: int(k.MaxAge.Seconds()),
		HttpOnly: !k.Readable, Secure: s.config.secure(), SameSite: http.SameSiteLaxMode,
	}
	if k.Value == "" {
		out.MaxAge = -1
	}
	return out
}
