// Package deps checks what a constructor was given, the same way everywhere.
package deps

import (
	"fmt"
	"reflect"
	"strings"
)

// Check fails with a sentence that names every dependency that is missing: each field of
// the struct given that has its zero value, but for those tagged `deps:"optional"`. owner
// names who needs them.
func Check(owner string, given any) error {
	v := reflect.ValueOf(given)
	var missing []string
	for i := range v.NumField() {
		if f := v.Type().Field(i); v.Field(i).IsZero() && f.Tag.Get("deps") != "optional" {
			missing = append(missing, f.Name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("%s: missing %s", owner, strings.Join(missing, ", "))
}
