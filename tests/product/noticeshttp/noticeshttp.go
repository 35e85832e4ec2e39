// Package noticeshttp is the notice board in a browser and in the API.
package noticeshttp

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/web/pages/layout"

	"example.com/noticeboard/notices"
)

// UseCases is what the routes ask.
type UseCases interface {
	notices.Board
	PostNotice(ctx context.Context, by identityport.Actor, text string) (notices.Notice, error)
}

// Deps is what the routes need. Offers may be nil: nothing is sold.
type Deps struct {
	Notices UseCases
	Offers  billingport.Offers
}

type routes struct {
	Deps
	server *fiberhttp.Server
}

// shown is how many notices the board has room for.
const shown = 50

// Sheet is a notice as the island and the API have it.
type Sheet struct {
	ID     string `json:"id"`
	Text   string `json:"text"`
	Byline string `json:"byline"`
}

// Register adds the routes.
func Register(s *fiberhttp.Server, d Deps) error {
	h := &routes{d, s}
	s.Flashes(map[string]layout.Flash{"notice-posted": {Kind: layout.FlashSuccess, Message: "Your notice is up."}})
	tags := func(*fiberhttp.Request) []string { return []string{notices.TagBoard, billingport.TagPlans} }
	s.Page(http.MethodGet, "/notices", fiberhttp.Public(), h.board, fiberhttp.Cached(tags))
	s.Page(http.MethodGet, "/notices/new", fiberhttp.Permitted(notices.PermissionPost), h.form)
	s.Page(http.MethodPost, "/notices", fiberhttp.Permitted(notices.PermissionPost), h.post, fiberhttp.PreservesForm())

	type output struct{ Body struct{ Items []Sheet } }
	fiberhttp.Operation(s, fiberhttp.Public(), huma.Operation{
		OperationID: "list-notices", Method: http.MethodGet, Path: "/notices", Tags: []string{"notices"}, Summary: "List notices, newest first",
	}, func(ctx context.Context, _ *struct{}) (*output, error) {
		list, err := h.sheets(ctx)
		out := &output{}
		out.Body.Items = list
		return out, err
	})
	return nil
}

func (h *routes) sheets(ctx context.Context) ([]Sheet, error) {
	list, err := h.Notices.Latest(ctx, shown)
	out := make([]Sheet, len(list))
	for i, n := range list {
		out[i] = Sheet{ID: n.ID, Text: n.Text, Byline: n.Byline}
	}
	return out, err
}

func (h *routes) board(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	list, err := h.sheets(ctx)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := BoardView{
		Page:    h.server.View(r, fiberhttp.View{Title: "Notices", Description: "What everybody should know.", Nav: "/notices", Canonical: "/notices"}),
		Notices: list,
	}
	if h.Offers != nil {
		offer, err := h.Offers.OfferFor(ctx, billingport.ContentPaid)
		if err != nil {
			return fiberhttp.Reply{}, err
		}
		if offer != nil {
			v.Offer = offer.PlanName
		}
	}
	return fiberhttp.HTML(board(v)), nil
}

func (h *routes) form(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.written(r, "", nil), nil
}

func (h *routes) written(r *fiberhttp.Request, text string, errs layout.FieldErrors) fiberhttp.Reply {
	return fiberhttp.HTML(form(FormView{Page: h.server.View(r, fiberhttp.View{Title: "Post a notice", Robots: "noindex"}), Text: text, Errors: errs}))
}

func (h *routes) post(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	_, err := h.Notices.PostNotice(ctx, r.Actor, r.Form("text"))
	if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
		errs := layout.FieldErrors{}
		for _, field := range f.Fields {
			errs[field.Name] = field.Message
		}
		return h.written(r, r.Form("text"), errs).Status(http.StatusUnprocessableEntity), nil
	}
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Redirect("/notices").Flash("notice-posted"), nil
}
