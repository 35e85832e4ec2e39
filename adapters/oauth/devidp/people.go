package devidp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// What Pending and Approve answer.
var (
	ErrRequestUnknown = fault.New(fault.Invalid, "devidp.request_unknown", "This sign-in was started too long ago, or not here. Start it again from the sign-in page.")
	ErrPersonUnknown  = fault.New(fault.Invalid, "devidp.person_unknown", "There is no such sample person. Choose one of the page.")
	ErrUnknownSwitch  = fault.New(fault.Invalid, "devidp.misbehaviour_unknown", "The provider does not know this way to misbehave. Choose one of the page.")
)

// Misbehaviour is a way in which one sign-in goes wrong on purpose.
type Misbehaviour string

// The ways to misbehave.
const (
	Behave          Misbehaviour = ""
	UnverifiedEmail Misbehaviour = "unverified_email"
	WrongNonce      Misbehaviour = "wrong_nonce"
	ExpiredToken    Misbehaviour = "expired_token"
	Slow            Misbehaviour = "slow"
	Failing         Misbehaviour = "failing"
)

// Switch describes a misbehaviour to people.
type Switch struct {
	Value Misbehaviour
	Label string
	Note  string
}

// Switches lists the ways to misbehave, behaving well first.
func Switches() []Switch {
	return []Switch{
		{Behave, "Behave well", "A verified address and a sound token."},
		{UnverifiedEmail, "Unverified address", "The ID token says that the address was not verified."},
		{WrongNonce, "Wrong nonce", "The ID token answers another request."},
		{ExpiredToken, "Expired token", "The ID token ended an hour ago."},
		{Slow, "Slow", "The token endpoint takes three seconds."},
		{Failing, "Failing", "The token endpoint answers 500."},
	}
}

// Pending is a request that waits for somebody to be chosen.
type Pending struct {
	Client    string // who asks, for people
	LoginHint string
}

// Pending returns the request behind the page's parameter; ErrRequestUnknown.
func (p *Provider) Pending(_ context.Context, requestID string) (Pending, error) {
	t, err := p.openRequest(requestID)
	if err != nil {
		return Pending{}, err
	}
	return Pending{Client: p.siteName, LoginHint: t.Hint}, nil
}

// People lists whom one can sign in as.
func (p *Provider) People(ctx context.Context) ([]Person, error) {
	people, err := p.people(ctx)
	if err != nil {
		return nil, fmt.Errorf("devidp: list people: %w", err)
	}
	return people, nil
}

// Approve answers a request with a person, and returns where the browser goes on.
// It fails with ErrRequestUnknown, ErrPersonUnknown and ErrUnknownSwitch.
func (p *Provider) Approve(ctx context.Context, requestID, email string, m Misbehaviour) (redirectURL string, err error) {
	if !slices.ContainsFunc(Switches(), func(s Switch) bool { return s.Value == m }) {
		return "", ErrUnknownSwitch
	}
	t, err := p.openRequest(requestID)
	if err != nil {
		return "", err
	}
	person, ok, err := p.find(ctx, email)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", ErrPersonUnknown
	}
	t.approve(person, m, p.clock.Now())
	id, err := p.seal.pack(requestPurpose, t)
	if err != nil {
		return "", err
	}
	return p.continueAt(id), nil
}

// continueAt is where the protocol goes on once somebody is chosen.
func (p *Provider) continueAt(id string) string {
	return p.issuer + "/authorize/callback?id=" + url.QueryEscape(id)
}

func (p *Provider) find(ctx context.Context, email string) (Person, bool, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	if email == "" {
		return Person{}, false, nil
	}
	people, err := p.People(ctx)
	if err != nil {
		return Person{}, false, err
	}
	i := slices.IndexFunc(people, func(x Person) bool { return strings.ToLower(x.Email) == email })
	if i < 0 {
		return Person{}, false, nil
	}
	return people[i], true, nil
}

// subjectOf is the person's identity at this provider.
func subjectOf(email string) string {
	h := sha256.Sum256([]byte("devidp subject\x00" + strings.ToLower(email)))
	return hex.EncodeToString(h[:12])
}
