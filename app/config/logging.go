package config

import "fmt"

// Logging is what the program writes about itself.
type Logging struct {
	Level string `env:"LOG_LEVEL" envDefault:"info" doc:"debug, info, warn or error"`
}

func (l Logging) validate() []error {
	switch l.Level {
	case "debug", "info", "warn", "error":
		return nil
	}
	return []error{fmt.Errorf("LOG_LEVEL is %q: use debug, info, warn or error", l.Level)}
}
