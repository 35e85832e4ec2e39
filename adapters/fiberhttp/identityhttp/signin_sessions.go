package identityhttp

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// Session is one sign-in of the person.
type Session struct {
	ID        string `json:"id" format:"uuid"`
	Kind      string `json:"kind" enum:"browser,api"`
	Current   bool   `json:"current" doc:"Whether this request belongs to it."`
	Name      string `json:"name" doc:"What the user agent claims, in a few words." example:"Firefox on Windows"`
	UserAgent string `json:"user_agent"`
	Address   string `json:"address"`
	SignInWay
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at"`
	ExpiresAt  time.Time `json:"expires_at"`
}

// SignInWay is how somebody signed in.
type SignInWay struct {
	Method       string `json:"method,omitempty" enum:"password,provider,magic_link,passkey,impersonation" doc:"By what. Left out for a sign-in from before it was kept."`
	Provider     string `json:"provider,omitempty" doc:"The provider's name, for the method provider." example:"github"`
	SecondFactor string `json:"second_factor,omitempty" enum:"totp,recovery_code,passkey" doc:"Left out when none was asked for."`
}

// Sessions is a list of sign-ins.
type Sessions struct {
	Items      []Session `json:"items" nullable:"false"`
	NextCursor *string   `json:"next_cursor"`
}

func (h *routes) sessions() {
	h.server.Flashes(map[string]layout.Flash{
		"session-revoked": {Kind: layout.FlashSuccess, Message: "That device is signed out."},
		"others-revoked":  {Kind: layout.FlashSuccess, Message: "Everything but this one is signed out."},
		"no-others":       {Kind: layout.FlashSuccess, Message: "Nothing else was signed in."},
	})
	h.server.Page(http.MethodGet, "/account/devices", fiberhttp.SignedIn(), h.devices)
	h.server.Page(http.MethodPost, "/account/sessions/{id}/revoke", fiberhttp.SignedIn(), h.revoke)
	h.server.Page(http.MethodPost, "/account/sessions/revoke-others", fiberhttp.SignedIn(), h.revokeOthers)

	type sessions struct{ Body Sessions }
	fiberhttp.Operation(h.server, fiberhttp.SignedIn(), huma.Operation{
		OperationID: "list-my-sessions", Method: http.MethodGet, Path: "/me/sessions", Tags: []string{"identity"}, Summary: "Where one is signed in",
	}, func(ctx context.Context, _ *struct{}) (*sessions, error) {
		actor := fiberhttp.ActorFrom(ctx)
		p, err := h.Account.Profile(ctx, actor)
		if err != nil {
			return nil, err
		}
		out := &sessions{Body: Sessions{Items: []Session{}}}
		for _, s := range p.Sessions {
			out.Body.Items = append(out.Body.Items, Session{
				ID: s.ID, Kind: string(s.Kind), Current: s.ID == actor.SessionID, Name: s.Client().String(), UserAgent: s.Device.UserAgent,
				Address:   s.Device.IP,
				SignInWay: SignInWay{Method: string(s.By.Method), Provider: s.By.Provider, SecondFactor: string(s.By.SecondFactor)},
				CreatedAt: s.CreatedAt, LastSeenAt: s.LastSeenAt, ExpiresAt: s.ExpiresAt,
			})
		}
		return out, nil
	})

	type session struct {
		ID string `path:"id" maxLength:"64"`
	}
	fiberhttp.Operation(h.server, fiberhttp.SignedIn(), huma.Operation{
		OperationID: "revoke-my-session", Method: http.MethodDelete, Path: "/me/sessions/{id}", Tags: []string{"identity"},
		Summary: "Sign a device out", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *session) (*struct{}, error) {
		actor := fiberhttp.ActorFrom(ctx)
		if err := h.SignIn.RevokeSession(ctx, actor, in.ID); err != nil {
			return nil, err
		}
		if in.ID == actor.SessionID {
			fiberhttp.EndSession(ctx)
		}
		return nil, nil
	})
	fiberhttp.Operation(h.server, fiberhttp.SignedIn(), huma.Operation{
		OperationID: "revoke-my-other-sessions", Method: http.MethodDelete, Path: "/me/sessions", Tags: []string{"identity"},
		Summary: "Sign every device out but this one", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		_, err := h.SignIn.RevokeOtherSessions(ctx, fiberhttp.ActorFrom(ctx))
		return nil, err
	})
}

// signInView is a session as pages show it; current is the id of the request's own.
func (h *routes) signInView(s identity.Session, current string) identitypages.SignIn {
	client := s.Client()
	return identitypages.SignIn{
		Name: client.String(), Program: s.Kind == identity.APISession, Handheld: client.Handheld(),
		Current: s.ID == current, ForSomebody: s.Impersonator != "", Address: s.Device.IP, Method: h.signInMethod(s.By),
		CreatedAt: s.CreatedAt, LastSeenAt: s.LastSeenAt, RevokeURL: "/account/sessions/" + url.PathEscape(s.ID) + "/revoke",
	}
}

// signInMethod says how somebody signed in; empty when it is not known.
func (h *routes) signInMethod(by identity.SignedInBy) string {
	way := map[identity.SignInMethod]string{
		identity.ByPassword: "password", identity.ByMagicLink: "a link in a mail", identity.ByPasskey: "passkey",
	}[by.Method]
	if by.Method == identity.ByProvider {
		way = by.Provider
		for _, p := range h.SignIn.Providers() {
			if p.Name == by.Provider {
				way = p.Label
			}
		}
	}
	second := map[identity.SecondFactor]string{
		identity.FactorTOTP: "authenticator app", identity.FactorRecoveryCode: "recovery code", identity.FactorPasskey: "passkey",
	}[by.SecondFactor]
	if way != "" && second != "" {
		return way + " and " + second
	}
	return way
}

// devices shows where one is signed in, this sign-in first.
func (h *routes) devices(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	p, err := h.Account.Profile(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := identitypages.DevicesView{Page: h.server.View(r, fiberhttp.View{Title: "Devices", Robots: "noindex"})}
	for _, s := range p.Sessions {
		in := h.signInView(s, r.Actor.SessionID)
		switch {
		case in.Current && !in.Program:
			v.Browsers = append([]identitypages.SignIn{in}, v.Browsers...)
		case in.Program:
			v.Programs = append(v.Programs, in)
		default:
			v.Browsers = append(v.Browsers, in)
		}
		if !in.Current {
			v.Others++
		}
	}
	return fiberhttp.HTML(identitypages.Devices(v)), nil
}

func (h *routes) revoke(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	id := r.Param("id")
	if err := h.SignIn.RevokeSession(ctx, r.Actor, id); err != nil {
		return fiberhttp.Reply{}, err
	}
	if id == r.Actor.SessionID {
		fiberhttp.EndSession(ctx)
		return fiberhttp.Redirect("/").Flash("signed-out"), nil
	}
	return fiberhttp.Redirect("/account/devices").Flash("session-revoked"), nil
}

func (h *routes) revokeOthers(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	n, err := h.SignIn.RevokeOtherSessions(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	flash := "others-revoked"
	if n == 0 {
		flash = "no-others"
	}
	return fiberhttp.Redirect("/account/devices").Flash(flash), nil
}
