package fiberhttp

import (
	"github.com/gofiber/fiber/v2"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

var errCrossOrigin = fault.New(fault.Forbidden, "http.cross_origin",
	"This request came from another site, so nothing was done. Open the page here and try again.")

// checkOrigin refuses a request that changes something unless it comes from this
// site's own pages, or carries nothing that a browser adds by itself.
//
// Browsers say where a request comes from in Sec-Fetch-Site, older ones in Origin
// only. A program says neither: that is fine with a bearer token, and on the API
// and other routes for programs as long as no session cookie came along.
func (s *Server) checkOrigin(c *fiber.Ctx, rt *route, x *exchange) error {
	h := &c.Request().Header
	if h.IsGet() || h.IsHead() || h.IsOptions() || rt.crossOrigin || x.token != "" {
		return nil
	}
	if site := h.Peek("Sec-Fetch-Site"); len(site) > 0 {
		if string(site) == "same-origin" || rt.fromBrowser && string(site) == "none" {
			return nil
		}
		return errCrossOrigin
	}
	if origin := h.Peek(fiber.HeaderOrigin); len(origin) > 0 {
		if string(origin) == s.config.BaseURL {
			return nil
		}
		return errCrossOrigin
	}
	if (rt.program || rt.programsToo) && len(h.Cookie(s.cookies.session)) == 0 {
		return nil
	}
	return errCrossOrigin
}
