package identityhttp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/privacy"
)

// DataExport is one archive of everything about a person.
type DataExport struct {
	ID         string     `json:"id" format:"uuid"`
	State      string     `json:"state" enum:"running,ready,failed"`
	Done       int        `json:"done" doc:"Parts of the site that have answered."`
	Total      int        `json:"total"`
	Size       int64      `json:"size" doc:"Of the archive, in bytes."`
	CreatedAt  time.Time  `json:"created_at"`
	FinishedAt *time.Time `json:"finished_at"`
	ExpiresAt  time.Time  `json:"expires_at"`
	URL        string     `json:"download_url,omitempty" doc:"Path of the archive, once it is ready."`
}

// DataExports is a list of archives.
type DataExports struct {
	Items      []DataExport `json:"items" nullable:"false"`
	NextCursor *string      `json:"next_cursor"`
}

// Consent is a text and the person's word on it.
type Consent struct {
	Kind           string     `json:"kind"`
	Title          string     `json:"title"`
	CurrentVersion string     `json:"current_version"`
	Needed         bool       `json:"needed" doc:"Whether the account rests on it."`
	Given          bool       `json:"given"`
	Version        string     `json:"version,omitempty" doc:"That the word is about."`
	At             *time.Time `json:"at"`
}

// Consents is the person's word on everything.
type Consents struct {
	Items      []Consent `json:"items" nullable:"false"`
	NextCursor *string   `json:"next_cursor"`
}

// ConsentChanges is what changes.
type ConsentChanges struct {
	Items []ConsentChange `json:"items" validate:"required,min=1,max=20"`
}

// ConsentChange is the person's word on one text.
type ConsentChange struct {
	Kind    string `json:"kind"`
	Version string `json:"version,omitempty" doc:"That was shown; empty: the current one."`
	Given   bool   `json:"given"`
}

// Deletion says when an account ends.
type Deletion struct {
	EraseAt time.Time `json:"erase_at"`
}

func exportView(e identity.DataExport) DataExport {
	out := DataExport{
		ID: e.ID, State: string(e.State), Done: e.Done, Total: e.Total, Size: e.Size, CreatedAt: e.CreatedAt, ExpiresAt: e.ExpiresAt,
	}
	if !e.FinishedAt.IsZero() {
		out.FinishedAt = &e.FinishedAt
	}
	if e.State == identity.ExportReady {
		out.URL = "/account/data/exports/" + e.ID
	}
	return out
}

func (h *routes) dataAPI() {
	h.exportAPI()
	h.consentAPI()

	type deletion struct{ Body Deletion }
	fiberhttp.Operation(h.server, fiberhttp.Recently().WithoutSecondFactor(), huma.Operation{
		OperationID: "delete-me", Method: http.MethodDelete, Path: "/me", Tags: []string{"identity"},
		Summary: "Delete one's account", DefaultStatus: http.StatusAccepted,
		Description: "Signs out everywhere. Everything about the person is erased when the grace period of fourteen days is over.",
	}, func(ctx context.Context, _ *struct{}) (*deletion, error) {
		actor := fiberhttp.ActorFrom(ctx)
		u, err := h.Privacy.DeleteAccount(ctx, privacy.DeleteAccount{Actor: actor, Email: actor.Email})
		if err != nil {
			return nil, err
		}
		fiberhttp.EndSession(ctx)
		return &deletion{Body: Deletion{EraseAt: u.EraseAt}}, nil
	})
	fiberhttp.Operation(h.server, fiberhttp.SignedIn().WithoutSecondFactor(), huma.Operation{
		OperationID: "keep-me", Method: http.MethodDelete, Path: "/me/deletion", Tags: []string{"identity"},
		Summary: "Keep an account that is being deleted", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		return nil, h.Privacy.KeepAccount(ctx, fiberhttp.ActorFrom(ctx))
	})
}

