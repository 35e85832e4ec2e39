package textform_test

import (
	"testing"

	"golang.org/x/net/idna"

	"github.com/neoforge-dev/neoforge/ports/textform"
)

func TestShownDomain_DecodesWhatNobodyTakesForAnotherDomain(t *testing.T) {
	t.Parallel()
	for _, shown := range []string{
		"m\u00fcnchen.test", "stra\u00dfe.test", "\u00e5lesund.test", "mail.m\u00fcnchen.example", "espa\u00f1a.test", "b\u00fccher.test", "caf\u00e9.com", "sm\u00f6rg\u00e5sbord.com", "\u010desk\u00fd.com",
		"\u043f\u0440\u0438\u043c\u0435\u0440.test", "\u043c\u043e\u0441\u043a\u0432\u0430.\u0440\u0444", "\u043a\u043e\u0442.\u0441\u0440\u0431", "mail.\u0442\u0435\u0441\u0442.\u0440\u0444", "\u03b2\u03b9\u03b2\u03bb\u03af\u03bf.com", "\u03c4\u03c1\u03af\u03b1.\u03b5\u03bb",
		"\u03b5\u03bb\u03bb\u03ac\u03b4\u03b1.test", "\u4f8b\u3048.\u30c6\u30b9\u30c8", "\u30b5\u30fc\u30d3\u30b9.test", "\ud55c\uad6d.test", "\u092d\u093e\u0930\u0924.test",
		"\u043f\u043e\u0447\u0442\u0430-24.m\u00fcnchen.test", "neoforge.test", "a-1.test", "",
	} {
		kept := encoded(t, shown)
		if have := textform.ShownDomain(kept); have != shown {
			t.Errorf("%s is shown as %q, want %q", kept, have, shown)
		}
	}
	for name, domain := range map[string]string{
		"Latin with a Cyrillic letter":         "p\u0430ypal.test",
		"Greek within Latin":                   "g\u03bfogle.test",
		"Latin within kana":                    "com\u30ce.test",
		"Cyrillic that looks Latin":            "\u0430\u0440\u0440\u04cf\u0435.test",
		"Cyrillic that looks Latin, hyphen":    "\u0440\u0430\u0443-\u0440\u0430\u04cf.test",
		"Greek that looks Latin":               "\u03bd\u03b9\u03bf.test",
		"without its dot":                      "\u0131nstagram.test",
		"letters of phonetics":                 "\u0261oogle.test",
		"marks on a letter":                    "g\u0325oogle.test",
		"from right to left":                   "\u05e9\u05dc\u05d5\u05dd.test",
		"Cherokee":                             "\uab83\uab94.test",
		"a long vowel outside kana":            "m\u00fcnchen\u30fc.test",
		"a dot in the middle":                  "l\u00b7l.test",
		"Cyrillic with marks that looks Latin": "\u0451\u0440\u0430\u0443.com",
		"Cyrillic with marks, kh":              "\u0451\u0445\u043e.com",
		"Cyrillic with two dots":               "\u0456\u0457\u0457.com",
		"Cyrillic with a grave":                "\u0450\u0450.com",
		"Cyrillic o with two dots":             "\u04e7\u043e.com",
		"Greek with a tonos":                   "\u03cc\u03bf.com",
		"Greek with a tonos, rho":              "\u03cd\u03c1\u03bf.com",
		"Cyrillic k, t":                        "\u043a\u043e\u0442.com",
		"Cyrillic t, e, s":                     "\u0442\u0435\u0441\u0442.com",
		"Cyrillic v":                           "\u0432\u0435\u0441\u0442.com",
		"Cyrillic m":                           "\u043c\u043e\u043e.com",
		"Cyrillic k with a descender":          "\u049b\u043e\u043e.com",
		"Cyrillic g with a stroke":             "\u0430\u0493.com",
		"Cyrillic sha like w":                  "\u0448\u0448\u0448.com",
		"Cyrillic like digits":                 "\u0437\u0431.com",
		"Cyrillic under what looks Latin":      "\u043a\u043e\u0442.\u0441\u043e\u043c",
		"a top like com":                       "neoforge.\u0441\u043e\u043c",
		"a dot below":                          "p\u1ea1ypal.com",
		"a dot below e":                        "neoforg\u1eb9.com",
		"a cedilla on g":                       "\u0123oogle.com",
		"a dot above":                          "\u0117bay.com",
		"a caron on l":                         "\u013eogin.com",
		"a stroke through l":                   "\u0142ogin.com",
		"a hook below":                         "neoforg\u0119.com",
		"a horn":                               "g\u01a1ogle.com",
		"thorn":                                "\u00feaypal.com",
		"a slash of kana":                      "\u30ce.com",
		"one in Han":                           "\u4e00.com",
		"a dot in Han":                         "\u4e36.com",
		"a long vowel alone":                   "\u30fc.com",
		"signs and digits":                     "1\u30ce1-\u4e00.com",
		"a circle in Malayalam":                "\u0d20.com",
		"circles in Malayalam":                 "\u0d20\u0d20.com",
		"Thai like n and u":                    "\u0e17\u0e19\u0e1a.com",
		"parts of syllables":                   "\u1109\u1109.com",
		"archaic Greek":                        "\u03b1\u03e1.com",
		"old Cyrillic":                         "\u0436\u046f.com",
	} {
		kept := encoded(t, domain)
		if have := textform.ShownDomain(kept); have != kept {
			t.Errorf("%s: %s is shown as %q", name, kept, have)
		}
	}
	for domain, want := range map[string]string{ // one label of them
		"\u043a\u043e\u0442.\u03b5\u03bb":           "xn--j1aim.\u03b5\u03bb", // Cyrillic under a Greek top-level domain
		"m\u00fcnchen.\u0442\u0435\u0441\u0442.com": "m\u00fcnchen.xn--e1aybc.com",
	} {
		if have := textform.ShownDomain(encoded(t, domain)); have != want {
			t.Errorf("%s is shown as %q, want %q", domain, have, want)
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
