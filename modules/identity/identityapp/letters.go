package identityapp

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
)

const letterJobKind = "identity.send_letter"

// letterKind names a letter; the catalogs in letters/ have its words.
type letterKind string

// The letters. letterToNobody is not sent at all: it is queued where an answer must
// not tell whether there is somebody to write to.
const (
	letterToNobody        letterKind = "nobody"
	letterWelcome         letterKind = "welcome"
	letterVerifyEmail     letterKind = "verify_email"
	letterAccountExists   letterKind = "account_exists"
	letterResetPassword   letterKind = "reset_password"
	letterPasswordChanged letterKind = "password_changed"
	letterPasswordReset   letterKind = "password_reset_done"
	letterChangeEmail     letterKind = "change_email"
	letterEmailInUse      letterKind = "email_in_use"
	letterEmailChanging   letterKind = "email_changing"
	letterEmailChanged    letterKind = "email_changed"
	letterMagicLink       letterKind = "magic_link"
	letterNewDevice       letterKind = "new_device"
	letterTokenCreated    letterKind = "token_created"

	letterIdentityLinked     letterKind = "identity_linked"
	letterIdentityUnlinked   letterKind = "identity_unlinked"
	letterTOTPEnabled        letterKind = "totp_enabled"
	letterTOTPDisabled       letterKind = "totp_disabled"
	letterRecoveryCodesMade  letterKind = "recovery_codes_made"
	letterRecoveryCodeUsed   letterKind = "recovery_code_used"
	letterPasskeyAdded       letterKind = "passkey_added"
	letterPasskeyRemoved     letterKind = "passkey_removed"
	letterSecondFactorsReset letterKind = "second_factors_reset"
	letterSecondFactorNeeded letterKind = "second_factor_needed"
	letterExportReady        letterKind = "export_ready"
	letterExportFailed       letterKind = "export_failed"
	letterDeletionAsked      letterKind = "deletion_asked"
	letterDeletionSoon       letterKind = "deletion_soon"
	letterDeletionDelayed    letterKind = "deletion_delayed"
	letterErased             letterKind = "erased"
	letterOffer              letterKind = "offer"
)

// purpose is what the link in a letter is good for; false for a letter without a
// token.
func (k letterKind) purpose() (identity.MailPurpose, bool) {
	switch k {
	case letterVerifyEmail:
		return identity.VerifyEmail, true
	case letterResetPassword:
		return identity.ResetPassword, true
	case letterChangeEmail:
		return identity.ChangeEmail, true
	case letterMagicLink:
		return identity.MagicLink, true
	}
	return "", false
}

// letter is one letter to somebody. An empty To means the person's address when
// the letter is sent; Data is what the catalog's words name beside the person.
type letter struct {
	Kind letterKind        `json:"kind"`
	User identity.UserID   `json:"user_id,omitempty"`
	To   string            `json:"to,omitempty"`
	Data map[string]string `json:"data,omitempty"`
	// Registration names a token that nobody holds the secret of, by its hash in
	// hexadecimal: the letter's token takes its password and name over.
	Registration string `json:"registration,omitempty"`
	// Epoch is the person's LinksEpoch when they asked for a link: none is made once
	// that has changed.
	Epoch int `json:"epoch,omitempty"`
	// Browser is the hash, in hexadecimal, of the secret of the browser that may type the
	// letter's code.
	Browser string `json:"browser,omitempty"`
	// Pending names the wish for another address that a link confirms.
	Pending string `json:"pending,omitempty"`
}

// post queues letters in the transaction of s. The job makes a letter's token when it
// writes the letter, so no secret lies in the queue.
func (a *App) post(ctx context.Context, s identity.Stores, all ...letter) error {
	if len(all) == 0 {
		return nil
	}
	queued := make([]jobs.Job, len(all))
	for i, l := range all {
		payload, err := json.Marshal(l)
		if err != nil {
			return fmt.Errorf("identityapp: encode letter %s to %s: %w", l.Kind, l.User, err)
		}
		queued[i] = jobs.Job{Kind: letterJobKind, Payload: payload}
	}
	if err := s.Jobs.Enqueue(ctx, queued...); err != nil {
		return fmt.Errorf("identityapp: queue %d letters, the first %s to %s: %w", len(all), all[0].Kind, all[0].User, err)
	}
	return nil
}

