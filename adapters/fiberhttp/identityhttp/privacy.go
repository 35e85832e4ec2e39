package identityhttp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/privacy"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

func (h *routes) data() {
	h.server.Flashes(map[string]layout.Flash{
		"export-asked":     {Kind: layout.FlashSuccess, Message: "Your data is being collected. You get a mail when it is ready."},
		"export-under-way": {Kind: layout.FlashNotice, Message: "Your data is being collected already."},
		"export-too-many":  {Kind: layout.FlashError, Message: identity.ErrTooManyExports.Message},
		"consent-saved":    {Kind: layout.FlashSuccess, Message: "Your choice is recorded."},
		"deletion-asked":   {Kind: layout.FlashSuccess, Message: "You are signed out, and your account is going to be deleted. Sign in within fourteen days to keep it."},
		"account-kept":     {Kind: layout.FlashSuccess, Message: "Your account stays. Good to have you."},
	})
	h.server.Page(http.MethodGet, "/account/data", fiberhttp.SignedIn().WithoutSecondFactor(), h.showData)
	h.server.Page(http.MethodPost, "/account/data/export", fiberhttp.Recently().WithoutSecondFactor(), h.requestExport, fiberhttp.Resumes("Collect my data"))
	h.server.Page(http.MethodGet, "/account/data/exports/{id}", fiberhttp.Recently().WithoutSecondFactor(), h.fetchExport, fiberhttp.Head(h.headExport))
	h.server.Page(http.MethodPost, "/account/data/consents", fiberhttp.SignedIn().WithoutSecondFactor(), h.setConsent)
	h.server.Page(http.MethodGet, "/account/data/delete", fiberhttp.Recently().WithoutSecondFactor(), h.askDeletion)
	h.server.Page(http.MethodPost, "/account/data/delete", fiberhttp.Recently().WithoutSecondFactor(), h.deleteAccount, fiberhttp.Resumes("Delete my account", "email"))
	h.server.Page(http.MethodPost, "/account/data/keep", fiberhttp.SignedIn().WithoutSecondFactor(), h.keepAccount)
	h.dataAPI()
}

// lookAgain is how often, in seconds, a page that shows progress loads itself anew.
const lookAgain = "3"

