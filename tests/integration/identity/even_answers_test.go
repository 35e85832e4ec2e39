package identity_test

import (
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestSignUp_AnswersInOneLeastTime: to find an account takes another time than to make
// one, so neither is answered before both are surely done.
func TestSignUp_AnswersInOneLeastTime(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "verified@neoforge.test", identityport.RoleMember, true)
		h.MustCreate(t, "unproven@neoforge.test", identityport.RoleMember, false)
		for i := range 7 { // more often than mails are written
			for _, email := range []string{"verified@neoforge.test", "unproven@neoforge.test", "absent@neoforge.test"} {
				began := time.Now()
				err := h.SignUp(t.Context(), signin.SignUp{Email: email, Password: fixture.OtherPassword, Name: "Cleo", IP: elsewhere(i)})
				if took := time.Since(began); err != nil || took < 30*time.Millisecond {
					t.Errorf("registration %d of %s is answered after %v: %v", i+1, email, took, err)
				}
			}
		}
	})
}

// TestAskEmailChange_AnswersInOneLeastTime: the address that is wanted may be
// somebody's.
func TestAskEmailChange_AnswersInOneLeastTime(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "verified@neoforge.test", identityport.RoleMember, true)
		cleo, _ := h.MustSignIn(t, "cleo@neoforge.test")
		for _, email := range []string{"verified@neoforge.test", "absent@neoforge.test"} {
			began := time.Now()
			err := h.AskEmailChange(t.Context(), cleo, email)
			if took := time.Since(began); err != nil || took < 10*time.Millisecond {
				t.Errorf("to change to %s is answered after %v: %v", email, took, err)
			}
		}
	})
}