// runLetter writes a letter and sends it. A retry makes another token: which of the
// letters arrived is not known, so all of their links work until one is used.
func (a *App) runLetter(ctx context.Context, payload []byte) error {
	var l letter
	if err := json.Unmarshal(payload, &l); err != nil {
		return fmt.Errorf("identityapp: decode letter: %w", err)
	}
	return a.send(ctx, l)
}

func (a *App) send(ctx context.Context, l letter) error {
	if l.Kind == letterToNobody {
		return nil
	}
	var u identity.User
	if l.User != "" {
		var err error
		u, err = a.deps.Reads.User(ctx, l.User)
		if errors.Is(err, identity.ErrUserNotFound) {
			return nil // gone before the letter was written
		}
		if err != nil {
			return fmt.Errorf("identityapp: read %s: %w", l.User, err)
		}
	}
	if l.To == "" {
		l.To = string(u.Email)
	}
	if l.To == "" || l.Kind == letterWelcome && !u.EmailVerified {
		return nil // who never proved the address is welcomed when they do
	}
	if l.Kind == letterSecondFactorNeeded {
		if has, err := a.hasFactor(ctx, l.User); err != nil || has {
			return err // who has one needs to do nothing
		}
	}
	token, err := a.letterToken(ctx, l, &u)
	if errors.Is(err, identity.ErrInvalidLink) || errors.Is(err, identity.ErrUserNotFound) || errors.Is(err, identity.ErrInvitationAbsent) {
		return nil // what the letter is about is settled, or gone
	}
	if err != nil {
		return fmt.Errorf("identityapp: make the token of letter %s to %s: %w", l.Kind, l.User, err)
	}
	if l.Kind == letterMagicLink {
		code, err := a.mailCode(ctx, l, u)
		if err != nil {
			return err
		}
		l.Data = map[string]string{"code": code}
	}
	m, err := a.write(l, u, token)
	if err != nil {
		return err
	}
	if err := a.deps.Mail.Send(ctx, m); err != nil {
		return fmt.Errorf("identityapp: send letter %s to %s: %w", l.Kind, l.User, err)
	}
	return nil
}

// letterToken makes and keeps the token of a letter; empty for one without. A letter
// about a registration calls u what the registration did. It fails with ErrInvalidLink when the registration that it is about has ended.
func (a *App) letterToken(ctx context.Context, l letter, u *identity.User) (identity.Secret, error) {
	if l.Kind == letterInvitation {
		return a.invitationToken(ctx, l.Data["invitation"])
	}
	purpose, ok := l.Kind.purpose()
	if !ok {
		return "", nil
	}
	now := a.deps.Clock.Now()
	secret := identity.NewSecret()
	t := identity.NewMailToken(u.ID, purpose, identity.Email(l.To), secret, now)
	t.Epoch = l.Epoch
	if purpose == identity.ChangeEmail {
		pending, found, err := a.deps.Reads.PendingEmailOf(ctx, u.ID, now)
		if err != nil {
			return "", err
		}
		if !found || pending.ID != l.Pending {
			return "", identity.ErrInvalidLink // another wish, or what ends all of them, came first
		}
		t.Email, t.ExpiresAt = pending.Email, pending.ExpiresAt
	}
	if !t.OpenFor(*u) {
		return "", identity.ErrInvalidLink
	}
	if l.Registration != "" {
		hash, err := hex.DecodeString(l.Registration)
		if err != nil {
			return "", fmt.Errorf("identityapp: decode registration: %w", err)
		}
		asked, err := a.deps.Reads.MailToken(ctx, purpose, hash, now)
		if err != nil {
			return "", err
		}
		t.PasswordHash, t.Name, t.Email = asked.PasswordHash, asked.Name, asked.Email
		t.Agreed, t.Address, t.CreatedAt, t.BrowserHash = asked.Agreed, asked.Address, asked.CreatedAt, asked.BrowserHash
		u.Name = asked.Name
	}
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		return s.MailTokens.Insert(ctx, t)
	})
	return secret, err
}

// write puts a letter into words.
func (a *App) write(l letter, u identity.User, token identity.Secret) (mail.Message, error) {
	return a.letters.write(defaultLanguage, l.Kind, l.To, letterFacts{
		Name: u.Name, Site: a.deps.SiteName, BaseURL: a.deps.BaseURL, Data: l.Data, token: token,
	})
}
