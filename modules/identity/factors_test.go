package identity_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

func TestRecoveryCodes_AreDistinctAndReadAsTheyAreTyped(t *testing.T) {
	t.Parallel()
	seen := map[identity.RecoveryCode]bool{}
	for _, code := range identity.NewRecoveryCodes() {
		if seen[code] || len(code) != 19 {
			t.Fatalf("%q", code)
		}
		seen[code] = true
		for _, typed := range []string{
			string(code), strings.ToUpper(string(code)), strings.ReplaceAll(string(code), "-", ""), " " + strings.ReplaceAll(string(code), "-", " ") + " ",
		} {
			if have, ok := identity.ParseRecoveryCode(typed); !ok || have != code {
				t.Errorf("%q is read as %q, %t", typed, have, ok)
			}
		}
		if bytes.Equal(code.Hash("cleo"), code.Hash("dan")) || len(code.Hash("cleo")) != 32 {
			t.Error("the hash does not name its person")
		}
	}
	if len(seen) != identity.RecoveryCodeCount {
		t.Errorf("%d codes", len(seen))
	}
	for _, no := range []string{"", "123456", "abcd-efgh-ijkl-mno", "abcd-efgh-ijkl-mnop-q", "abcd-efgh-ijkl-mno1", "abcd-efgh-ijkl-mnö", strings.Repeat("a", 1000)} {
		if code, ok := identity.ParseRecoveryCode(no); ok {
			t.Errorf("%q is read as %q", no, code)
		}
	}
}

func TestPasskeyName_IsPrintable(t *testing.T) {
	t.Parallel()
	if name, err := identity.ParsePasskeyName("  Cléo's phone 🔑 "); err != nil || name != "Cléo's phone 🔑" {
		t.Errorf("%q, %v", name, err)
	}
	for _, no := range []string{"", "   ", "a\nb", "\xff", strings.Repeat("é", 61)} {
		if name, err := identity.ParsePasskeyName(no); !errors.Is(err, identity.ErrInvalidPasskeyName) {
			t.Errorf("%q became %q, %v", no, name, err)
		}
	}
}

func TestCodeAsTyped_ReadsEveryScriptsDigits(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"123456":          "123456",
		"123 456":         "123456",
		"123\u202f456":    "123456",
		"１２３４５６":          "123456",
		"١٢٣٤٥٦":          "123456",
		"۱۲۳۴۵۶":          "123456",
		"१२३४५६":          "123456",
		"\u200e123–456\n": "123456",
		"𝟏𝟐𝟑𝟒𝟓𝟔":          "123456",
		"ＡＢcd-２３４５":       "ABcd2345",
		"12a456":          "12a456",
		"\u2153":          "\u2153",
		"":                "",
	} {
		if got := identity.CodeAsTyped(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
