// Package totp makes and checks the codes of authenticator apps (RFC 6238) and
// draws the picture that an app reads its secret from.
//
// It promises the parameters that every app knows (SHA-1, six digits, thirty
// seconds), that the clocks of the two sides may differ by one step, and that
// nothing leaves the process: the picture is made here.
package totp

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

const (
	period      = 30
	digits      = otp.DigitsSix
	algorithm   = otp.AlgorithmSHA1
	secretBytes = 20 // 160 bits, as RFC 4226 recommends
	// maxText bounds what is drawn; a provisioning URI has about 150 bytes.
	maxText = 1000
)

// Codes implements identity.TimeCodes.
type Codes struct{ issuer string }

var _ identity.TimeCodes = Codes{}

// New makes codes for a site; issuer is what apps show beside the account.
func New(issuer string) (Codes, error) {
	if issuer == "" {
		return Codes{}, errors.New("totp: the issuer is missing")
	}
	return Codes{issuer: issuer}, nil
}

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewSecret implements identity.TimeCodes.
func (Codes) NewSecret() (string, error) {
	var b [secretBytes]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("totp: make a secret: %w", err)
	}
	return encoding.EncodeToString(b[:]), nil
}

// ProvisioningURI implements identity.TimeCodes.
func (c Codes) ProvisioningURI(secret, account string) (string, error) {
	if _, err := encoding.DecodeString(secret); err != nil {
		return "", fmt.Errorf("totp: the secret is not base32: %w", err)
	}
	query := url.Values{
		"secret": {secret}, "issuer": {c.issuer}, "algorithm": {algorithm.String()},
		"digits": {digits.String()}, "period": {strconv.Itoa(period)},
	}
	uri := url.URL{
		Scheme: "otpauth", Host: "totp", Path: "/" + c.issuer + ":" + account,
		RawQuery: strings.ReplaceAll(query.Encode(), "+", "%20"), // apps read a plus sign as one
	}
	return uri.String(), nil
}

// Verify implements identity.TimeCodes. All three steps are always compared.
func (Codes) Verify(secret, code string, at time.Time) (step int64, ok bool, err error) {
	if len(code) != digits.Length() {
		return 0, false, nil
	}
	now := at.Unix() / period
	for _, candidate := range []int64{now - 1, now, now + 1} {
		if candidate < 0 {
			continue
		}
		want, err := hotp.GenerateCodeCustom(secret, uint64(candidate), hotp.ValidateOpts{Digits: digits, Algorithm: algorithm})
		if err != nil {
			return 0, false, fmt.Errorf("totp: make a code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, ok = candidate, true
		}
	}
	return step, ok, nil
}

// Draw implements identity.TimeCodes.
func (Codes) Draw(text string) ([][]bool, error) {
	if text == "" || len(text) > maxText {
		return nil, fmt.Errorf("totp: %d bytes cannot be drawn", len(text))
	}
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("totp: draw: %w", err)
	}
	box := code.Bounds()
	rows := make([][]bool, box.Dy())
	for y := range rows {
		rows[y] = make([]bool, box.Dx())
		for x := range rows[y] {
			r, _, _, _ := code.At(box.Min.X+x, box.Min.Y+y).RGBA()
			rows[y][x] = r == 0
		}
	}
	return rows, nil
}
