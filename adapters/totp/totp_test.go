package totp_test

import (
	"encoding/base32"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/totp"
)

func mustCodes(tb testing.TB) totp.Codes {
	tb.Helper()
	c, err := totp.New("Forge & Söhne")
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// rfcSecret is the one of RFC 6238, appendix B, whose codes have eight digits
// there; ours are their last six.
var rfcSecret = base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))

func TestTOTP_TheCodesAreThoseOfTheRFC(t *testing.T) {
	t.Parallel()
	c := mustCodes(t)
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		step, ok, err := c.Verify(rfcSecret, code, time.Unix(at, 0))
		if err != nil || !ok || step != at/30 {
			t.Errorf("at %d: step %d, %t, %v", at, step, ok, err)
		}
	}
}

func TestTOTP_ACodeIsGoodForItsStepAndTheTwoBesideIt(t *testing.T) {
	t.Parallel()
	c := mustCodes(t)
	for shift, want := range map[int]bool{-30: true, 0: true, 29: true, 30: true, 59: true, 60: false, -31: false, 300: false} {
		at := time.Unix(1234567890, 0).Add(time.Duration(shift) * time.Second)
		step, ok, err := c.Verify(rfcSecret, "005924", at)
		if err != nil || ok != want || ok && step != 1234567890/30 {
			t.Errorf("%ds off: step %d, %t, %v", shift, step, ok, err)
		}
	}
	for _, code := range []string{"", "5924", "0059240", "00592x", "００５９２４", strings.Repeat("0", 1000)} {
		if _, ok, err := c.Verify(rfcSecret, code, time.Unix(1234567890, 0)); ok || err != nil {
			t.Errorf("%q: %t, %v", code, ok, err)
		}
	}
	if _, _, err := c.Verify("not base32!", "005924", time.Now()); err == nil {
		t.Error("a broken secret goes unnoticed")
	}
}

func TestTOTP_SecretsAreLongAndDistinctAndAppsCanReadThem(t *testing.T) {
	t.Parallel()
	c := mustCodes(t)
	a, errA := c.NewSecret()
	b, errB := c.NewSecret()
	if errA != nil || errB != nil || a == b || len(a) != 32 {
		t.Fatalf("%q %q %v %v", a, b, errA, errB)
	}
	uri, err := c.ProvisioningURI(a, "cleo+1@neoforge.test")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Forge & Söhne:cleo+1@neoforge.test" {
		t.Fatalf("%s, %v", uri, err)
	}
	q := u.Query()
	if q.Get("secret") != a || q.Get("issuer") != "Forge & Söhne" || q.Get("digits") != "6" || q.Get("period") != "30" || q.Get("algorithm") != "SHA1" {
		t.Errorf("%v", q)
	}
	if _, err := c.ProvisioningURI("not base32!", "cleo"); err == nil {
		t.Error("a broken secret is written")
	}
}

func TestTOTP_ThePictureIsAQRCode(t *testing.T) {
	t.Parallel()
	c := mustCodes(t)
	rows, err := c.Draw("otpauth://totp/NeoForge:cleo@neoforge.test?secret=" + rfcSecret)
	if err != nil {
		t.Fatal(err)
	}
	n := len(rows)
	if n < 21 || (n-17)%4 != 0 {
		t.Fatalf("%d rows", n)
	}
	// The three finder patterns: a dark frame of seven around a light one around a dark core.
	for _, corner := range [][2]int{{0, 0}, {0, n - 7}, {n - 7, 0}} {
		for y := range 7 {
			for x := range 7 {
				ring := min(x, y, 6-x, 6-y)
				if dark := rows[corner[0]+y][corner[1]+x]; dark != (ring != 1) {
					t.Fatalf("corner %v: row %d, column %d", corner, y, x)
				}
			}
		}
	}
	for _, text := range []string{"", strings.Repeat("x", 5000)} {
		if _, err := c.Draw(text); err == nil {
			t.Errorf("%d bytes are drawn", len(text))
		}
	}
}
