package identityhttp

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/localpath"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

const connectionsPath = "/account/connections"

func (h *routes) connections() {
	h.server.Flashes(map[string]layout.Flash{
		"connected":    {Kind: layout.FlashSuccess, Message: "The account is connected. You can sign in with it now."},
		"disconnected": {Kind: layout.FlashSuccess, Message: "The account is disconnected."},
	})
	h.server.Page(http.MethodGet, connectionsPath, fiberhttp.SignedIn(), h.showConnections)
	h.server.Page(http.MethodPost, connectionsPath+"/{provider}/link", fiberhttp.Recently(), h.link, fiberhttp.Resumes("Connect the account"))
	h.server.Page(http.MethodPost, connectionsPath+"/{id}/unlink", fiberhttp.Recently(), h.unlink, fiberhttp.Resumes("Disconnect the account"))
	h.connectionsAPI()
}

func (h *routes) showConnections(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.connectionsPage(ctx, r, "", http.StatusOK)
}

func (h *routes) connectionsPage(ctx context.Context, r *fiberhttp.Request, trouble string, status int) (fiberhttp.Reply, error) {
	all, err := h.Account.Connections(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := identitypages.ConnectionsView{
		Page:    h.server.View(r, fiberhttp.View{Title: "Connections", Robots: "noindex"}),
		Trouble: trouble,
	}
	connected := map[string]bool{}
	for _, c := range all {
		connected[c.Provider] = true
		label := c.Label
		if label == "" {
			label = c.Provider
		}
		v.Connected = append(v.Connected, identitypages.Connection{
			Identity: identitypages.Identity{Label: label, Email: identity.Email(c.Email).Shown(), LinkedAt: c.CreatedAt},
			Idle:     c.Label == "", Development: c.Provider == h.DevelopmentProvider,
			LastAuthMethod: c.LastAuthMethod,
			UnlinkURL:      connectionsPath + "/" + url.PathEscape(c.ID) + "/unlink",
		})
	}
	for _, p := range h.SignIn.Providers() {
		if !connected[p.Name] {
			v.Others = append(v.Others, identitypages.Provider{
				Name: p.Name, Label: p.Label, URL: connectionsPath + "/" + url.PathEscape(p.Name) + "/link",
				Development: p.Name == h.DevelopmentProvider,
			})
		}
	}
	return fiberhttp.HTML(identitypages.Connections(v)).Status(status), nil
}

func (h *routes) link(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	name := r.Param("provider")
	start, err := h.Account.BeginLink(ctx, account.BeginLink{Actor: r.Actor, Provider: name, ReturnTo: connectionsPath})
	if err != nil {
		return h.notConnected(ctx, r, err)
	}
	return h.onward(ctx, r, name, start), nil
}

// onward sends a browser from a form to a provider. A form may lead to this site
// only, redirects included, so it goes by a page that leads on by itself.
func (h *routes) onward(ctx context.Context, r *fiberhttp.Request, provider string, start identity.ProviderFlow) fiberhttp.Reply {
	cookies := binding(ctx, start)
	if strings.HasPrefix(start.RedirectURL, h.server.BaseURL()+"/") {
		return fiberhttp.Redirect(start.RedirectURL).SetCookie(cookies...)
	}
	label := provider
	for _, p := range h.SignIn.Providers() {
		if p.Name == provider {
			label = p.Label
		}
	}
	return fiberhttp.HTML(identitypages.Onward(identitypages.OnwardView{
		Page:  h.server.View(r, fiberhttp.View{Title: "On to " + label, Description: "On the way to " + label + ".", Robots: "noindex"}),
		Label: label, URL: start.RedirectURL,
	})).Header("Refresh", "0; url="+start.RedirectURL).SetCookie(cookies...)
}

func (h *routes) unlink(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	if err := h.Account.UnlinkIdentity(ctx, r.Actor, r.Param("id")); err != nil {
		return h.notConnected(ctx, r, err)
	}
	return fiberhttp.Redirect(connectionsPath).Flash("disconnected"), nil
}

// notConnected shows the page again with the reason. What is missing is a missing
// page; a visitor, whose session has ended meanwhile, is shown the sign-in page.
func (h *routes) notConnected(ctx context.Context, r *fiberhttp.Request, err error) (fiberhttp.Reply, error) {
	if !r.Actor.SignedIn() {
		return h.notSignedIn(ctx, r, err)
	}
	f := fault.As(err)
	if f == nil || errors.Is(err, identity.ErrNotRecent) {
		return fiberhttp.Reply{}, err
	}
	switch f.Kind {
	case fault.Invalid:
		return h.connectionsPage(ctx, r, f.Message, http.StatusUnprocessableEntity)
	case fault.Unauthenticated, fault.Forbidden:
		return h.connectionsPage(ctx, r, f.Message, http.StatusForbidden)
	case fault.Conflict, fault.Outdated:
		return h.connectionsPage(ctx, r, f.Message, http.StatusConflict)
	case fault.Unavailable:
		reply, pageErr := h.connectionsPage(ctx, r, f.Message, http.StatusServiceUnavailable)
		return comeBack(reply, err), pageErr
	default:
		return fiberhttp.Reply{}, err
	}
}

// Identity is an account at a provider.
type Identity struct {
	ID             string    `json:"id" format:"uuid"`
	Provider       string    `json:"provider" example:"github"`
	Label          string    `json:"label" doc:"The provider's name for people; empty when it is not set up any more."`
	Email          string    `json:"email" doc:"The address there when it was connected; it may be empty."`
	LastAuthMethod bool      `json:"last_auth_method" doc:"Whether the person could not come in without it."`
	CreatedAt      time.Time `json:"created_at"`
}

// Identities is a list of accounts at providers.
type Identities struct {
	Items      []Identity `json:"items" nullable:"false"`
	NextCursor *string    `json:"next_cursor"`
}

// NewIdentity asks to connect an account.
type NewIdentity struct {
	Provider string `json:"provider" validate:"required,max=32" example:"github"`
	ReturnTo string `json:"return_to,omitempty" validate:"max=2000" doc:"A path of this site; Connections otherwise."`
}

// Onward says where the browser goes.
type Onward struct {
	RedirectURL string `json:"redirect_url" format:"uri" doc:"Lead this browser there; it holds the cookie that belongs to it."`
}

func (h *routes) connectionsAPI() {
	type identities struct{ Body Identities }
	fiberhttp.Operation(h.server, fiberhttp.SignedIn(), huma.Operation{
		OperationID: "list-my-identities", Method: http.MethodGet, Path: "/me/identities", Tags: []string{"identity"},
		Summary: "One's accounts at providers",
	}, func(ctx context.Context, _ *struct{}) (*identities, error) {
		all, err := h.Account.Connections(ctx, fiberhttp.ActorFrom(ctx))
		if err != nil {
			return nil, err
		}
		out := &identities{Body: Identities{Items: []Identity{}}}
		for _, c := range all {
			out.Body.Items = append(out.Body.Items, Identity{
				ID: c.ID, Provider: c.Provider, Label: c.Label, Email: c.Email, LastAuthMethod: c.LastAuthMethod, CreatedAt: c.CreatedAt,
			})
		}
		return out, nil
	})

	type begin struct{ Body NewIdentity }
	type onward struct {
		SetCookie []http.Cookie `header:"Set-Cookie" doc:"One that the browser brings back from the provider; those of its oldest attempts are given up."`
		Body      Onward
	}
	fiberhttp.Operation(h.server, fiberhttp.Recently(), huma.Operation{
		OperationID: "connect-my-identity", Method: http.MethodPost, Path: "/me/identities", Tags: []string{"identity"},
		Summary: "Begin to connect an account at a provider", DefaultStatus: http.StatusOK,
		Description: "For the browser in which one is signed in: the provider's answer is taken in the same session only.",
	}, func(ctx context.Context, in *begin) (*onward, error) {
		to := in.Body.ReturnTo
		if to == "" {
			to = connectionsPath
		}
		start, err := h.Account.BeginLink(ctx, account.BeginLink{
			Actor: fiberhttp.ActorFrom(ctx), Provider: in.Body.Provider, ReturnTo: localpath.OrRoot(to),
		})
		if err != nil {
			return nil, err
		}
		out := &onward{Body: Onward{RedirectURL: start.RedirectURL}}
		for _, k := range binding(ctx, start) {
			out.SetCookie = append(out.SetCookie, h.server.HTTPCookie(k))
		}
		return out, nil
	})

	type one struct {
		ID string `path:"id" maxLength:"64"`
	}
	fiberhttp.Operation(h.server, fiberhttp.Recently(), huma.Operation{
		OperationID: "disconnect-my-identity", Method: http.MethodDelete, Path: "/me/identities/{id}", Tags: []string{"identity"},
		Summary: "Disconnect an account at a provider", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *one) (*struct{}, error) {
		return nil, h.Account.UnlinkIdentity(ctx, fiberhttp.ActorFrom(ctx), in.ID)
	})
}
