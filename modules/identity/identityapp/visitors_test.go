package identityapp_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestVisitors_HaveNothingOfTheirOwn(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ctx, nobody := t.Context(), identity.Actor{}
	for what, err := range map[string]error{
		"a picture":         fixture.Second(h.SetAvatar(ctx, nobody, nil)),
		"no picture":        h.RemoveAvatar(ctx, nobody),
		"connections":       fixture.Second(h.Connections(ctx, nobody)),
		"consents":          fixture.Second(h.Consents(ctx, nobody)),
		"tokens":            fixture.Second(h.PersonalTokens(ctx, nobody)),
		"leaving":           fixture.Second(h.DeletionBlockers(ctx, nobody)),
		"staying":           h.KeepAccount(ctx, nobody),
		"an organization":   fixture.Second(h.CreateOrganization(ctx, nobody, "x")),
		"theirs":            fixture.Second(h.OpenOrganization(ctx, nobody, fixture.GoldenOrganization)),
		"an end of it":      h.DeleteOrganization(ctx, nobody, fixture.GoldenOrganization),
		"an invitation":     fixture.Second(h.AcceptInvitation(ctx, nobody, organizations.AcceptInvitation{ID: fixture.GoldenUser})),
		"exports":           fixture.Second(h.Exports(ctx, nobody)),
		"an export":         fixture.Second(h.DataExport(ctx, nobody, fixture.GoldenUser)),
		"what protects":     fixture.Second(h.Security(ctx, nobody)),
		"a grant":           h.OfferOnResource(ctx, nobody, identityport.ResourceOffer{Email: "cleo@neoforge.test", Permission: "content.post.edit", Resource: "post:1"}),
		"a grant's end":     h.RevokeGrants(ctx, nobody, fixture.GoldenUser, "post:1", ""),
		"a role":            fixture.Second(h.CreateRole(ctx, nobody, "x", nil)),
		"a confirmation":    fixture.Second(h.Confirm(ctx, account.Confirm{Password: fixture.Password})),
		"an erasure":        h.EraseUser(ctx, nobody, fixture.GoldenUser),
		"an act on another": h.SignOutUser(ctx, nobody, fixture.GoldenUser),
	} {
		fixture.FailsWith(t, what, err, identity.ErrNotSignedIn)
	}
	if places, open, err := h.ListOrganizations(ctx, nobody); len(places)+len(open) != 0 {
		t.Errorf("belongs to %v, %v, %v", places, open, err)
	}
}
