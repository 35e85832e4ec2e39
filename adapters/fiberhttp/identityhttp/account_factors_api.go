package identityhttp

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
)

// SecondFactor proves the second factor of a sign-in: by a code of the
// authenticator app, a recovery code, or a passkey's answer.
type SecondFactor struct {
	Challenge string         `json:"challenge" validate:"required,max=200" doc:"From the refusal of the sign-in."`
	Code      string         `json:"code,omitempty" validate:"max=64" example:"123456"`
	Passkey   map[string]any `json:"passkey,omitempty" doc:"The answer of the browser or the system, as JSON (PublicKeyCredential.toJSON)."`
}

// Ceremony is what a passkey is to answer.
type Ceremony struct {
	Challenge string `json:"challenge" doc:"To be sent back with the answer."`
	Options   any    `json:"options" doc:"For navigator.credentials, as JSON (Web Authentication Level 3)."`
}

// PasskeyAnswer answers a ceremony.
type PasskeyAnswer struct {
	Challenge string         `json:"challenge" validate:"required,max=2000"`
	Passkey   map[string]any `json:"passkey" doc:"PublicKeyCredential.toJSON of the answer."`
}

// NewPasskey is a passkey that was made.
type NewPasskey struct {
	Challenge string         `json:"challenge" validate:"required,max=200"`
	Passkey   map[string]any `json:"passkey" doc:"PublicKeyCredential.toJSON of the answer."`
	Name      string         `json:"name" validate:"required,max=240" example:"Laptop"`
}

// Passkey is one of the person's passkeys.
type Passkey struct {
	ID         string     `json:"id" format:"uuid"`
	Name       string     `json:"name"`
	Synced     bool       `json:"synced" doc:"Whether its maker keeps it on several devices."`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at" doc:"Null when it was never used."`
}

// PasskeyAdded is a new passkey; the recovery codes come with a person's first factor.
type PasskeyAdded struct {
	Passkey
	RecoveryCodes []string `json:"recovery_codes" nullable:"false" doc:"Shown this once; empty when there are some already."`
}

// Passkeys is a list of passkeys.
type Passkeys struct {
	Items      []Passkey `json:"items" nullable:"false"`
	NextCursor *string   `json:"next_cursor"`
}

// Rename gives a passkey another name.
type Rename struct {
	Name string `json:"name" validate:"required,max=240"`
}

// TOTP is the state of the person's authenticator app.
type TOTP struct {
	Active            bool       `json:"active"`
	Since             *time.Time `json:"since" doc:"Null while it is not active."`
	RecoveryCodesLeft int        `json:"recovery_codes_left"`
}

// TOTPSetup is an authenticator app that is being set up.
type TOTPSetup struct {
	Secret string `json:"secret" doc:"Base32, for typing."`
	URI    string `json:"uri" doc:"For the app, also as a QR code (otpauth)."`
}

// Code is what an authenticator app shows.
type Code struct {
	Code string `json:"code" validate:"required,max=64" example:"123456"`
}

// RecoveryCodes are shown once.
type RecoveryCodes struct {
	RecoveryCodes []string `json:"recovery_codes" nullable:"false" doc:"Each works once, in the place of a code. Empty when there are some already."`
}

// RecoveryCodesLeft counts what is left.
type RecoveryCodesLeft struct {
	Left int `json:"left"`
}

// Confirmation proves again who is signed in.
type Confirmation struct {
	Password  string         `json:"password,omitempty" validate:"max=1024"`
	Code      string         `json:"code,omitempty" validate:"max=64"`
	Challenge string         `json:"challenge,omitempty" validate:"max=200" doc:"Goes with a passkey."`
	Passkey   map[string]any `json:"passkey,omitempty"`
}

// due turns a sign-in that waits for a second factor into the problem that says so.
func due(err error) error {
	var required *signin.SecondFactorRequired
	if !errors.As(err, &required) {
		return err
	}
	p := fiberhttp.ProblemOf(err)
	p.Challenge, p.Methods = required.Challenge.Reveal(), required.Methods
	if len(required.Passkey) > 0 {
		p.PasskeyOptions = json.RawMessage(required.Passkey)
	}
	return p
}

