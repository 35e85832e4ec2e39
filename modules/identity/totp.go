package identity

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// What can go wrong with an authenticator app.
var (
	ErrCodeWrong   = fault.New(fault.Invalid, "identity.code_wrong", "The code is wrong, or was used already. Wait for the next one and type it again.")
	ErrTOTPActive  = fault.New(fault.Conflict, "identity.totp_active", "An authenticator app is set up already. Turn it off first.")
	ErrTOTPMissing = fault.New(fault.Conflict, "identity.totp_missing", "No authenticator app is being set up. Begin again.")
)

// TOTP is a person's authenticator app (RFC 6238). It counts as a second factor
// from the moment at which a first code proved that the app has the secret.
type TOTP struct {
	User         UserID
	SealedSecret []byte // by [Sealer], under [TOTPLabel]
	LastStep     int64  // the latest time step whose code was accepted
	CreatedAt    time.Time
	ConfirmedAt  time.Time // zero: the set-up is under way
}

// Active reports whether the app is a second factor.
func (t TOTP) Active() bool { return !t.ConfirmedAt.IsZero() }

// TOTPLabel is what the secret of a person's app is sealed under.
func TOTPLabel(id UserID) string { return "identity.totp:" + string(id) }

// TimeCodes makes and checks the codes of authenticator apps.
type TimeCodes interface {
	// NewSecret makes a shared secret, in the base32 that apps accept.
	NewSecret() (string, error)
	// ProvisioningURI is what an app reads from the picture: secret, account and site.
	ProvisioningURI(secret, account string) (string, error)
	// Verify returns the time step that a code belongs to; false when it belongs to
	// none of the present step and its two neighbours. Whoever accepts the code
	// keeps the step and never accepts it again (RFC 6238, 5.2).
	Verify(secret, code string, at time.Time) (step int64, ok bool, err error)
	// Draw returns the QR code of a text as rows of modules, true for dark, without
	// the quiet zone around it.
	Draw(text string) ([][]bool, error)
}

// TOTPs keeps authenticator apps, one a person.
type TOTPs interface {
	// Begin keeps a set-up, over one that was never confirmed; ErrTOTPActive when
	// there is a confirmed one.
	Begin(ctx context.Context, t TOTP) error
	// ByUser answers false for somebody without one.
	ByUser(ctx context.Context, id UserID) (TOTP, bool, error)
	// Confirm makes the set-up t a second factor whose latest step is step;
	// ErrTOTPMissing when t is not under way, or no longer.
	Confirm(ctx context.Context, t TOTP, step int64, at time.Time) error
	// Accept moves the latest step of a confirmed app forward to step. Of many at
	// once one succeeds; ErrCodeWrong when step is not later than the latest.
	Accept(ctx context.Context, id UserID, step int64) error
	// Delete reports whether there was one.
	Delete(ctx context.Context, id UserID) (bool, error)
}

// CodeAsTyped is a code in ASCII, as it is checked: without what people and their
// programs put between its characters, digits of other scripts as the digits that
// they are, and full-width letters as letters.
func CodeAsTyped(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r <= unicode.MaxASCII && r > ' ' && r != '-':
			return r
		case unicode.In(r, unicode.Z, unicode.Cc, unicode.Cf, unicode.Pd):
			return -1
		case unicode.IsDigit(r):
			return digitOf(r)
		case r >= 'Ａ' && r <= 'Ｚ' || r >= 'ａ' && r <= 'ｚ':
			return r - 'Ａ' + 'A'
		}
		return r
	}, s)
}

// digitOf is the ASCII digit of the same value. Unicode has the digits of a script
// in their order, from zero, ten at a time.
func digitOf(r rune) rune {
	for _, row := range unicode.Nd.R16 {
		if rune(row.Lo) <= r && r <= rune(row.Hi) {
			return '0' + (r-rune(row.Lo))%10
		}
	}
	for _, row := range unicode.Nd.R32 {
		if rune(row.Lo) <= r && r <= rune(row.Hi) {
			return '0' + (r-rune(row.Lo))%10
		}
	}
	return r
}

// SpacedCode is a code of six digits as people read it: "123 456".
func SpacedCode(code string) string {
	if len(code) != 6 {
		return code
	}
	return code[:3] + " " + code[3:]
}
