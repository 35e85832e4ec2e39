package identityhttp

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Credentials is how a program signs in.
type Credentials struct {
	Email    string `json:"email" validate:"required,email,max=254" example:"cleo@neoforge.test"`
	Password string `json:"password" validate:"required,max=1024"`
}

// Tokens is what a signed-in program holds.
type Tokens struct {
	AccessToken  string `json:"access_token" doc:"JWT for the Authorization header."`
	TokenType    string `json:"token_type" enum:"Bearer"`
	ExpiresIn    int    `json:"expires_in" doc:"Seconds until the access token ends."`
	RefreshToken string `json:"refresh_token" doc:"Good for one renewal. Using it twice ends the sign-in."`
}

// Refresh renews tokens.
type Refresh struct {
	RefreshToken string `json:"refresh_token" validate:"required,max=200"`
}

// Me is the signed-in person.
type Me struct {
	ID            identityport.UserID           `json:"id" format:"uuid"`
	Email         string                        `json:"email"`
	Name          string                        `json:"name"`
	Role          identityport.Role             `json:"role"`
	Permissions   []identityport.Permission     `json:"permissions" nullable:"false"`
	Organizations []identityport.OrganizationID `json:"organizations" nullable:"false" doc:"Ids, the personal one first."`
	AvatarURL     string                        `json:"avatar_url,omitempty" doc:"Path of the picture on this site."`
	EraseAt       *time.Time                    `json:"erase_at,omitempty" doc:"When the account ends, as the person asked."`
	Impersonated  bool                          `json:"impersonated" doc:"Whether an administrator acts in the person's name."`
}

func meOf(a identity.Actor) Me {
	out := Me{
		ID: a.UserID, Email: a.Email, Name: a.Name, Role: a.Role, AvatarURL: fiberhttp.AvatarURL(a.UserID, a.Picture),
		Permissions: notNil(a.Permissions), Organizations: notNil(a.Organizations), Impersonated: a.Impersonator != "",
	}
	if !a.EraseAt.IsZero() {
		out.EraseAt = &a.EraseAt
	}
	return out
}

type tokensOutput struct{ Body Tokens }

func tokens(p signin.TokenPair) *tokensOutput {
	return &tokensOutput{Body: Tokens{
		AccessToken: p.AccessToken, TokenType: "Bearer", ExpiresIn: int(p.ExpiresIn.Seconds()), RefreshToken: p.RefreshToken.Reveal(),
	}}
}

func (h *routes) api() {
	type credentials struct{ Body Credentials }
	fiberhttp.Operation(h.server, fiberhttp.Public(), huma.Operation{
		OperationID: "sign-in", Method: http.MethodPost, Path: "/auth/login", Tags: []string{"identity"},
		Summary: "Sign a program in", DefaultStatus: http.StatusOK,
	}, func(ctx context.Context, in *credentials) (*tokensOutput, error) {
		pair, err := h.SignIn.SignInProgram(ctx, signin.SignInProgram{
			Email: in.Body.Email, Password: in.Body.Password, Device: fiberhttp.DeviceFrom(ctx),
		})
		if err != nil {
			return nil, due(err)
		}
		return tokens(pair), nil
	}, h.hashing())

	type refresh struct{ Body Refresh }
	fiberhttp.Operation(h.server, fiberhttp.Public(), huma.Operation{
		OperationID: "refresh-tokens", Method: http.MethodPost, Path: "/auth/refresh", Tags: []string{"identity"},
		Summary: "Renew a program's tokens", DefaultStatus: http.StatusOK,
	}, func(ctx context.Context, in *refresh) (*tokensOutput, error) {
		pair, err := h.SignIn.RefreshTokens(ctx, identity.Secret(in.Body.RefreshToken))
		if err != nil {
			return nil, err
		}
		return tokens(pair), nil
	})

	fiberhttp.Operation(h.server, fiberhttp.SignedIn().WithoutSecondFactor(), huma.Operation{
		OperationID: "sign-out", Method: http.MethodPost, Path: "/auth/logout", Tags: []string{"identity"},
		Summary: "End this sign-in", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		if err := h.SignIn.SignOut(ctx, fiberhttp.ActorFrom(ctx)); err != nil {
			return nil, err
		}
		fiberhttp.EndSession(ctx)
		return nil, h.signOutKept(ctx, fiberhttp.OwnSecretFrom(ctx))
	})

	type me struct{ Body Me }
	fiberhttp.Operation(h.server, fiberhttp.SignedIn().WithoutSecondFactor(), huma.Operation{
		OperationID: "get-me", Method: http.MethodGet, Path: "/me", Tags: []string{"identity"}, Summary: "Who is signed in",
	}, func(ctx context.Context, _ *struct{}) (*me, error) {
		a := fiberhttp.ActorFrom(ctx) // asked for with every page: nothing is read for it
		return &me{Body: meOf(a)}, nil
	})
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
