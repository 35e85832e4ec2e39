package signin_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestSignInWithPasskey_IsBothFactors(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	actor, _ := h.MustSignIn(t, "cleo@neoforge.test")
	key, added := h.MustAddPasskey(t, actor, "  Laptop ")
	if len(added.Codes) != identity.RecoveryCodeCount || added.Passkey.Name != "Laptop" {
		t.Fatalf("%+v", added)
	}
	if _, second := h.MustAddPasskey(t, actor, "Phone"); second.Codes != nil {
		t.Fatal("the second passkey came with codes")
	}
	signIn := func(key *fixture.SoftKey) (signin.SignedIn, error) {
		begun, err := h.BeginPasskeySignIn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return h.SignInWithPasskey(t.Context(), signin.SignInWithPasskey{Challenge: begun.Challenge, Response: key.Proves(t, begun.Options), Device: fixture.Laptop})
	}
	in, err := signIn(key)
	if err != nil || in.SecondFactor != "" {
		t.Fatalf("%+v, %v", in, err)
	}
	if have := h.MustHolder(t, in.Secret); have.UserID != actor.UserID || !have.RecentlyAuthenticated(h.Clock.Now()) {
		t.Fatalf("%+v", have)
	}
	// After a password it is the second factor, without the device's own check too.
	key.Flags = fixture.KeyPresent
	due := h.MustEnter(t, "cleo@neoforge.test").SecondFactor
	offer, err := h.SecondFactor(t.Context(), due)
	if err != nil || offer.TOTP {
		t.Fatalf("%+v, %v", offer, err)
	}
	if _, err := h.FinishSecondFactor(t, due, identity.FactorProof{Passkey: key.Proves(t, offer.Passkey)}); err != nil {
		t.Fatal(err)
	}
	_, err = signIn(key)
	fixture.MustFailWith(t, "one factor as both", err, identity.ErrPasskeyInvalid)
	key.Flags = fixture.KeyPresent | fixture.KeyVerifies

	// Suspended people stay out.
	key.Count -= 2
	_, err = signIn(key)
	fixture.MustFailWith(t, "a counter that went back", err, identity.ErrPasskeyCloned)
	if len(h.Ledger.Did("identity.passkey_cloned")) != 1 {
		t.Error("the copy is not in the audit trail")
	}
	key.Count += 10
	if _, err := signIn(key); err != nil {
		t.Fatal(err)
	}

	h.MustCreate(t, "eve@neoforge.test", identityport.RoleMember, true)
	eve := h.MustHolder(t, h.MustEnter(t, "eve@neoforge.test").Secret)
	fixture.MustFailWith(t, "renaming somebody else's", h.RenamePasskey(t.Context(), eve, added.Passkey.ID, "mine"), identity.ErrPasskeyNotFound)
	fixture.MustFailWith(t, "removing somebody else's", h.RemovePasskey(t.Context(), eve, added.Passkey.ID), identity.ErrPasskeyNotFound)
	if err := h.RenamePasskey(t.Context(), actor, added.Passkey.ID, "Desk"); err != nil {
		t.Fatal(err)
	}
	if err := h.RemovePasskey(t.Context(), actor, added.Passkey.ID); err != nil {
		t.Fatal(err)
	}
	_, err = signIn(key)
	fixture.MustFailWith(t, "a removed one", err, identity.ErrPasskeyInvalid)
}

