//go:build !release

package identitydev

import (
	"context"
	"errors"
	"net/http"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/oauth/devidp"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
)

// people is the provider's own page: who wants to be signed in?
func (h *routes) people(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.peoplePage(ctx, r, r.Query("request"), "", http.StatusOK)
}

func (h *routes) peoplePage(ctx context.Context, r *fiberhttp.Request, request, trouble string, status int) (fiberhttp.Reply, error) {
	pending, err := h.Provider.Pending(ctx, request)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	people, err := h.Provider.People(ctx)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := identitypages.DevelopmentSignInView{
		Page:   h.server.View(r, fiberhttp.View{Title: "Development sign-in", Robots: "noindex"}),
		Action: devidp.LoginPath, Client: pending.Client, Hidden: map[string]string{"request": request},
		People: shown(people), Error: trouble,
	}
	for _, s := range devidp.Switches() {
		v.Misbehaviours = append(v.Misbehaviours, identitypages.Misbehaviour{
			Value: string(s.Value), Label: s.Label, Note: s.Note, Checked: s.Value == devidp.Behave,
		})
	}
	return fiberhttp.HTML(identitypages.DevelopmentSignIn(v)).Status(status), nil
}

func (h *routes) choose(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	request := r.Form("request")
	to, err := h.Provider.Approve(ctx, request, r.Form("email"), devidp.Misbehaviour(r.Form("misbehave")))
	switch {
	case errors.Is(err, devidp.ErrPersonUnknown), errors.Is(err, devidp.ErrUnknownSwitch):
		return h.peoplePage(ctx, r, request, "Choose one of the people and one of the ways to answer.", http.StatusUnprocessableEntity)
	case err != nil:
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Redirect(to), nil
}

func shown(people []devidp.Person) []identitypages.SamplePerson {
	out := make([]identitypages.SamplePerson, 0, len(people))
	for _, p := range people {
		out = append(out, identitypages.SamplePerson(p))
	}
	return out
}
