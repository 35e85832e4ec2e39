package wire

import (
	"reflect"
	"testing"
)

// A builder is there for up to five contracts, each taken by its type.
func TestBuilders_TakeAsManyContractsAsTheyHaveParameters(t *testing.T) {
	t.Parallel()
	type (
		a string
		b string
		c string
		d string
		e string
	)
	have := contracts{
		reflect.TypeFor[a](): a("a"), reflect.TypeFor[b](): b("b"), reflect.TypeFor[c](): c("c"), reflect.TypeFor[d](): d("d"), reflect.TypeFor[e](): e("e"),
	}
	var got string
	for want, builder := range map[string]Builder{
		"":   Build0(func(*Platform) (Parts, error) { got = ""; return Parts{}, nil }),
		"a":  Build1(func(_ *Platform, a a) (Parts, error) { got = string(a); return Parts{}, nil }),
		"ab": Build2(func(_ *Platform, a a, b b) (Parts, error) { got = string(a) + string(b); return Parts{}, nil }),
		"abc": Build3(func(_ *Platform, a a, b b, c c) (Parts, error) {
			got = string(a) + string(b) + string(c)
			return Parts{}, nil
		}),
		"abcd": Build4(func(_ *Platform, a a, b b, c c, d d) (Parts, error) {
			got = string(a) + string(b) + string(c) + string(d)
			return Parts{}, nil
		}),
		"abcde": Build5(func(_ *Platform, a a, b b, c c, d d, e e) (Parts, error) {
			got = string(a) + string(b) + string(c) + string(d) + string(e)
			return Parts{}, nil
		}),
	} {
		if len(builder.needs) != len(want) {
			t.Errorf("%q: %d needs", want, len(builder.needs))
		}
		if _, err := builder.build(nil, have); err != nil || got != want {
			t.Errorf("%q was handed %q, %v", want, got, err)
		}
	}
}
