package identityhttp

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// UndeliveredMail is a mail that a server refused for good.
type UndeliveredMail struct {
	ID       string    `json:"id" format:"uuid"`
	To       string    `json:"to"`
	About    string    `json:"about" doc:"Which mail it was."`
	Reason   string    `json:"reason" doc:"What the server said."`
	FailedAt time.Time `json:"failed_at"`
}

// UndeliveredMails is one page of them.
type UndeliveredMails struct {
	Items      []UndeliveredMail `json:"items" nullable:"false"`
	NextCursor *string           `json:"next_cursor"`
}

func (h *routes) undeliveredMail() {
	manage := fiberhttp.Permitted(identity.PermissionManageUsers)
	h.server.Flashes(map[string]layout.Flash{
		"mail-sent-again": {Kind: layout.FlashSuccess, Message: "The mail is on its way again. It comes back to this list if it is refused."},
		"mail-dismissed":  {Kind: layout.FlashSuccess, Message: "The mail is off the list."},
	})
	h.server.Page(http.MethodGet, "/admin/mail", manage, h.showUndeliveredMail)
	h.server.Page(http.MethodPost, "/admin/mail/{id}/send", manage, h.changeUndeliveredMail("mail-sent-again", h.Administration.SendMailAgain))
	h.server.Page(http.MethodPost, "/admin/mail/{id}/dismiss", manage, h.changeUndeliveredMail("mail-dismissed", h.Administration.DismissUndeliveredMail))

	type listInput struct {
		Cursor string `query:"cursor" maxLength:"200" doc:"The next_cursor of the page before."`
		Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
	}
	type list struct{ Body UndeliveredMails }
	fiberhttp.Operation(h.server, manage, huma.Operation{
		OperationID: "list-undelivered-mail", Method: http.MethodGet, Path: "/admin/mail", Tags: []string{"administration"},
		Summary: "Mails that were refused for good, newest first",
	}, func(ctx context.Context, in *listInput) (*list, error) {
		page, err := h.Administration.ListUndeliveredMails(ctx, fiberhttp.ActorFrom(ctx), in.Cursor, in.Limit)
		if err != nil {
			return nil, err
		}
		out := &list{Body: UndeliveredMails{Items: []UndeliveredMail{}, NextCursor: nextCursor(page.NextCursor)}}
		for _, m := range page.Items {
			out.Body.Items = append(out.Body.Items, UndeliveredMail{ID: m.ID, To: m.To, About: m.About, Reason: m.Reason, FailedAt: m.FailedAt})
		}
		return out, nil
	})
	act := func(id, method, path, summary string, do func(context.Context, identity.Actor, string) error) {
		fiberhttp.Operation(h.server, manage, huma.Operation{
			OperationID: id, Method: method, Path: "/admin/mail/{id}" + path, Tags: []string{"administration"},
			Summary: summary, DefaultStatus: http.StatusNoContent,
		}, func(ctx context.Context, in *adminPath) (*struct{}, error) {
			return nil, do(ctx, fiberhttp.ActorFrom(ctx), in.ID)
		})
	}
	act("send-mail-again", http.MethodPost, "/send", "Send a refused mail again", h.Administration.SendMailAgain)
	act("dismiss-undelivered-mail", http.MethodDelete, "", "Take a refused mail off the list", h.Administration.DismissUndeliveredMail)
}

func (h *routes) showUndeliveredMail(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	cursor := r.Query("cursor")
	page, err := h.Administration.ListUndeliveredMails(ctx, r.Actor, cursor, 50)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := identitypages.UndeliveredMailView{Page: h.server.View(r, fiberhttp.View{Title: "Undelivered mail", Robots: "noindex"})}
	for _, m := range page.Items {
		at := "/admin/mail/" + m.ID
		v.Mails = append(v.Mails, identitypages.UndeliveredMailRow{
			To: identity.Email(m.To).Shown(), About: m.About, Reason: m.Reason, FailedAt: m.FailedAt, SendURL: at + "/send", DismissURL: at + "/dismiss",
		})
	}
	if page.NextCursor != "" {
		v.OlderURL = withQuery("/admin/mail", "cursor", page.NextCursor)
	}
	if cursor != "" {
		v.NewestURL = "/admin/mail"
	}
	return fiberhttp.HTML(identitypages.UndeliveredMail(v)), nil
}

func (h *routes) changeUndeliveredMail(flash string, do func(context.Context, identity.Actor, string) error) fiberhttp.Handler {
	return func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		if err := do(ctx, r.Actor, r.Param("id")); err != nil {
			return fiberhttp.Reply{}, err
		}
		return fiberhttp.Redirect("/admin/mail").Flash(flash), nil
	}
}
