// Package webauthn runs the ceremonies of passkeys (Web Authentication Level 3).
//
// It promises that an answer is accepted only for the very challenge that was
// asked, from this site's origin and for its relying party id, from a present
// person, and, where anybody may answer, from one whom the authenticator verified.
// New passkeys are always discoverable, so that they sign in without an address.
// Attestation is not asked for: which maker's device somebody holds is theirs to
// know.
package webauthn

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// maxAnswer bounds what is parsed of a browser's answer; they have one to five KB.
const maxAnswer = 32 << 10

// Ceremonies implements identity.PasskeyCeremonies. Party is nil where the site is
// reached by a network address, to which no passkey can be bound.
type Ceremonies struct{ party *webauthn.WebAuthn }

var _ identity.PasskeyCeremonies = (*Ceremonies)(nil)

// New makes the ceremonies of a site: its name for people, and the origin that
// browsers see, whose host is the relying party id.
func New(siteName, baseURL string) (*Ceremonies, error) {
	u, err := url.Parse(baseURL)
	if err != nil || u.Host == "" || u.Hostname() == "" {
		return nil, fmt.Errorf("webauthn: %q is no origin", baseURL)
	}
	if net.ParseIP(u.Hostname()) != nil {
		return &Ceremonies{}, nil
	}
	party, err := webauthn.New(&webauthn.Config{
		RPID:                  u.Hostname(),
		RPDisplayName:         siteName,
		RPOrigins:             []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		// Extensions were not asked for; what a browser adds unasked harms nobody.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fmt.Errorf("webauthn: %w", err)
	}
	return &Ceremonies{party: party}, nil
}

// person is somebody with passkeys, as the library wants them.
type person struct {
	id, name, label string
	credentials     []webauthn.Credential
}

func (p person) WebAuthnID() []byte                         { return []byte(p.id) }
func (p person) WebAuthnName() string                       { return p.name }
func (p person) WebAuthnDisplayName() string                { return p.label }
func (p person) WebAuthnCredentials() []webauthn.Credential { return p.credentials }

func credentialsOf(passkeys []identity.Passkey) ([]webauthn.Credential, error) {
	out := make([]webauthn.Credential, len(passkeys))
	for i, p := range passkeys {
		if err := json.Unmarshal(p.Record, &out[i]); err != nil {
			return nil, fmt.Errorf("webauthn: read the record of passkey %s: %w", p.ID, err)
		}
	}
	return out, nil
}

func descriptors(credentials []webauthn.Credential) []protocol.CredentialDescriptor {
	out := make([]protocol.CredentialDescriptor, len(credentials))
	for i := range credentials {
		out[i] = credentials[i].Descriptor()
	}
	return out
}

// BeginRegistration implements identity.PasskeyCeremonies.
func (c *Ceremonies) BeginRegistration(u identity.User, have []identity.Passkey) (identity.PasskeyCeremony, error) {
	if c.party == nil {
		return identity.PasskeyCeremony{}, identity.ErrPasskeysOff
	}
	credentials, err := credentialsOf(have)
	if err != nil {
		return identity.PasskeyCeremony{}, err
	}
	required := true
	options, session, err := c.party.BeginRegistration(
		person{id: string(u.ID), name: string(u.Email), label: u.Name, credentials: credentials},
		webauthn.WithExclusions(descriptors(credentials)),
		webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: &required,
			UserVerification: protocol.VerificationPreferred,
		}),
	)
	if err != nil {
		return identity.PasskeyCeremony{}, fmt.Errorf("webauthn: begin registration of %s: %w", u.ID, err)
	}
	return ceremony(options.Response, session)
}

func ceremony(options any, session *webauthn.SessionData) (identity.PasskeyCeremony, error) {
	o, err := json.Marshal(options)
	if err != nil {
		return identity.PasskeyCeremony{}, fmt.Errorf("webauthn: write options: %w", err)
	}
	s, err := json.Marshal(session)
	if err != nil {
		return identity.PasskeyCeremony{}, fmt.Errorf("webauthn: write session: %w", err)
	}
	return identity.PasskeyCeremony{Options: o, Session: s}, nil
}

// FinishRegistration implements identity.PasskeyCeremonies.
func (c *Ceremonies) FinishRegistration(u identity.User, session, response []byte) (identity.Passkey, error) {
	if c.party == nil {
		return identity.Passkey{}, identity.ErrPasskeysOff
	}
	kept, err := sessionOf(session)
	if err != nil {
		return identity.Passkey{}, err
	}
	if len(response) > maxAnswer {
		return identity.Passkey{}, identity.ErrPasskeyRefused
	}
	answer, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return identity.Passkey{}, refused(identity.ErrPasskeyRefused, err)
	}
	credential, err := c.party.CreateCredential(person{id: string(u.ID)}, kept, answer)
	if err != nil {
		return identity.Passkey{}, refused(identity.ErrPasskeyRefused, err)
	}
	p := identity.Passkey{User: u.ID, CredentialID: credential.ID}
	return p, describe(&p, credential)
}

// describe writes what is kept of a credential.
func describe(p *identity.Passkey, c *webauthn.Credential) error {
	c.Authenticator.CloneWarning = false // says something of one use, not of the passkey
	record, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("webauthn: write the record: %w", err)
	}
	p.Record, p.SignCount, p.BackedUp = record, int64(c.Authenticator.SignCount), c.Flags.BackupState
	return nil
}

