package config

import (
	"fmt"
	"strings"
)

// Payments is how customers pay.
type Payments struct {
	SandboxSecrets []string `env:"SANDBOX_WEBHOOK_SECRET" envDefault:"whsec_bmVvZm9yZ2Utc2FuZGJveC1kZXZlbG9wbWVudC1rZXk=" secret:"true" doc:"signs the webhooks of the payment sandbox, which exists in development only; several separated by commas rotate: the first signs, all verify"`
}

func (p Payments) validate(bool) []error {
	for _, secret := range p.SandboxSecrets {
		raw, ok := strings.CutPrefix(strings.TrimSpace(secret), "whsec_")
		if _, err := decodeBase64(raw); !ok || err != nil || raw == "" {
			return []error{fmt.Errorf("SANDBOX_WEBHOOK_SECRET is not a webhook secret, or a list of them: use whsec_ followed by base64")}
		}
	}
	return nil
}
