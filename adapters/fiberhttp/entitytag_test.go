package fiberhttp

import (
	"errors"
	"slices"
	"testing"
)

func TestParseIfMatch_ComparesStrongly(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]IfMatch{
		`*`: {Any: true}, ` * `: {Any: true}, `"1"`: {Versions: []int{1}}, `"0"`: {Versions: []int{0}},
		`"1","2"`: {Versions: []int{1, 2}}, ` "1" , ,"12" `: {Versions: []int{1, 12}},
		`W/"1"`: {}, `W/"1", "2"`: {Versions: []int{2}}, `"x", "3"`: {Versions: []int{3}}, `"a,b", "3"`: {Versions: []int{3}},
		`"4-gzip"`: {Versions: []int{4}}, `"4-zstd", "5-br"`: {Versions: []int{4, 5}}, `"4-other"`: {},
		`1`: {}, `"01"`: {}, `"+1"`: {}, `"1`: {}, `"1" "2"`: {Versions: []int{1}}, `"1", *`: {Versions: []int{1}}, `w/"1"`: {},
	} {
		have, err := ParseIfMatch(header)
		if err != nil || have.Any != want.Any || !slices.Equal(have.Versions, want.Versions) {
			t.Errorf("%s: %+v, %v", header, have, err)
		}
	}
	if _, err := ParseIfMatch("  "); !errors.Is(err, ErrPreconditionRequired) {
		t.Error(err)
	}
}

func TestIfNoneMatch_ComparesWeakly(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		`"a"`: true, `W/"a"`: true, `*`: true, ` * `: true, `"b", "a"`: true, `"b",W/"a"`: true, `,, "a"`: true, `"x,y", "a"`: true,
		`"b"`: false, `a`: false, `"a`: false, `"x,"a"`: false, `"b", *`: false, `W/a`: false, `"A"`: false, ``: false,
	} {
		if have := matches([]byte(header), []byte(`"a"`)); have != want {
			t.Errorf("%s: %t", header, have)
		}
	}
}
