package fiberhttp

import (
	"net/http"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// cookieNames depend on the scheme: a __Host- cookie is accepted under https
// only, from this very host and for all of its paths.
type cookieNames struct {
	session string
	own     string // an administrator's session, aside while they act for somebody
	hint    string
	flash   string
}

func namesFor(secure bool) cookieNames {
	n := cookieNames{session: "session", own: "own_session", hint: "signed_in", flash: "flash"}
	if secure {
		n.session, n.own = "__Host-session", "__Host-own_session"
	}
	return n
}

// SignedInCookies hand a session to the browser: the secret, and beside it a hint
// that scripts may read, so that a page that is the same for everybody knows
// whether to ask who is signed in.
func (s *Server) SignedInCookies(secret identity.Secret) []Cookie {
	return []Cookie{
		{Name: s.cookies.session, Value: secret.Reveal(), Path: "/", MaxAge: identity.SessionAbsolute},
		{Name: s.cookies.hint, Value: "1", Path: "/", MaxAge: identity.SessionAbsolute, Readable: true},
	}
}

// SignedOutCookies take it back.
func (s *Server) SignedOutCookies() []Cookie {
	return []Cookie{
		{Name: s.cookies.session, Path: "/"},
		{Name: s.cookies.hint, Path: "/", Readable: true},
	}
}

// ImpersonationCookies hand the browser a session in somebody else's name, and keep
// its own aside until it is wanted again.
func (s *Server) ImpersonationCookies(acting, own identity.Secret) []Cookie {
	return append(s.SignedInCookies(acting), Cookie{Name: s.cookies.own, Value: own.Reveal(), Path: "/", MaxAge: identity.ImpersonationLife})
}

// OwnCookies give the browser back the session that was aside; without one they
// sign it out.
func (s *Server) OwnCookies(own identity.Secret) []Cookie {
	cookies := s.SignedOutCookies()
	if own != "" {
		cookies = s.SignedInCookies(own)
	}
	return append(cookies, Cookie{Name: s.cookies.own, Path: "/"})
}

// OwnSecret is the session that the browser keeps aside; empty for none.
func (r *Request) OwnSecret() identity.Secret {
	if r.c == nil || r.x == nil {
		return ""
	}
	return identity.Secret(r.Cookie(r.x.server.cookies.own))
}

func (s *Server) setCookie(c *fiber.Ctx, k Cookie) {
	ck := fasthttp.AcquireCookie()
	defer fasthttp.ReleaseCookie(ck)
	ck.SetKey(k.Name)
	ck.SetValue(k.Value)
	ck.SetPath(k.Path)
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
		Name: k.Name, Value: k.Value, Path: k.Path, MaxAge: int(k.MaxAge.Seconds()),
		HttpOnly: !k.Readable, Secure: s.config.secure(), SameSite: http.SameSiteLaxMode,
	}
	if k.Value == "" {
		out.MaxAge = -1
	}
	return out
}
