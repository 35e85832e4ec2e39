package identityhttp

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// PersonalToken is one access token of the person.
type PersonalToken struct {
	ID           string     `json:"id" format:"uuid"`
	Name         string     `json:"name"`
	Hint         string     `json:"hint" doc:"The token's last characters, to tell it by."`
	Scopes       []string   `json:"scopes" nullable:"false"`
	CreatedAt    time.Time  `json:"created_at"`
	ExpiresAt    *time.Time `json:"expires_at" doc:"Null: it does not end."`
	LastUsedAt   *time.Time `json:"last_used_at" doc:"To five minutes; null: never."`
	LastUsedFrom string     `json:"last_used_from" doc:"Network address of the last use."`
}

// PersonalTokens is a list of access tokens.
type PersonalTokens struct {
	Items      []PersonalToken `json:"items" nullable:"false"`
	NextCursor *string         `json:"next_cursor"`
}

// NewPersonalToken is what a token is made with.
type NewPersonalToken struct {
	Name   string   `json:"name" validate:"required,max=100" example:"Backups"`
	Scopes []string `json:"scopes" nullable:"false" maxItems:"200" doc:"read (safe methods), write (all others), or both; and the permissions, of those the person holds, that the token has." example:"[\"read\"]"`
	Days   int      `json:"expires_in_days,omitempty" enum:"0,30,90,365" doc:"When it ends; 0 or absent: it does not."`
}

// MadePersonalToken is a new token with its secret.
type MadePersonalToken struct {
	PersonalToken
	Token string `json:"token" doc:"For the Authorization header. It is not shown again."`
}

func personalToken(t identity.PersonalToken) PersonalToken {
	return PersonalToken{
		ID: t.ID, Name: t.Name, Hint: t.Hint, Scopes: scopeNames(t.Scopes), CreatedAt: t.CreatedAt,
		ExpiresAt: fiberhttp.OptionalTime(t.ExpiresAt), LastUsedAt: fiberhttp.OptionalTime(t.LastUsedAt), LastUsedFrom: t.LastUsedFrom,
	}
}

func scopeNames(scopes []identity.Scope) []string {
	out := make([]string, len(scopes))
	for i, s := range scopes {
		out[i] = string(s)
	}
	return out
}

func scopesNamed(names []string) []identity.Scope {
	out := make([]identity.Scope, len(names))
	for i, n := range names {
		out[i] = identity.Scope(n)
	}
	return out
}

func (h *routes) personalTokens() {
	h.server.Flashes(map[string]layout.Flash{
		"token-revoked": {Kind: layout.FlashSuccess, Message: "The token is revoked. Its next request is refused."},
	})
	h.server.Page(http.MethodGet, "/account/tokens", fiberhttp.SignedIn(), h.showTokens)
	h.server.Page(http.MethodGet, "/account/tokens/new", fiberhttp.Recently(), h.newToken)
	h.server.Page(http.MethodPost, "/account/tokens", fiberhttp.Recently(), h.createToken, fiberhttp.Resumes("Make the token", "name", "scopes", "days"))
	h.server.Page(http.MethodPost, "/account/tokens/{id}/revoke", fiberhttp.SignedIn(), h.revokeToken)

	type list struct{ Body PersonalTokens }
	fiberhttp.Operation(h.server, fiberhttp.SignedIn(), huma.Operation{
		OperationID: "list-my-tokens", Method: http.MethodGet, Path: "/me/tokens", Tags: []string{"identity"}, Summary: "One's personal access tokens",
	}, func(ctx context.Context, _ *struct{}) (*list, error) {
		all, err := h.Account.PersonalTokens(ctx, fiberhttp.ActorFrom(ctx))
		if err != nil {
			return nil, err
		}
		out := &list{Body: PersonalTokens{Items: []PersonalToken{}}}
		for _, t := range all {
			out.Body.Items = append(out.Body.Items, personalToken(t))
		}
		return out, nil
	})

	type create struct{ Body NewPersonalToken }
	type made struct{ Body MadePersonalToken }
	fiberhttp.Operation(h.server, fiberhttp.Recently(), huma.Operation{
		OperationID: "create-my-token", Method: http.MethodPost, Path: "/me/tokens", Tags: []string{"identity"},
		Summary: "Make a personal access token", DefaultStatus: http.StatusCreated,
	}, func(ctx context.Context, in *create) (*made, error) {
		t, secret, err := h.Account.CreatePersonalToken(ctx, fiberhttp.ActorFrom(ctx), account.CreatePersonalToken{
			Name: in.Body.Name, Scopes: scopesNamed(in.Body.Scopes), Days: in.Body.Days,
		})
		if err != nil {
			return nil, err
		}
		return &made{Body: MadePersonalToken{PersonalToken: personalToken(t), Token: secret.Reveal()}}, nil
	})

	type one struct {
		ID string `path:"id" maxLength:"64"`
	}
	fiberhttp.Operation(h.server, fiberhttp.SignedIn(), huma.Operation{
		OperationID: "revoke-my-token", Method: http.MethodDelete, Path: "/me/tokens/{id}", Tags: []string{"identity"},
		Summary: "Revoke a personal access token", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *one) (*struct{}, error) {
		return nil, h.Account.RevokePersonalToken(ctx, fiberhttp.ActorFrom(ctx), in.ID)
	})
}