// BeginAssertion implements identity.PasskeyCeremonies.
func (c *Ceremonies) BeginAssertion(id identity.UserID, have []identity.Passkey) (identity.PasskeyCeremony, error) {
	if c.party == nil {
		return identity.PasskeyCeremony{}, identity.ErrPasskeysOff
	}
	if len(have) == 0 {
		options, session, err := c.party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
		if err != nil {
			return identity.PasskeyCeremony{}, fmt.Errorf("webauthn: begin assertion: %w", err)
		}
		return ceremony(options.Response, session)
	}
	credentials, err := credentialsOf(have)
	if err != nil {
		return identity.PasskeyCeremony{}, err
	}
	options, session, err := c.party.BeginLogin(person{id: string(id), credentials: credentials},
		webauthn.WithUserVerification(protocol.VerificationPreferred))
	if err != nil {
		return identity.PasskeyCeremony{}, fmt.Errorf("webauthn: begin assertion of %s: %w", id, err)
	}
	return ceremony(options.Response, session)
}

// FinishAssertion implements identity.PasskeyCeremonies.
func (c *Ceremonies) FinishAssertion(session, response []byte, owner func(credentialID []byte) ([]identity.Passkey, error)) (identity.PasskeyAssertion, error) {
	if c.party == nil {
		return identity.PasskeyAssertion{}, identity.ErrPasskeysOff
	}
	kept, err := sessionOf(session)
	if err != nil {
		return identity.PasskeyAssertion{}, err
	}
	if len(response) > maxAnswer {
		return identity.PasskeyAssertion{}, identity.ErrPasskeyInvalid
	}
	answer, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil {
		return identity.PasskeyAssertion{}, refused(identity.ErrPasskeyInvalid, err)
	}
	have, err := owner(answer.RawID)
	if err != nil {
		return identity.PasskeyAssertion{}, err
	}
	credentials, err := credentialsOf(have)
	if err != nil {
		return identity.PasskeyAssertion{}, err
	}
	used, ok := find(have, answer.RawID)
	if !ok {
		return identity.PasskeyAssertion{}, identity.ErrPasskeyInvalid
	}
	became := becameSyncable(credentials, answer)
	whose := person{id: string(used.User), credentials: credentials}

	var credential *webauthn.Credential
	if len(kept.UserID) == 0 {
		_, credential, err = c.party.ValidatePasskeyLogin(
			func([]byte, []byte) (webauthn.User, error) { return whose, nil }, kept, answer)
	} else {
		// Passkeys that were added or removed since the ceremony began do not matter:
		// the answer must be by one that was asked for and is still there.
		kept.AllowedCredentialIDs = stillThere(kept.AllowedCredentialIDs, have)
		if len(kept.AllowedCredentialIDs) == 0 {
			return identity.PasskeyAssertion{}, identity.ErrPasskeyInvalid
		}
		credential, err = c.party.ValidateLogin(whose, kept, answer)
	}
	if err != nil {
		return identity.PasskeyAssertion{}, refused(identity.ErrPasskeyInvalid, err)
	}
	proof := identity.PasskeyAssertion{
		Passkey:      used,
		UserVerified: answer.Response.AuthenticatorData.Flags.HasUserVerified(),
		Cloned:       credential.Authenticator.CloneWarning,
		BecameSynced: became,
	}
	return proof, describe(&proof.Passkey, credential)
}

// becameSyncable lets a passkey be eligible for backup that was not when it was made:
// password managers turn on synchronization for passkeys that they hold already. The
// library refuses any change; the flag is covered by the signature, which it checks
// all the same. The other way round stays refused.
func becameSyncable(credentials []webauthn.Credential, answer *protocol.ParsedCredentialAssertionData) bool {
	for i := range credentials {
		c := &credentials[i]
		if string(c.ID) == string(answer.RawID) && !c.Flags.BackupEligible && answer.Response.AuthenticatorData.Flags.HasBackupEligible() {
			c.Flags.BackupEligible = true
			return true
		}
	}
	return false
}

func find(have []identity.Passkey, credentialID []byte) (identity.Passkey, bool) {
	for _, p := range have {
		if string(p.CredentialID) == string(credentialID) {
			return p, true
		}
	}
	return identity.Passkey{}, false
}

func stillThere(asked [][]byte, have []identity.Passkey) [][]byte {
	var left [][]byte
	for _, id := range asked {
		if _, ok := find(have, id); ok {
			left = append(left, id)
		}
	}
	return left
}

func sessionOf(session []byte) (webauthn.SessionData, error) {
	var kept webauthn.SessionData
	if err := json.Unmarshal(session, &kept); err != nil {
		return kept, fmt.Errorf("webauthn: read the session: %w", err)
	}
	if kept.Challenge == "" {
		return kept, errors.New("webauthn: the session has no challenge")
	}
	return kept, nil
}

// refused keeps why an answer was refused for the log: the library hides it from
// Error().
func refused(as, err error) error {
	var p *protocol.Error
	if errors.As(err, &p) {
		return fmt.Errorf("webauthn: %w: %s: %s", as, p.Details, p.DevInfo)
	}
	return fmt.Errorf("webauthn: %w: %w", as, err)
}
