package wire

import (
	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/ports/breaker"
)

// The platform's own services outside of the program, as metrics and /admin/services name them.
const (
	serviceMail = "mail"
	serviceCDN  = "cdn"

	serviceAuditStream = "audit-stream"
)

// loggedServices logs when a service is left alone, and when it is back.
func loggedServices(log *zap.Logger) func(breaker.Status) {
	return func(s breaker.Status) {
		switch s.State {
		case breaker.Open:
			log.Warn("an outside service fails and is left alone for a while", zap.String("service", s.Service), zap.Time("until", s.RetryAt), zap.String("last_error", s.LastError))
		case breaker.Closed:
			log.Info("an outside service answers again", zap.String("service", s.Service))
		}
	}
}
