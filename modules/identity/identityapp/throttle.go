package identityapp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// How often a password may be tried. Strangers have ten tries at an account in a
// quarter of an hour, together: under a thousand guesses a day. A device or network that
// the person signed in from has ten of its own. A network stands thirty over all
// accounts: an office behind one address signs in, a list of stolen passwords takes weeks.
// What is right is given back. web/docs/security.md has the whole rule.
var (
	accountLimit = ratelimit.Limit{Count: 10, Per: 15 * time.Minute}
	addressLimit = ratelimit.Limit{Count: 30, Per: 15 * time.Minute}
)

// How often strangers may have mails written, and try the links in them. An account
// gets a handful of mails of a kind an hour, whoever asks, and as many for a device or
// network that its person signed in from. A link cannot be guessed: its limits only
// keep the work of trying small.
var (
	letterAccountLimit = ratelimit.Limit{Count: 5, Per: time.Hour}
	// One returns as the link before it ends, so a good one always lies in the mailbox.
	magicLinkLimit     = ratelimit.Limit{Count: 6, Per: time.Hour}
	letterAddressLimit = ratelimit.Limit{Count: 30, Per: time.Hour}
	// Of all kinds together, whoever asks: a mailbox is not filled by one after the other.
	recipientLimit = ratelimit.Limit{Count: 20, Per: 24 * time.Hour}
	// What an account has written to an address that others had many written to.
	changeBesideOthersLimit = ratelimit.Limit{Count: 1, Per: time.Hour}
	signUpAddressLimit      = ratelimit.Limit{Count: 20, Per: time.Hour}
	// Where nothing tells people from programs, a network registers fewer.
	signUpUncheckedLimit = ratelimit.Limit{Count: 10, Per: time.Hour}
	// Sign-ins at providers that are begun and not finished, and wrong answers to the
	// question for a passkey: each is a row for ten minutes.
	flowLimit     = ratelimit.Limit{Count: 300, Per: 15 * time.Minute}
	passkeyLimit  = ratelimit.Limit{Count: 60, Per: 15 * time.Minute}
	mailCodeLimit = ratelimit.Limit{Count: 15, Per: 24 * time.Hour}
	// Of wrong links from a network, and of what is tried with one good link.
	linkAddressLimit = ratelimit.Limit{Count: 60, Per: 15 * time.Minute}
	linkLimit        = ratelimit.Limit{Count: 60, Per: 15 * time.Minute}
)

// attempt is what was counted for a guess.
type attempt []counted

type counted struct {
	key   string
	limit ratelimit.Limit
}