func (h *routes) showData(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	exports, err := h.Privacy.Exports(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	consents, err := h.Privacy.Consents(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := identitypages.DataView{
		Page: h.server.View(r, fiberhttp.View{Title: "Your data", Robots: "noindex"}), EraseAt: r.Actor.EraseAt,
	}
	running := false
	for _, e := range exports {
		archive := identitypages.Archive{
			State: string(e.State), Done: e.Done, Total: e.Total, Size: e.Size, CreatedAt: e.CreatedAt, ExpiresAt: e.ExpiresAt,
		}
		if e.State == identity.ExportReady {
			archive.URL = "/account/data/exports/" + url.PathEscape(e.ID)
		}
		running = running || e.State == identity.ExportRunning
		v.Archives = append(v.Archives, archive)
	}
	for _, c := range consents {
		v.Consents = append(v.Consents, identitypages.Consent{
			Kind: string(c.Kind), Title: c.Title, Summary: c.Summary, Needed: c.Needed, Given: c.Given,
			Current: c.Version == c.Agreement.Version, At: c.At, TextURL: h.textURL(c.Kind),
		})
	}
	reply := fiberhttp.HTML(identitypages.Data(v))
	if running {
		reply = reply.Header("Refresh", lookAgain)
	}
	return reply, nil
}

// textURLs are the pages that say what one agrees to.
var textURLs = map[identity.ConsentKind]string{identity.ConsentTerms: "/terms", identity.ConsentPrivacy: "/privacy"}

func (h *routes) textURL(k identity.ConsentKind) string {
	if url := textURLs[k]; url != "" && h.server.Serves(url) {
		return url
	}
	return ""
}

func (h *routes) requestExport(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	back := fiberhttp.Redirect("/account/data")
	_, err := h.Privacy.RequestExport(ctx, r.Actor)
	switch {
	case err == nil:
		return back.Flash("export-asked"), nil
	case errors.Is(err, identity.ErrExportUnderWay):
		return back.Flash("export-under-way"), nil
	case errors.Is(err, identity.ErrTooManyExports):
		return back.Flash("export-too-many"), nil
	}
	return fiberhttp.Reply{}, err
}

func (h *routes) fetchExport(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	e, archive, err := h.Privacy.ExportArchive(ctx, r.Actor, r.Param("id"))
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Bytes("application/zip", archive).Header("Content-Disposition", h.attachment(e)), nil
}

// headExport is fetchExport for HEAD: nothing is fetched, so nobody is told that it was.
func (h *routes) headExport(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	e, err := h.Privacy.DataExport(ctx, r.Actor, r.Param("id"))
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	if e.State != identity.ExportReady {
		return fiberhttp.Reply{}, identity.ErrExportNotReady
	}
	return h.archiveHead(e), nil
}

// archiveHead is what an archive is answered with, without its bytes.
func (h *routes) archiveHead(e identity.DataExport) fiberhttp.Reply {
	none := func(context.Context, io.Writer) error { return nil }
	return fiberhttp.Stream("application/zip", none).Header("Content-Disposition", h.attachment(e))
}

// attachment names the file that a browser saves.
func (h *routes) attachment(e identity.DataExport) string {
	return `attachment; filename="` + strings.ToLower(h.server.SiteName()) + "-" + e.CreatedAt.UTC().Format("2006-01-02") + `.zip"`
}

func (h *routes) setConsent(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	err := h.Privacy.SetConsents(ctx, r.Actor, privacy.GivenConsent{
		Kind: identity.ConsentKind(r.Form("kind")), Given: r.Form("given") == "yes",
	})
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Redirect("/account/data").Flash("consent-saved"), nil
}

func (h *routes) askDeletion(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	if r.Actor.EraseAt.IsZero() || !h.server.Now().Before(r.Actor.EraseAt) {
		return h.obstaclesPage(ctx, r, http.StatusOK)
	}
	return fiberhttp.Redirect("/account/data"), nil
}

// obstaclesPage names what stands in the way, with the pages on which it is removed;
// with nothing in the way it offers the deletion.
func (h *routes) obstaclesPage(ctx context.Context, r *fiberhttp.Request, status int) (fiberhttp.Reply, error) {
	left, err := h.Privacy.DeletionBlockers(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := identitypages.DeleteView{Errors: layout.FieldErrors{}}
	if f := fault.As(identity.MayLeave(left)); f != nil {
		v.Obstacle = f.Message
	}
	for _, o := range left.Organizations {
		v.Organizations = append(v.Organizations, identitypages.Link{Label: "Members of " + o.Name, URL: "/organizations/" + string(o.ID)})
	}
	return h.deletePage(r, v, status), nil
}

func (h *routes) deletePage(r *fiberhttp.Request, v identitypages.DeleteView, status int) fiberhttp.Reply {
	v.Page = h.server.View(r, fiberhttp.View{Title: "Delete the account", Robots: "noindex"})
	v.Email, v.EraseAt = identity.Email(r.Actor.Email).Shown(), h.server.Now().Add(identity.DeletionGrace)
	return fiberhttp.HTML(identitypages.DeleteAccount(v)).Status(status)
}

func (h *routes) deleteAccount(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	_, err := h.Privacy.DeleteAccount(ctx, privacy.DeleteAccount{Actor: r.Actor, Email: r.Form("email")})
	f := fault.As(err)
	switch {
	case err == nil:
		fiberhttp.EndSession(ctx)
		return fiberhttp.Redirect("/").Flash("deletion-asked"), nil
	case f != nil && f.Kind == fault.Invalid:
		v := identitypages.DeleteView{Typed: r.Form("email"), Errors: layout.FieldErrors{"email": f.Message}}
		return h.deletePage(r, v, http.StatusUnprocessableEntity), nil
	case errors.Is(err, identity.ErrDeletionAsked):
		return fiberhttp.Redirect("/account/data"), nil
	case f != nil && f.Kind == fault.Conflict:
		return h.obstaclesPage(ctx, r, http.StatusConflict)
	}
	return fiberhttp.Reply{}, err
}

func (h *routes) keepAccount(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	err := h.Privacy.KeepAccount(ctx, r.Actor)
	if err != nil && !errors.Is(err, identity.ErrDeletionNotAsked) {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Redirect("/account/data").Flash("account-kept"), nil
}