func (h *routes) exportAPI() {
	type one struct{ Body DataExport }
	fiberhttp.Operation(h.server, fiberhttp.Recently().WithoutSecondFactor(), huma.Operation{
		OperationID: "request-my-export", Method: http.MethodPost, Path: "/me/exports", Tags: []string{"identity"},
		Summary: "Have one's data collected", DefaultStatus: http.StatusAccepted,
	}, func(ctx context.Context, _ *struct{}) (*one, error) {
		e, err := h.Privacy.RequestExport(ctx, fiberhttp.ActorFrom(ctx))
		if err != nil {
			return nil, err
		}
		return &one{Body: exportView(e)}, nil
	})

	type list struct{ Body DataExports }
	fiberhttp.Operation(h.server, fiberhttp.SignedIn().WithoutSecondFactor(), huma.Operation{
		OperationID: "list-my-exports", Method: http.MethodGet, Path: "/me/exports", Tags: []string{"identity"}, Summary: "One's exports",
	}, func(ctx context.Context, _ *struct{}) (*list, error) {
		all, err := h.Privacy.Exports(ctx, fiberhttp.ActorFrom(ctx))
		if err != nil {
			return nil, err
		}
		out := &list{Body: DataExports{Items: []DataExport{}}}
		for _, e := range all {
			out.Body.Items = append(out.Body.Items, exportView(e))
		}
		return out, nil
	})

	type path struct {
		ID string `path:"id" maxLength:"64"`
	}
	fiberhttp.Operation(h.server, fiberhttp.SignedIn().WithoutSecondFactor(), huma.Operation{
		OperationID: "get-my-export", Method: http.MethodGet, Path: "/me/exports/{id}", Tags: []string{"identity"}, Summary: "How far an export is",
	}, func(ctx context.Context, in *path) (*one, error) {
		e, err := h.Privacy.DataExport(ctx, fiberhttp.ActorFrom(ctx), in.ID)
		if err != nil {
			return nil, err
		}
		return &one{Body: exportView(e)}, nil
	})

	type document struct {
		Status      int
		ContentType string `header:"Content-Type"`
		Disposition string `header:"Content-Disposition"`
		Body        []byte
	}
	fiberhttp.Operation(h.server, fiberhttp.Recently().WithoutSecondFactor(), huma.Operation{
		OperationID: "export-me", Method: http.MethodGet, Path: "/me/export", Tags: []string{"identity"}, Summary: "Everything about oneself",
		Description: "200 with the newest archive (application/zip), or 202 with the progress of the one that is being made, or 404 when none was asked for: POST /me/exports asks for one.",
		Responses: map[string]*huma.Response{
			"200": {Description: "The archive.", Content: map[string]*huma.MediaType{"application/zip": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}},
			"202": {Description: "It is being made: ask again."},
		},
	}, func(ctx context.Context, _ *struct{}) (*document, error) {
		actor := fiberhttp.ActorFrom(ctx)
		e, archive, err := h.newestExport(ctx, actor)
		if err != nil {
			return nil, err
		}
		if archive != nil {
			return &document{Status: http.StatusOK, ContentType: "application/zip", Disposition: h.attachment(e), Body: archive}, nil
		}
		body, err := json.Marshal(exportView(e))
		if err != nil {
			return nil, fmt.Errorf("identityhttp: encode export: %w", err)
		}
		return &document{Status: http.StatusAccepted, ContentType: "application/json", Body: body}, nil
	}, fiberhttp.Head(h.headNewestExport))
}

// newestExport returns the newest archive, or the export that runs; ErrExportAbsent. It
// begins none: any page of the web can have a browser send a GET.
func (h *routes) newestExport(ctx context.Context, actor identity.Actor) (identity.DataExport, []byte, error) {
	all, err := h.Privacy.Exports(ctx, actor)
	if err != nil {
		return identity.DataExport{}, nil, err
	}
	for _, e := range all {
		switch e.State {
		case identity.ExportRunning:
			return e, nil, nil
		case identity.ExportReady:
			e, archive, err := h.Privacy.ExportArchive(ctx, actor, e.ID)
			if !errors.Is(err, identity.ErrExportAbsent) {
				return e, archive, err
			}
		}
	}
	return identity.DataExport{}, nil, identity.ErrExportAbsent
}

// headNewestExport is newestExport for HEAD, which fetches nothing.
func (h *routes) headNewestExport(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	all, err := h.Privacy.Exports(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	for _, e := range all {
		switch e.State {
		case identity.ExportRunning:
			return fiberhttp.Bytes("application/json", nil).Status(http.StatusAccepted), nil
		case identity.ExportReady:
			return h.archiveHead(e), nil
		}
	}
	return fiberhttp.Reply{}, identity.ErrExportAbsent
}

func (h *routes) consentAPI() {
	type list struct{ Body Consents }
	state := func(ctx context.Context) (*list, error) {
		all, err := h.Privacy.Consents(ctx, fiberhttp.ActorFrom(ctx))
		if err != nil {
			return nil, err
		}
		out := &list{Body: Consents{Items: []Consent{}}}
		for _, c := range all {
			item := Consent{
				Kind: string(c.Kind), Title: c.Title, CurrentVersion: c.Agreement.Version, Needed: c.Needed, Given: c.Given, Version: c.Version,
			}
			if !c.At.IsZero() {
				item.At = &c.At
			}
			out.Body.Items = append(out.Body.Items, item)
		}
		return out, nil
	}
	fiberhttp.Operation(h.server, fiberhttp.SignedIn().WithoutSecondFactor(), huma.Operation{
		OperationID: "list-my-consents", Method: http.MethodGet, Path: "/me/consents", Tags: []string{"identity"}, Summary: "What one agreed to",
	}, func(ctx context.Context, _ *struct{}) (*list, error) { return state(ctx) })

	type changes struct{ Body ConsentChanges }
	fiberhttp.Operation(h.server, fiberhttp.SignedIn().WithoutSecondFactor(), huma.Operation{
		OperationID: "set-my-consents", Method: http.MethodPut, Path: "/me/consents", Tags: []string{"identity"}, Summary: "Agree, or take it back",
	}, func(ctx context.Context, in *changes) (*list, error) {
		var given []privacy.GivenConsent
		for _, c := range in.Body.Items {
			given = append(given, privacy.GivenConsent{Kind: identity.ConsentKind(c.Kind), Version: c.Version, Given: c.Given})
		}
		if err := h.Privacy.SetConsents(ctx, fiberhttp.ActorFrom(ctx), given...); err != nil {
			return nil, err
		}
		return state(ctx)
	})
}
