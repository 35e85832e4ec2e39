package signin

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// How often strangers may have mails written, and try the links in them. An account
// gets a handful of mails of a kind an hour, whoever asks, and as many for a device or
// network that its person signed in from. A link cannot be guessed: its limits only
// keep the work of trying small.
var (
	mailAccountLimit = ratelimit.Limit{Count: 5, Per: time.Hour}
	// One returns as the link before it ends, so a good one always lies in the mailbox.
	magicLinkLimit   = ratelimit.Limit{Count: 6, Per: time.Hour}
	mailNetworkLimit = ratelimit.Limit{Count: 30, Per: time.Hour}
	// Of all kinds together, whoever asks: a mailbox is not filled by one after the other.
	recipientLimit = ratelimit.Limit{Count: 20, Per: 24 * time.Hour}
	// What an account has written to an address that others had many written to.
	changeBesideOthersLimit = ratelimit.Limit{Count: 1, Per: time.Hour}
	signUpNetworkLimit      = ratelimit.Limit{Count: 20, Per: time.Hour}
	// Where nothing tells people from programs, a network registers fewer.
	signUpUncheckedLimit = ratelimit.Limit{Count: 10, Per: time.Hour}
	// Of wrong answers to the question for a passkey: each is a row for ten minutes.
	passkeyLimit  = ratelimit.Limit{Count: 60, Per: 15 * time.Minute}
	mailCodeLimit = ratelimit.Limit{Count: 15, Per: 24 * time.Hour}
	// Of wrong links from a network, and of what is tried with one good link.
	wrongLinkLimit = ratelimit.Limit{Count: 60, Per: 15 * time.Minute}
	linkLimit      = ratelimit.Limit{Count: 60, Per: 15 * time.Minute}
)

// countAsking counts for its network that somebody asks for a mail. It fails like
// countAttempt.
func (a *App) countAsking(ctx context.Context, from throttle.Source) error {
	if from.Network == "" {
		return nil
	}
	_, err := a.deps.Limits.CountAll(ctx, throttle.OfNetwork("identity.mail", from.Address, mailNetworkLimit)...)
	return err
}

// countLink counts a mail of a kind to an account, whether there is such an account or
// not. false: there were enough, and the links in them are good, so no other is needed;
// whoever asks is answered as ever, for it may be somebody else who asked before. It is
// called last, once nothing keeps the mail from being written; mails of another kind
// count apart, because their links open something else, and all of them for their
// recipient to. It fails with ErrBusy.
func (a *App) countLink(ctx context.Context, kind mails.Kind, account string, to identity.User, from throttle.Source) (throttle.Attempt, bool, error) {
	all, free, err := a.countMail(ctx, mailKey(kind, account, from), limitOf(kind), nil)
	if err != nil || !free {
		return nil, false, err
	}
	return a.countRecipient(ctx, to, from, all)
}

// countRecipient counts a mail for whoever it goes to, beside what was counted before.
// A browser or a session that its person was let in by is bounded by the kinds alone.
func (a *App) countRecipient(ctx context.Context, to identity.User, from throttle.Source, before throttle.Attempt) (throttle.Attempt, bool, error) {
	if from.Key != "" && from.Network == "" {
		return before, true, nil
	}
	return a.countMail(ctx, mailKey("all", linksOf(to), from), recipientLimit, before)
}

// countMail counts a mail that is not written where it returns false. Then, and when it
// fails, what was counted before is given back.
func (a *App) countMail(ctx context.Context, key string, l ratelimit.Limit, before throttle.Attempt) (throttle.Attempt, bool, error) {
	err := a.deps.Limits.Count(ctx, key, l)
	if err == nil {
		return append(before, throttle.Counted{Key: key, Limit: l}), true, nil
	}
	a.deps.Limits.GiveBack(ctx, before)
	if errors.Is(err, identity.ErrTooManyAttempts) {
		err = nil
	}
	return nil, false, err
}

// linksUsed gives an account back its mails with links to sign in by: one was used,
// and no other is good any more.
func (a *App) linksUsed(ctx context.Context, u identity.User, d identity.Device) {
	from := []throttle.Source{{}, {Key: "network:" + throttle.Network(d.IP)}}
	for _, t := range a.deps.Devices.Tokens(d.Token) {
		if t.User == u.ID {
			from = append(from, throttle.Source{Key: "device:" + t.ID})
		}
	}
	for _, f := range from {
		for range magicLinkLimit.Count {
			a.deps.Limits.GiveBack(ctx, throttle.One(mailKey(mails.MagicLink, linksOf(u), f), magicLinkLimit))
		}
	}
}

func mailKey(kind mails.Kind, account string, from throttle.Source) string {
	return throttle.AccountKey("identity.mail:"+string(kind), account, from)
}

// linksOf is what mails with links of a person are counted under: when all of their
// links end, others may be written at once.
func linksOf(u identity.User) string { return fmt.Sprintf("%s %d", u.Email, u.LinksEpoch) }

// limitOf is how many mails of a kind an account gets.
func limitOf(kind mails.Kind) ratelimit.Limit {
	if kind == mails.MagicLink {
		return magicLinkLimit
	}
	return mailAccountLimit
}

// findLink looks at the link of a mail and takes nothing. What is none counts for its
// network (wrongLink). What is good is never refused for what others brought; it has a
// limit of its own, on what can be tried with it. It fails with ErrInvalidLink,
// ErrTooManyAttempts and ErrBusy.
func (a *App) findLink(ctx context.Context, p identity.MailPurpose, token identity.Secret, address string) (identity.MailToken, error) {
	t, err := a.deps.Reads.MailToken(ctx, p, token.Hash(), a.deps.Clock.Now())
	if err != nil {
		return t, a.wrongLink(ctx, address, fmt.Errorf("signin: look at a link: %w", err))
	}
	return t, a.deps.Limits.Count(ctx, "identity.link:"+hex.EncodeToString(t.Hash), linkLimit)
}

// wrongLink counts an ErrInvalidLink or ErrMailCodeWrong for the network, and returns
// what to answer: the cause, or that there were too many.
func (a *App) wrongLink(ctx context.Context, address string, cause error) error {
	if !errors.Is(cause, identity.ErrInvalidLink) && !errors.Is(cause, identity.ErrMailCodeWrong) {
		return cause
	}
	if _, err := a.deps.Limits.CountAll(ctx, throttle.OfNetwork("identity.link", address, wrongLinkLimit)...); err != nil {
		return err
	}
	return cause
}
