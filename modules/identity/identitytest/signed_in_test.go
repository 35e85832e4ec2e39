package identitytest_test

import (
	"slices"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/entstore/identitystore"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/identitytest"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// The people of tests of other modules are those that identity itself would find.
func TestSignedIn_WritesWhoeverSendsTheCookie(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustSQLite(t)
	store, err := identitystore.New(db, entstoretest.MustOutbox(t, db))
	if err != nil {
		t.Fatal(err)
	}
	admin := identitytest.SignedIn(t, store, identitytest.InRole(identityport.RoleAdministrator))
	shared := identitytest.Organization().ID
	ben := identitytest.SignedIn(t, store, identitytest.Named("Ben Example"), identitytest.MemberOf(shared), identitytest.LongSignedIn(),
		identitytest.ImpersonatedBy(admin.Actor.UserID))

	session, err := store.SessionByToken(t.Context(), ben.Secret.Hash())
	if err != nil {
		t.Fatal(err)
	}
	if session.ID != ben.Actor.SessionID || session.User != ben.Actor.UserID || session.Impersonator != admin.Actor.UserID {
		t.Errorf("the session is %+v", session)
	}
	user, err := store.User(t.Context(), ben.Actor.UserID)
	if err != nil || user.Name != "Ben Example" || user.Role != identityport.RoleMember {
		t.Errorf("%+v, %v", user, err)
	}
	memberships, err := store.MembershipsOf(t.Context(), ben.Actor.UserID)
	if err != nil || len(memberships) != 2 || !slices.Equal(ben.Actor.Organizations, []identity.OrganizationID{memberships[0].Organization, memberships[1].Organization}) {
		t.Errorf("%+v of %v, %v", memberships, ben.Actor.Organizations, err)
	}
	if ben.Actor.RecentlyAuthenticated(time.Now()) || !admin.Actor.RecentlyAuthenticated(time.Now()) {
		t.Error("whoever signed in long ago has proven recently who they are")
	}
	if user, err := store.User(t.Context(), admin.Actor.UserID); err != nil || user.Role != identityport.RoleAdministrator {
		t.Errorf("%+v, %v", user, err)
	}
}
