package identityhttp

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
)

// ExplainedAccess is whether somebody may do something to a resource, and why.
type ExplainedAccess struct {
	UserID   *string `json:"user_id" format:"uuid" doc:"Null: a visitor."`
	Action   string  `json:"action" example:"edit"`
	Resource string  `json:"resource" example:"post:019aa0f2-0000-7000-8000-000000000000"`
	Title    string  `json:"title" doc:"The resource in words."`
	Allowed  bool    `json:"allowed"`
	Rules    []Rule  `json:"rules" nullable:"false" doc:"Every rule that was looked at."`
}

// Rule is one way to be allowed something, or what keeps somebody out.
type Rule struct {
	Text    string     `json:"text" doc:"A sentence that is true where the rule holds."`
	Holds   bool       `json:"holds"`
	Forbids bool       `json:"forbids" doc:"The action is refused unless the rule holds."`
	Until   *time.Time `json:"until" doc:"When it stops to hold; null: not by itself."`
}

func (h *routes) access() {
	manage := fiberhttp.Permitted(identity.PermissionManageUsers)
	h.server.Page(http.MethodGet, "/admin/access", manage, h.accessPage)

	type input struct {
		Person   string `query:"person" maxLength:"254" doc:"E-mail address or id; absent: a visitor."`
		Kind     string `query:"kind" required:"true" maxLength:"50" example:"post"`
		Action   string `query:"action" required:"true" maxLength:"100" example:"edit"`
		Resource string `query:"resource" required:"true" maxLength:"254" doc:"Its id, or its slug."`
	}
	type output struct{ Body ExplainedAccess }
	fiberhttp.Operation(h.server, manage, huma.Operation{
		OperationID: "explain-access", Method: http.MethodGet, Path: "/admin/access", Tags: []string{"administration"}, Summary: "Explain why somebody may do something",
		Description: "Asked of the functions that decide when they try.",
	}, func(ctx context.Context, in *input) (*output, error) {
		a, err := h.Administration.ExplainAccess(ctx, fiberhttp.ActorFrom(ctx), administration.ExplainAccess(*in))
		if err != nil {
			return nil, err
		}
		out := &output{Body: ExplainedAccess{Action: in.Action, Resource: a.Resource, Title: a.Title, Allowed: a.Allowed, Rules: []Rule{}}}
		if a.Person.ID != "" {
			id := string(a.Person.ID)
			out.Body.UserID = &id
		}
		for _, r := range a.Rules {
			out.Body.Rules = append(out.Body.Rules, Rule{Text: r.Text, Holds: r.Holds, Forbids: r.Forbids, Until: fiberhttp.OptionalTime(r.Until)})
		}
		return out, nil
	})
}

// accessPage answers in the page that asks. What is asked for stands in the address, so that it can be
// led to from elsewhere, and told.
func (h *routes) accessPage(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	v := identitypages.AccessView{
		Page:   h.server.View(r, fiberhttp.View{Title: "Access", Robots: "noindex"}),
		Person: r.Query("person"), Resource: r.Query("resource"), Chosen: r.Query("action"),
	}
	for _, e := range h.Administration.Explained() {
		for _, a := range e.Actions() {
			v.Actions = append(v.Actions, identitypages.RoleOption{Name: e.Kind() + " " + a.Name, Label: a.Label, Chosen: v.Chosen == e.Kind()+" "+a.Name})
		}
	}
	kind, action, asked := strings.Cut(v.Chosen, " ")
	if !asked || strings.TrimSpace(v.Resource) == "" {
		return fiberhttp.HTML(identitypages.Access(v)), nil
	}
	a, err := h.Administration.ExplainAccess(ctx, r.Actor, administration.ExplainAccess{Person: v.Person, Kind: kind, Action: action, Resource: v.Resource})
	if f := fault.As(err); f != nil && (f.Kind == fault.NotFound || f.Kind == fault.Invalid) {
		v.Wrong = f.Message
		status := http.StatusNotFound
		if f.Kind == fault.Invalid {
			status = http.StatusUnprocessableEntity
		}
		return fiberhttp.HTML(identitypages.Access(v)).Status(status), nil
	}
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v.Answer = &identitypages.AccessAnswer{Who: "A visitor", Allowed: a.Allowed, Title: a.Title, URL: a.URL, AuditURL: withQuery("/admin/audit", "resource", a.Resource)}
	if a.Person.ID != "" {
		v.Answer.Who, v.Answer.WhoURL = a.Person.Name, personPath(a.Person.ID)
	}
	for _, o := range v.Actions {
		if o.Chosen {
			v.Answer.Action = o.Label
		}
	}
	for _, rule := range a.Rules {
		v.Answer.Rules = append(v.Answer.Rules, identitypages.AccessRule{Text: rule.Text, Holds: rule.Holds, Forbids: rule.Forbids, Until: rule.Until})
	}
	return fiberhttp.HTML(identitypages.Access(v)), nil
}
