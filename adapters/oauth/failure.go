package oauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// shortestSecret is what a provider may hand out as one; less would be found in any
// text.
const shortestSecret = 4

// failed says at which step somebody did not get through. Of its text an operator
// learns the cause; none of the secrets is in it, nor the query of an address.
func failed(step identity.FlowStep, err error, secrets ...string) error {
	text := err.Error()
	if scrubbed := scrub(text, err, secrets); scrubbed != text {
		err = scrubbedError{text: scrubbed, cause: err}
	}
	return &identity.ProviderFailure{Step: step, Err: err}
}

// scrubbedError has a text of its own, and the chain of its cause.
type scrubbedError struct {
	text  string
	cause error
}

func (e scrubbedError) Error() string { return e.text }

// Unwrap returns the cause.
func (e scrubbedError) Unwrap() error { return e.cause }

// scrub takes the secrets out of an error's text. Some libraries put a token into
// the query of an address, and the address into the error.
func scrub(text string, err error, secrets []string) string {
	var asked *url.Error
	if errors.As(err, &asked) {
		address, _, _ := strings.Cut(asked.URL, "?")
		text = strings.ReplaceAll(text, asked.URL, address)
	}
	for _, secret := range secrets {
		if len(secret) < shortestSecret {
			continue
		}
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			text = strings.ReplaceAll(text, form, "[secret]")
		}
	}
	return text
}

// failed is failed for what went wrong on this line: the provider was away when its
// server could not be reached or failed, and its answer invalid when it cannot be
// accepted.
func (l *line) failed(step identity.FlowStep, err error) error {
	return failed(step, l.verdict(err), l.secrets...)
}

func (l *line) verdict(err error) error {
	if l.away() || errors.Is(err, errAway) {
		return toldAs(identity.ErrProviderAway, err)
	}
	// A token endpoint's answer may quote what was sent to it: only its code is kept.
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		code := refused.ErrorCode
		var answer members
		if code == "" && json.Unmarshal(refused.Body, &answer) == nil { // under another media type
			code = answer.text("error")
		}
		err = fmt.Errorf("token endpoint answered %d, error %.64q", refused.Response.StatusCode, code)
	}
	return toldAs(identity.ErrProviderInvalid, err)
}

// told has the text of its cause. What a person is told of it is another.
type told struct{ kind, cause error }

// toldAs is cause with kind in the chain.
func toldAs(kind, cause error) error { return told{kind, cause} }

func (t told) Error() string { return t.cause.Error() }

// Unwrap returns what a person is told, and the cause.
func (t told) Unwrap() []error { return []error{t.kind, t.cause} }
