package wire

import (
	"context"
	"strings"
	"testing"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/app/wire/sample"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

func handle(context.Context, events.Event) error { return nil }

func run(context.Context, []byte) error { return nil }

// notices is a module of a product, which does what parts says.
func notices(parts Parts, change func(*Module)) Module {
	m := Module{Name: "notices", Build: Build0(func(*Platform) (Parts, error) { return parts, nil })}
	if change != nil {
		change(&m)
	}
	return m
}

// open opens a program with a further module, as far as serving it would.
func open(t *testing.T, modules ...Module) error {
	t.Helper()
	cfg, err := config.Load([]string{"DATABASE_URL=sqlite://:memory:", "SECRET_KEY=" + config.SampleKey, "ADMIN_ADDR=off"}, Sections(modules...)...)
	if err != nil {
		t.Fatal(err)
	}
	app, err := Open(t.Context(), cfg, zap.NewNop(), Product{Name: "Test", Modules: modules})
	if err != nil {
		return err
	}
	defer func() {
		if err := app.Close(); err != nil {
			t.Error(err)
		}
	}()
	_, err = app.Routes()
	return err
}

// Settings of a module of a product.
type (
	From struct {
		From string `env:"FROM"`
	}
	Factor struct {
		Factor string `env:"SECOND_FACTOR"`
	}
	Notices struct {
		Notices string `env:"NOTICES" envDefault:"some"`
	}
)

func TestModules_GetTheirSettings(t *testing.T) {
	t.Parallel()
	var have []string
	module := func(name string) Module {
		return Module{Name: name, Settings: SettingsOf[Notices](name + "_"), Build: Build2(func(_ *Platform, s Notices, _ identityport.Grants) (Parts, error) {
			have = append(have, s.Notices)
			return Parts{}, nil
		})}
	}
	if err := open(t, module("a"), module("b"), Identity); err != nil || len(have) != 2 || have[0] != "some" {
		t.Errorf("have %v, %v", have, err)
	}
	cfg, err := config.Load([]string{"DATABASE_URL=sqlite://:memory:", "SECRET_KEY=" + config.SampleKey})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), cfg, zap.NewNop(), Product{Name: "Test", Modules: []Module{Identity}}); err == nil || !strings.Contains(err.Error(), "the settings of identity were not read") {
		t.Errorf("have %v", err)
	}
}

