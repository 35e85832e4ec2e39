package identityhttp

import (
	"context"
	"net/http"
	"net/url"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/ports/localpath"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// factorReturn is where somebody goes on who was led to set up a second factor; empty
// for who came by themselves.
func factorReturn(r *fiberhttp.Request) string {
	to := r.Form("return_to")
	if to == "" {
		to = r.Query("return_to")
	}
	if to == "" {
		return ""
	}
	return localpath.OrRoot(to)
}

// factorPage is the page on which a form that sets up a factor stood, with the name
// that was typed.
func factorPage(r *fiberhttp.Request) string {
	if to := factorReturn(r); to != "" {
		return withQuery(fiberhttp.SecondFactorPath, "name", nameOfPasskey(r), "return_to", to)
	}
	return withQuery(securityPath, "name", nameOfPasskey(r))
}

// nameOfPasskey is what somebody called a passkey that is not made yet, in the form that
// makes one or on the page that they were led back to.
func nameOfPasskey(r *fiberhttp.Request) string {
	name := r.Query("name")
	if r.Path == securityPath+"/passkeys" {
		name = r.Form("name")
	}
	if utf8.RuneCountInString(name) > longestPasskeyName {
		return ""
	}
	return name
}

const longestPasskeyName = 60

// afterFactor is the page that follows a factor that was set up.
func afterFactor(r *fiberhttp.Request) string {
	if to := factorReturn(r); to != "" {
		return to
	}
	return securityPath
}

// factorRefused shows what went wrong on the page that the form stood on.
func (h *routes) factorRefused(ctx context.Context, r *fiberhttp.Request, wrong error) (fiberhttp.Reply, error) {
	if factorReturn(r) == "" {
		return h.securityPage(ctx, r, wrong)
	}
	return h.factorSetupPage(ctx, r, wrong)
}

func (h *routes) showFactorSetup(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.factorSetupPage(ctx, r, nil)
}

func (h *routes) factorSetupPage(ctx context.Context, r *fiberhttp.Request, wrong error) (fiberhttp.Reply, error) {
	status, message, retry, err := explained(wrong)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	d, err := h.Account.SecondFactorDemand(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := identitypages.FactorSetupView{
		Page: h.server.View(r, fiberhttp.View{Title: "Second factor", Robots: "noindex"}),
		Has:  d.Has, ReturnTo: factorReturn(r), Impersonated: r.Actor.Impersonator != "", Error: message,
		NewPasskey: nameOfPasskey(r),
	}
	if v.ReturnTo == "" {
		v.ReturnTo = "/account"
	}
	for _, one := range demands(d) {
		v.Demands = append(v.Demands, identitypages.FactorDemand{Name: one.Name, Organization: one.Organization != "", By: one.By, Over: one.Over})
	}
	return retry(fiberhttp.HTML(identitypages.FactorSetup(v)).Status(status)), nil
}

// demands lists what requires a second factor, the installation first.
func demands(d account.FactorDemand) []account.Demand {
	if d.Installation.Name == "" {
		return d.Places
	}
	return append([]account.Demand{d.Installation}, d.Places...)
}

// FactorState is whether the person has a second factor, and what requires one.
type FactorState struct {
	Has      bool                `json:"has" doc:"Whether there is a passkey, or an authenticator app that was confirmed."`
	Required []FactorRequirement `json:"required" nullable:"false" doc:"Who requires a second factor of the person. Empty: nobody."`
}

// FactorRequirement is one requirement of a second factor.
type FactorRequirement struct {
	OrganizationID identity.OrganizationID `json:"organization_id,omitempty" format:"uuid" doc:"Absent for the installation."`
	Name           string                  `json:"name"`
	Until          *time.Time              `json:"until" doc:"The end of the grace period. Null for who has a second factor."`
	Overdue        bool                    `json:"overdue" doc:"Whether the grace period is over, and what requires the factor is withheld."`
}

// factorState registers the operation that tells what requires a second factor.
func (h *routes) factorState() {
	type state struct{ Body FactorState }
	fiberhttp.Operation(h.server, fiberhttp.SignedIn().WithoutSecondFactor(), huma.Operation{
		OperationID: "second-factor-state", Method: http.MethodGet, Path: "/me/second-factor", Tags: []string{"factors"},
		Summary:     "Whether a second factor is set up, and who requires one",
		Description: "Until a required one is set up, and once its grace period is over, other operations answer 403 identity.second_factor_needed.",
	}, func(ctx context.Context, _ *struct{}) (*state, error) {
		d, err := h.Account.SecondFactorDemand(ctx, fiberhttp.ActorFrom(ctx))
		if err != nil {
			return nil, err
		}
		out := &state{Body: FactorState{Has: d.Has, Required: []FactorRequirement{}}}
		for _, one := range demands(d) {
			out.Body.Required = append(out.Body.Required, FactorRequirement{OrganizationID: one.Organization, Name: one.Name, Overdue: one.Over, Until: fiberhttp.OptionalTime(one.By)})
		}
		return out, nil
	})
}

// requireSecondFactor turns an organization's requirement on or off.
func (h *routes) requireSecondFactor(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	id, required := identity.OrganizationID(r.Param("id")), r.Form("required") == "yes"
	if err := h.Organizations.RequireSecondFactor(ctx, r.Actor, id, required); err != nil {
		words, status, shown := told(err)
		if !shown {
			return fiberhttp.Reply{}, err
		}
		reply, pageErr := h.organizationPage(ctx, r, layout.FieldErrors{"": words}, status)
		return comeBack(reply, err), pageErr
	}
	flash := "second-factor-optional"
	if required {
		flash = "second-factor-required"
	}
	return fiberhttp.Redirect("/organizations/" + url.PathEscape(string(id))).Flash(flash), nil
}
