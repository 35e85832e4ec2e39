// Package identityconfig is identity's settings: how people prove who they are, and how
// long what is left of it is kept.
package identityconfig

import (
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/app/config"
)

// Settings are identity's.
type Settings struct {
	Passwords    Passwords
	SecondFactor SecondFactor
	Retention    Retention
	OAuth        Providers `env:"-"`
}

// Retention is how long rows are kept that nobody needs for ever; 0 is for ever.
type Retention struct {
	Sessions    time.Duration `env:"RETAIN_SESSIONS" envDefault:"720h" doc:"how long ended sessions, invitations and personal access tokens are kept; 0 for ever"`
	RefusedMail time.Duration `env:"RETAIN_REFUSED_MAIL" envDefault:"2160h" doc:"how long refused mails are listed; 0 for ever"`
}

var (
	_ config.Validator = (*Settings)(nil)
	_ config.Reader    = (*Settings)(nil)
)

// Validate implements config.Validator.
func (s *Settings) Validate(production bool) []error {
	return slices.Concat(
		s.Passwords.validate(production), s.SecondFactor.validate(),
		config.CheckRetention("RETAIN_SESSIONS", s.Retention.Sessions, config.Day, "720h", "people look where they were signed in"),
		config.CheckRetention("RETAIN_REFUSED_MAIL", s.Retention.RefusedMail, 7*config.Day, "2160h", "people are told for a week that a mail was refused"),
	)
}

// Read implements config.Reader: it reads the providers.
func (s *Settings) Read(environ map[string]string) (faults []error) {
	s.OAuth, faults = oauthProviders(environ)
	return faults
}

// Variables implements config.Reader.
func (s *Settings) Variables() []config.Setting { return s.OAuth.variables() }

// Claims implements config.Reader.
func (*Settings) Claims() []string { return []string{"OAUTH_*"} }
