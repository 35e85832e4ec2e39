package identityapp

import (
	"bytes"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// marked is a sealer that marks what it sealed, and opens nothing else.
type marked struct{}

func (marked) Seal(label string, plain []byte) ([]byte, error) {
	return append([]byte("sealed "+label+" "), plain...), nil
}

func (marked) Open(label string, sealed []byte) ([]byte, error) {
	plain, ok := bytes.CutPrefix(sealed, []byte("sealed "+label+" "))
	if !ok {
		return nil, errors.New("not sealed here")
	}
	return plain, nil
}

type fixedClock struct{ at time.Time }

func (c *fixedClock) Now() time.Time { return c.at }

// serial makes ids that are counted.
type serial int

func (s *serial) New() string {
	*s++
	return strconv.Itoa(int(*s))
}

// doorOf is an app with a gate and what reads device cookies; whatever else it asked, a
// store or a limiter, would be a nil pointer.
func doorOf(t *testing.T, atOnce int) (*App, *fixedClock) {
	t.Helper()
	now := &fixedClock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	return &App{deps: Deps{Sealer: marked{}, Clock: now, IDs: new(serial)}, gate: newSignInGate(atOnce)}, now
}

func (a *App) mustRemember(t *testing.T, now time.Time) identity.Secret {
	t.Helper()
	token, err := a.rememberDevice(identity.User{ID: "cleo"}, identity.Device{}, now)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestAdmitSignIn_KeepsAShareForKnownDevices(t *testing.T) {
	t.Parallel()
	a, now := doorOf(t, 8)
	known, other := a.mustRemember(t, now.Now()), a.mustRemember(t, now.Now())
	var places []func()
	enter := func(device identity.Secret) bool {
		leave, err := a.AdmitSignIn(device)
		if err != nil && !errors.Is(err, identity.ErrBusy) {
			t.Fatal(err)
		}
		if err == nil {
			places = append(places, leave)
		}
		return err == nil
	}
	for i := range 20 {
		if got, want := enter(""), i < 6; got != want {
			t.Fatalf("stranger %d of 20 is admitted: %t", i+1, got)
		}
	}
	if enter("Zm9yZ2Vk") || enter(known+"x") {
		t.Error("a forged cookie has a share")
	}
	if !enter(known) || !enter(other) {
		t.Error("known devices are refused while strangers fill the queue")
	}
	if enter(known) || enter(other) {
		t.Error("more are under way than there are places")
	}
	if n := a.SignInsRefused(); n != 18 {
		t.Errorf("%d refused ones were counted, want 18", n)
	}
	places[0]()
	places[0]() // gives back one place, however often it is called
	if enter("") || !enter(known) || enter(known) {
		t.Error("a place that was left is not a known device's, once")
	}
	for _, leave := range places {
		leave()
	}
	if a.gate.entered != 0 || len(a.gate.devices) != 0 {
		t.Errorf("%d places and %d devices are held when all have left", a.gate.entered, len(a.gate.devices))
	}
}

func TestAdmitSignIn_LetsNoOneDeviceFillTheShare(t *testing.T) {
	t.Parallel()
	a, now := doorOf(t, 16)
	known, other := a.mustRemember(t, now.Now()), a.mustRemember(t, now.Now())
	for range 12 {
		if _, err := a.AdmitSignIn(""); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 4 {
		if _, err := a.AdmitSignIn(known); (err == nil) != (i < 2) {
			t.Errorf("sign-in %d of one device beside strangers: %v", i+1, err)
		}
	}
	if _, err := a.AdmitSignIn(other); err != nil {
		t.Errorf("another device: %v", err)
	}
}

func TestAdmitSignIn_ForgetsDevicesWithTheirCookies(t *testing.T) {
	t.Parallel()
	a, now := doorOf(t, 4)
	known := a.mustRemember(t, now.Now())
	for range 3 {
		if _, err := a.AdmitSignIn(""); err != nil {
			t.Fatal(err)
		}
	}
	now.at = now.at.Add(identity.DeviceTokenLife)
	if _, err := a.AdmitSignIn(known); !errors.Is(err, identity.ErrBusy) {
		t.Errorf("a cookie past its time: %v", err)
	}
}
