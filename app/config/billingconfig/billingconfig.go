// Package billingconfig is billing's settings: how customers pay, and how long what
// providers told is kept.
package billingconfig

import (
	"fmt"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/app/config"
)

// Settings are billing's.
type Settings struct {
	SandboxSecrets []string      `env:"SANDBOX_WEBHOOK_SECRET" envDefault:"whsec_bmVvZm9yZ2Utc2FuZGJveC1kZXZlbG9wbWVudC1rZXk=" secret:"true" doc:"signs the webhooks of the payment sandbox, which exists in development only; several separated by commas rotate: the first signs, all verify"`
	Webhooks       time.Duration `env:"RETAIN_WEBHOOKS" envDefault:"2160h" doc:"how long events of payment providers are kept that were dealt with; 0 for ever"`
}

var _ config.Validator = (*Settings)(nil)

// Validate implements config.Validator.
func (s *Settings) Validate(bool) []error {
	faults := config.CheckRetention("RETAIN_WEBHOOKS", s.Webhooks, 30*config.Day, "2160h", "a provider may send an event again")
	for _, secret := range s.SandboxSecrets {
		raw, ok := strings.CutPrefix(strings.TrimSpace(secret), "whsec_")
		if _, err := config.DecodeBase64(raw); !ok || err != nil || raw == "" {
			return append(faults, fmt.Errorf("SANDBOX_WEBHOOK_SECRET is not a webhook secret, or a list of them: use whsec_ followed by base64"))
		}
	}
	return faults
}
