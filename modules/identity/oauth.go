package identity

import (
	"context"
	"net/url"
	"time"
)

// FlowTTL is how long somebody may take at the other provider.
const FlowTTL = 10 * time.Minute

// FlowPurpose says what somebody went to a provider for. A flow serves the purpose
// that it was begun for and no other.
type FlowPurpose string

// The purposes.
const (
	FlowSignIn  FlowPurpose = "sign_in" // to come in
	FlowLink    FlowPurpose = "link"    // to connect the account there with the one here
	FlowConfirm FlowPurpose = "confirm" // to prove again who one is
)

// OAuthFlow is somebody's way through another provider. It is bound to the browser
// that began it, and taken once; one that links or confirms is bound to the
// person's session besides.
type OAuthFlow struct {
	Purpose     FlowPurpose
	User        UserID // who links or confirms; empty for a sign-in
	StateHash   []byte // of the state parameter
	BrowserHash []byte // of the cookie that the browser holds meanwhile
	Provider    string
	Nonce       string
	Verifier    string // PKCE (RFC 7636)
	Session     string // what the provider's adapter wants back at Complete
	ReturnTo    string // a path of this site
	Agreed      Agreed // what an account that a sign-in opens agrees to; nil: unknown, of an older release
	ExpiresAt   time.Time
}

// AuthorizationRequest is what a provider needs to begin.
type AuthorizationRequest struct {
	State     string
	Nonce     string
	Verifier  string
	LoginHint string
	// Fresh asks the provider to have the person prove who they are again, though
	// they may be signed in there. An answer that rests on an older proof is refused.
	Fresh bool
}

// AuthorizationStart says where to send the browser.
type AuthorizationStart struct {
	URL     string
	Session string
}

// AuthorizationResponse is what came back: the flow, and the callback's parameters.
type AuthorizationResponse struct {
	Nonce    string
	Verifier string
	Session  string
	Params   url.Values
}

// Claim is what a provider says of a person after its answer was verified.
// EmailVerified is true only when the provider said so itself.
type Claim struct {
	Provider      string
	Subject       string
	Email         string
	EmailVerified bool
	Name          string
	// AuthenticatedAt is when the person proved to the provider who they are; zero
	// when the provider does not tell.
	AuthenticatedAt time.Time
	// Incomplete is why the provider did not tell all that it should have; nil when it
	// did. The subject is certain all the same, so whoever is known by it gets in.
	Incomplete error
}

// FlowStep is where on somebody's way through a provider something failed.
type FlowStep string

// The steps.
const (
	StepDiscovery     FlowStep = "discovery"     // the provider's metadata
	StepAuthorization FlowStep = "authorization" // the address that the browser is sent to
	StepCallback      FlowStep = "callback"      // what the browser brought back
	StepToken         FlowStep = "token"         // the exchange of the code
	StepIDToken       FlowStep = "id_token"      // its keys, signature and claims
	StepUserinfo      FlowStep = "userinfo"
	StepProfile       FlowStep = "profile" // the API of a provider without ID tokens
)

// ProviderFailure is why somebody did not get through a provider, for whoever runs
// the site. Its text holds no secret. What the person is told is in its chain.
type ProviderFailure struct {
	Step FlowStep
	Err  error
}

func (f *ProviderFailure) Error() string { return string(f.Step) + ": " + f.Err.Error() }

// Unwrap returns the cause.
func (f *ProviderFailure) Unwrap() error { return f.Err }

// OAuthProvider signs people in at another provider.
type OAuthProvider interface {
	// Name is the provider's name in routes ("github"); Label is for people.
	Name() string
	Label() string
	// Begin fails with ErrProviderAway when the provider must be asked and does
	// not answer.
	Begin(ctx context.Context, r AuthorizationRequest) (AuthorizationStart, error)
	// Complete exchanges the code and verifies the answer. It fails with
	// ErrProviderDenied, ErrProviderInvalid or ErrProviderAway. Every failure of both
	// has a ProviderFailure in its chain, which says where it was.
	Complete(ctx context.Context, r AuthorizationResponse) (Claim, error)
}

// ExternalIdentity links a person to their account at a provider.
type ExternalIdentity struct {
	ID        string
	User      UserID
	Provider  string
	Subject   string
	Email     string
	CreatedAt time.Time
}

// SignInDecision is what a verified claim leads to.
type SignInDecision uint8

// The decisions; see [DecideSignIn].
const (
	RefuseSignIn SignInDecision = iota
	EnterAccount                // the identity is known: sign its person in
	LinkAccount                 // the address is proven on both sides: link, then sign in
	ClaimAccount                // the address was registered and never proven: revoke all access, link, sign in
	OpenAccount                 // nobody has this address: make an account
)

// DecideSignIn is the rule for a claim: (provider, subject) is the identity; an
// address that the provider did not verify neither links nor registers; an
// account whose address was never proven belongs to whoever proves it, so its
// password and sessions go. known is the person who has the identity, owner the
// one who has the address; nil for nobody.
func DecideSignIn(c Claim, known, owner *User) SignInDecision {
	switch {
	case known != nil && !known.EmailVerified && c.EmailVerified && c.Email == string(known.Email):
		return ClaimAccount
	case known != nil:
		return EnterAccount
	case c.Email == "" || !c.EmailVerified:
		return RefuseSignIn
	case owner == nil:
		return OpenAccount
	case owner.EmailVerified:
		return LinkAccount
	default:
		return ClaimAccount
	}
}

// MayLink reports ErrIdentityTaken when an identity that is linked already is
// somebody else's: it is theirs until they give it up, whoever holds the account at
// the provider now.
func MayLink(known ExternalIdentity, user UserID) error {
	if known.User != user {
		return ErrIdentityTaken
	}
	return nil
}

// ProviderFlow is a way through a provider that has begun: send the browser to
// RedirectURL and have it keep BrowserSecret until it comes back with State. A
// browser may be on several ways at once.
type ProviderFlow struct {
	RedirectURL   string
	State         Secret
	BrowserSecret Secret
}

// ProviderReturn is a browser that came back from a provider. Actor is who is
// signed in in it, which only a flow that links or confirms asks about.
type ProviderReturn struct {
	Provider      string
	BrowserSecret Secret
	Params        url.Values
	Actor         Actor
	Device        Device // of a flow that signs in
}

// ProviderInfo is one way of signing in, for the page that offers them.
type ProviderInfo struct {
	Name  string // in routes: "github"
	Label string // for people: "GitHub"
}
