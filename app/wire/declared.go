package wire

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/app/config"
)

// platform is who declares what belongs to no module.
const platform = "the platform"

// reserved are names whose prefixes the platform uses in tables, jobs and subscribers, or
// beside the folders of modules.
var reserved = []string{"events", "goose", "job", "observe", "platform", "river", "server", "shared"}

// claims is what modules declare, by its name, and whose it is. What one of them
// declares under a name, no other one may: an inbox, a queue or a table would take the
// two for one.
type claims struct {
	owners map[string]string
	faults []error
}

func (c *claims) take(what, name, owner string) {
	key := what + " " + name
	switch other, taken := c.owners[key]; {
	case !taken:
		if c.owners == nil {
			c.owners = map[string]string{}
		}
		c.owners[key] = owner
	case other == owner:
		c.faults = append(c.faults, fmt.Errorf("%s declares the %s twice: it needs one name for each", owner, key))
	default:
		c.faults = append(c.faults, fmt.Errorf("%s and %s both declare the %s: rename one of them", other, owner, key))
	}
}

func (c *claims) err() error { return errors.Join(c.faults...) }

// checkModules refuses a list that cannot be a program, by the names of the modules
// concerned.
func checkModules(modules []Module) error {
	var c claims
	for _, setting := range config.Names() {
		c.take("setting", setting, platform)
	}
	for i, m := range modules {
		if m.Name == "" || m.Build.build == nil {
			return fmt.Errorf("module %q needs a name and a Build", m.Name)
		}
		if !entstore.IsContext(m.Name) {
			return fmt.Errorf("module %q cannot be called that: its name begins its tables, its files and its elements, so write small letters, digits and _, a letter first", m.Name)
		}
		if slices.Contains(reserved, m.Name) {
			return fmt.Errorf("module %s has a name of the platform's own: choose another one", m.Name)
		}
		for _, other := range modules[:i] {
			if other.Name == m.Name {
				return fmt.Errorf("module %s is listed twice", m.Name)
			}
			short, long := min(m.Name, other.Name), max(m.Name, other.Name)
			if strings.HasPrefix(long, short+"_") {
				return fmt.Errorf("the tables of module %s would be those of module %s too: rename one of them", long, short)
			}
		}
		if m.Tables.Context != "" && m.Tables.Context != m.Name {
			return fmt.Errorf("module %s has the tables of %s: their Context has to be its name", m.Name, m.Tables.Context)
		}
		c.declared(m)
	}
	return c.err()
}

// declared takes what stands in a module before it is built.
func (c *claims) declared(m Module) {
	for _, g := range m.Grants {
		c.take("permission", string(g.Permission), m.Name)
	}
	for _, g := range m.Within {
		c.take("permission within organizations", string(g.Permission), m.Name)
	}
	for _, p := range m.Publishes {
		c.take("event", p.EventName(), m.Name)
	}
	for _, setting := range m.Settings.Names() {
		for key, owner := range c.owners {
			if have, ok := strings.CutPrefix(key, "setting "); ok && have != setting && overlap(have, setting) {
				c.faults = append(c.faults, fmt.Errorf("%s reads the setting %s, which is among the %s of %s: rename one of them", m.Name, setting, have, owner))
			}
		}
		c.take("setting", setting, m.Name)
	}
}

// overlap reports whether two settings, of which "OAUTH_*" is many, have one in common.
func overlap(a, b string) bool {
	if prefix, many := strings.CutSuffix(a, "*"); many && strings.HasPrefix(b, prefix) {
		return true
	}
	prefix, many := strings.CutSuffix(b, "*")
	return many && strings.HasPrefix(a, prefix)
}

// checkParts refuses what built modules declare twice.
func checkParts(modules []built, jobs ...string) error {
	var c claims
	for _, kind := range jobs {
		c.take("kind of job", kind, platform)
	}
	for _, name := range []string{healthServer, healthDatabase} {
		c.take("health check", name, platform)
	}
	for _, m := range modules {
		for _, h := range m.Health {
			if h.Name == "" || h.Check == nil {
				c.faults = append(c.faults, fmt.Errorf("%s has a health check %q without a name or a Check", m.Name, h.Name))
			}
			c.take("health check", h.Name, m.Name)
		}
		for _, s := range m.Subscribers {
			c.take("subscriber", s.Name, m.Name)
		}
		for _, h := range m.Handlers {
			c.take("kind of job", h.Kind, m.Name)
		}
		for _, s := range m.Schedules {
			c.take("schedule of", s.Kind, m.Name)
		}
	}
	return c.err()
}
