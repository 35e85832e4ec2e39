//go:build !release

package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/devhttp"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/app/wire/sample"
)

// developing reports whether the program has the tools of development: the mailbox, the
// clock that can be moved, and what its modules bring.
func developing(cfg config.Config) bool { return !cfg.IsProduction() }

// TellOfChanges has pages take over what is saved while they are shown, in development; it
// comes after BringUp. What a failed build said is read from beside the program, where
// `task dev` puts both.
func (a *Application) TellOfChanges() {
	if !a.developing {
		return
	}
	var built string
	if file, err := os.Executable(); err == nil {
		built = filepath.Dir(file)
	}
	if live, ok := assets.Reload(a.assets, built); ok {
		a.saved, a.endSaved = live.Events, live.Close
	}
}

// developmentRoutes registers what is under /dev.
func (a *Application) developmentRoutes(s *fiberhttp.Server) error {
	if !a.developing {
		return nil
	}
	d := devhttp.Deps{Clock: a.infra.clock, Password: sample.Password, Saved: a.saved}
	if queue := a.infra.queue; queue != nil {
		d.Advanced = queue.QueueSchedules
	}
	if box := a.infra.mailbox; box != nil {
		d.Mails = func(to string) []devhttp.Mail {
			mails := box.List(to)
			out := make([]devhttp.Mail, len(mails))
			for i, l := range mails {
				out[i] = devhttp.Mail(l)
			}
			return out
		}
	}
	for _, m := range a.modules {
		for _, e := range m.Development.Entries {
			d.Tools = append(d.Tools, devhttp.Tool(e))
		}
	}
	for _, p := range a.samplePeople() {
		d.People = append(d.People, devhttp.Person{Name: p.Name, Email: p.Email, About: p.About})
	}
	if err := devhttp.Register(s, d); err != nil {
		return err
	}
	for _, m := range a.modules {
		if m.Development.Routes == nil {
			continue
		}
		s.Owner(m.Name)
		if err := m.Development.Routes(s); err != nil {
			return fmt.Errorf("development routes of %s: %w", m.Name, err)
		}
	}
	s.Owner(platform)
	return nil
}

// checkDevelopment refuses an entry of /dev that leads to none of the routes.
func (a *Application) checkDevelopment(routes []fiberhttp.RouteInfo) error {
	var faults []error
	for _, m := range a.modules {
		for _, e := range m.Development.Entries {
			if e.Title == "" || e.Text == "" || !leads(routes, e.Path) {
				faults = append(faults, fmt.Errorf("%s declares the development entry %q for %q: it needs a title, a text and a path that a route serves", m.Name, e.Title, e.Path))
			}
		}
	}
	return errors.Join(faults...)
}

// leads reports whether one of the routes serves a path.
func leads(routes []fiberhttp.RouteInfo, path string) bool {
	asked := strings.Split(path, "/")
	for _, r := range routes {
		served := strings.Split(r.Path, "/")
		if r.Method != http.MethodGet || len(served) != len(asked) {
			continue
		}
		same := true
		for i, part := range served {
			same = same && (part == asked[i] || strings.HasPrefix(part, "{") && asked[i] != "")
		}
		if same {
			return true
		}
	}
	return false
}

// People lists the sample people; nobody in production.
func (a *Application) People() []SamplePerson {
	var out []SamplePerson
	for _, p := range a.samplePeople() {
		out = append(out, SamplePerson{p, sample.Password})
	}
	return out
}

// Seed writes the sample data of all modules that is missing, and says what was. It refuses
// in production.
func (a *Application) Seed(ctx context.Context, out io.Writer) error {
	if !a.developing {
		return fmt.Errorf("sample people have a known password, so production gets none: use `%s user create`", a.product.CommandName())
	}
	s := &sample.Seeding{People: a.samplePeople()}
	for _, m := range a.modules {
		if m.Parts.Seed == nil {
			continue
		}
		if err := m.Parts.Seed(ctx, s); err != nil {
			return fmt.Errorf("seed %s: %w", m.Name, err)
		}
	}
	_, err := fmt.Fprintln(out, s)
	return err
}
