package wire

import (
	"maps"

	"github.com/neoforge-dev/neoforge/app/config"
)

// SettingsOf declares a module's own settings: a struct whose fields have the tags that
// those of package config have, with names that begin with prefix. They are read and
// checked with all others, and a builder takes the struct as a parameter:
//
//	Settings: SettingsOf[notices.Settings]("NOTICES_"),
//	Build:    Build1(func(p *Platform, s notices.Settings) (Parts, error) { … }),
//
// A *T may implement config.Validator, and config.Reader.
func SettingsOf[T any](prefix string) config.Section { return config.SectionOf[T]("", prefix) }

// Sections are the settings of all modules, for config.Load.
func Sections(modules ...Module) []config.Section {
	var out []config.Section
	for _, m := range modules {
		if m.Settings.Type() != nil {
			m.Settings.Module = m.Name
			out = append(out, m.Settings)
		}
	}
	return out
}

// needs are the contracts that the module takes of others: the parameters of its
// builder without its own settings.
func (m Module) needs() []need {
	var out []need
	for _, n := range m.Build.needs {
		if n.of != m.Settings.Type() {
			out = append(out, n)
		}
	}
	return out
}

// given is what a builder may take: the contracts of others, and its own settings.
func (m Module) given(have contracts, cfg config.Config) (contracts, error) {
	if m.Settings.Type() == nil {
		return have, nil
	}
	own, err := cfg.Of(m.Name)
	if err != nil {
		return nil, err
	}
	have = maps.Clone(have)
	have[m.Settings.Type()] = own
	return have, nil
}
