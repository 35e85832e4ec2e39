package devidp

import (
	"sync"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// The purposes of sealed values; what was sealed for one opens for no other.
const (
	requestPurpose = "request"
	tokenPurpose   = "access token"
	protocol       = "protocol" // codes and bearer tokens, which the library wraps once more
)

// ticket is all that is known of one sign-in. It travels sealed, as the id of a
// request, inside a code, and inside an access token.
type ticket struct {
	ID        string    `json:"id"`
	Redirect  string    `json:"redirect"`
	State     string    `json:"state"`
	Nonce     string    `json:"nonce"`
	Challenge string    `json:"challenge"`
	Scopes    []string  `json:"scopes"`
	Hint      string    `json:"hint,omitempty"`
	Until     time.Time `json:"until"`

	// Once somebody was chosen.
	ApprovedAt time.Time    `json:"approved_at,omitzero"`
	Email      string       `json:"email,omitempty"`
	Name       string       `json:"name,omitempty"`
	Misbehave  Misbehaviour `json:"misbehave,omitempty"`
}

func (t *ticket) approve(p Person, m Misbehaviour, now time.Time) {
	t.ApprovedAt, t.Until = now, now.Add(codeTTL)
	t.Email, t.Name, t.Misbehave = p.Email, p.Name, m
}

// openRequest opens a request that is still good; ErrRequestUnknown.
func (p *Provider) openRequest(id string) (ticket, error) {
	return p.openTicket(requestPurpose, id)
}

func (p *Provider) openTicket(purpose, sealed string) (ticket, error) {
	var t ticket
	if err := p.seal.unpack(purpose, sealed, &t); err != nil || !p.clock.Now().Before(t.Until) {
		return ticket{}, ErrRequestUnknown
	}
	return t, nil
}

// authRequest shows a ticket to the library.
type authRequest struct {
	ticket
	id string
}

var _ op.AuthRequest = (*authRequest)(nil)

func (r *authRequest) GetID() string                      { return r.id }
func (r *authRequest) GetACR() string                     { return "" }
func (r *authRequest) GetAMR() []string                   { return nil }
func (r *authRequest) GetAudience() []string              { return []string{clientID} }
func (r *authRequest) GetAuthTime() time.Time             { return r.ApprovedAt }
func (r *authRequest) GetClientID() string                { return clientID }
func (r *authRequest) GetRedirectURI() string             { return r.Redirect }
func (r *authRequest) GetResponseType() oidc.ResponseType { return oidc.ResponseTypeCode }
func (r *authRequest) GetResponseMode() oidc.ResponseMode { return oidc.ResponseModeQuery }
func (r *authRequest) GetScopes() []string                { return r.Scopes }
func (r *authRequest) GetState() string                   { return r.State }
func (r *authRequest) GetSubject() string                 { return subjectOf(r.Email) }
func (r *authRequest) Done() bool                         { return !r.ApprovedAt.IsZero() }

func (r *authRequest) GetCodeChallenge() *oidc.CodeChallenge {
	return &oidc.CodeChallenge{Challenge: r.Challenge, Method: oidc.CodeChallengeMethodS256}
}

func (r *authRequest) GetNonce() string {
	if r.Misbehave == WrongNonce {
		return "not-" + r.Nonce
	}
	return r.Nonce
}

// redeemed remembers which tickets were redeemed while their codes live.
type redeemed struct {
	mu    sync.Mutex
	until map[string]time.Time
}

func newRedeemed() *redeemed { return &redeemed{until: map[string]time.Time{}} }

// take answers true to the first who redeems a ticket.
func (r *redeemed) take(t ticket, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, until := range r.until {
		if !now.Before(until) {
			delete(r.until, id)
		}
	}
	if _, taken := r.until[t.ID]; taken {
		return false
	}
	r.until[t.ID] = t.Until
	return true
}
