package identityhttp

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// maxUpload leaves room for what a form writes around the file.
const maxUpload = identity.AvatarUpload + 64<<10

func (h *routes) profile() {
	h.server.Flashes(map[string]layout.Flash{
		"profile-saved":  {Kind: layout.FlashSuccess, Message: "Saved."},
		"avatar-saved":   {Kind: layout.FlashSuccess, Message: "That is your picture now."},
		"avatar-removed": {Kind: layout.FlashSuccess, Message: "Your picture is removed."},
	})
	h.server.Page(http.MethodPost, "/account/profile", fiberhttp.SignedIn(), h.changeProfile)
	h.server.Page(http.MethodPost, "/account/avatar", fiberhttp.SignedIn(), h.uploadAvatar, fiberhttp.MaxBody(maxUpload), fiberhttp.Oversize(h.oversizeAvatar))
	h.server.Page(http.MethodPost, "/account/avatar/remove", fiberhttp.SignedIn(), h.removeAvatar)
	h.server.Page(http.MethodGet, "/avatars/{id}", fiberhttp.Public(), h.avatar, fiberhttp.Quiet())
	h.profileAPI()
}

func (h *routes) changeProfile(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	_, err := h.Account.ChangeProfile(ctx, account.ChangeProfile{Actor: r.Actor, Name: r.Form("name")})
	if err != nil {
		return h.accountFault(ctx, r, err, func(v *identitypages.AccountView, message string) {
			v.TypedName, v.Errors["name"] = r.Form("name"), message
		})
	}
	return fiberhttp.Redirect("/account").Flash("profile-saved"), nil
}

func (h *routes) uploadAvatar(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	file, ok := r.File("avatar")
	var err error = identity.ErrAvatarFormat.WithMessage("Choose a picture first.")
	switch {
	case ok && len(file.Body) == 0:
		err = identity.ErrAvatarFormat.WithMessage("The file is empty. Choose a picture.")
	case ok && len(file.Body) > identity.AvatarUpload:
		return h.oversizeAvatar(ctx, r)
	case ok:
		_, err = h.Account.SetAvatar(ctx, r.Actor, file.Body)
	}
	if err == nil {
		return fiberhttp.Redirect("/account").Flash("avatar-saved"), nil
	}
	return h.accountFault(ctx, r, err, func(v *identitypages.AccountView, message string) { v.Errors["avatar"] = message })
}

// accountFault answers a form of the account page with the page again, where show says
// beside the field what was wrong or when to come back.
func (h *routes) accountFault(ctx context.Context, r *fiberhttp.Request, err error, show func(v *identitypages.AccountView, message string)) (fiberhttp.Reply, error) {
	status := http.StatusUnprocessableEntity
	switch fault.KindOf(err) {
	case fault.Invalid:
	case fault.TooMany:
		status = http.StatusTooManyRequests
	case fault.Unavailable:
		status = http.StatusServiceUnavailable
	default:
		return fiberhttp.Reply{}, err
	}
	f := fault.As(err)
	reply, pageErr := h.accountPage(ctx, r, func(v *identitypages.AccountView) { show(v, f.Message) }, status)
	return comeBack(reply, err), pageErr
}

// oversizeAvatar answers a picture with more bytes than are accepted.
func (h *routes) oversizeAvatar(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.accountPage(ctx, r, func(v *identitypages.AccountView) {
		v.Errors["avatar"] = identity.ErrAvatarTooLarge.Message
	}, http.StatusRequestEntityTooLarge)
}

func (h *routes) removeAvatar(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	if err := h.Account.RemoveAvatar(ctx, r.Actor); err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Redirect("/account").Flash("avatar-removed"), nil
}

// avatar serves a picture: of a fixed type, in a sandbox, and for long when the
// address names its version.
func (h *routes) avatar(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	a, err := h.Account.Avatar(ctx, identity.UserID(r.Param("id")))
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	keep := "public, max-age=60"
	if r.Query("v") == a.ETag {
		keep = "public, max-age=604800, immutable"
	}
	tag := `"` + a.ETag + `"`
	reply := fiberhttp.Bytes(a.ContentType, a.Body)
	if r.Known(tag) {
		reply = fiberhttp.NoContent().Status(http.StatusNotModified)
	}
	return reply.Header("ETag", tag).Header("Cache-Control", keep), nil
}

// ProfileChange is what a person says of themselves.
type ProfileChange struct {
	Name string `json:"name" validate:"required,max=400"`
}

// Picture says where a picture is.
type Picture struct {
	AvatarURL string `json:"avatar_url" doc:"Path of the picture on this site."`
}

func (h *routes) profileAPI() {
	type change struct{ Body ProfileChange }
	type me struct{ Body Me }
	fiberhttp.Operation(h.server, fiberhttp.SignedIn(), huma.Operation{
		OperationID: "change-me", Method: http.MethodPatch, Path: "/me", Tags: []string{"identity"}, Summary: "Change one's name",
	}, func(ctx context.Context, in *change) (*me, error) {
		actor := fiberhttp.ActorFrom(ctx)
		u, err := h.Account.ChangeProfile(ctx, account.ChangeProfile{Actor: actor, Name: in.Body.Name})
		if err != nil {
			return nil, err
		}
		actor.Name = u.Name
		return &me{Body: meOf(actor)}, nil
	})

	type upload struct {
		RawBody []byte `contentType:"application/octet-stream" doc:"JPEG, PNG, GIF or WebP."`
	}
	type picture struct{ Body Picture }
	fiberhttp.Operation(h.server, fiberhttp.SignedIn(), huma.Operation{
		OperationID: "set-my-avatar", Method: http.MethodPut, Path: "/me/avatar", Tags: []string{"identity"}, Summary: "Set one's picture",
	}, func(ctx context.Context, in *upload) (*picture, error) {
		a, err := h.Account.SetAvatar(ctx, fiberhttp.ActorFrom(ctx), in.RawBody)
		if err != nil {
			return nil, err
		}
		return &picture{Body: Picture{AvatarURL: fiberhttp.AvatarURL(a.User, a.ETag)}}, nil
	}, fiberhttp.MaxBody(maxUpload))

	fiberhttp.Operation(h.server, fiberhttp.SignedIn(), huma.Operation{
		OperationID: "remove-my-avatar", Method: http.MethodDelete, Path: "/me/avatar", Tags: []string{"identity"},
		Summary: "Remove one's picture", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		return nil, h.Account.RemoveAvatar(ctx, fiberhttp.ActorFrom(ctx))
	})
}
