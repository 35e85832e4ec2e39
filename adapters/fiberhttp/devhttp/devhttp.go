//go:build !release

package devhttp

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/web/pages/devpages"
)

// Deps is what the routes need. What is nil is left out, with its routes.
type Deps struct {
	Mails func(to string) []Mail // newest first
	Clock *clock.Adjustable
	// Advanced has what became due when the clock was moved done; nil: it waits.
	Advanced func(ctx context.Context) error
	// Saved writes to a page what is saved while it is shown, as server-sent events; nil:
	// pages stay as they are until they are loaded again.
	Saved func(ctx context.Context, w io.Writer) error
	// Tools are what modules have beside the mailbox and the clock, in the order of the index.
	Tools []Tool
	// People are whom one can sign in as, all with the Password.
	People   []Person
	Password string
}

// Tool leads from the index to a page.
type Tool struct{ Title, Path, Text string }

// Person is somebody to sign in as; About says what they may do.
type Person struct{ Name, Email, About string }

type routes struct {
	Deps
	server *fiberhttp.Server
}

// Register adds the routes of development.
func Register(s *fiberhttp.Server, d Deps) error {
	h := &routes{Deps: d, server: s}
	s.Page(http.MethodGet, "/dev", fiberhttp.Public(), h.index)
	s.Navigate(fiberhttp.Entry{Place: fiberhttp.InFooter, Label: "Development tools", Path: "/dev", Order: 70})
	s.Page(http.MethodGet, "/dev/routes", fiberhttp.Public(), h.table)
	if d.Mails != nil || s.Describing() {
		s.Page(http.MethodGet, "/dev/mailbox", fiberhttp.Public(), h.mailbox)
		s.Page(http.MethodGet, "/dev/mailbox.json", fiberhttp.Public(), h.mailboxJSON, fiberhttp.Program())
		s.Page(http.MethodGet, "/dev/mailbox/{id}", fiberhttp.Public(), h.mail)
	}
	if d.Clock != nil || s.Describing() {
		s.Page(http.MethodPost, "/dev/clock", fiberhttp.Public(), h.advance, fiberhttp.Program())
	}
	if d.Saved != nil || s.Describing() {
		s.Page(http.MethodGet, "/dev/events", fiberhttp.Public(), h.events, fiberhttp.Quiet())
	}
	return nil
}

func (h *routes) events(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
	return fiberhttp.Stream("text/event-stream", h.Saved), nil
}

func (h *routes) index(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	v := devpages.IndexView{
		Page: h.server.View(r, fiberhttp.View{Title: "Development", Robots: "noindex"}), Password: h.Password,
		Tools: []devpages.Tool{
			{Title: "Routes", URL: "/dev/routes", Text: "Every route with who may use it."},
			{Title: "API description", URL: "/api/openapi.json", Text: "OpenAPI 3.1 of the JSON API."},
		},
	}
	if h.Mails != nil {
		v.Tools = append(v.Tools, devpages.Tool{Title: "Mailbox", URL: "/dev/mailbox", Text: "Mails that were sent. For programs: /dev/mailbox.json?to="})
	}
	for _, t := range h.Tools {
		v.Tools = append(v.Tools, devpages.Tool{Title: t.Title, URL: t.Path, Text: t.Text})
	}
	for _, p := range h.People {
		v.People = append(v.People, devpages.Person{Name: p.Name, Email: p.Email, Note: p.About})
	}
	return fiberhttp.HTML(devpages.Index(v)), nil
}

// table is plain JSON: it is read by people and by scripts alike.
func (h *routes) table(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
	type row struct {
		Method string `json:"method"`
		Path   string `json:"path"`
		Access string `json:"access"`
		Note   string `json:"note,omitempty"`
	}
	rows := []row{}
	for _, rt := range h.server.Routes() {
		rows = append(rows, row(rt))
	}
	body, err := json.MarshalIndent(rows, "", "  ")
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Bytes("application/json", body), nil
}

var errDuration = fault.New(fault.Invalid, "dev.invalid_duration", `Send {"advance":"720h"}: a duration of more than nothing.`)

// advance moves the clock forward, and answers what time it is then.
func (h *routes) advance(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	var in struct {
		Advance string `json:"advance"`
	}
	if err := json.Unmarshal(r.Body(), &in); err != nil {
		return fiberhttp.Reply{}, errDuration
	}
	d, err := time.ParseDuration(in.Advance)
	if err != nil || d <= 0 {
		return fiberhttp.Reply{}, errDuration
	}
	h.Clock.Advance(d)
	if h.Advanced != nil {
		if err := h.Advanced(ctx); err != nil {
			return fiberhttp.Reply{}, err
		}
	}
	return asJSON(map[string]time.Time{"now": h.Clock.Now()})
}

func asJSON(v any) (fiberhttp.Reply, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Bytes("application/json", body), nil
}
