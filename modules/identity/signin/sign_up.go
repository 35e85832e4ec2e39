package signin

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/passwords"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// SignUp is somebody who registers by address and password. By registering they
// agree to what an account rests on; News asks for the news besides.
type SignUp struct {
	Email    string
	Password string
	Name     string
	News     bool
	Captcha  identity.CaptchaAnswer // its Address is filled in
	IP       string                 // network address of the request
	Agreed   identity.Agreed        // which versions the form showed; a kind without one: that in force
	Browser  identity.Secret        // what the browser is known by when it brings the link; empty: of no browser
}

// SignUp registers somebody. What it does depends on the address, its answer and
// the time it takes do not: one hash, one transaction, one mail, and one least time.
//
//   - A new address gets an account at once, which is not verified, and a mail
//     with a link that verifies it.
//   - An address that was registered and never proven gets such a mail too; the
//     password, the name and the consents of this registration take effect with its
//     link, so the account is whose the mails are.
//   - The owner of a verified address is told that they have an account.
//   - An address that got several such mails lately, or many of any kind, gets no
//     other, and the
//     registration counts for nothing: the links that it has are good.
//
// It fails with ErrInvalidEmail, ErrInvalidName, ErrWeakPassword and
// ErrBreachedPassword, all with the field, ErrConsentOutdated, ErrConsentUnknown, ErrCaptchaFailed, ErrTooManyAttempts and ErrBusy.
func (a *App) SignUp(ctx context.Context, cmd SignUp) error {
	email, name, err := a.checkSignUp(cmd)
	if err != nil {
		return err
	}
	texts, err := a.deps.Texts.InForce(ctx)
	if err != nil {
		return err
	}
	agreed, err := texts.AgreeAtSignUp(cmd.Agreed, cmd.News)
	if err != nil {
		return err
	}
	limit := signUpNetworkLimit
	if a.deps.Captcha == nil {
		limit = signUpUncheckedLimit
	}
	if _, err := a.deps.Limits.CountAll(ctx, throttle.OfNetwork("identity.sign_up", cmd.IP, limit)...); err != nil {
		return err
	}
	stranger := throttle.Stranger(cmd.IP)
	if err := a.countAsking(ctx, stranger); err != nil {
		return err
	}
	if err := a.verifyCaptcha(ctx, cmd.Captcha, cmd.IP); err != nil {
		return err
	}
	hash, err := a.deps.Passwords.Hash(ctx, cmd.Password, email, name)
	if err != nil {
		return fmt.Errorf("signin: the password of a registration: %w", err)
	}
	passwords.LeaveQueue(ctx) // to hash was the work that is short
	defer takeAtLeast(minSignUpTime)()
	to, err := a.deps.People.WhoseEmail(ctx, email)
	if err != nil {
		return err
	}
	to.Email = email // nobody has none
	counted, write, err := a.countLink(ctx, mails.VerifyEmail, string(email), to, stranger)
	if err != nil {
		return err
	}
	asked := registration{email, name, hash, agreed, cmd.IP, nil, write}
	if cmd.Browser != "" {
		asked.browser = cmd.Browser.Hash()
	}
	err = a.signUp(ctx, asked)
	if errors.Is(err, identity.ErrEmailTaken) {
		err = a.signUp(ctx, asked) // another registration won meanwhile
	}
	if err != nil {
		a.deps.Limits.GiveBack(ctx, counted) // no mail is written
		return fmt.Errorf("signin: sign up: %w", err)
	}
	return nil
}

// checkSignUp reads the fields and names every one that is wrong.
func (a *App) checkSignUp(cmd SignUp) (identity.Email, string, error) {
	var faults []fault.Field
	refuse := func(field string, err error) {
		if f := fault.As(err); f != nil {
			faults = append(faults, fault.Field{Name: field, Message: f.Message})
		}
	}
	name, nameErr := identity.ParseName(cmd.Name)
	refuse("name", nameErr)
	email, emailErr := identity.ParseEmail(cmd.Email)
	refuse("email", emailErr)
	ownErr := identity.NotOwnWords(cmd.Password, a.deps.Passwords.Context(email, name))
	refuse("password", ownErr)
	for _, err := range []error{emailErr, nameErr, ownErr} {
		if f := fault.As(err); f != nil {
			return "", "", f.WithFields(faults...)
		}
	}
	return email, name, nil
}

// registration is a sign-up that was found good.
type registration struct {
	email   identity.Email
	name    string
	hash    string // of the password
	agreed  identity.Agreed
	address string // network address of the request
	browser []byte // hash of what the browser is known by; empty: of no browser
	write   bool   // whether somebody who is here already gets a mail
}

