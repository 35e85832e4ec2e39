package identityhttp

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
)

const offersPath = "/account/offers"

// Offer is something that somebody would like the person to work on.
type Offer struct {
	ID         string     `json:"id" format:"uuid"`
	Permission string     `json:"permission" example:"content.post.edit"`
	Resource   string     `json:"resource" example:"post:019aa0f2-0000-7000-8000-000000000000"`
	OfferedBy  string     `json:"offered_by,omitempty" doc:"Their name; absent when they are no longer here."`
	CreatedAt  time.Time  `json:"created_at"`
	Until      *time.Time `json:"until" doc:"When it is over; null: when it is taken back."`
}

func (h *routes) offers() {
	page, in := h.server.Page, fiberhttp.SignedIn()
	page(http.MethodGet, offersPath, in, h.showOffers)
	for path, settle := range map[string]struct {
		flash string
		do    func(ctx context.Context, actor identity.Actor, id string) error
	}{
		"accept":  {"offer-accepted", h.Organizations.AcceptOffer},
		"decline": {"offer-declined", h.Organizations.DeclineOffer},
	} {
		page(http.MethodPost, offersPath+"/{offer}/"+path, in, func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
			if err := settle.do(ctx, r.Actor, r.Param("offer")); err != nil {
				return fiberhttp.Reply{}, err
			}
			return fiberhttp.Redirect(offersPath).Flash(settle.flash), nil
		})
	}

	type offers struct {
		Body struct {
			Items      []Offer `json:"items" nullable:"false"`
			NextCursor *string `json:"next_cursor"`
		}
	}
	type one struct {
		Offer string `path:"offer" maxLength:"64"`
	}
	operation := func(id, method, path, summary string, status int) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"account"}, Summary: summary, DefaultStatus: status}
	}
	s := h.server
	fiberhttp.Operation(s, in, operation("list-offers", http.MethodGet, "/me/offers", "List what others would like one to work on", http.StatusOK),
		func(ctx context.Context, _ *struct{}) (*offers, error) {
			all, err := h.Organizations.ListOffers(ctx, fiberhttp.ActorFrom(ctx))
			if err != nil {
				return nil, err
			}
			out := &offers{}
			out.Body.Items = []Offer{}
			for _, o := range all {
				out.Body.Items = append(out.Body.Items, Offer{o.ID, string(o.Permission), o.Resource, o.By, o.CreatedAt, fiberhttp.OptionalTime(o.EndsAt)})
			}
			return out, nil
		})
	fiberhttp.Operation(s, in, operation("accept-offer", http.MethodPost, "/me/offers/{offer}/accept", "Accept an offer", http.StatusNoContent),
		func(ctx context.Context, in *one) (*struct{}, error) {
			return nil, h.Organizations.AcceptOffer(ctx, fiberhttp.ActorFrom(ctx), in.Offer)
		})
	fiberhttp.Operation(s, in, operation("decline-offer", http.MethodDelete, "/me/offers/{offer}", "Decline an offer", http.StatusNoContent),
		func(ctx context.Context, in *one) (*struct{}, error) {
			return nil, h.Organizations.DeclineOffer(ctx, fiberhttp.ActorFrom(ctx), in.Offer)
		})
}

func (h *routes) showOffers(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	all, err := h.Organizations.ListOffers(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := identitypages.OffersView{Page: h.server.View(r, fiberhttp.View{Title: "Offers", Robots: "noindex"})}
	for _, o := range all {
		v.Offers = append(v.Offers, identitypages.OfferRow{
			By: o.By, Resource: o.Resource, May: lastWord(o.Permission), At: o.CreatedAt, Until: identityport.LastDay(o.EndsAt), URL: offersPath + "/" + o.ID,
		})
	}
	return fiberhttp.HTML(identitypages.Offers(v)), nil
}

// lastWord is what a permission lets somebody do: "edit" of "content.post.edit".
func lastWord(p identity.Permission) string {
	return string(p)[strings.LastIndexByte(string(p), '.')+1:]
}
