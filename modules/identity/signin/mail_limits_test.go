package signin

import (
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
)

// Who asks for one mail more is sent none, so one that was sent must still be good when
// the next may be.
func TestLimitOf_LeavesAGoodLinkInTheMailbox(t *testing.T) {
	t.Parallel()
	for _, kind := range []mails.Kind{mails.VerifyEmail, mails.ResetPassword, mails.MagicLink, mails.ChangeEmail} {
		purpose, ok := kind.Purpose()
		if next := limitOf(kind).Per / time.Duration(limitOf(kind).Count); !ok || next > purpose.TTL() {
			t.Errorf("%s: the next mail after %v, a link is good for %v", kind, next, purpose.TTL())
		}
	}
}