// countAll counts an event against several limits, in their order.
func (a *App) countAll(ctx context.Context, all ...counted) (attempt, error) {
	for _, c := range all {
		if err := a.count(ctx, c.key, c.limit); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// succeeded gives back what was counted for a guess that was right. A limiter that is
// away gives it back with time: nobody who is right is kept out for that.
func (a *App) succeeded(ctx context.Context, counted attempt) {
	for _, c := range counted {
		_ = a.deps.Limiter.GiveBack(context.WithoutCancel(ctx), c.key, c.limit)
	}
}

// countAttempt counts a guess before it is checked. It fails with
// ErrTooManyAttempts, and with ErrBusy when it could not be counted: an uncounted
// guess is not taken. An empty email is no account's, and counts for the network.
func (a *App) countAttempt(ctx context.Context, email string, from source) (attempt, error) {
	var all []counted
	if from.network != "" {
		all = ofNetwork("identity.sign_in", from.address, addressLimit)
	}
	if email != "" {
		all = append(all, counted{accountKey("identity.sign_in", email, from), accountLimit})
	}
	return a.countAll(ctx, all...)
}

// countAsking counts for its network that somebody asks for a mail. It fails like
// countAttempt.
func (a *App) countAsking(ctx context.Context, from source) error {
	if from.network == "" {
		return nil
	}
	_, err := a.countAll(ctx, ofNetwork("identity.letter", from.address, letterAddressLimit)...)
	return err
}

// countLetter counts a mail of a kind to an account, whether there is such an account or
// not. false: there were enough, and the links in them are good, so no other is needed;
// whoever asks is answered as ever, for it may be somebody else who asked before. It is
// called last, once nothing keeps the mail from being written; mails of another kind
// count apart, because their links open something else, and all of them for their
// recipient to. It fails with ErrBusy.
func (a *App) countLetter(ctx context.Context, kind letterKind, account string, to identity.User, from source) (attempt, bool, error) {
	all, free, err := a.countMail(ctx, letterKey(kind, account, from), kind.limit(), nil)
	if err != nil || !free {
		return nil, false, err
	}
	return a.countRecipient(ctx, to, from, all)
}

// countRecipient counts a mail for whoever it goes to, beside what was counted before.
// A browser or a session that its person was let in by is bounded by the kinds alone.
func (a *App) countRecipient(ctx context.Context, to identity.User, from source, before attempt) (attempt, bool, error) {
	if from.key != "" && from.network == "" {
		return before, true, nil
	}
	return a.countMail(ctx, letterKey("all", linksOf(to), from), recipientLimit, before)
}

// countMail counts a mail that is not written where it returns false. Then, and when it
// fails, what was counted before is given back.
func (a *App) countMail(ctx context.Context, key string, l ratelimit.Limit, before attempt) (attempt, bool, error) {
	err := a.count(ctx, key, l)
	if err == nil {
		return append(before, counted{key, l}), true, nil
	}
	a.succeeded(ctx, before)
	if errors.Is(err, identity.ErrTooManyAttempts) {
		err = nil
	}
	return nil, false, err
}

// lettersUsed gives an account back its mails with links to sign in by: one was used,
// and no other is good any more.
func (a *App) lettersUsed(ctx context.Context, u identity.User, d identity.Device) {
	from := []source{{}, {key: "network:" + network(d.Address)}}
	for _, t := range a.openDeviceTokens(d.Token) {
		if t.User == u.ID {
			from = append(from, source{key: "device:" + t.ID})
		}
	}
	for _, f := range from {
		for range magicLinkLimit.Count {
			a.succeeded(ctx, attempt{{letterKey(letterMagicLink, linksOf(u), f), magicLinkLimit}})
		}
	}
}

func letterKey(kind letterKind, account string, from source) string {
	return accountKey("identity.letter:"+string(kind), account, from)
}

// linksOf is what mails with links of a person are counted under: when all of their
// links end, others may be written at once.
func linksOf(u identity.User) string { return fmt.Sprintf("%s %d", u.Email, u.LinksEpoch) }

// limit is how many mails of a kind an account gets.
func (k letterKind) limit() ratelimit.Limit {
	if k == letterMagicLink {
		return magicLinkLimit
	}
	return letterAccountLimit
}

// siteNetworks is how many times the limit of a network a site has.
const siteNetworks = 10

// ofNetwork counts what strangers do for their network. One place picks among 65,536
// networks of IPv6, and leaves with each what its limit lets through, so it has a limit
// as well.
func ofNetwork(what, address string, l ratelimit.Limit) attempt {
	all := attempt{{what + ":address:" + network(address), l}}
	if wide := site(address); wide != network(address) {
		all = append(all, counted{what + ":site:" + wide, ratelimit.Limit{Count: siteNetworks * l.Count, Per: l.Per}})
	}
	return all
}

// knownBrowsers is how many times the limit of a network the browsers on it have that
// somebody signed in by.
const knownBrowsers = 10

// ofVisitor counts what somebody does of whom no account is known yet: for their
// browser, where somebody signed in by it before, otherwise for their network. All such
// browsers of a network have a limit as well: every sign-in without a device cookie
// makes another one.
func (a *App) ofVisitor(what string, d identity.Device, l ratelimit.Limit) attempt {
	now := a.deps.Clock.Now()
	for _, t := range a.openDeviceTokens(d.Token) {
		if now.Before(t.At.Add(identity.DeviceTokenLife)) {
			together := ratelimit.Limit{Count: knownBrowsers * l.Count, Per: l.Per}
			return append(attempt{{what + ":device:" + t.ID, l}}, ofNetwork(what+":known", d.Address, together)...)
		}
	}
	return ofNetwork(what, d.Address, l)
}

// accountKey is what attempts on an account from a source are counted under.
func accountKey(what, account string, from source) string {
	key := what + ":account:" + digest(account)
	if from.key != "" {
		key += ":" + from.key
	}
	return key
}

// findLink looks at the link of a mail and takes nothing. What is none counts for its
// network (wrongLink). What is good is never refused for what others brought; it has a
// limit of its own, on what can be tried with it. It fails with ErrInvalidLink,
// ErrTooManyAttempts and ErrBusy.
func (a *App) findLink(ctx context.Context, p identity.MailPurpose, token identity.Secret, address string) (identity.MailToken, error) {
	t, err := a.deps.Reads.MailToken(ctx, p, token.Hash(), a.deps.Clock.Now())
	if err != nil {
		return t, a.wrongLink(ctx, address, fmt.Errorf("identityapp: look at a link: %w", err))
	}
	return t, a.count(ctx, "identity.link:"+hex.EncodeToString(t.Hash), linkLimit)
}

// wrongLink counts an ErrInvalidLink or ErrMailCodeWrong for the network, and returns
// what to answer: the cause, or that there were too many.
func (a *App) wrongLink(ctx context.Context, address string, cause error) error {
	if !errors.Is(cause, identity.ErrInvalidLink) && !errors.Is(cause, identity.ErrMailCodeWrong) {
		return cause
	}
	if _, err := a.countAll(ctx, ofNetwork("identity.link", address, linkAddressLimit)...); err != nil {
		return err
	}
	return cause
}

func (a *App) count(ctx context.Context, key string, l ratelimit.Limit) error {
	d, err := a.deps.Limiter.Allow(ctx, key, l)
	if err != nil {
		return fmt.Errorf("identityapp: count an attempt: %w: %w", identity.ErrBusy, err)
	}
	if !d.Allowed {
		return identity.ErrTooManyAttempts.WithRetryAfter(d.RetryAfter)
	}
	return nil
}

// network is what one subscriber holds: an IPv4 address, or the /64 that an IPv6
// host picks its addresses from.
func network(address string) string { return prefixOf(address, 64) }

func prefixOf(address string, bits int) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return digest(address)
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.Prefix(bits)
	if err != nil {
		return ip.String()
	}
	return prefix.String()
}

// site is what one place holds at the most: an IPv4 address, or the /48 of IPv6 that
// providers hand out.
func site(address string) string { return prefixOf(address, 48) }

// digest makes a key of bounded length that names nobody.
func digest(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:16])
}
