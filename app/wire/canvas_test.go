package wire

import (
	"context"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/observe"
)

func TestCanvases_ListWhatModulesBring(t *testing.T) {
	t.Parallel()
	desk := Module{
		Name:  "desk",
		Mails: words(posted),
		Web: Web{
			Navigation: []fiberhttp.Entry{{Place: fiberhttp.InFooter, Label: "Desk", Path: "/desk"}},
			Docs:       Docs{Files: fstest.MapFS{"desk.md": {Data: []byte("# The desk")}}},
		},
		Build: Build0(func(p *Platform) (Parts, error) {
			err := p.Metrics.WatchGroup([]observe.Gauge{{Name: "desks_free", Help: "Desks."}, {Name: "desks_taken", Help: "Desks."}}, func() ([]observe.Sample, error) { return nil, nil })
			return Parts{Health: []HealthCheck{{Name: "desk.drawer", Check: func(context.Context) error { return nil }}}}, err
		}),
	}
	app, err := OpenToDescribe(t.Context(), Product{Name: "Test", Modules: []Module{desk, Identity, Content}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := app.Close(); err != nil {
			t.Error(err)
		}
	}()
	canvases, err := app.Canvases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	of := func(name string) Canvas {
		i := slices.IndexFunc(canvases, func(c Canvas) bool { return c.Name == name })
		if i < 0 {
			t.Fatalf("there is no %s", name)
		}
		return canvases[i]
	}
	have := of("desk")
	for what, lines := range map[string][2][]string{
		"health checks": {have.Health, {"desk.drawer"}},
		"metrics":       {have.Metrics, {"neoforge_desks_free", "neoforge_desks_taken"}},
		"navigation":    {have.Navigation, {"footer: Desk -> /desk"}},
		"documentation": {have.Docs, {"/docs/desk"}},
		"mails":         {have.Mails, {"desk.posted (en)"}},
		"islands":       {have.Islands, nil},
		// What the files of modules define, each module its own.
		"islands of content":  {of("content").Islands, {"nf-content-draft-state", "nf-content-editor", "nf-content-embed", "nf-content-open-editors", "nf-content-share"}},
		"islands of identity": {of("identity").Islands, {"nf-identity-acting", "nf-identity-copy", "nf-identity-menu", "nf-identity-passkey"}},
	} {
		if !slices.Equal(lines[0], lines[1]) {
			t.Errorf("%s: have %v, want %v", what, lines[0], lines[1])
		}
	}
}
