package builder

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Nullable returns where a column goes whose null is read as the zero value.
func Nullable[T any](v *T) any { return nullable[T]{v} }

type nullable[T any] struct{ v *T }

// Scan implements sql.Scanner.
func (n nullable[T]) Scan(from any) error {
	var value sql.Null[T]
	if err := value.Scan(from); err != nil {
		return err
	}
	*n.v = value.V // the zero value where it is null
	return nil
}

// JSON returns where a column goes that holds JSON; null leaves v as it is.
func JSON(v any) any { return document{v} }

type document struct{ v any }

// Scan implements sql.Scanner.
func (d document) Scan(from any) error {
	var data []byte
	switch from := from.(type) {
	case nil:
		return nil
	case []byte:
		data = from
	case string:
		data = []byte(from)
	default:
		return fmt.Errorf("ent: JSON cannot be read from %T", from)
	}
	if len(data) == 0 {
		return nil
	}
	return json.Unmarshal(data, d.v)
}

// Describe writes a row for who debugs: its type, and names and values in turn.
func Describe(name string, pairs ...any) string {
	var b strings.Builder
	b.WriteString(name + "(")
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b.WriteString(", ")
		}
		value := reflect.ValueOf(pairs[i+1])
		if value.Kind() == reflect.Pointer && !value.IsNil() {
			value = value.Elem()
		}
		fmt.Fprintf(&b, "%v=%v", pairs[i], value)
	}
	b.WriteString(")")
	return b.String()
}
