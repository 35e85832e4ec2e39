package identity

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// ConsentKind is what somebody agrees to.
type ConsentKind string

// The kinds. Terms and privacy come with the account; the rest is given and taken
// back at will.
const (
	ConsentTerms   ConsentKind = "terms"
	ConsentPrivacy ConsentKind = "privacy"
	ConsentNews    ConsentKind = "news"
)

// What can be wrong with a consent.
var (
	ErrConsentUnknown  = fault.New(fault.Invalid, "identity.consent_unknown", "There is nothing of that name to agree to.")
	ErrConsentOutdated = fault.New(fault.Conflict, "identity.consent_outdated", "The text has changed meanwhile. Read it again, then agree to it.")
	ErrConsentNeeded   = fault.New(fault.Conflict, "identity.consent_needed", "The account rests on this. Delete the account to take it back.")
	ErrConsentForeign  = fault.New(fault.Forbidden, "identity.consent_foreign", "Only the person themselves can agree, signed in with their own session.")
)

// Agreement is a text that people agree to, in its current version.
type Agreement struct {
	Kind    ConsentKind
	Version string // the day of the text, and a number when it was published here
	Needed  bool   // the account rests on it
	Title   string
	Summary string
}

// unpublished is the version of a text that the site's operator has not published yet.
const unpublished = "unpublished"

// Texts is which version of each text is in force, as the site's operator published it.
type Texts map[ConsentKind]string

// Agreements lists what there is to agree to.
func (t Texts) Agreements() []Agreement {
	all := []Agreement{
		{ConsentTerms, unpublished, true, "Terms of use", "What you may expect of this site, and this site of you."},
		{ConsentPrivacy, unpublished, true, "Privacy notice", "What is kept about you, why, and for how long."},
		{ConsentNews, "2026-01-01", false, "News by mail", "Now and then a mail about what is new. Never more than one a week."},
	}
	for i, a := range all {
		if version := t[a.Kind]; version != "" {
			all[i].Version = version
		}
	}
	return all
}

// Consent records that somebody agreed to a version of a text, or took it back. It
// is never changed: what counts is the last one of its kind.
type Consent struct {
	ID      string
	User    UserID
	Kind    ConsentKind
	Version string
	Given   bool
	IP      string // network address of the request
	At      time.Time
}

// MayConsent is the rule of giving and taking back: of a kind that exists, in its
// current version (empty: that one), and never taking back what the account rests
// on. It returns what is agreed to.
func (t Texts) MayConsent(k ConsentKind, version string, given bool) (Agreement, error) {
	all := t.Agreements()
	i := slices.IndexFunc(all, func(a Agreement) bool { return a.Kind == k })
	switch {
	case i < 0:
		return Agreement{}, ErrConsentUnknown
	case version != "" && version != all[i].Version:
		return Agreement{}, outdated(all[i])
	case !given && all[i].Needed:
		return Agreement{}, ErrConsentNeeded
	}
	return all[i], nil
}

// Called is the title within a sentence.
func (a Agreement) Called() string {
	return "the " + strings.ToLower(a.Title[:1]) + a.Title[1:]
}

// outdated is ErrConsentOutdated of these texts.
func outdated(texts ...Agreement) *fault.Error {
	names := make([]string, len(texts))
	for i, a := range texts {
		names[i] = a.Called()
	}
	if len(names) == 1 {
		return ErrConsentOutdated.WithMessage("There is a new version of " + names[0] + ". Read it, then agree to it.")
	}
	return ErrConsentOutdated.WithMessage("There are new versions of " + strings.Join(names, " and ") + ". Read them, then agree to them.")
}

// ChangedTexts lists the texts of which another version is in force than was shown.
// What was not shown has not changed.
func ChangedTexts(all []Agreement, shown Agreed) (changed []Agreement) {
	for _, a := range all {
		if version := shown[a.Kind]; version != "" && version != a.Version {
			changed = append(changed, a)
		}
	}
	return changed
}

// Standing is what counts of a person's consents, newest first as they are given:
// the last of each kind.
func Standing(history []Consent) map[ConsentKind]Consent {
	out := map[ConsentKind]Consent{}
	for _, c := range history {
		if _, newer := out[c.Kind]; !newer {
			out[c.Kind] = c
		}
	}
	return out
}

// Agreed is what somebody agreed to: of each kind, which version.
type Agreed map[ConsentKind]string

// AgreedAtSignUp is what somebody agrees to by making an account: what it rests on,
// in the versions of today, and the news when they ask for it.
func (t Texts) AgreedAtSignUp(news bool) Agreed {
	out := Agreed{}
	for _, a := range t.Agreements() {
		if a.Needed || news && a.Kind == ConsentNews {
			out[a.Kind] = a.Version
		}
	}
	return out
}

// AgreeAtSignUp is AgreedAtSignUp for somebody who was shown these versions; a kind
// without one was not shown. It fails with ErrConsentOutdated when another one is in
// force, and with ErrConsentUnknown.
func (t Texts) AgreeAtSignUp(shown Agreed, news bool) (Agreed, error) {
	for _, kind := range slices.Sorted(maps.Keys(shown)) {
		if _, err := t.MayConsent(kind, "", true); err != nil {
			return nil, err
		}
	}
	if changed := ChangedTexts(t.Agreements(), shown); len(changed) > 0 {
		return nil, outdated(changed...)
	}
	return t.AgreedAtSignUp(news), nil
}

// Consents keeps what was agreed to. There is no way to change a record.
type Consents interface {
	Insert(ctx context.Context, all ...Consent) error
	// Delete deletes what was said to the kinds in somebody's name, where it turned
	// out that somebody else had said it.
	Delete(ctx context.Context, id UserID, kinds ...ConsentKind) error
}

// ConsentReads reads it.
type ConsentReads interface {
	// ConsentsOf lists all records of a person, newest first.
	ConsentsOf(ctx context.Context, id UserID) ([]Consent, error)
}

// TextsInForce says which version of each text that people agree to is in force. It is
// asked before a transaction begins; nil: the site's operator publishes none.
type TextsInForce func(ctx context.Context) (Texts, error)

// InForce asks.
func (f TextsInForce) InForce(ctx context.Context) (Texts, error) {
	if f == nil {
		return nil, nil
	}
	texts, err := f(ctx)
	if err != nil {
		return nil, fmt.Errorf("identity: which texts are in force: %w", err)
	}
	return texts, nil
}
