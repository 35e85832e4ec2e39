package builder

import (
	"errors"
	"fmt"

	"entgo.io/ent/dialect/sql/sqlgraph"
)

// NotFoundError reports that there is no such row.
type NotFoundError struct{ label string }

// Error implements error.
func (e *NotFoundError) Error() string { return "ent: " + e.label + " not found" }

// IsNotFound reports whether an error is or wraps a [NotFoundError].
func IsNotFound(err error) bool {
	var e *NotFoundError
	return errors.As(err, &e)
}

// NotSingularError reports that there is more than the one row that was asked for.
type NotSingularError struct{ label string }

// Error implements error.
func (e *NotSingularError) Error() string { return "ent: " + e.label + " not singular" }

// IsNotSingular reports whether an error is or wraps a [NotSingularError].
func IsNotSingular(err error) bool {
	var e *NotSingularError
	return errors.As(err, &e)
}

// ValidationError reports a column that a statement may not leave out, or does not have.
type ValidationError struct {
	Name string // of the field
	err  error
}

// Error implements error.
func (e *ValidationError) Error() string { return e.err.Error() }

// Unwrap returns what is wrong with the field.
func (e *ValidationError) Unwrap() error { return e.err }

// IsValidationError reports whether an error is or wraps a [ValidationError].
func IsValidationError(err error) bool {
	var e *ValidationError
	return errors.As(err, &e)
}

// ConstraintError reports that the database refused a statement by a constraint.
type ConstraintError struct{ err error }

// Error implements error.
func (e *ConstraintError) Error() string { return "ent: constraint failed: " + e.err.Error() }

// Unwrap returns the driver's error.
func (e *ConstraintError) Unwrap() error { return e.err }

// IsConstraintError reports whether an error is or wraps a [ConstraintError].
func IsConstraintError(err error) bool {
	var e *ConstraintError
	return errors.As(err, &e)
}

func (t *Table[Node]) notFound() error { return &NotFoundError{t.Label} }

func (t *Table[Node]) missing(column string) error {
	return &ValidationError{column, fmt.Errorf("ent: missing required field %q", t.Type+"."+column)}
}

// failure translates what sqlgraph answers to an insert or an update.
func (t *Table[Node]) failure(err error) error {
	var absent *sqlgraph.NotFoundError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &absent):
		return t.notFound()
	case sqlgraph.IsConstraintError(err):
		return &ConstraintError{err}
	}
	return err
}
