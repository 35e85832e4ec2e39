package providers

import (
	"strings"
	"testing"
)

func TestValidSubject_IsPrintableASCIIOfBoundedLength(t *testing.T) {
	t.Parallel()
	for subject, want := range map[string]bool{
		"": false, "42": true, "auth0|5f7c": true, "a\x00b": false, "a\nb": false, "é": false, strings.Repeat("a", 256): false,
	} {
		if validSubject(subject) != want {
			t.Errorf("%q: want %t", subject, want)
		}
	}
}
