package integration_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/identityhttp"
	"go.uber.org/zap"

	"github.com/gosimple/slug"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/billingstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/contentstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/entstore/identitystore"
	"github.com/neoforge-dev/neoforge/adapters/images"
	"github.com/neoforge-dev/neoforge/adapters/markdown"
	"github.com/neoforge-dev/neoforge/adapters/memory/cachemem"
	"github.com/neoforge-dev/neoforge/adapters/memory/ratemem"
	"github.com/neoforge-dev/neoforge/adapters/payments/sandboxpay"
	"github.com/neoforge-dev/neoforge/adapters/sealing"
	"github.com/neoforge-dev/neoforge/adapters/tokens"
	"github.com/neoforge-dev/neoforge/adapters/totp"
	"github.com/neoforge-dev/neoforge/adapters/uuidv7"
	"github.com/neoforge-dev/neoforge/adapters/webauthn"
	"github.com/neoforge-dev/neoforge/modules/billing/billingapp"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/identityapp"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

const (
	baseURL  = "http://localhost:8080"
	siteName = "NeoForge"
)

// identityDeps is what identity's use cases are made of, as the wiring does it; its
// clock can be moved, its hasher costs nothing, its mails are kept.
func identityDeps(t *testing.T, db *entstore.DB) identityapp.Deps {
	t.Helper()
	moved := clock.NewAdjustable(clock.System{})
	store, err := identitystore.New(db, entstoretest.MustBox(t, db))
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := sealing.New([][]byte{[]byte("a secret of thirty-two bytes or more")})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := tokens.New(store, sealer, baseURL, moved, uuidv7.Generator{})
	if err != nil {
		t.Fatal(err)
	}
	codes, err := totp.New(siteName)
	if err != nil {
		t.Fatal(err)
	}
	ceremonies, err := webauthn.New(siteName, baseURL)
	if err != nil {
		t.Fatal(err)
	}
	return identityapp.Deps{
		TimeCodes: codes, Ceremonies: ceremonies,
		UnitOfWork: store, Reads: store, Hasher: &cheap{}, Tokens: signer, Sealer: sealer,
		Policy: identity.Policy{
			identityport.RoleMember:        {"content.comment"},
			identityport.RoleAdministrator: {"content.comment", identity.PermissionManageUsers},
		},
		Cache: memoryCache(t), Limiter: ratemem.New(moved), Mail: &letters{}, Pictures: images.New(),
		Clock: moved, IDs: uuidv7.Generator{}, BaseURL: baseURL, SiteName: siteName,
	}
}

// contentDeps is what content's use cases are made of, but for what other modules
// tell them.
func contentDeps(t *testing.T, db *entstore.DB) contentapp.Deps {
	t.Helper()
	store, err := contentstore.New(db, entstoretest.MustBox(t, db))
	if err != nil {
		t.Fatal(err)
	}
	renderer, err := markdown.New()
	if err != nil {
		t.Fatal(err)
	}
	return contentapp.Deps{
		UnitOfWork: store, Reads: store, Renderer: renderer, Cache: memoryCache(t),
		Clock: clock.NewAdjustable(clock.System{}), IDs: uuidv7.Generator{}, Slug: slug.Make,
	}
}

// billingDeps is what billing's use cases are made of, with the sandbox, but for the
// people. Its time is far from the end of a month, so that a month is as long as it
// says.
func billingDeps(t *testing.T, db *entstore.DB) billingapp.Deps {
	t.Helper()
	moved := clock.NewAdjustable(clock.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
	store, err := billingstore.New(db, entstoretest.MustBox(t, db))
	if err != nil {
		t.Fatal(err)
	}
	sandbox, err := sandboxpay.New(sandboxpay.Config{
		BaseURL: baseURL, Secrets: []string{"whsec_dGhlIHNlY3JldCBvZiB0aGVzZSB0ZXN0cyBhbG9uZQ=="}, Clock: moved,
	})
	if err != nil {
		t.Fatal(err)
	}
	return billingapp.Deps{
		UnitOfWork: store, Reads: store, Gateway: sandbox, Mail: &letters{}, Cache: memoryCache(t),
		Clock: moved, IDs: uuidv7.Generator{}, BaseURL: baseURL, SiteName: siteName,
	}
}

func memoryCache(t *testing.T) cache.Cache {
	t.Helper()
	memory, err := cachemem.New(8 << 20)
	if err != nil {
		t.Fatal(err)
	}
	return memory
}

// serveIdentity starts identity's routes on a port of their own.
func serveIdentity(t *testing.T, app *identityapp.App) string {
	t.Helper()
	var site string
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	site = "http://" + ln.Addr().String()
	settings := fiberhttptest.Settings(t)
	settings.BaseURL, settings.Sessions, settings.Limiter, settings.Logger = site, app, nil, zap.NewNop()
	s := fiberhttptest.MustNew(t, settings)
	if err := identityhttp.Register(s, identityhttp.Deps{Identity: app}); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ln) }()
	t.Cleanup(func() {
		if err := s.Shutdown(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		<-ended
	})
	return site
}