func answer(passkey map[string]any) []byte {
	if passkey == nil {
		return nil
	}
	data, err := json.Marshal(passkey)
	if err != nil {
		return []byte("{}") // what was JSON is JSON
	}
	return data
}

type ceremonyOutput struct{ Body Ceremony }

func ceremonyOf(c identity.PasskeyChallenge, err error) (*ceremonyOutput, error) {
	if err != nil {
		return nil, err
	}
	return &ceremonyOutput{Body: Ceremony{Challenge: c.Challenge.Reveal(), Options: json.RawMessage(c.Options)}}, nil
}

func texts(codes []identity.RecoveryCode) []string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = string(c)
	}
	return out
}

func passkeyOf(p identity.Passkey) Passkey {
	out := Passkey{ID: p.ID, Name: p.Name, Synced: p.BackedUp, CreatedAt: p.CreatedAt}
	if !p.LastUsedAt.IsZero() {
		out.LastUsedAt = &p.LastUsedAt
	}
	return out
}

func (h *routes) factorsAPI() {
	h.factorState()
	h.signInFactorsAPI()
	h.totpAPI()
	h.passkeysAPI()

	type confirmation struct{ Body Confirmation }
	type confirmed struct {
		SetCookie []http.Cookie `header:"Set-Cookie"`
	}
	fiberhttp.Operation(h.server, fiberhttp.SignedIn().WithoutSecondFactor(), huma.Operation{
		OperationID: "confirm-me", Method: http.MethodPost, Path: "/me/confirm", Tags: []string{"identity"},
		Summary: "Prove again who one is, for ten minutes of sensitive acts", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *confirmation) (*confirmed, error) {
		done, err := h.Account.Confirm(ctx, account.Confirm{
			Actor: fiberhttp.ActorFrom(ctx), Password: in.Body.Password, Challenge: identity.Secret(in.Body.Challenge),
			Proof: identity.FactorProof{Code: in.Body.Code, Passkey: answer(in.Body.Passkey)},
		})
		if err != nil {
			return nil, err
		}
		out := &confirmed{}
		if done.Secret != "" {
			for _, k := range h.server.SignedInCookies(done.Secret) {
				out.SetCookie = append(out.SetCookie, h.server.HTTPCookie(k))
			}
		}
		return out, nil
	}, h.hashing("password"))
	fiberhttp.Operation(h.server, fiberhttp.SignedIn().WithoutSecondFactor(), huma.Operation{
		OperationID: "begin-passkey-confirmation", Method: http.MethodPost, Path: "/me/confirm/passkey", Tags: []string{"identity"},
		Summary: "Begin to prove by a passkey who one is", DefaultStatus: http.StatusOK,
	}, func(ctx context.Context, _ *struct{}) (*ceremonyOutput, error) {
		return ceremonyOf(h.Account.BeginPasskeyConfirmation(ctx, fiberhttp.ActorFrom(ctx)))
	})
}

func (h *routes) signInFactorsAPI() {
	type factor struct{ Body SecondFactor }
	fiberhttp.Operation(h.server, fiberhttp.Public(), huma.Operation{
		OperationID: "prove-second-factor", Method: http.MethodPost, Path: "/auth/second-factor", Tags: []string{"identity"},
		Summary: "Finish a program's sign-in by a second factor", DefaultStatus: http.StatusOK,
	}, func(ctx context.Context, in *factor) (*tokensOutput, error) {
		pair, err := h.SignIn.FinishProgramSignIn(ctx, signin.FinishSignIn{
			Challenge: identity.Secret(in.Body.Challenge), Device: fiberhttp.DeviceFrom(ctx),
			Proof: identity.FactorProof{Code: in.Body.Code, Passkey: answer(in.Body.Passkey)},
		})
		if err != nil {
			return nil, err
		}
		return tokens(pair), nil
	})
	fiberhttp.Operation(h.server, fiberhttp.Public(), huma.Operation{
		OperationID: "begin-passkey-sign-in", Method: http.MethodPost, Path: "/auth/passkey/options", Tags: []string{"identity"},
		Summary: "Begin a sign-in by passkey", DefaultStatus: http.StatusOK,
	}, func(ctx context.Context, _ *struct{}) (*ceremonyOutput, error) {
		return ceremonyOf(h.SignIn.BeginPasskeySignIn(ctx))
	})
	type signIn struct{ Body PasskeyAnswer }
	fiberhttp.Operation(h.server, fiberhttp.Public(), huma.Operation{
		OperationID: "sign-in-with-passkey", Method: http.MethodPost, Path: "/auth/passkey", Tags: []string{"identity"},
		Summary: "Sign a program in by passkey", DefaultStatus: http.StatusOK,
		Description: "A challenge is good for one answer: who is refused begins another. A browser posts the same fields as a form to /login/passkey and gets its cookie there.",
	}, func(ctx context.Context, in *signIn) (*tokensOutput, error) {
		pair, err := h.SignIn.SignInProgramWithPasskey(ctx, signin.SignInWithPasskey{
			Challenge: identity.Secret(in.Body.Challenge), Response: answer(in.Body.Passkey), Device: fiberhttp.DeviceFrom(ctx),
		})
		if err != nil {
			return nil, err
		}
		return tokens(pair), nil
	})
}

