package fiberhttp

import (
	"bytes"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/web/pages/platformpages"
)

// preserveForm answers a form that somebody sent after their session had ended with what
// they typed, to be sent again once they are signed in: it is written down nowhere
// but in their own page. It reports false for a route whose forms hold nothing to lose.
func (s *Server) preserveForm(c *fiber.Ctx, rt *route, x *exchange) bool {
	if !rt.preservesForm {
		return false
	}
	r := &Request{Method: c.Method(), Path: c.Path(), ID: x.id, c: c, x: x}
	if s.checkBody(rt, r) != nil {
		return false
	}
	fields := preservedFields(r.FormValues())
	if len(fields) == 0 {
		return false
	}
	page := platformpages.ExpiredFormView{
		Page: s.View(r, View{Title: "You are signed out", Robots: "noindex"}), Action: r.Path, Fields: fields,
		SignInURL: "/login?return_to=" + url.QueryEscape(s.returnTo(c)),
	}
	page.Assets.Critical = "" // as of an error page
	ctx := s.contextOf(x)
	var out bytes.Buffer
	err := platformpages.ExpiredForm(page).Render(ctx, &out)
	if err == nil {
		var csp string
		if csp, err = s.policies.page(ctx, false); err == nil {
			s.asPage(c, []byte(csp))
		}
	}
	if err != nil {
		s.log.Error("page of a form that is given back", zap.Error(err), zap.String("request_id", x.id))
		return false
	}
	c.Status(fiber.StatusUnauthorized)
	c.Response().Header.SetContentType(fiber.MIMETextHTMLCharsetUTF8)
	c.Response().SetBodyRaw(out.Bytes())
	return true
}

// preservedFields are the fields of a form that may stand in a page: no secrets. They are
// in the order of their names.
func preservedFields(form url.Values) []platformpages.FormField {
	var out []platformpages.FormField
	for _, name := range sorted(keysOf(form)) {
		if isSecretField(name) {
			continue
		}
		for _, v := range form[name] {
			out = append(out, platformpages.FormField{Name: name, Value: v})
		}
	}
	return out
}

func keysOf(form url.Values) []string {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	return names
}

// isSecretField reports whether a field holds what no page and no store may keep.
func isSecretField(name string) bool {
	name = strings.ToLower(name)
	if name == "current" { // a password that is to be changed
		return true
	}
	for _, part := range []string{"password", "secret", "token", "code", "assertion", "credential", "passkey", "challenge", "csrf", "otp"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}
