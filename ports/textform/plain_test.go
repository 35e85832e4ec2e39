package textform_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/ports/textform"
)

func TestPlain_LeavesOutWhatIsNotSeenAndWhatTurnsTheWriting(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"Read \u202eevil\u202c this": "Read evil this", "a\u2066b\u2069c\u202ad": "abcd", "a\u200bb\u2060c\ufeffd\u00ade": "abcde",
		"A\u200dB": "AB", "A\u200cB": "AB", "A\u200eB\u200f": "AB", "x\u3164y": "xy", "a\ufe0fb": "ab", "\U000e0041x": "x",
		"Zoë \u201cGröße\u201d": "Zoë \u201cGröße\u201d", "two\nlines": "two\nlines", "broken\xff\u202e": "broken\xff\u202e",
		"\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645":                       "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",      // Persian
		"\u05e9\u05dc\u05d5\u05dd C++\u200e \u05d8\u05d5\u05d1":                  "\u05e9\u05dc\u05d5\u05dd C++\u200e \u05d8\u05d5\u05d1", // Hebrew around C++
		"\u0915\u094d\u200d\u0937":                                               "\u0915\u094d\u200d\u0937",                              // Hindi
		"\U0001f469\u200d\U0001f4bb \u2764\ufe0f 1\ufe0f\u20e3":                  "\U0001f469\u200d\U0001f4bb \u2764\ufe0f 1\ufe0f\u20e3",
		"\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f": "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
		"\u845b\U000e0100": "\u845b\U000e0100",
	} {
		have := textform.Plain(s)
		if have != want {
			t.Errorf("%q became %q, want %q", s, have, want)
		}
		if again := textform.Plain(have); again != have {
			t.Errorf("%q is not stable: %q", have, again)
		}
	}
}

func TestAddressSearch_WritesDomainsAsTheyAreKept(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"cleo@münchen.test": "cleo@xn--mnchen-3ya.test", "@MÜNCHEN.test": "@xn--mnchen-3ya.test", "Zoë cleo@mu\u0308nchen.test": "Zoë cleo@xn--mnchen-3ya.test",
		"Ö.Müller": "Ö.Müller", "cleo@neoforge.test": "cleo@neoforge.test", "ü@": "ü@", "a@\u200bü": "a@\u200bü", "": "",
	} {
		if have := textform.AddressSearch(s); have != want {
			t.Errorf("%q became %q, want %q", s, have, want)
		}
	}
}