func (h *routes) totpAPI() {
	type totp struct{ Body TOTP }
	fiberhttp.Operation(h.server, fiberhttp.SignedIn().WithoutSecondFactor(), huma.Operation{
		OperationID: "get-my-totp", Method: http.MethodGet, Path: "/me/totp", Tags: []string{"identity"}, Summary: "Whether one's authenticator app is set up",
	}, func(ctx context.Context, _ *struct{}) (*totp, error) {
		s, err := h.Account.Security(ctx, fiberhttp.ActorFrom(ctx))
		if err != nil {
			return nil, err
		}
		out := &totp{Body: TOTP{Active: s.TOTP.Active(), RecoveryCodesLeft: s.RecoveryCodesLeft}}
		if s.TOTP.Active() {
			out.Body.Since = &s.TOTP.ConfirmedAt
		}
		return out, nil
	})
	type setup struct{ Body TOTPSetup }
	fiberhttp.Operation(h.server, fiberhttp.Recently().WithoutSecondFactor(), huma.Operation{
		OperationID: "start-my-totp", Method: http.MethodPost, Path: "/me/totp", Tags: []string{"identity"},
		Summary: "Begin to set an authenticator app up", DefaultStatus: http.StatusCreated,
	}, func(ctx context.Context, _ *struct{}) (*setup, error) {
		s, err := h.Account.StartTOTP(ctx, fiberhttp.ActorFrom(ctx))
		if err != nil {
			return nil, err
		}
		return &setup{Body: TOTPSetup{Secret: s.Secret, URI: s.URI}}, nil
	})
	type code struct{ Body Code }
	type codes struct{ Body RecoveryCodes }
	fiberhttp.Operation(h.server, fiberhttp.Recently().WithoutSecondFactor(), huma.Operation{
		OperationID: "confirm-my-totp", Method: http.MethodPost, Path: "/me/totp/confirm", Tags: []string{"identity"},
		Summary: "Finish the set-up by a first code", DefaultStatus: http.StatusOK,
	}, func(ctx context.Context, in *code) (*codes, error) {
		made, err := h.Account.ConfirmTOTP(ctx, fiberhttp.ActorFrom(ctx), in.Body.Code)
		if err != nil {
			return nil, err
		}
		return &codes{Body: RecoveryCodes{texts(made)}}, nil
	})
	fiberhttp.Operation(h.server, fiberhttp.Recently().WithoutSecondFactor(), huma.Operation{
		OperationID: "remove-my-totp", Method: http.MethodDelete, Path: "/me/totp", Tags: []string{"identity"},
		Summary: "Turn one's authenticator app off", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		return nil, h.Account.RemoveTOTP(ctx, fiberhttp.ActorFrom(ctx))
	})
	type left struct{ Body RecoveryCodesLeft }
	fiberhttp.Operation(h.server, fiberhttp.SignedIn().WithoutSecondFactor(), huma.Operation{
		OperationID: "count-my-recovery-codes", Method: http.MethodGet, Path: "/me/recovery-codes", Tags: []string{"identity"}, Summary: "How many recovery codes are left",
	}, func(ctx context.Context, _ *struct{}) (*left, error) {
		s, err := h.Account.Security(ctx, fiberhttp.ActorFrom(ctx))
		if err != nil {
			return nil, err
		}
		return &left{Body: RecoveryCodesLeft{s.RecoveryCodesLeft}}, nil
	})
	fiberhttp.Operation(h.server, fiberhttp.Recently().WithoutSecondFactor(), huma.Operation{
		OperationID: "make-my-recovery-codes", Method: http.MethodPost, Path: "/me/recovery-codes", Tags: []string{"identity"},
		Summary: "Replace one's recovery codes", DefaultStatus: http.StatusCreated,
	}, func(ctx context.Context, _ *struct{}) (*codes, error) {
		made, err := h.Account.MakeRecoveryCodes(ctx, fiberhttp.ActorFrom(ctx))
		if err != nil {
			return nil, err
		}
		return &codes{Body: RecoveryCodes{texts(made)}}, nil
	})
}

