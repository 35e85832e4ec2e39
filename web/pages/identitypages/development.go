package identitypages

import (
	"maps"
	"slices"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// SamplePerson is somebody one can sign in as.
type SamplePerson struct {
	Name  string
	Email string
	Note  string // what they may do
}

// Misbehaviour is a way in which the provider can answer wrongly.
type Misbehaviour struct {
	Value   string // empty: behaves well
	Label   string
	Note    string
	Checked bool
}

// DevelopmentSignInView is the development provider's page. The form posts to Action: Hidden as it is, the
// pressed person as email, and misbehave.
type DevelopmentSignInView struct {
	layout.Page
	Action        string
	Client        string // who asks, for people
	Hidden        map[string]string
	People        []SamplePerson
	Misbehaviours []Misbehaviour
	Error         string
}

func (v DevelopmentSignInView) client() string {
	if v.Client == "" {
		return v.Site()
	}
	return v.Client
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
