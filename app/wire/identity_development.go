//go:build !release

package wire

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/identityhttp/identitydev"
	"github.com/neoforge-dev/neoforge/adapters/oauth"
	"github.com/neoforge-dev/neoforge/adapters/oauth/devidp"
	"github.com/neoforge-dev/neoforge/app/wire/sample"
	"github.com/neoforge-dev/neoforge/app/wire/sample/people"
	"github.com/neoforge-dev/neoforge/ports/clock"
)

// identityTools makes the built-in sign-in provider, at which the sample people of all
// modules have accounts.
func (p *Platform) identityTools() (identityTools, error) {
	if !p.developing {
		return identityTools{}, nil
	}
	provider, err := devidp.New(devidp.Config{
		SiteName: p.SiteName, BaseURL: p.Config.HTTP.BaseURL, Secret: p.Config.Secrets.Keys[0],
		Clock: clock.System{}, // tokens are dated and checked by the machine's clock
		People: func(context.Context) ([]devidp.Person, error) {
			var out []devidp.Person
			for _, who := range p.samplePeople() {
				out = append(out, devidp.Person{Name: who.Name, Email: who.Email, Note: who.About})
			}
			return out, nil
		},
	})
	if err != nil {
		return identityTools{}, err
	}
	return identityTools{
		registrations: []oauth.ProviderConfig{provider.Registration()},
		provider:      devidp.ProviderName,
		seed:          people.Seed,
		development: Development{
			Entries: []DevelopmentEntry{{Title: "Sign-in provider", Path: "/auth/" + devidp.ProviderName, Text: "Choose a person, or have the provider misbehave."}},
			Routes: func(s *fiberhttp.Server) error {
				return identitydev.Register(s, identitydev.Deps{Provider: provider})
			},
			People: people.People(),
		},
	}, nil
}

// signInHint is what the sign-in page says of the sample people.
func (p *Platform) signInHint() []string {
	all := p.samplePeople()
	if len(all) == 0 {
		return nil
	}
	hint := []string{"Development sign-in needs one click. Or use the password " + sample.Password + " as"}
	for _, who := range all {
		hint = append(hint, fmt.Sprintf("%s, %s", who.Email, who.About))
	}
	return hint
}