func (h *routes) passkeysAPI() {
	type list struct{ Body Passkeys }
	fiberhttp.Operation(h.server, fiberhttp.SignedIn().WithoutSecondFactor(), huma.Operation{
		OperationID: "list-my-passkeys", Method: http.MethodGet, Path: "/me/passkeys", Tags: []string{"identity"}, Summary: "One's passkeys",
	}, func(ctx context.Context, _ *struct{}) (*list, error) {
		s, err := h.Account.Security(ctx, fiberhttp.ActorFrom(ctx))
		if err != nil {
			return nil, err
		}
		out := &list{Body: Passkeys{Items: []Passkey{}}}
		for _, p := range s.Passkeys {
			out.Body.Items = append(out.Body.Items, passkeyOf(p))
		}
		return out, nil
	})
	fiberhttp.Operation(h.server, fiberhttp.Recently().WithoutSecondFactor(), huma.Operation{
		OperationID: "begin-my-passkey", Method: http.MethodPost, Path: "/me/passkeys/options", Tags: []string{"identity"},
		Summary: "Begin to add a passkey", DefaultStatus: http.StatusOK,
	}, func(ctx context.Context, _ *struct{}) (*ceremonyOutput, error) {
		return ceremonyOf(h.Account.BeginPasskey(ctx, fiberhttp.ActorFrom(ctx)))
	})
	type add struct{ Body NewPasskey }
	type added struct{ Body PasskeyAdded }
	fiberhttp.Operation(h.server, fiberhttp.Recently().WithoutSecondFactor(), huma.Operation{
		OperationID: "add-my-passkey", Method: http.MethodPost, Path: "/me/passkeys", Tags: []string{"identity"},
		Summary: "Add a passkey", DefaultStatus: http.StatusCreated,
	}, func(ctx context.Context, in *add) (*added, error) {
		a, err := h.Account.AddPasskey(ctx, account.AddPasskey{
			Actor: fiberhttp.ActorFrom(ctx), Challenge: identity.Secret(in.Body.Challenge), Response: answer(in.Body.Passkey), Name: in.Body.Name,
		})
		if err != nil {
			return nil, err
		}
		return &added{Body: PasskeyAdded{Passkey: passkeyOf(a.Passkey), RecoveryCodes: texts(a.Codes)}}, nil
	})
	type rename struct {
		ID   string `path:"id" maxLength:"64"`
		Body Rename
	}
	fiberhttp.Operation(h.server, fiberhttp.Recently().WithoutSecondFactor(), huma.Operation{
		OperationID: "rename-my-passkey", Method: http.MethodPatch, Path: "/me/passkeys/{id}", Tags: []string{"identity"},
		Summary: "Rename a passkey", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *rename) (*struct{}, error) {
		return nil, h.Account.RenamePasskey(ctx, fiberhttp.ActorFrom(ctx), in.ID, in.Body.Name)
	})
	type one struct {
		ID string `path:"id" maxLength:"64"`
	}
	fiberhttp.Operation(h.server, fiberhttp.Recently().WithoutSecondFactor(), huma.Operation{
		OperationID: "remove-my-passkey", Method: http.MethodDelete, Path: "/me/passkeys/{id}", Tags: []string{"identity"},
		Summary: "Remove a passkey", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *one) (*struct{}, error) {
		return nil, h.Account.RemovePasskey(ctx, fiberhttp.ActorFrom(ctx), in.ID)
	})
}