func TestModules_MayNotDeclareTheSameThing(t *testing.T) {
	t.Parallel()
	page := func(path string) func(*fiberhttp.Server) error {
		return func(s *fiberhttp.Server) error {
			s.Page("GET", path, fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
				return fiberhttp.NoContent(), nil
			})
			return nil
		}
	}
	for name, c := range map[string]struct {
		module Module
		want   []string
	}{
		"a subscriber of another module": {notices(Parts{Subscribers: []events.Subscriber{
			{Name: "content.erase_author", Event: "identity.user_erased.v1", Handle: handle},
		}}, nil), []string{"content", "notices", "subscriber content.erase_author"}},
		"a subscriber of its own": {notices(Parts{Subscribers: []events.Subscriber{
			{Name: "notices.greet", Event: "identity.user_registered.v1", Handle: handle}, {Name: "notices.greet", Event: "identity.user_renamed.v1", Handle: handle},
		}}, nil), []string{"notices", "subscriber notices.greet", "twice"}},
		"a kind of job": {notices(Parts{Handlers: []jobs.Handler{{Kind: "billing.apply_webhook", Run: run}}}, nil),
			[]string{"billing", "notices", "kind of job billing.apply_webhook"}},
		"a health check": {notices(Parts{Health: []HealthCheck{{Name: "database", Check: func(context.Context) error { return nil }}}}, nil),
			[]string{"the platform", "notices", "health check database"}},
		"a health check that checks nothing": {notices(Parts{Health: []HealthCheck{{Name: "notices.printer"}}}, nil), []string{"notices", "notices.printer", "without"}},
		"a permission": {notices(Parts{}, func(m *Module) {
			m.Grants = []Grant{{Permission: "content.post.write", Roles: []identityport.Role{identityport.RoleAuthor}}}
		}), []string{"content", "notices", "permission content.post.write"}},
		"a permission within organizations": {notices(Parts{}, func(m *Module) {
			m.Within = []OrganizationGrant{{Permission: identity.PermissionReadOrganization}}
		}), []string{"identity", "notices", string(identity.PermissionReadOrganization)}},
		"a setting of the platform": {notices(Parts{}, func(m *Module) { m.Settings = SettingsOf[From]("MAIL_") }), []string{"the platform", "notices", "setting MAIL_FROM"}},
		"a setting":                 {notices(Parts{}, func(m *Module) { m.Settings = SettingsOf[Factor]("REQUIRE_") }), []string{"identity", "notices", "setting REQUIRE_SECOND_FACTOR"}},
		"one of many settings": {notices(Parts{}, func(m *Module) { m.Settings = SettingsOf[Notices]("OAUTH_") }),
			[]string{"identity", "notices", "OAUTH_NOTICES", "OAUTH_*"}},
		"an event": {notices(Parts{}, func(m *Module) { m.Publishes = []events.Payload{identityport.UserErased{}} }), []string{"identity", "notices", "event identity.user_erased.v1"}},
		"a contract": {notices(Parts{}, func(m *Module) {
			m.Provides = []Contract{Provide(func(any) billingport.Entitlements { return nothingSold{} })}
		}), []string{"billing", "notices", "billingport.Entitlements"}},
		"the tables":             {notices(Parts{}, func(m *Module) { m.Name = "content_notices" }), []string{"content_notices", "content", "tables"}},
		"a name of the platform": {notices(Parts{}, func(m *Module) { m.Name = "platform" }), []string{"platform"}},
		"a route":                {notices(Parts{Routes: page("/pricing")}, nil), []string{"billing", "notices", "GET /pricing"}},
		"a route by another name of its parameter": {notices(Parts{Routes: page("/posts/{notice}")}, nil), []string{"content", "notices", "GET /posts/{notice}"}},
		"a page of development":                    {notices(Parts{Development: Development{Routes: page("/dev/mailbox")}}, nil), []string{"the platform", "notices", "GET /dev/mailbox"}},
		"an entry of development that leads nowhere": {notices(Parts{Development: Development{
			Entries: []DevelopmentEntry{{Title: "Printer", Path: "/dev/printer", Text: "What was printed."}},
		}}, nil), []string{"notices", `"Printer"`, `"/dev/printer"`}},
		"an entry of development without a text": {notices(Parts{Development: Development{
			Entries: []DevelopmentEntry{{Title: "Printer", Path: "/dev/mailbox"}},
		}}, nil), []string{"notices", `"Printer"`, "text"}},
		"a sample person": {notices(Parts{Development: Development{
			People: []sample.Person{{Handle: "ada", Name: "Ada", Email: "ada@notices.test", Role: identityport.RoleMember}},
		}}, nil), []string{"sample people", "ada", "ada@notices.test"}},
		"a message": {notices(Parts{Routes: func(s *fiberhttp.Server) error {
			s.Flashes(map[string]layout.Flash{"post-saved": {}})
			return nil
		}}, nil), []string{"content", "notices", "post-saved"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := open(t, Identity, Billing, Content, c.module)
			if err == nil {
				t.Fatal("it starts")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the message lacks %q: %v", want, err)
				}
			}
		})
	}
}

func TestModules_StartInAnyOrder(t *testing.T) {
	t.Parallel()
	for _, list := range [][]Module{{Content, Billing, Identity}, {Billing, Content, Identity}, {Identity, Content, Billing}} {
		if err := open(t, list...); err != nil {
			t.Errorf("%s first: %v", list[0].Name, err)
		}
	}
}

// Desk and Board are contracts of modules.
type (
	Desk  interface{ Ask() string }
	Board interface{ Hang(text string) }
)

