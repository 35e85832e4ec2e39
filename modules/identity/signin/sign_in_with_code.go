package signin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
)

// carriedCode is the code of a mail, as its challenge keeps it: sealed, because six
// digits have no hash that could not be turned back.
type carriedCode struct {
	Code  string         `json:"code"`
	Email identity.Email `json:"email"`
	Epoch int            `json:"epoch"`
}

const mailCodeLabel = "mail code"

// mailCode makes and keeps the code of a mail that signs in, as it is written there;
// empty when no browser could type it. A mail that is written again has the same one.
func (a *App) mailCode(ctx context.Context, l mails.Mail, u identity.User) (string, error) {
	if l.Browser == "" {
		return "", nil
	}
	browser, err := hex.DecodeString(l.Browser)
	if err != nil {
		return "", fmt.Errorf("signin: decode the browser of a mail: %w", err)
	}
	now := a.deps.Clock.Now()
	switch kept, err := a.deps.Reads.Challenge(ctx, browser, identity.MailCode, now); {
	case err == nil && kept.User != u.ID:
		return "", nil // a browser may type the code of one mail, never of somebody else's
	case err == nil:
		carried, err := a.openCode(kept)
		return identity.SpacedCode(carried.Code), err
	case !errors.Is(err, identity.ErrChallengeUnknown):
		return "", fmt.Errorf("signin: the code of a mail: %w", err)
	}
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("signin: draw a code: %w", err)
	}
	carried := carriedCode{Code: fmt.Sprintf("%06d", n), Email: u.Email, Epoch: l.Epoch}
	plain, err := json.Marshal(carried)
	if err != nil {
		return "", fmt.Errorf("signin: encode a code: %w", err)
	}
	sealed, err := a.deps.Sealer.Seal(mailCodeLabel, plain)
	if err != nil {
		return "", fmt.Errorf("signin: seal a code: %w", err)
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		return s.Challenges.Insert(ctx, identity.Challenge{
			Hash: browser, Purpose: identity.MailCode, User: u.ID, Data: sealed, ExpiresAt: now.Add(identity.MagicLink.TTL()),
		})
	})
	if errors.Is(err, identity.ErrChallengeUnknown) {
		return "", nil // its attempts are used up: the link is left
	}
	if err != nil {
		return "", fmt.Errorf("signin: keep a code: %w", err)
	}
	return identity.SpacedCode(carried.Code), nil
}

func (a *App) openCode(c identity.Challenge) (carried carriedCode, err error) {
	plain, err := a.deps.Sealer.Open(mailCodeLabel, c.Data)
	if err == nil {
		err = json.Unmarshal(plain, &carried)
	}
	if err != nil {
		return carried, fmt.Errorf("signin: open the code of a mail: %w", err)
	}
	return carried, nil
}

// SignInWithCode is whoever types the code of a mail: Browser is the secret that they
// asked for the mail with. Replaces is the session cookie that a browser still holds,
// if any.
type SignInWithCode struct {
	Browser  identity.Secret
	Code     string
	Device   identity.Device
	Replaces identity.Secret
}

// SignInWithCode signs the browser in that asked for the mail; no other can use the
// code, so nobody is talked into reading it out. It is good as long as the link
// beside it, for five attempts. It fails with ErrMailCodeWrong, ErrSuspended,
// ErrTooManyAttempts and ErrBusy.
func (a *App) SignInWithCode(ctx context.Context, cmd SignInWithCode) (SignedIn, error) {
	replaced, err := a.replacedSession(ctx, cmd.Replaces)
	if err != nil {
		return SignedIn{}, err
	}
	var in SignedIn
	stale, err := a.takeCode(ctx, cmd, func(ctx context.Context, s Stores, u identity.User) (err error) {
		in, err = a.admitBrowser(ctx, s, u, identity.SignedInBy{Method: identity.ByMagicLink}, cmd.Device, replaced, a.deps.Clock.Now())
		return err
	})
	if err != nil {
		return SignedIn{}, err
	}
	if replaced != nil {
		stale = append(stale, identity.TagSession(replaced.ID))
	}
	cached.Invalidate(ctx, a.deps.Cache, stale...)
	return in, nil
}