func TestSignInWithPasskey_RefusesHostileAnswers(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo, _ := h.MustSignIn(t, "cleo@neoforge.test")
	eve, _ := h.MustSignIn(t, "eve@neoforge.test")
	cleos, _ := h.MustAddPasskey(t, cleo, "Laptop")
	eves, _ := h.MustAddPasskey(t, eve, "Laptop")
	answer := func(c identity.PasskeyChallenge, response []byte) error {
		_, err := h.SignInWithPasskey(t.Context(), signin.SignInWithPasskey{Challenge: c.Challenge, Response: response, Device: fixture.Laptop})
		return err
	}
	begin := func() identity.PasskeyChallenge {
		c, err := h.BeginPasskeySignIn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	elsewhere := *cleos
	elsewhere.Origin = "https://neoforge.example"
	c := begin()
	fixture.MustFailWith(t, "another origin", answer(c, elsewhere.Proves(t, c.Options)), identity.ErrPasskeyInvalid)
	cleos.Count += 10

	c, other := begin(), begin()
	fixture.MustFailWith(t, "the answer to another challenge", answer(c, cleos.Proves(t, other.Options)), identity.ErrPasskeyInvalid)

	c = begin()
	response := cleos.Proves(t, c.Options)
	if err := answer(c, response); err != nil {
		t.Fatal(err)
	}
	fixture.MustFailWith(t, "a replay", answer(c, response), identity.ErrChallengeUnknown)
	altered := c
	altered.Challenge += "A"
	fixture.MustFailWith(t, "a replay under another spelling", answer(altered, response), identity.ErrChallengeUnknown)
	altered.Challenge = identity.NewSecret()
	fixture.MustFailWith(t, "a challenge that nobody sealed", answer(altered, response), identity.ErrChallengeUnknown)

	c = begin()
	impostor := *eves
	impostor.Handle = cleos.Handle
	fixture.MustFailWith(t, "one's own key with another's handle", answer(c, impostor.Proves(t, c.Options)), identity.ErrPasskeyInvalid)
	c = begin() // the wrong answer spent the one before
	forger := *eves
	forger.ID, forger.Handle = cleos.ID, cleos.Handle
	fixture.MustFailWith(t, "another's credential with one's own key", answer(c, forger.Proves(t, c.Options)), identity.ErrPasskeyInvalid)

	for what, nonsense := range map[string][]byte{"nothing": nil, "no JSON": []byte("{"), "empty": []byte("{}"), "huge": make([]byte, 1<<16)} {
		c = begin()
		fixture.MustFailWith(t, what, answer(c, nonsense), identity.ErrPasskeyInvalid)
	}
	c = begin()
	late := cleos.Proves(t, c.Options)
	h.Clock.Advance(identity.ChallengeTTL)
	fixture.MustFailWith(t, "too late", answer(c, late), identity.ErrChallengeUnknown)

	// A second factor is one's own, and a challenge serves its purpose only.
	due := h.MustEnter(t, "cleo@neoforge.test").SecondFactor
	offer, err := h.SecondFactor(t.Context(), due)
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.FinishSecondFactor(t, due, identity.FactorProof{Passkey: eves.Proves(t, offer.Passkey)})
	fixture.MustFailWith(t, "somebody else's passkey", err, identity.ErrPasskeyInvalid)
	c = begin()
	_, err = h.FinishSecondFactor(t, c.Challenge, identity.FactorProof{Passkey: cleos.Proves(t, c.Options)})
	fixture.MustFailWith(t, "a sign-in's challenge for a second factor", err, identity.ErrChallengeUnknown)

	// What one person began nobody else finishes.
	eve = h.MustHolder(t, h.MustConfirm(t, h.MustHolder(t, h.MustEnterByPasskey(t, eves))))
	cleo = h.MustHolder(t, h.MustEnterByPasskey(t, cleos))
	begun, err := h.BeginPasskey(t.Context(), cleo)
	if err != nil {
		t.Fatal(err)
	}
	err = h.AnswerPasskey(t, eve, begun.Challenge, fixture.NewSoftKey(t).Creates(t, begun))
	fixture.MustFailWith(t, "another's registration", err, identity.ErrChallengeUnknown)
	foreign := fixture.NewSoftKey(t)
	foreign.Origin = "https://neoforge.example"
	err = h.AnswerPasskey(t, cleo, begun.Challenge, foreign.Creates(t, begun))
	fixture.MustFailWith(t, "a registration elsewhere", err, identity.ErrPasskeyRefused)
}

// TestSignInWithPasskey_WritesARowForAnAnswerAlone: every view of the sign-in page begins
// a ceremony.
func TestSignInWithPasskey_WritesARowForAnAnswerAlone(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustSQLite(t)
	h := fixture.NewRoom(t, db)
	rows := func() (n int) {
		t.Helper()
		if err := db.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM identity_challenges").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	cleo, _ := h.MustSignIn(t, "cleo@neoforge.test")
	key, _ := h.MustAddPasskey(t, cleo, "Laptop")
	var begun identity.PasskeyChallenge
	for range 100 {
		var err error
		if begun, err = h.BeginPasskeySignIn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := rows(); n != 0 {
		t.Errorf("%d rows for sign-ins that were only begun", n)
	}
	_, err := h.SignInWithPasskey(t.Context(), signin.SignInWithPasskey{Challenge: begun.Challenge, Response: key.Proves(t, begun.Options), Device: fixture.Laptop})
	if err != nil {
		t.Fatal(err)
	}
	if n := rows(); n != 1 {
		t.Errorf("%d rows for one answer", n)
	}
	h.Clock.Advance(identity.ChallengeTTL + 1)
	if err := h.Run(t, "identity.purge_ended", nil); err != nil {
		t.Fatal(err)
	}
	if n := rows(); n != 0 {
		t.Errorf("%d rows are kept for ever", n)
	}
}

const (
	eligible = 0x08 // for backup
	backedUp = 0x10
)

func TestSignInWithPasskey_AfterItBecameSynced(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	actor, _ := h.MustSignIn(t, "cleo@neoforge.test")
	key, _ := h.MustAddPasskey(t, actor, "Laptop")
	signIn := func(key *fixture.SoftKey) error {
		begun, err := h.BeginPasskeySignIn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.SignInWithPasskey(t.Context(), signin.SignInWithPasskey{
			Challenge: begun.Challenge, Response: key.Proves(t, begun.Options), Device: fixture.Laptop,
		})
		return err
	}
	audited := func() int { return len(h.Ledger.Did("identity.passkey_became_synced")) }

	key.Flags = fixture.KeyPresent | fixture.KeyVerifies | eligible | backedUp
	forged := fixture.NewSoftKey(t)
	forged.ID, forged.Handle, forged.Flags, forged.Count = key.ID, key.Handle, key.Flags, key.Count
	fixture.MustFailWith(t, "the flag under another signature", signIn(forged), identity.ErrPasskeyInvalid)
	key.Flags = fixture.KeyPresent | fixture.KeyVerifies | backedUp
	fixture.MustFailWith(t, "backed up and not eligible", signIn(key), identity.ErrPasskeyInvalid)
	if audited() != 0 {
		t.Error("a refused answer is audited as synced")
	}

	key.Flags = fixture.KeyPresent | fixture.KeyVerifies | eligible | backedUp
	for range 2 {
		if err := signIn(key); err != nil {
			t.Fatal(err)
		}
	}
	if n := audited(); n != 1 {
		t.Errorf("audited %d times, want once: what is stored was not updated", n)
	}
	s, err := h.Security(t.Context(), actor)
	if err != nil || len(s.Passkeys) != 1 || !s.Passkeys[0].BackedUp {
		t.Errorf("%+v, %v", s.Passkeys, err)
	}
	key.Flags = fixture.KeyPresent | fixture.KeyVerifies
	fixture.MustFailWith(t, "one that is bound to its device again", signIn(key), identity.ErrPasskeyInvalid)
}

func TestSignInProgramWithPasskey_NeedsAKeyThatKnowsItsPerson(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo, _ := h.MustSignIn(t, "cleo@neoforge.test")
	key, _ := h.MustAddPasskey(t, cleo, "Laptop")
	sign := func() (signin.TokenPair, error) {
		t.Helper()
		begun, err := h.BeginPasskeySignIn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return h.SignInProgramWithPasskey(t.Context(), signin.SignInWithPasskey{Challenge: begun.Challenge, Response: key.Proves(t, begun.Options), Device: fixture.Laptop})
	}
	pair, err := sign()
	if err != nil {
		t.Fatal(err)
	}
	if a, err := h.AuthenticateToken(t.Context(), pair.AccessToken); err != nil || a.UserID != cleo.UserID {
		t.Errorf("signed in: %+v, %v", a, err)
	}
	key.Flags = fixture.KeyPresent // touched, by whoever it was
	fixture.FailsWith(t, "who is not known to the key", fixture.Second(sign()), identity.ErrPasskeyInvalid)
}