type desk string

func (d desk) Ask() string { return string(d) }

func TestModules_GetWhatOthersProvide(t *testing.T) {
	t.Parallel()
	var asked, without string
	reader := Module{Name: "reader", Build: Build3(func(_ *Platform, d Desk, same Optional[Desk], b Optional[Board]) (Parts, error) {
		again, there := same.Get()
		_, hangs := b.Get()
		if asked = d.Ask(); !there || again != d || hangs {
			t.Errorf("have %v, %v and a board: %v", again, there, hangs)
		}
		without = Optional[Desk]{}.Or(desk("closed")).Ask()
		return Parts{}, nil
	})}
	front := Module{Name: "front", Provides: []Contract{Provide(func(d desk) Desk { return d })}, Build: Build0(func(*Platform) (Parts, error) {
		return Parts{UseCases: desk("open")}, nil
	})}
	if err := open(t, reader, front, Identity); err != nil {
		t.Fatal(err)
	}
	if asked != "open" || without != "closed" {
		t.Errorf("asked: %q, without: %q", asked, without)
	}
}

func TestModules_AreRefusedWithoutWhatTheyNeed(t *testing.T) {
	t.Parallel()
	parts := func(*Platform) (Parts, error) { return Parts{}, nil }
	givesDesk := Provide(func(any) Desk { return nil })
	needsBoard := Build1(func(*Platform, Board) (Parts, error) { return Parts{}, nil })
	givesBoard := Provide(func(any) Board { return nil })
	needsDesk := Build1(func(*Platform, Optional[Desk]) (Parts, error) { return Parts{}, nil })
	for name, c := range map[string]struct {
		modules []Module
		want    []string
	}{
		"nothing at all":      {nil, []string{"fiberhttp.Authenticator", "add identity"}},
		"billing alone":       {[]Module{Billing}, []string{"identityport.Directory", "add identity"}},
		"content and billing": {[]Module{Content, Billing}, []string{"identityport.Directory", "content needs identityport.Grants", "add identity"}},
		"a contract nobody has": {[]Module{Identity, {Name: "notices", Build: needsBoard}},
			[]string{"notices needs wire.Board", "list the module that does", "wire.Optional[wire.Board]"}},
		"two that need each other": {[]Module{{Name: "reader", Build: needsDesk}, Identity, {Name: "a", Provides: []Contract{givesDesk}, Build: needsBoard}, {Name: "b", Provides: []Contract{givesBoard}, Build: needsDesk}},
			[]string{"no module can be built first: a needs wire.Board of b, b needs wire.Desk of a. Let one of them subscribe to an event of the other instead"}},
		"use cases of another type": {[]Module{Identity, {Name: "notices", Provides: []Contract{Provide(func(d Desk) Desk { return d })}, Build: Build0(parts)}},
			[]string{"notices", "wire.Desk", "Parts.UseCases"}},
		"a contract that is nil": {[]Module{Identity, {Name: "notices", Provides: []Contract{givesDesk}, Build: Build0(func(*Platform) (Parts, error) { return Parts{UseCases: 1}, nil })}},
			[]string{"notices", "wire.Desk is nil"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := open(t, c.modules...)
			if err == nil {
				t.Fatal("it starts")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the message lacks %q: %v", want, err)
				}
			}
		})
	}
}

// A module's name begins its tables, files and elements.
func TestModules_AreCalledByOneWord(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"my-notes", "Notes", "a b", "1st", "_", "notes;", "nötes"} {
		err := open(t, Identity, notices(Parts{}, func(m *Module) { m.Name = name }))
		if err == nil || !strings.Contains(err.Error(), "cannot be called that") {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"shared", "server", "platform"} {
		if err := open(t, Identity, notices(Parts{}, func(m *Module) { m.Name = name })); err == nil || !strings.Contains(err.Error(), "choose another one") {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := open(t, Identity, notices(Parts{}, func(m *Module) { m.Name = "field_notes2" })); err != nil {
		t.Error(err)
	}
}
