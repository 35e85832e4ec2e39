package identityhttp

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

const securityPath = "/account/security"

// factors registers second factors, passkeys and confirmations.
func (h *routes) factors() {
	h.server.Flashes(map[string]layout.Flash{
		"totp-on":         {Kind: layout.FlashSuccess, Message: "The authenticator app is set up."},
		"totp-off":        {Kind: layout.FlashSuccess, Message: "The authenticator app is turned off."},
		"passkey-added":   {Kind: layout.FlashSuccess, Message: "The passkey is added. You can sign in with it now."},
		"passkey-renamed": {Kind: layout.FlashSuccess, Message: "The passkey has its new name."},
		"passkey-removed": {Kind: layout.FlashSuccess, Message: "The passkey is removed. It no longer signs you in."},
	})
	page := h.server.Page
	page(http.MethodGet, "/login/second-factor", fiberhttp.Public(), h.showSecondFactor)
	page(http.MethodPost, "/login/second-factor", fiberhttp.Public(), h.secondFactor)
	page(http.MethodPost, "/login/passkey", fiberhttp.Public(), h.passkeySignIn)
	h.stepUp()
	page(http.MethodGet, securityPath, fiberhttp.SignedIn().WithoutSecondFactor(), h.showSecurity)
	page(http.MethodPost, securityPath+"/totp", fiberhttp.Recently().WithoutSecondFactor(), h.startTOTP, fiberhttp.Resumes("Set up an authenticator app", "return_to"))
	page(http.MethodGet, securityPath+"/totp", fiberhttp.Recently().WithoutSecondFactor(), h.showTOTP)
	page(http.MethodPost, securityPath+"/totp/confirm", fiberhttp.Recently().WithoutSecondFactor(), h.confirmTOTP, fiberhttp.Resumes("Confirm the app", "code", "return_to"))
	page(http.MethodPost, securityPath+"/totp/remove", fiberhttp.Recently().WithoutSecondFactor(), h.removeTOTP, fiberhttp.Resumes("Turn the app off"))
	page(http.MethodPost, securityPath+"/recovery-codes", fiberhttp.Recently().WithoutSecondFactor(), h.makeRecoveryCodes, fiberhttp.Resumes("Make new recovery codes"))
	page(http.MethodPost, securityPath+"/passkeys", fiberhttp.Recently().WithoutSecondFactor(), h.addPasskey, fiberhttp.ResumesOn(factorPage))
	page(http.MethodPost, securityPath+"/passkeys/{id}/rename", fiberhttp.Recently().WithoutSecondFactor(), h.renamePasskey, fiberhttp.Resumes("Rename the passkey", "name"))
	page(http.MethodPost, securityPath+"/passkeys/{id}/remove", fiberhttp.Recently().WithoutSecondFactor(), h.removePasskey, fiberhttp.Resumes("Remove the passkey"))
	page(http.MethodGet, fiberhttp.SecondFactorPath, fiberhttp.SignedIn().WithoutSecondFactor(), h.showFactorSetup)
	h.factorsAPI()
}

func (h *routes) showSecurity(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.securityPage(ctx, r, nil)
}

