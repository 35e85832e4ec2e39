package passwords

import (
	"context"
	"sync"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

const (
	// defaultPasswordsAtOnce is what one process has under way where nobody says.
	defaultPasswordsAtOnce = 64
	// knownShare is the part of it, one in so many, that strangers never take.
	knownShare = 4
	// originAtOnce is how many requests of one device or session have a place in that
	// share, and personAtOnce of one person: neither a cookie nor the many that an account
	// gets by signing in again must fill it.
	originAtOnce = 2
	personAtOnce = 4
	// refusalsApart is the least time between two notices of refusals.
	refusalsApart = time.Minute
)

// caller is who needs a password hashed, as far as it is known without asking anybody;
// the zero caller is a stranger.
type caller struct {
	origin string // their device or session
	person string
}

// gate bounds the requests that have a password hashed, or wait for it, in one
// process. It asks nobody, so that to refuse costs next to nothing however many come.
type gate struct {
	all, strangers int // bounds
	notice         func(identity.PasswordLoad)

	mu       sync.Mutex
	entered  int
	known    map[string]int // under way, by origin and by person
	load     identity.PasswordLoad
	noticeAt time.Time // the earliest next one
}

func newGate(atOnce int, notice func(identity.PasswordLoad)) *gate {
	if atOnce <= 0 {
		atOnce = defaultPasswordsAtOnce
	}
	return &gate{all: atOnce, strangers: max(1, atOnce-max(1, atOnce/knownShare)), notice: notice, known: map[string]int{}}
}

// enter takes a place. It fails with ErrBusy.
func (g *gate) enter(c caller, now time.Time) (leave func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.entered >= g.strangers && !g.hasShare(c) {
		g.refuse(c, now)
		return nil, identity.ErrBusy
	}
	g.entered++
	for _, key := range c.keys() {
		g.known[key]++
	}
	return sync.OnceFunc(func() { g.leave(c) }), nil
}

// hasShare reports whether there is a place left for the caller of those that strangers
// never take.
func (g *gate) hasShare(c caller) bool {
	return c != caller{} && g.entered < g.all && g.known[c.origin] < originAtOnce && g.known[c.person] < personAtOnce
}

func (g *gate) leave(c caller) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.entered--
	for _, key := range c.keys() {
		if g.known[key]--; g.known[key] == 0 {
			delete(g.known, key)
		}
	}
}

// refuse counts a refusal, and has it noticed unless that was lately.
func (g *gate) refuse(c caller, now time.Time) {
	if c == (caller{}) {
		g.load.RefusedStrangers++
	} else {
		g.load.RefusedKnown++
	}
	if g.notice != nil && !now.Before(g.noticeAt) {
		g.noticeAt = now.Add(refusalsApart)
		g.notice(g.now())
	}
}

func (g *gate) now() identity.PasswordLoad {
	out := g.load
	out.UnderWay = uint64(g.entered) // #nosec G115 -- never below zero
	return out
}

func (c caller) keys() []string {
	if c == (caller{}) {
		return nil
	}
	return []string{c.origin, c.person}
}

// passwordPlace is what a request has taken at the gate. Its context carries it, so that what
// hashes knows.
type passwordPlace struct {
	gate  *gate
	leave func()
	left  bool
}

type placeKey struct{}

// Admit takes a place for a request that has a password hashed, before anything
// is read or counted for it; leave gives it back, and may be called again. People who are
// signed in, and browsers that somebody signed in by before, as their device cookie
// proves by the seal alone, have a share that strangers never fill. Whether the account
// is the same, and the cookie still good for it, is found out later: the share is a place
// in the queue, and lets nobody in. It fails with ErrBusy.
func (p *Checker) Admit(ctx context.Context, device identity.Secret, actor identity.Actor) (_ context.Context, leave func(), err error) {
	c := callerOf(actor)
	if c == (caller{}) {
		c = p.knownDevice(device)
	}
	return p.takePlace(ctx, c)
}

// takePlace is Admit for what may have a place already. Whatever hashes calls it,
// so that no way to the hasher leads around the gate.
func (p *Checker) takePlace(ctx context.Context, c caller) (_ context.Context, leave func(), err error) {
	if held, ok := ctx.Value(placeKey{}).(*passwordPlace); ok && held.gate == p.gate && !held.left {
		return ctx, func() {}, nil
	}
	leave, err = p.gate.enter(c, p.deps.Clock.Now())
	if err != nil {
		return ctx, nil, err
	}
	return context.WithValue(ctx, placeKey{}, &passwordPlace{gate: p.gate, leave: leave}), leave, nil
}

// LeaveQueue gives back the place of a request that hashes nothing more, although it
// goes on.
func LeaveQueue(ctx context.Context) {
	if held, ok := ctx.Value(placeKey{}).(*passwordPlace); ok {
		held.left = true
		held.leave()
	}
}

// callerOf is who is signed in, or a stranger.
func callerOf(actor identity.Actor) caller {
	if actor.SessionID == "" {
		return caller{}
	}
	return caller{"session:" + actor.SessionID, "person:" + string(actor.UserID)}
}

// knownDevice is whom a browser let in before; a stranger where it let in nobody.
func (p *Checker) knownDevice(brought identity.Secret) caller {
	now := p.deps.Clock.Now()
	for _, t := range p.deps.Devices.Tokens(brought) {
		if now.Before(t.At.Add(identity.DeviceTokenTTL)) {
			return caller{"device:" + t.ID, "person:" + string(t.User)}
		}
	}
	return caller{}
}

// Load returns what this process has to do with passwords.
func (p *Checker) Load() identity.PasswordLoad {
	p.gate.mu.Lock()
	defer p.gate.mu.Unlock()
	return p.gate.now()
}
