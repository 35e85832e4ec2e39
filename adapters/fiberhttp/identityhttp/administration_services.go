package identityhttp

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/breaker"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
)

// OutsideService is a service outside of the program, as one process sees it.
type OutsideService struct {
	Service    string     `json:"service" doc:"mail, payments:PROVIDER, sign_in:PROVIDER, breached_passwords, captcha, cdn, or what a product added."`
	State      string     `json:"state" enum:"closed,half_open,open" doc:"Of its circuit breaker. Closed: calls go through, if there are any. Open: it failed and is left alone. Half open: one call goes through, to see whether it is back."`
	Since      time.Time  `json:"since" doc:"When the state began."`
	RetryAt    *time.Time `json:"retry_at" doc:"When it is called again; null when closed."`
	AnsweredAt *time.Time `json:"answered_at" doc:"When the latest call was answered; null when none was. With failed_at null, too, the service was not called yet."`
	LastError  string     `json:"last_error" doc:"Of the latest call that failed; empty when none did."`
	FailedAt   *time.Time `json:"failed_at" doc:"When that was; null when none did."`
	Answered   uint64     `json:"answered" doc:"Calls since the start of the process."`
	Failed     uint64     `json:"failed"`
	Refused    uint64     `json:"refused" doc:"Calls that were not made, because the service was left alone."`
	Opened     uint64     `json:"opened" doc:"How often it began to be left alone."`
}

// OutsideServices is all of them.
type OutsideServices struct {
	Items []OutsideService `json:"items" nullable:"false"`
}

func (h *routes) outsideServices() {
	manage := fiberhttp.Permitted(identity.PermissionManageUsers)
	h.server.Page(http.MethodGet, "/admin/services", manage, h.showServices)
	type list struct{ Body OutsideServices }
	fiberhttp.Operation(h.server, manage, huma.Operation{
		OperationID: "list-outside-services", Method: http.MethodGet, Path: "/admin/services", Tags: []string{"administration"},
		Summary: "Services outside of the program, and whether they answer", Description: "As the process that answers sees them.",
	}, func(context.Context, *struct{}) (*list, error) {
		out := &list{Body: OutsideServices{Items: []OutsideService{}}}
		for _, s := range h.statuses() {
			out.Body.Items = append(out.Body.Items, OutsideService{
				Service: s.Service, State: string(s.State), Since: s.Since, RetryAt: fiberhttp.OptionalTime(s.RetryAt), AnsweredAt: fiberhttp.OptionalTime(s.AnsweredAt), LastError: s.LastError, FailedAt: fiberhttp.OptionalTime(s.FailedAt),
				Answered: s.Answered, Failed: s.Failed, Refused: s.Refused, Opened: s.Opened,
			})
		}
		return out, nil
	})
}

func (h *routes) statuses() []breaker.Status {
	if h.Services == nil {
		return nil
	}
	return h.Services()
}

func (h *routes) showServices(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	v := identitypages.ServicesView{Page: h.server.View(r, fiberhttp.View{Title: "Outside services", Robots: "noindex"})}
	for _, s := range h.statuses() {
		v.Services = append(v.Services, identitypages.ServiceRow{
			Name: s.Service, State: string(s.State), Since: s.Since, RetryAt: s.RetryAt, AnsweredAt: s.AnsweredAt, LastError: s.LastError, FailedAt: s.FailedAt,
			Answered: s.Answered, Failed: s.Failed, Refused: s.Refused,
		})
	}
	return fiberhttp.HTML(identitypages.Services(v)), nil
}
