package wire

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore/identitystore"
	"github.com/neoforge-dev/neoforge/adapters/oauth"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

// providerTimeout bounds one call to a provider of sign-ins.
const providerTimeout = 10 * time.Second

// providers sets up the ways of signing in at somebody else's: those of the
// settings, and in development the built-in one before them.
func (a *Application) providers(p *Platform) error {
	var list []oauth.ProviderConfig
	for _, c := range a.cfg.OAuth {
		list = append(list, oauth.ProviderConfig(c))
	}
	list = append(a.kit.registrations(), list...)
	made, err := oauth.New(list, a.cfg.HTTP.BaseURL, &http.Client{Timeout: providerTimeout})
	if err != nil {
		return err
	}
	p.providers = made
	return nil
}

// PersonByEmail looks somebody up for the command line; identity.ErrUserNotFound.
func (a *Application) PersonByEmail(ctx context.Context, address string) (identity.User, error) {
	email, err := identity.ParseEmail(address)
	if err != nil {
		return identity.User{}, err
	}
	store, err := identitystore.New(a.infra.db, a.infra.events)
	if err != nil {
		return identity.User{}, err
	}
	return store.UserByEmail(ctx, email)
}

// ExportPerson writes everything that the modules hold about somebody.
func (a *Application) ExportPerson(ctx context.Context, w io.Writer, id identity.UserID) error {
	store, err := identitystore.New(a.infra.db, a.infra.events)
	if err != nil {
		return err
	}
	memberships, err := store.MembershipsOf(ctx, id)
	if err != nil {
		return err
	}
	who := Subject{User: id}
	for _, m := range memberships {
		who.Organizations = append(who.Organizations, m.Organization)
	}
	return a.Export(ctx, w, who)
}
