package textform_test

import (
	"testing"

	"golang.org/x/net/idna"

	"github.com/neoforge-dev/neoforge/ports/textform"
)

func TestShownDomain_DecodesWhatNobodyTakesForAnotherDomain(t *testing.T) {
	t.Parallel()
	for _, shown := range []string{
		"m\u00fcnchen.test", "stra\u00dfe.test", "\u00e5lesund.test", "\u0142\u00f3d\u017a.test", "vi\u1ec7tnam.test", "mail.m\u00fcnchen.example", "\u043c\u043e\u0441\u043a\u0432\u0430.test",
		"\u03b5\u03bb\u03bb\u03ac\u03b4\u03b1.test", "\u4f8b\u3048.\u30c6\u30b9\u30c8", "\u30b5\u30fc\u30d3\u30b9.test", "\ud55c\uad6d.test", "\u092d\u093e\u0930\u0924.test",
		"\u043f\u043e\u0447\u0442\u0430-24.m\u00fcnchen.test", "neoforge.test", "a-1.test", "",
	} {
		kept := encoded(t, shown)
		if have := textform.ShownDomain(kept); have != shown {
			t.Errorf("%s is shown as %q, want %q", kept, have, shown)
		}
	}
	for name, domain := range map[string]string{
		"Latin with a Cyrillic letter":      "p\u0430ypal.test",
		"Greek within Latin":                "g\u03bfogle.test",
		"Latin within kana":                 "com\u30ce.test",
		"Cyrillic that looks Latin":         "\u0430\u0440\u0440\u04cf\u0435.test",
		"Cyrillic that looks Latin, hyphen": "\u0440\u0430\u0443-\u0440\u0430\u04cf.test",
		"Greek that looks Latin":            "\u03bd\u03b9\u03bf.test",
		"without its dot":                   "\u0131nstagram.test",
		"letters of phonetics":              "\u0261oogle.test",
		"marks on a letter":                 "g\u0325oogle.test",
		"from right to left":                "\u05e9\u05dc\u05d5\u05dd.test",
		"Cherokee":                          "\uab83\uab94.test",
		"a long vowel outside kana":         "m\u00fcnchen\u30fc.test",
		"a dot in the middle":               "l\u00b7l.test",
	} {
		kept := encoded(t, domain)
		if have := textform.ShownDomain(kept); have != kept {
			t.Errorf("%s: %s is shown as %q", name, kept, have)
		}
	}
	for _, kept := range []string{"xn--a.test", "xn--.test", "xn--0.test", "XN--MNCHEN-3YA.test", "a_b.test", "r3---sn-a.test", ".", "a..b", "xn--strase-", "\xff"} {
		if have := textform.ShownDomain(kept); have != kept {
			t.Errorf("%q is shown as %q", kept, have)
		}
	}
}

// encoded is a domain in A-labels, without the rules that would refuse it.
func encoded(t *testing.T, domain string) string {
	t.Helper()
	kept, err := idna.New(idna.BidiRule(), idna.Transitional(false)).ToASCII(domain)
	if err != nil {
		t.Fatalf("%q: %v", domain, err)
	}
	return kept
}

func TestShownEmail_IsTheSameAddress(t *testing.T) {
	t.Parallel()
	for kept, want := range map[string]string{
		"cleo@xn--mnchen-3ya.test": "cleo@m\u00fcnchen.test", "cleo@neoforge.test": "cleo@neoforge.test", "j\u00f6rg@xn--strae-oqa.test": "j\u00f6rg@stra\u00dfe.test",
		"xn--mnchen-3ya": "xn--mnchen-3ya", "xn--mnchen-3ya@a.test": "xn--mnchen-3ya@a.test", "": "", "@": "@",
	} {
		have := textform.ShownEmail(kept)
		if have != want {
			t.Errorf("%q is shown as %q, want %q", kept, have, want)
		}
		if again, err := textform.Email(have); err == nil && again != kept {
			t.Errorf("%q is typed from %q as %q", kept, have, again)
		}
	}
}

func FuzzShownEmail_IsTheSameAddress(f *testing.F) {
	for _, seed := range []string{"a@xn--mnchen-3ya.test", "a@xn--80ak6aa92e.test", "a@xn--wgv71a119e.test", "a@xn--4ca.xn--p1ai"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		kept, err := textform.Email(typed)
		if err != nil {
			return
		}
		if again, err := textform.Email(textform.ShownEmail(kept)); err != nil || again != kept {
			t.Errorf("%q, kept as %q, is shown as %q, and that is %q (%v)", typed, kept, textform.ShownEmail(kept), again, err)
		}
	})
}