func (h *routes) securityPage(ctx context.Context, r *fiberhttp.Request, wrong error) (fiberhttp.Reply, error) {
	status, message, retry, err := explained(wrong)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	s, err := h.Account.Security(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := identitypages.SecurityView{
		Page:  h.server.View(r, fiberhttp.View{Title: "Security", Robots: "noindex"}),
		Email: s.User.Email.Shown(), HasPassword: s.HasPassword,
		TOTP: s.TOTP.Active(), TOTPSince: s.TOTP.ConfirmedAt, SecondFactor: s.HasSecondFactor(),
		RecoveryCodesLeft: s.RecoveryCodesLeft, Error: message, NewPasskey: nameOfPasskey(r),
	}
	for _, p := range s.Passkeys {
		at := securityPath + "/passkeys/" + url.PathEscape(p.ID)
		v.Passkeys = append(v.Passkeys, identitypages.Passkey{
			Name: p.Name, Synced: p.BackedUp, AddedAt: p.CreatedAt, UsedAt: p.LastUsedAt, RenameURL: at + "/rename", RemoveURL: at + "/remove",
		})
	}
	return retry(fiberhttp.HTML(identitypages.Security(v)).Status(status)), nil
}

func (h *routes) startTOTP(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	if _, err := h.Account.StartTOTP(ctx, r.Actor); err != nil {
		return h.factorRefused(ctx, r, err)
	}
	return fiberhttp.Redirect(withQuery(securityPath+"/totp", "return_to", factorReturn(r))), nil
}

func (h *routes) showTOTP(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.totpPage(ctx, r, nil)
}

func (h *routes) totpPage(ctx context.Context, r *fiberhttp.Request, wrong error) (fiberhttp.Reply, error) {
	status, message, retry, err := explained(wrong)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	setup, err := h.Account.PendingTOTP(ctx, r.Actor)
	if err != nil {
		return h.factorRefused(ctx, r, err)
	}
	return retry(fiberhttp.HTML(identitypages.TOTPSetup(identitypages.TOTPSetupView{
		Page:   h.server.View(r, fiberhttp.View{Title: "Authenticator app", Robots: "noindex"}),
		Secret: setup.Secret, URI: setup.URI, QR: setup.QR, Error: message, ReturnTo: factorReturn(r),
	})).Status(status)), nil
}

func (h *routes) confirmTOTP(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	codes, err := h.Account.ConfirmTOTP(ctx, r.Actor, r.Form("code"))
	if err != nil {
		return h.totpPage(ctx, r, err)
	}
	if codes == nil {
		return fiberhttp.Redirect(afterFactor(r)).Flash("totp-on"), nil
	}
	return h.codesPage(r, codes, "The authenticator app is set up."), nil
}

// codesPage shows recovery codes, which no page shows again.
func (h *routes) codesPage(r *fiberhttp.Request, codes []identity.RecoveryCode, done string) fiberhttp.Reply {
	r.Actor.SecondFactorBy, r.Actor.SecondFactorOverdue = time.Time{}, false // they have one since this request began
	v := identitypages.RecoveryCodesView{
		Page: h.server.View(r, fiberhttp.View{Title: "Recovery codes", Robots: "noindex"}), Done: done, Email: identity.Email(r.Actor.Email).Shown(), ReturnTo: factorReturn(r),
	}
	for _, c := range codes {
		v.Codes = append(v.Codes, string(c))
	}
	return fiberhttp.HTML(identitypages.RecoveryCodes(v))
}

func (h *routes) removeTOTP(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	if err := h.Account.RemoveTOTP(ctx, r.Actor); err != nil {
		return h.securityPage(ctx, r, err)
	}
	return fiberhttp.Redirect(securityPath).Flash("totp-off"), nil
}

func (h *routes) makeRecoveryCodes(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	codes, err := h.Account.MakeRecoveryCodes(ctx, r.Actor)
	if err != nil {
		return h.securityPage(ctx, r, err)
	}
	return h.codesPage(r, codes, "The recovery codes from before no longer work."), nil
}

func (h *routes) addPasskey(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	added, err := h.Account.AddPasskey(ctx, account.AddPasskey{
		Actor: r.Actor, Challenge: identity.Secret(r.Form("challenge")), Response: []byte(r.Form("passkey")), Name: r.Form("name"),
	})
	if err != nil {
		return h.factorRefused(ctx, r, err)
	}
	if added.Codes == nil {
		return fiberhttp.Redirect(afterFactor(r)).Flash("passkey-added"), nil
	}
	return h.codesPage(r, added.Codes, "The passkey is added."), nil
}

func (h *routes) renamePasskey(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	if err := h.Account.RenamePasskey(ctx, r.Actor, r.Param("id"), r.Form("name")); err != nil {
		return h.securityPage(ctx, r, err)
	}
	return fiberhttp.Redirect(securityPath).Flash("passkey-renamed"), nil
}

func (h *routes) removePasskey(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	if err := h.Account.RemovePasskey(ctx, r.Actor, r.Param("id")); err != nil {
		return h.securityPage(ctx, r, err)
	}
	return fiberhttp.Redirect(securityPath).Flash("passkey-removed"), nil
}
