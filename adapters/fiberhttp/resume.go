package fiberhttp

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"
	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/localpath"
	"github.com/neoforge-dev/neoforge/web/pages/platformpages"
)

const (
	// ResumePath is the page where an act goes on that had to wait for a recent proof.
	ResumePath = "/confirm/resume"
	// ConfirmedFlash is shown on the page of a form that has to be filled in again.
	ConfirmedFlash = "confirmed"
	// actTTL leaves time for a proof at a provider.
	actTTL = 15 * time.Minute
)

var errActExpired = fault.New(fault.NotFound, "identity.act_expired",
	"Nothing was done: what you had begun is no longer kept. Go back to where you began, and do it again.")

// resumption says how the form of a route goes on after the proof.
type resumption struct {
	button string
	page   func(r *Request) string
	fields []string
}

// declared is whether the route says how it goes on.
func (r resumption) declared() bool { return r.button != "" || r.page != nil }

// of leaves of a form the fields that the route declares: anything else is no part of
// the act, and is kept nowhere.
func (r resumption) of(form url.Values) url.Values {
	out := url.Values{}
	for _, name := range r.fields {
		if values, sent := form[name]; sent {
			out[name] = values
		}
	}
	return out
}

// Resumes names the button that finishes what a form began before a recent proof was
// asked for, and the fields of that form: it comes back with them filled, and one press
// sends it. Fields that hold secrets are kept nowhere, and are asked for again.
func Resumes(button string, fields ...string) Option {
	return func(rt *route) { rt.resumes = resumption{button: button, fields: fields} }
}

// ResumesOn is for a form that only its own page can fill, such as one that a passkey
// answers: its person is led to that page, and told that nothing was done yet. Which
// page that is may depend on what the form sent.
func ResumesOn(page func(r *Request) string) Option {
	return func(rt *route) { rt.resumes = resumption{page: page} }
}

// pendingAct is a form that waits for a proof: the fields that its route declares, without
// secrets.
type pendingAct struct {
	User     identity.UserID           `json:"user"`
	Action   string                    `json:"action"`
	Button   string                    `json:"button"`
	Page     string                    `json:"page"`
	Fields   []platformpages.FormField `json:"fields"`
	AskAgain []string                  `json:"ask_again"`
}

// actKey binds an act to its person, whose session may end before the proof.
func actKey(user identity.UserID, id string) string { return "act:" + string(user) + ":" + id }

// afterProof is where somebody goes on once they proved who they are: the page that
// they asked for, or the form that they sent, which is kept for them until then.
func (s *Server) afterProof(c *fiber.Ctx, rt *route, x *exchange) string {
	if c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead {
		return s.returnTo(c)
	}
	r := &Request{Method: c.Method(), Path: c.Path(), Actor: x.actor, ID: x.id, c: c, x: x}
	// Without an act, the page says that nothing was done.
	if s.checkBody(rt, r) != nil || s.config.Cache == nil {
		return ResumePath
	}
	form := rt.resumes.of(r.FormValues())
	act := pendingAct{
		User: x.actor.UserID, Action: string(c.Request().URI().PathOriginal()), Button: rt.resumes.button,
		Fields: preservedFields(form),
	}
	if rt.resumes.page != nil {
		act.Page = rt.resumes.page(r)
	}
	for _, name := range sorted(keysOf(form)) {
		if isSecretField(name) {
			act.AskAgain = append(act.AskAgain, name)
		}
	}
	id := identity.NewSecret().Reveal()
	options := cache.Options{TTL: actTTL, Shared: true}
	_, err := cache.FetchJSON(s.contextOf(x), s.config.Cache, actKey(x.actor.UserID, id), options,
		func(context.Context) (pendingAct, error) { return act, nil })
	if err != nil {
		s.log.Error("keep a form until its proof", zap.Error(err), zap.String("request_id", x.id))
		return ResumePath
	}
	return ResumePath + "?act=" + url.QueryEscape(id)
}

// HasRecentProof reports whether who asks would be let through by [Recently].
func (s *Server) HasRecentProof(r *Request) bool {
	return Recently().check(r.Actor, s.config.Clock.Now()) == nil
}

// FieldWords says a field of the form that is sent to action as people read it
// elsewhere: its label, and its value. Either may be empty.
type FieldWords func(ctx context.Context, r *Request, action string, f platformpages.FormField) (label, value string)

// Resume shows the form that waited for the proof, filled. What is sent by its button
// is a new request like any other, from a page of this site.
func (s *Server) Resume(words FieldWords) Handler {
	return func(ctx context.Context, r *Request) (Reply, error) { return s.resume(ctx, r, words) }
}

func (s *Server) resume(ctx context.Context, r *Request, words FieldWords) (Reply, error) {
	options := cache.Options{TTL: actTTL, Shared: true}
	id := r.Query("act")
	if id == "" || len(id) > 100 {
		return Reply{}, errActExpired
	}
	act, err := cache.FetchJSON(ctx, s.config.Cache, actKey(r.Actor.UserID, id), options,
		func(context.Context) (pendingAct, error) { return pendingAct{}, errActExpired })
	if err != nil {
		return Reply{}, err
	}
	if act.User != r.Actor.UserID || !localpath.Is(act.Action) {
		return Reply{}, errActExpired
	}
	if act.Page != "" {
		return Redirect(act.Page).Flash(ConfirmedFlash), nil
	}
	return HTML(platformpages.Resume(platformpages.ResumeView{
		Page: s.View(r, View{Title: "Confirmed", Robots: "noindex"}), Action: act.Action, Button: act.Button,
		Fields: act.Fields, AskAgain: act.AskAgain,
		Words: func(f platformpages.FormField) (string, string) { return words(ctx, r, act.Action, f) },
	})), nil
}

// resumable reports whether a route says how it goes on after a proof, if it must.
func (rt *route) resumable() bool {
	asks := rt.access.level == recent || rt.access.level == recently
	safe := slices.Contains([]string{fiber.MethodGet, fiber.MethodHead}, rt.method)
	return !asks || safe || rt.operation || rt.program || rt.resumes.declared()
}
