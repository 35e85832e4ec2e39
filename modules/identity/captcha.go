package identity

import (
	"context"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// ErrCaptchaFailed refuses a form whose sender did not show to be a person.
var ErrCaptchaFailed = fault.New(fault.Invalid, "identity.human_check_failed", "The check that you are a person was not passed. Do it again, then send the form once more.")

// Captcha tells people from programs where strangers may cause mails: at sign-up
// and at asking for a new password. A nil Captcha asks nothing.
type Captcha interface {
	// Prompt is what the form shows; it is asked for each time the form is shown.
	Prompt(ctx context.Context) (CaptchaPrompt, error)
	// Verify judges what the form brought back. It fails with ErrCaptchaFailed, and
	// with ErrBusy when it cannot judge: then the form is refused.
	Verify(ctx context.Context, a CaptchaAnswer) error
}

// CaptchaPrompt is a question that a plain form can ask, without a script.
type CaptchaPrompt struct {
	Label string // of the field for the answer
	Hint  string
	// State goes into the form and comes back with the answer. It must tell nobody
	// the answer; empty: there is none.
	State string
}

// CaptchaAnswer is what a form or a program brought.
type CaptchaAnswer struct {
	Response string
	State    string
	IP       string // network address of the request
}