// SignInProgramWithCode is SignInWithCode for a program. It fails with
// [SecondFactorRequired] for somebody who has a second factor.
func (a *App) SignInProgramWithCode(ctx context.Context, cmd SignInWithCode) (TokenPair, error) {
	now := a.deps.Clock.Now()
	var due *SecondFactorRequired
	var opened programSession
	stale, err := a.takeCode(ctx, cmd, func(ctx context.Context, s Stores, u identity.User) (err error) {
		due, opened, err = a.admitProgram(ctx, s, u, identity.SignedInBy{Method: identity.ByMagicLink}, cmd.Device, now)
		return err
	})
	if err != nil {
		return TokenPair{}, err
	}
	cached.Invalidate(ctx, a.deps.Cache, stale...)
	if due != nil {
		return TokenPair{}, due
	}
	return a.pairOf(ctx, opened, now)
}

// takeCode checks a code, uses it up with the link beside it, and lets its person in.
// A refusal is noted.
func (a *App) takeCode(ctx context.Context, cmd SignInWithCode, admit func(ctx context.Context, s Stores, u identity.User) error) (stale []string, err error) {
	wait := takeAtLeast(minAnswerTime)
	whose, stale, err := a.checkCode(ctx, cmd, admit)
	if err != nil {
		err = a.wrongLink(ctx, cmd.Device.IP, fmt.Errorf("signin: sign in with a code: %w", err))
		if throttle.Refused(err) {
			err = a.deps.Failures.Note(ctx, whose, "mail code", cmd.Device.IP, err)
		}
		wait() // a refusal takes the same time whether there is an account or not
		return nil, err
	}
	return stale, nil
}

// checkCode returns whose code it was, as far as that is known, also with an error.
func (a *App) checkCode(ctx context.Context, cmd SignInWithCode, admit func(ctx context.Context, s Stores, u identity.User) error) (whose identity.UserID, stale []string, err error) {
	now := a.deps.Clock.Now()
	c, err := a.deps.Factors.Try(ctx, cmd.Browser, identity.MailCode, now)
	if errors.Is(err, identity.ErrChallengeUnknown) {
		return "", nil, identity.ErrMailCodeWrong // whoever asked for a mail that went to nobody hears the same
	}
	if err != nil {
		return "", nil, err
	}
	guess, err := a.countMailCode(ctx, c.User, cmd.Device)
	if err != nil {
		return c.User, nil, err
	}
	carried, err := a.openCode(c)
	if err != nil {
		return c.User, nil, err
	}
	if subtle.ConstantTimeCompare([]byte(carried.Code), []byte(identity.CodeAsTyped(cmd.Code))) != 1 {
		return c.User, nil, identity.ErrMailCodeWrong
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		u, err := s.Users.Lock(ctx, c.User)
		if err != nil {
			return err
		}
		err = s.Challenges.Take(ctx, c.Hash, c.Purpose, now)
		if errors.Is(err, identity.ErrChallengeUnknown) {
			return identity.ErrMailCodeWrong // it was used at the same moment
		}
		if err != nil {
			return err
		}
		if u.Email != carried.Email || u.LinksEpoch != carried.Epoch {
			return identity.ErrMailCodeWrong
		}
		if stale, err = a.provenByMail(ctx, s, &u, cmd.Device.IP, now); err != nil {
			return err
		}
		return admit(ctx, s, u)
	})
	if err == nil {
		a.deps.Limits.GiveBack(ctx, guess)
		a.linksUsed(ctx, identity.User{ID: c.User, Email: carried.Email, LinksEpoch: carried.Epoch}, cmd.Device)
	}
	return c.User, stale, err
}

// countMailCode counts a guess at the codes that are mailed to a person, however many
// mails there are: each would allow five guesses at six digits. Where too many were
// wrong the code is wrong: another answer would tell that there is an account.
func (a *App) countMailCode(ctx context.Context, id identity.UserID, d identity.Device) (throttle.Attempt, error) {
	from, err := a.deps.Devices.RecognizeByID(ctx, id, d)
	if err != nil {
		return nil, err
	}
	guess, err := a.deps.Limits.CountAll(ctx, throttle.Counted{Key: throttle.AccountKey("identity.mail_code", string(id), from), Limit: mailCodeLimit})
	if errors.Is(err, identity.ErrTooManyAttempts) {
		return nil, identity.ErrMailCodeWrong
	}
	return guess, err
}