func (h *routes) showTokens(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	v, err := h.tokensView(ctx, r)
	return fiberhttp.HTML(identitypages.Tokens(v)), err
}

func (h *routes) tokensView(ctx context.Context, r *fiberhttp.Request) (identitypages.TokensView, error) {
	v := identitypages.TokensView{Page: h.server.View(r, fiberhttp.View{Title: "Access tokens", Robots: "noindex"})}
	all, err := h.Account.PersonalTokens(ctx, r.Actor)
	if err != nil {
		return v, err
	}
	now := h.server.Now()
	for _, t := range all {
		v.Tokens = append(v.Tokens, identitypages.Token{
			Name: t.Name, Hint: t.Hint, Scopes: scopeNames(t.Scopes), Expired: !t.ActiveAt(now), ExpiresAt: t.ExpiresAt,
			LastUsedAt: t.LastUsedAt, LastUsedFrom: t.LastUsedFrom, RevokeURL: "/account/tokens/" + url.PathEscape(t.ID) + "/revoke",
		})
	}
	return v, nil
}

func (h *routes) newToken(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.tokenForm(r, identitypages.NewTokenView{Chosen: []string{string(identity.ScopeRead)}}, "90"), nil
}

// tokenForm shows the form with days chosen.
func (h *routes) tokenForm(r *fiberhttp.Request, v identitypages.NewTokenView, days string) fiberhttp.Reply {
	v.Page = h.server.View(r, fiberhttp.View{Title: "New access token", Robots: "noindex"})
	for _, p := range identity.GrantablePermissions(r.Actor) {
		v.Permissions = append(v.Permissions, string(p))
	}
	for _, n := range identity.PersonalTokenTTLs {
		lifetime := identitypages.TokenLifetime{Days: strconv.Itoa(n), Label: identitypages.TokenEnd(strconv.Itoa(n))}
		lifetime.Checked = lifetime.Days == days
		v.Lifetimes = append(v.Lifetimes, lifetime)
	}
	return fiberhttp.HTML(identitypages.NewToken(v))
}

// createToken answers with the page that shows the secret, once: it is in no
// address and no cookie, so it cannot be asked for again.
func (h *routes) createToken(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	form := r.FormValues()
	days, err := strconv.Atoi(form.Get("days"))
	if err != nil {
		days = -1 // which is none of those to choose from
	}
	t, secret, err := h.Account.CreatePersonalToken(ctx, r.Actor, account.CreatePersonalToken{
		Name: form.Get("name"), Scopes: scopesNamed(form["scopes"]), Days: days,
	})
	if f := fault.As(err); f != nil && (f.Kind == fault.Invalid || f.Kind == fault.Conflict) {
		field := map[string]string{
			identity.ErrInvalidTokenName.Code: "name", identity.ErrInvalidScopes.Code: "scopes",
		}[f.Code]
		return h.tokenForm(r, identitypages.NewTokenView{
			Name: form.Get("name"), Chosen: form["scopes"], Errors: layout.FieldErrors{field: f.Message},
		}, form.Get("days")).Status(http.StatusUnprocessableEntity), nil
	}
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v, err := h.tokensView(ctx, r)
	v.Made, v.Secret = t.Name, secret.Reveal()
	return fiberhttp.HTML(identitypages.Tokens(v)), err
}

func (h *routes) revokeToken(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	if err := h.Account.RevokePersonalToken(ctx, r.Actor, r.Param("id")); err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Redirect("/account/tokens").Flash("token-revoked"), nil
}
