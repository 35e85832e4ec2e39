package passwords

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
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

// door is a checker with a gate and what reads device cookies; whatever else it asked, a
// store or a limiter, would be a nil pointer.
type door struct{ *Checker }

func doorOf(t *testing.T, atOnce int) (door, *fixedClock) {
	t.Helper()
	now := &fixedClock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	devices := throttle.Devices{Sealer: marked{}, Clock: now, IDs: new(serial)}
	return door{&Checker{deps: Deps{Devices: devices, Clock: now}, gate: newGate(atOnce, nil)}}, now
}

func (a door) mustRemember(t *testing.T, now time.Time) identity.Secret {
	t.Helper()
	token, err := a.deps.Devices.Remember(identity.User{ID: "cleo"}, identity.Device{}, now)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (a door) admitted(t *testing.T, device identity.Secret) error {
	t.Helper()
	_, _, err := a.Admit(t.Context(), device, identity.Actor{})
	return err
}

func TestAdmit_KeepsAShareForKnownDevices(t *testing.T) {
	t.Parallel()
	a, now := doorOf(t, 8)
	known, other := a.mustRemember(t, now.Now()), a.mustRemember(t, now.Now())
	var places []func()
	enter := func(device identity.Secret) bool {
		_, leave, err := a.Admit(t.Context(), device, identity.Actor{})
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
	if n := a.Load(); n.RefusedStrangers+n.RefusedKnown != 18 {
		t.Errorf("%+v refused ones were counted, want 18", n)
	}
	places[0]()
	places[0]() // gives back one place, however often it is called
	if enter("") || !enter(known) || enter(known) {
		t.Error("a place that was left is not a known device's, once")
	}
	for _, leave := range places {
		leave()
	}
	if a.gate.entered != 0 || len(a.gate.known) != 0 {
		t.Errorf("%d places and %d devices are held when all have left", a.gate.entered, len(a.gate.known))
	}
}

func TestAdmit_LetsNoOneDeviceFillTheShare(t *testing.T) {
	t.Parallel()
	a, now := doorOf(t, 16)
	known, other := a.mustRemember(t, now.Now()), a.mustRemember(t, now.Now())
	for range 12 {
		if err := a.admitted(t, ""); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 4 {
		if err := a.admitted(t, known); (err == nil) != (i < 2) {
			t.Errorf("sign-in %d of one device beside strangers: %v", i+1, err)
		}
	}
	if err := a.admitted(t, other); err != nil {
		t.Errorf("another device: %v", err)
	}
}

func TestAdmit_ForgetsDevicesWithTheirCookies(t *testing.T) {
	t.Parallel()
	a, now := doorOf(t, 4)
	known := a.mustRemember(t, now.Now())
	for range 3 {
		if err := a.admitted(t, ""); err != nil {
			t.Fatal(err)
		}
	}
	now.at = now.at.Add(identity.DeviceTokenTTL)
	if err := a.admitted(t, known); !errors.Is(err, identity.ErrBusy) {
		t.Errorf("a cookie past its time: %v", err)
	}
}

func TestAdmit_KeepsTheShareForWhoIsSignedIn(t *testing.T) {
	t.Parallel()
	a, _ := doorOf(t, 8)
	for range 6 {
		if err := a.admitted(t, ""); err != nil {
			t.Fatal(err)
		}
	}
	cleo := identity.Actor{UserID: "cleo", SessionID: "one"}
	if _, _, err := a.Admit(t.Context(), "", cleo); err != nil {
		t.Errorf("somebody who is signed in, beside strangers: %v", err)
	}
	program := identity.Actor{UserID: "cleo", TokenID: "token"} // may do nothing with passwords
	if _, _, err := a.Admit(t.Context(), "", program); !errors.Is(err, identity.ErrBusy) {
		t.Errorf("who comes with a personal token: %v", err)
	}
	if n := a.Load(); n != (identity.PasswordLoad{UnderWay: 7, RefusedStrangers: 1}) {
		t.Errorf("have %+v", n)
	}
}

func TestAdmit_LetsNoOnePersonFillTheShare(t *testing.T) {
	t.Parallel()
	a, now := doorOf(t, 32) // the share has eight places
	for range 24 {
		if err := a.admitted(t, ""); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 8 { // who signs in without a cookie gets another one each time
		if err := a.admitted(t, a.mustRemember(t, now.Now())); (err == nil) != (i < 4) {
			t.Errorf("device %d of one person beside strangers: %v", i+1, err)
		}
	}
	for i := range 3 {
		_, _, err := a.Admit(t.Context(), "", identity.Actor{UserID: "ben", SessionID: "one"})
		if (err == nil) != (i < 2) {
			t.Errorf("request %d of one session beside strangers: %v", i+1, err)
		}
	}
	if n := a.Load(); n.RefusedKnown != 5 || n.RefusedStrangers != 0 {
		t.Errorf("have %+v", n)
	}
}

func TestAdmit_NoticesRefusalsOnceAMinute(t *testing.T) {
	t.Parallel()
	a, now := doorOf(t, 4)
	var noticed []identity.PasswordLoad
	a.gate.notice = func(l identity.PasswordLoad) { noticed = append(noticed, l) }
	for range 6 { // of which three are refused
		_ = a.admitted(t, "")
	}
	now.at = now.at.Add(time.Minute)
	_ = a.admitted(t, "")
	if len(noticed) != 2 || noticed[0] != (identity.PasswordLoad{UnderWay: 3, RefusedStrangers: 1}) || noticed[1].RefusedStrangers != 4 {
		t.Errorf("have %+v", noticed)
	}
}

// countedHasher counts, and refuses nothing.
type countedHasher struct{ hashed, verified int }

func (h *countedHasher) Hash(context.Context, string) (string, error) { h.hashed++; return "hash", nil }

func (h *countedHasher) Rehash(context.Context, string) (string, error) {
	h.hashed++
	return "hash", nil
}

func (h *countedHasher) Verify(context.Context, string, string) (identity.PasswordMatch, error) {
	h.verified++
	return identity.PasswordRight, nil
}

// Every way to the hasher leads through the gate, and is refused before anything else is
// asked: the checker of this test has no store and no limiter.
func TestTakePlace_StandsBeforeEveryHash(t *testing.T) {
	t.Parallel()
	a, now := doorOf(t, 1)
	h := &countedHasher{}
	a.deps.Hasher = h
	if err := a.admitted(t, ""); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	signedIn := identity.Actor{UserID: "cleo", SessionID: "one", AuthenticatedAt: now.Now()}
	for name, do := range map[string]func() error{
		"a sign-in":      func() error { _, err := a.Check(ctx, "", "", identity.Device{}); return err },
		"a confirmation": func() error { _, err := a.CheckOwn(ctx, signedIn, "", ""); return err },
		"a new password": func() error { _, err := a.Hash(ctx, "forge-ahead-2026", "cleo@neoforge.test", "Cleo"); return err },
	} {
		if err := do(); !errors.Is(err, identity.ErrBusy) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if *h != (countedHasher{}) {
		t.Errorf("a password was looked at: %+v", *h)
	}
}

func TestTakePlace_TakesNoneForWhoHasOne(t *testing.T) {
	t.Parallel()
	a, _ := doorOf(t, 1)
	h := &countedHasher{}
	a.deps.Hasher = h
	ctx, leave, err := a.Admit(t.Context(), "", identity.Actor{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := a.Hash(ctx, "forge-ahead-2026", "cleo@neoforge.test", "Cleo"); err != nil {
			t.Fatal(err)
		}
	}
	if n := a.Load().UnderWay; n != 1 || h.hashed != 2 {
		t.Errorf("%d places are taken, %d passwords hashed", n, h.hashed)
	}
	LeaveQueue(ctx)
	leave()
	if n := a.Load().UnderWay; n != 0 {
		t.Errorf("%d places are taken by who has left", n)
	}
	if _, err := a.Hash(ctx, "forge-ahead-2026", "cleo@neoforge.test", "Cleo"); err != nil || a.Load().UnderWay != 0 {
		t.Errorf("who has left hashes once more: %v, %d places are taken", err, a.Load().UnderWay)
	}
}
