package wire

import (
	"context"
	"fmt"
	"io"
	"path"
	"reflect"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/neoforge-dev/neoforge/adapters/entstore/migrations"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
	"github.com/neoforge-dev/neoforge/adapters/observe"
)

// Canvas is what one module is made of, as read from the running program.
type Canvas struct {
	Name        string
	Summary     string
	UseCases    []string
	Provides    []string
	Needs       []string
	Uses        []string
	Publishes   []string
	Subscribes  []string // "<event> -> <subscriber>"
	Routes      []string // "<method> <path> (<access>)"
	Permissions []string // "<permission> (<roles>)", and ", administrative" of one of those
	Tables      []string
	Jobs        []string // with the interval of those that are scheduled
	Settings    []string
	Health      []string
	Metrics     []string // those that are read when they are asked for
	Navigation  []string // "<place>: <label> -> <path>"
	Docs        []string // paths of pages
	Mails       []string // "<module>.<mail> (<languages>)"
	Islands     []string // as its files define them
	Offline     []string // pages that browsers keep
}

// Canvases describes every module, in their order.
func (a *Application) Canvases(ctx context.Context) ([]Canvas, error) {
	islands, err := assets.Islands(ctx, a.product.Dist, webModules(a.modules)...)
	if err != nil {
		return nil, err
	}
	var out []Canvas
	for _, m := range a.modules {
		c := Canvas{
			Name: m.Name, Summary: m.Summary, Settings: m.Settings.Names(), Metrics: m.metrics, Offline: m.Web.Offline,
			UseCases: useCaseNames(m.UseCases), Mails: a.mailsOf(m),
		}
		if m.Parts.Figures != nil {
			for _, g := range m.Parts.Figures.Gauges {
				c.Metrics = append(c.Metrics, observe.Name(g.Name))
			}
		}
		for _, island := range islands {
			if strings.HasPrefix(island, "nf-"+m.Name+"-") {
				c.Islands = append(c.Islands, island)
			}
		}
		for _, h := range m.Health {
			c.Health = append(c.Health, h.Name)
		}
		for _, e := range m.Web.Navigation {
			c.Navigation = append(c.Navigation, fmt.Sprintf("%s: %s -> %s", e.Place, e.Label, e.Path))
		}
		if c.Docs, err = m.Web.Docs.paths(); err != nil {
			return nil, fmt.Errorf("documentation of %s: %w", m.Name, err)
		}
		for _, p := range m.Provides {
			c.Provides = append(c.Provides, p.of.String())
		}
		for _, n := range m.needs() {
			if n.optional {
				c.Uses = append(c.Uses, n.of.String())
			} else {
				c.Needs = append(c.Needs, n.of.String())
			}
		}
		for _, p := range m.Publishes {
			c.Publishes = append(c.Publishes, p.EventName())
		}
		for _, s := range m.Subscribers {
			c.Subscribes = append(c.Subscribes, s.Event+" -> "+s.Name)
		}
		for _, g := range m.Grants {
			roles := make([]string, len(g.Roles))
			for i, r := range g.Roles {
				roles[i] = string(r)
			}
			line := fmt.Sprintf("%s (%s)", g.Permission, strings.Join(roles, ", "))
			if g.Administrative {
				line += ", administrative"
			}
			c.Permissions = append(c.Permissions, line)
		}
		tables, err := migrations.Names(m.Tables)
		if err != nil {
			return nil, err
		}
		c.Tables = tables
		every := map[string]string{}
		for _, s := range m.Schedules {
			every[s.Kind] = fmt.Sprintf(" (every %s)", s.Every)
		}
		for _, h := range m.Handlers {
			c.Jobs = append(c.Jobs, h.Kind+every[h.Kind])
		}
		if c.Routes, err = a.routesOf(m); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func (a *Application) mailsOf(m built) []string {
	templates := a.mails.Of(m.Name)
	kinds, languages := templates.Kinds(), strings.Join(templates.Languages(), ", ")
	for i, kind := range kinds {
		kinds[i] = fmt.Sprintf("%s.%s (%s)", m.Name, kind, languages)
	}
	return kinds
}

// routesOf registers one module alone and lists what it added.
func (a *Application) routesOf(m built) ([]string, error) {
	bare, err := a.bareServer(true)
	if err != nil {
		return nil, err
	}
	own := map[string]bool{}
	for _, r := range bare.Routes() {
		own[r.Method+" "+r.Path] = true
	}
	if m.Parts.Routes != nil {
		if err := m.Parts.Routes(bare); err != nil {
			return nil, fmt.Errorf("routes of %s: %w", m.Name, err)
		}
	}
	var out []string
	for _, r := range bare.Routes() {
		if !own[r.Method+" "+r.Path] {
			out = append(out, fmt.Sprintf("%s %s (%s)", r.Method, r.Path, r.Access))
		}
	}
	return out, nil
}

// useCaseNames lists the methods that take a context and a result: those that do
// something for somebody. Where a context is divided into rooms, which are the fields of
// app, each name is that of its room and its own.
func useCaseNames(app any) []string {
	if app == nil {
		return nil
	}
	out := methodNames(reflect.TypeOf(app))
	if t := reflect.TypeOf(app); t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct {
		for i := range t.Elem().NumField() {
			room := t.Elem().Field(i)
			if !room.IsExported() || room.Type.Kind() != reflect.Pointer {
				continue
			}
			for _, name := range methodNames(room.Type) {
				out = append(out, path.Base(room.Type.Elem().PkgPath())+"."+name)
			}
		}
	}
	slices.Sort(out)
	return out
}

func methodNames(t reflect.Type) []string {
	ctx := reflect.TypeFor[interface{ Done() <-chan struct{} }]()
	var out []string
	for i := range t.NumMethod() {
		m := t.Method(i)
		if m.Type.NumIn() > 1 && m.Type.In(1).Implements(ctx) {
			out = append(out, m.Name)
		}
	}
	return out
}

func (c Canvas) sections() []struct {
	title string
	lines []string
} {
	return []struct {
		title string
		lines []string
	}{
		{"Use cases", c.UseCases}, {"Contracts provided", c.Provides}, {"Contracts needed", c.Needs}, {"Contracts used where there", c.Uses}, {"Events published", c.Publishes}, {"Events handled", c.Subscribes},
		{"Permissions", c.Permissions}, {"Routes", c.Routes}, {"Tables", c.Tables}, {"Jobs", c.Jobs}, {"Settings", c.Settings},
		{"Health checks", c.Health}, {"Metrics", c.Metrics}, {"Navigation", c.Navigation}, {"Documentation pages", c.Docs}, {"Mails", c.Mails}, {"Islands", c.Islands}, {"Pages read offline", c.Offline},
	}
}

// WriteCanvases writes the canvases for a terminal.
func WriteCanvases(w io.Writer, list []Canvas) error {
	tw := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, c := range list {
		fmt.Fprintf(tw, "%s\t%s\n", strings.ToUpper(c.Name), c.Summary)
		for _, s := range c.sections() {
			for i, line := range s.lines {
				title := s.title
				if i > 0 {
					title = ""
				}
				fmt.Fprintf(tw, "  %s\t%s\n", title, line)
			}
		}
		fmt.Fprintln(tw)
	}
	return tw.Flush()
}

// WriteCanvasesMarkdown writes modules/README.md.
func WriteCanvasesMarkdown(w io.Writer, list []Canvas) error {
	var b strings.Builder
	b.WriteString("# The modules\n\nWritten by `task docs:modules` from the running program; the gate checks that it is current.\n")
	for _, c := range list {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", c.Name, c.Summary)
		for _, s := range c.sections() {
			if len(s.lines) == 0 {
				continue
			}
			fmt.Fprintf(&b, "\n**%s**\n\n", s.title)
			for _, line := range s.lines {
				fmt.Fprintf(&b, "- `%s`\n", line)
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
