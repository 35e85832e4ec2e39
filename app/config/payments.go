package config

import (
	"fmt"
	"strings"
)

// Payments is how customers pay.
type Payments struct {
	SandboxSecret string `env:"SANDBOX_WEBHOOK_SECRET" envDefault:"whsec_bmVvZm9yZ2Utc2FuZGJveC1kZXZlbG9wbWVudC1rZXk=" secret:"true" doc:"signs the webhooks of the payment sandbox, which exists in development only"`
}

func (p Payments) validate(bool) []error {
	raw, ok := strings.CutPrefix(p.SandboxSecret, "whsec_")
	if _, err := decodeBase64(raw); !ok || err != nil || raw == "" {
		return []error{fmt.Errorf("SANDBOX_WEBHOOK_SECRET is not a webhook secret: use whsec_ followed by base64")}
	}
	return nil
}