func (a *App) signUp(ctx context.Context, r registration) error {
	now := a.deps.Clock.Now()
	return a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		u, err := s.Users.ByEmail(ctx, r.email)
		absent := errors.Is(err, identity.ErrUserNotFound)
		switch {
		case err != nil && !absent:
			return err
		case absent:
			if u, err = a.openUnproven(ctx, s, r, now); err != nil {
				return err
			}
		default:
			if err := a.equalizeTiming(ctx, s, r, now); err != nil {
				return err
			}
			if !r.write {
				return mails.Post(ctx, s.Jobs, mails.Mail{Kind: mails.ToNobody, User: identity.Nobody})
			}
			if err := s.Audit.Append(ctx, a.deps.Trail.Entry(trail.System, "identity.registration_repeated", trail.User(u.ID), r.address, now)); err != nil {
				return err
			}
		}
		if u.EmailVerified {
			return mails.Post(ctx, s.Jobs, mails.Mail{Kind: mails.AccountExists, User: u.ID})
		}
		// The secret of this token is thrown away: the job makes the mail's from it.
		asked := identity.NewMailToken(u.ID, identity.VerifyEmail, r.email, identity.NewSecret(), now)
		asked.PasswordHash, asked.Name, asked.Agreed, asked.IP = r.hash, r.name, r.agreed, r.address
		asked.BrowserHash = r.browser
		if err := s.MailTokens.Insert(ctx, asked); err != nil {
			return err
		}
		return mails.Post(ctx, s.Jobs, mails.Mail{Kind: mails.VerifyEmail, User: u.ID, Registration: hex.EncodeToString(asked.Hash)})
	})
}

// openUnproven makes the account of an address that nobody has.
func (a *App) openUnproven(ctx context.Context, s Stores, r registration, now time.Time) (identity.User, error) {
	u := identity.User{
		ID: identity.UserID(a.deps.IDs.New()), Email: r.email, Name: r.name,
		Role: identityport.RoleMember, CreatedAt: now, UpdatedAt: now,
	}
	if err := a.deps.People.Register(ctx, s.people(), u, string(u.ID), r.address, now); err != nil {
		return u, err
	}
	if err := a.recordAgreed(ctx, s, u.ID, r.agreed, r.address, now); err != nil {
		return u, err
	}
	return u, s.Credentials.Put(ctx, identity.Credential{User: u.ID, Hash: r.hash, ChangedAt: now})
}

// equalizeTiming does the work that making an account takes, where there is one already: it
// makes one of nobody and removes it in the same transaction, which nobody else ever
// sees. What the removal takes longer is hidden by the least time of an answer.
func (a *App) equalizeTiming(ctx context.Context, s Stores, r registration, now time.Time) error {
	id := identity.UserID(a.deps.IDs.New())
	u := identity.User{
		ID: id, Email: identity.Email(string(id) + "@nobody.invalid"), Name: r.name,
		Role: identityport.RoleMember, CreatedAt: now, UpdatedAt: now,
	}
	if err := s.Users.Insert(ctx, u); err != nil {
		return err
	}
	own := identity.Organization{ID: identity.OrganizationID(a.deps.IDs.New()), Name: r.name, Personal: true, CreatedAt: now}
	if err := s.Organizations.Insert(ctx, own, id); err != nil {
		return err
	}
	if err := a.recordAgreed(ctx, s, id, r.agreed, r.address, now); err != nil {
		return err
	}
	if err := s.Credentials.Put(ctx, identity.Credential{User: id, Hash: r.hash, ChangedAt: now}); err != nil {
		return err
	}
	_, err := s.Users.Delete(ctx, id)
	return err
}

// verifyCaptcha has the answer judged that shows a person; there may be nothing to ask.
func (a *App) verifyCaptcha(ctx context.Context, answer identity.CaptchaAnswer, address string) error {
	if a.deps.Captcha == nil {
		return nil
	}
	answer.IP = address
	if err := a.deps.Captcha.Verify(ctx, answer); err != nil {
		return fmt.Errorf("signin: human check: %w", identity.InField("human_check", err))
	}
	return nil
}

// CaptchaPrompt is the question that forms for strangers ask; false when there is
// none.
func (a *App) CaptchaPrompt(ctx context.Context) (identity.CaptchaPrompt, bool, error) {
	if a.deps.Captcha == nil {
		return identity.CaptchaPrompt{}, false, nil
	}
	p, err := a.deps.Captcha.Prompt(ctx)
	if err != nil {
		return p, false, fmt.Errorf("signin: human check: %w", err)
	}
	return p, true, nil
}
