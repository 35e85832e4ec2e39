package wire

import (
	"errors"
	"fmt"
)

// Explained is a failure in one sentence that says what to do. What it stands for is
// kept, for who looks for the cause: see [Causes].
type Explained struct {
	sentence string
	cause    error
}

// Explain puts a sentence in place of cause.
func Explain(cause error, format string, args ...any) error {
	return &Explained{fmt.Sprintf(format, args...), cause}
}

func (e *Explained) Error() string { return e.sentence }

// Unwrap returns what the sentence stands for.
func (e *Explained) Unwrap() error { return e.cause }

// Causes lists err and what it was made of, the outermost first, with the Go type of
// each: what a message for people leaves out.
func Causes(err error) []string {
	var out []string
	var walk func(error)
	walk = func(err error) {
		if err == nil {
			return
		}
		out = append(out, fmt.Sprintf("%T: %s", err, err))
		if many, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range many.Unwrap() {
				walk(e)
			}
			return
		}
		walk(errors.Unwrap(err))
	}
	walk(err)
	return out
}
