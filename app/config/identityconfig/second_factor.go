package identityconfig

import (
	"fmt"
	"slices"
	"time"
)

// SecondFactor is of whom a second factor is required, and how long it may wait.
type SecondFactor struct {
	Required string        `env:"REQUIRE_SECOND_FACTOR" envDefault:"off" doc:"who needs a passkey or an authenticator app: off, administrators, or everybody"`
	Grace    time.Duration `env:"SECOND_FACTOR_GRACE" envDefault:"168h" doc:"how long somebody who needs a second factor may go on without one, here and in organizations that require one; 0 for not at all"`
}

// maxFactorGrace bounds the grace period: a longer one requires nothing.
const maxFactorGrace = 90 * 24 * time.Hour

func (s SecondFactor) validate() []error {
	var faults []error
	if !slices.Contains([]string{"off", "administrators", "everybody"}, s.Required) {
		faults = append(faults, fmt.Errorf("REQUIRE_SECOND_FACTOR is %q: use off, administrators or everybody", s.Required))
	}
	if s.Grace < 0 || s.Grace > maxFactorGrace {
		faults = append(faults, fmt.Errorf("SECOND_FACTOR_GRACE is %s: use 0 to %s, such as 168h for a week", s.Grace, maxFactorGrace))
	}
	return faults
}
