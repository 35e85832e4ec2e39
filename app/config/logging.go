package config

import (
	"fmt"
	"time"
)

// Logging is what the program writes about itself.
type Logging struct {
	Level string `env:"LOG_LEVEL" envDefault:"info" doc:"debug, info, warn or error"`
	// SlowQuery is from where on a statement of the database is logged; zero: none is.
	SlowQuery time.Duration `env:"SLOW_QUERY" envDefault:"200ms" doc:"from where on a statement of the database is logged as slow, with its route and, now and then, its plan; 0: none is"`
}

func (l Logging) validate() []error {
	var faults []error
	switch l.Level {
	case "debug", "info", "warn", "error":
	default:
		faults = append(faults, fmt.Errorf("LOG_LEVEL is %q: use debug, info, warn or error", l.Level))
	}
	if l.SlowQuery != 0 && l.SlowQuery < time.Millisecond {
		faults = append(faults, fmt.Errorf("SLOW_QUERY is %s: use 1ms or more, such as 200ms, or 0 to log no statement as slow", l.SlowQuery))
	}
	return faults
}
