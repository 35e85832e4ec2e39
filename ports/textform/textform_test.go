package textform_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/ports/textform"
)

func TestEmail_HasOneFormForEachMailbox(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		" Cleo@NeoForge.test ":                      "cleo@neoforge.test",
		"cleo+News@neoforge.test":                   "cleo+news@neoforge.test",
		"cleo@MÜNCHEN.test":                         "cleo@xn--mnchen-3ya.test",
		"cleo@xn--mnchen-3ya.test":                  "cleo@xn--mnchen-3ya.test",
		"cleo@mu\u0308nchen.test":                   "cleo@xn--mnchen-3ya.test",
		"cleo@ｎｅｏｆｏｒｇｅ.test":                        "cleo@neoforge.test",
		"cleo@straße.test":                          "cleo@xn--strae-oqa.test",
		"jörg@neoforge.test":                        "jörg@neoforge.test",
		"JÖRG@neoforge.test":                        "jÖrg@neoforge.test", // only ASCII is folded
		"\u212Aate@neoforge.test":                   "\u212Aate@neoforge.test",
		"\u0130da@neoforge.test":                    "\u0130da@neoforge.test",
		"cleo@neo\u212Aorge.test":                   "cleo@neokorge.test", // a domain has its own rules: this is that domain
		`"quoted"@neoforge.test`:                    "",
		"cleo@neo\u200bforge.test":                  "",
		"cl\u200beo@neoforge.test":                  "",
		"cleo@neoforge.test\u202e":                  "",
		"cleo@\u0301neoforge.test":                  "",
		"cleo@neoforge\u05d0a.test":                 "",
		"jo\u0308rg@neoforge.test":                  "jörg@neoforge.test",
		"cleo@neo_forge.test":                       "cleo@neo_forge.test", // what name servers know
		"cleo@r3---sn-abc.Test":                     "cleo@r3---sn-abc.test",
		"cleo@XN--A.test":                           "cleo@xn--a.test",
		"cleo@münchen_.test":                        "",
		"cleo@neoforge..test":                       "",
		"cleo@neoforge.test.":                       "",
		"cl\u2800eo@neoforge.test":                  "",
		"cl\u00a0eo@neoforge.test":                  "",
		"cl\U0001d159eo@neoforge.test":              "",
		"cl\ue000eo@neoforge.test":                  "",
		"cleo@neoforge":                             "",
		"cleo@" + strings.Repeat("a", 64) + ".test": "",
		strings.Repeat("a", 250) + "@neoforge.test": "",
		"cleo":                         "",
		"@neoforge.test":               "",
		"a\x00b@neoforge.test":         "",
		"\xff@neoforge.test":           "",
		"Cleo <cleo@neoforge.test>":    "",
		"cleo@neoforge.test, x@y.test": "",
	} {
		got, err := textform.Email(in)
		if got != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, textform.ErrEmail) {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
		if want != "" {
			if again, err := textform.Email(got); again != got || err != nil {
				t.Errorf("%q is not stable: %q, %v", got, again, err)
			}
		}
	}
}

func TestName_IsSeen(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"  Cleo   of\u00a0the Forge ": "Cleo of the Forge",
		"Zoë":                         "Zoë",
		"Zoe\u0308":                   "Zoë",
		"O’Brien-Smith, Jr.":          "O’Brien-Smith, Jr.",
		"李小龍":                         "李小龍",
		"محمد":                        "محمد",
		"Ada 👩\u200d💻":                "Ada 👩\u200d💻",
		"❤\ufe0f Ada":                 "❤\ufe0f Ada",
		"¿Qué?":                       "¿Qué?",
		"Zoe\u0308 👩\u200d💻":          "Zoë 👩\u200d💻",
		"1\ufe0f\u20e3 Ada":           "1\ufe0f\u20e3 Ada",
		"👩🏽\u200d💻":                   "👩🏽\u200d💻",
		"✨\u200d\u200d\u200d":         "",
		"☺\u200dAda":                  "",
		"☺\ufe0f\ufe0f":               "",
		"\U0001d159":                  "",
		"\u200b":                      "",
		"\u3164":                      "",
		"\u2800\u2800":                "",
		"\u202eadA":                   "",
		"A\u200bda":                   "",
		"A\u200dda":                   "",
		"\u0301":                      "",
		"\u00ad":                      "",
		"Ada\x00":                     "",
		"Ada\x1b[1m":                  "",
		"\xff":                        "",
		" \t ":                        "",
		strings.Repeat("ä", 101):      "",
		strings.Repeat("ä", 100):      strings.Repeat("ä", 100),
	} {
		got, err := textform.Name(in, 100)
		if got != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, textform.ErrName) {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
}

func FuzzEmail_IsStable(f *testing.F) {
	for _, seed := range []string{"a@b.c", "Ä@Ö.test", "a@xn--mnchen-3ya.test", "\u212A@k.test"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once, err := textform.Email(s)
		if err != nil {
			return
		}
		if twice, err := textform.Email(once); err != nil || twice != once {
			t.Errorf("%q became %q, then %q (%v)", s, once, twice, err)
		}
	})
}

func TestPassword_HasOneFormHoweverItIsTyped(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"caf\u00e9 au lait": "caf\u00e9 au lait", "cafe\u0301 au lait": "caf\u00e9 au lait", "caf\u00e9\u00a0au\u3000lait": "caf\u00e9 au lait",
		"Ｓeven ": "Ｓeven ", " \U0001f525 ": " \U0001f525 ", "\ufb01ve": "\ufb01ve",
	} {
		if have, err := textform.Password(typed); err != nil || have != want {
			t.Errorf("%q became %q, %v: want %q", typed, have, err, want)
		}
	}
	for _, typed := range []string{"", "a\tb", "a\nb", "a\x00b", "a\u200bb", "a\u202eb", "a\ufe0fb", "a\xffb"} {
		if have, err := textform.Password(typed); !errors.Is(err, textform.ErrPassword) {
			t.Errorf("%q became %q, %v", typed, have, err)
		}
	}
}

func TestFold_MakesOneOfWhatLooksAlike(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{"": "", "María-José": "maria-jose", "ＡＣＭＥ": "acme", "\u212aelvin \ufb01ve": "kelvin five", "Straße": "straße", "\u0130zmir": "izmir"} {
		if have := textform.Fold(s); have != want {
			t.Errorf("%q became %q, want %q", s, have, want)
		}
	}
}

func TestDecodedDomain_DecodesLabels(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{"xn--mnchen-3ya.test": "münchen.test", "neoforge.test": "neoforge.test", "xn--.test": "xn--.test", "": ""} {
		if have := textform.DecodedDomain(s); have != want {
			t.Errorf("%q became %q, want %q", s, have, want)
		}
	}
}

func FuzzPassword(f *testing.F) {
	for _, seed := range []string{"caf\u00e9 au lait", "cafe\u0301\u3000", "\ufb01ve", "a\u200db", "\U0001f468\u200d\U0001f469", "l\u00b7l", "\u0660\u06f0", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		form, err := textform.Password(typed)
		if err != nil {
			return
		}
		again, err := textform.Password(form)
		if err != nil || again != form {
			t.Fatalf("%q became %q, and that %q, %v", typed, form, again, err)
		}
	})
}
