// Package fault is the vocabulary of failure that every layer shares.
//
// A module declares its errors as sentinels with [New]; a caller compares them
// with errors.Is, and the edge maps their [Kind] to a status. Whatever is not a
// *[Error] is internal: its text goes to the log and never to a user.
package fault

import (
	"errors"
	"strconv"
	"time"
)

// Kind says what a caller can do about an error.
type Kind uint8

// The kinds. The zero value is Internal, so that an error nobody classified is
// never shown to a user.
const (
	Internal        Kind = iota // a defect or a broken dependency; the caller can do nothing
	Invalid                     // the input is wrong; Fields say where
	Unauthenticated             // who is asking is not known
	Forbidden                   // who is asking is known and may not
	NotFound                    // absent, or hidden from who is asking
	Conflict                    // the state of the resource forbids it
	Outdated                    // the caller's version of the resource is not the current one
	TooMany                     // a limit is used up; RetryAfter says when to come back
	Unavailable                 // something the answer needs is away for now
)

// Field is one fault of one input field. Name is the field's path as the caller
// wrote it ("email", "tags[2]").
type Field struct {
	Name    string
	Message string
}

// Error is an error that may be shown to a user.
//
// Code is stable and namespaced by context ("identity.email_taken"); programs
// compare it. Message is one English sentence that says what to do next.
type Error struct {
	Kind       Kind
	Code       string
	Message    string
	Fields     []Field
	RetryAfter time.Duration
}

// New declares a sentinel.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Is reports whether target is a fault of the same code, so that a copy made by
// WithFields or WithRetryAfter still matches its sentinel.
func (e *Error) Is(target error) bool {
	var other *Error
	return errors.As(target, &other) && other.Code == e.Code
}

// WithFields returns a copy that names the faulty fields.
func (e *Error) WithFields(fields ...Field) *Error {
	c := *e
	c.Fields = fields
	return &c
}

// WithMessage returns a copy with a more exact sentence.
func (e *Error) WithMessage(message string) *Error {
	c := *e
	c.Message = message
	return &c
}

// WithRetryAfter returns a copy that says when to come back, to programs and in one
// more sentence of its message.
func (e *Error) WithRetryAfter(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	c.Message += " Try again in " + roughly(d) + "."
	return &c
}

// roughly is a wait as one says it, never shorter than it is.
func roughly(d time.Duration) string {
	unit, name, one := time.Hour, "hours", "an hour"
	switch {
	case d <= 90*time.Second:
		unit, name, one = time.Second, "seconds", "a second"
	case d <= 90*time.Minute:
		unit, name, one = time.Minute, "minutes", "a minute"
	}
	n := (d + unit - 1) / unit
	if n <= 1 {
		return one
	}
	return strconv.Itoa(int(n)) + " " + name
}

// As returns the fault in err's chain, or nil when there is none.
func As(err error) *Error {
	var f *Error
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// KindOf returns the kind of err; Internal when no fault is in its chain.
func KindOf(err error) Kind {
	if f := As(err); f != nil {
		return f.Kind
	}
	return Internal
}
