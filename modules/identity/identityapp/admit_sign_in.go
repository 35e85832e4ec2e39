package identityapp

import (
	"sync"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

const (
	// defaultSignInsAtOnce is what one process has under way where nobody says.
	defaultSignInsAtOnce = 48
	// devicesShare is the part of it, one in so many, that strangers never take.
	devicesShare = 4
	// deviceAtOnce is how many sign-ins of one device have a place in that share: one
	// cookie must not fill it.
	deviceAtOnce = 2
)

// signInGate bounds the sign-ins by password that one process has under way: those
// whose password is hashed, and those that wait for it. It asks nobody, so that to
// refuse costs next to nothing however many come.
type signInGate struct {
	all, strangers int // bounds

	mu      sync.Mutex
	entered int
	devices map[string]int // under way, by the device's id
	refused uint64
}

func newSignInGate(atOnce int) *signInGate {
	if atOnce <= 0 {
		atOnce = defaultSignInsAtOnce
	}
	return &signInGate{all: atOnce, strangers: max(1, atOnce-max(1, atOnce/devicesShare)), devices: map[string]int{}}
}

// enter takes a place for a device; empty for a stranger's. It fails with ErrBusy.
func (g *signInGate) enter(device string) (leave func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.entered >= g.strangers && (device == "" || g.entered >= g.all || g.devices[device] >= deviceAtOnce) {
		g.refused++
		return nil, identity.ErrBusy
	}
	g.entered++
	if device != "" {
		g.devices[device]++
	}
	return sync.OnceFunc(func() { g.leave(device) }), nil
}

func (g *signInGate) leave(device string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.entered--
	if device == "" {
		return
	}
	if g.devices[device]--; g.devices[device] == 0 {
		delete(g.devices, device)
	}
}

// AdmitSignIn takes a place for a sign-in by password, before anything is read or
// counted for it; leave gives it back, and may be called again. A browser that somebody
// signed in by before, as its device cookie proves by the seal alone, has a share that
// strangers never fill. Whether the account is the same, and the cookie still good for
// it, is found out later: the share is a place in the queue, and lets nobody in. It
// fails with ErrBusy.
func (a *App) AdmitSignIn(device identity.Secret) (leave func(), err error) {
	return a.gate.enter(a.knownDevice(device))
}

// knownDevice is the id of a device that was let in before; empty for a stranger's.
func (a *App) knownDevice(brought identity.Secret) string {
	now := a.deps.Clock.Now()
	for _, t := range a.openDeviceTokens(brought) {
		if now.Before(t.At.Add(identity.DeviceTokenLife)) {
			return t.ID
		}
	}
	return ""
}

// SignInsRefused returns how often AdmitSignIn has refused since the start.
func (a *App) SignInsRefused() uint64 {
	a.gate.mu.Lock()
	defer a.gate.mu.Unlock()
	return a.gate.refused
}
