package identitytest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
)

// SharedOrganization is one that several people may belong to.
func SharedOrganization() identity.Organization {
	return identity.Organization{ID: identity.OrganizationID(idgentest.New()), Name: "The Forge", CreatedAt: Now}
}

// Invitation asks somebody to join an organization as staff.
func Invitation(o identity.OrganizationID, by identity.UserID) identity.Invitation {
	id := idgentest.New()
	return identity.Invitation{
		ID: id, Organization: o, Email: identity.Email(id + "@neoforge.test"), Role: identity.Staff,
		Hash: identity.NewSecret().Hash(), InvitedBy: by, CreatedAt: Now, ExpiresAt: Now.Add(identity.InvitationTTL),
	}
}

// CustomRole is a role of an organization; of the installation when of is empty.
func CustomRole(of identity.OrganizationID) identity.CustomRole {
	return identity.CustomRole{
		ID: idgentest.New(), Organization: of, Name: "translator", Label: "Translator",
		Permissions: []identity.Permission{"content.post.write"}, CreatedAt: Now, UpdatedAt: Now, Version: 1,
	}
}

// insertOrganization writes a shared organization with its owner.
func (h Harness) insertOrganization(t *testing.T) (identity.Organization, identity.User) {
	t.Helper()
	u, o := User(), SharedOrganization()
	h.do(t, func(ctx context.Context, s identity.Stores) error {
		if err := s.Users.Insert(ctx, u); err != nil {
			return err
		}
		return s.Organizations.Insert(ctx, o, u.ID)
	})
	return o, u
}

func (h Harness) join(t *testing.T, o identity.OrganizationID, role identity.OrganizationRole) identity.User {
	t.Helper()
	u := User()
	h.do(t, func(ctx context.Context, s identity.Stores) error {
		if err := s.Users.Insert(ctx, u); err != nil {
			return err
		}
		return s.Organizations.Join(ctx, identity.Membership{Organization: o, User: u.ID, Role: role, CreatedAt: Now.Add(time.Second)})
	})
	return u
}

var sharingCases = map[string]func(t *testing.T, h Harness){
	"an organization reads back, changes and ends": func(t *testing.T, h Harness) {
		o, u := h.insertOrganization(t)
		equal(t, must[identity.Organization](t)(h.Reads.Organization(t.Context(), o.ID)), o)
		o.Name, o.Seats, o.UpdatedAt = "Another Forge", 3, Now.Add(time.Hour)
		role, invitation := CustomRole(o.ID), Invitation(o.ID, u.ID)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			locked, err := s.Organizations.Lock(ctx, o.ID)
			if err != nil || locked.Name != "The Forge" {
				t.Errorf("locked %+v, %v", locked, err)
			}
			return errors.Join(s.Organizations.Update(ctx, o), s.Roles.Insert(ctx, role), s.Invitations.Insert(ctx, invitation))
		})
		equal(t, must[identity.Organization](t)(h.Reads.Organization(t.Context(), o.ID)), o)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Organizations.Delete(ctx, o.ID) })
		_, err := h.Reads.Organization(t.Context(), o.ID)
		is(t, err, identity.ErrOrganizationAbsent)
		_, err = h.Reads.CustomRole(t.Context(), o.ID, role.Name)
		is(t, err, identity.ErrRoleAbsent)
		_, err = h.Reads.Invitation(t.Context(), invitation.ID)
		is(t, err, identity.ErrInvitationAbsent)
	},
	"an absent organization is absent, whatever the id looks like": func(t *testing.T, h Harness) {
		for _, id := range append(notIDs, idgentest.New()) {
			id := identity.OrganizationID(id)
			_, err := h.Reads.Organization(t.Context(), id)
			is(t, err, identity.ErrOrganizationAbsent)
			_, err = h.Reads.Membership(t.Context(), id, identity.UserID(idgentest.New()))
			is(t, err, identity.ErrMemberAbsent)
			h.fails(t, identity.ErrOrganizationAbsent, func(ctx context.Context, s identity.Stores) error {
				_, err := s.Organizations.Lock(ctx, id)
				return err
			})
			h.fails(t, identity.ErrMemberAbsent, func(ctx context.Context, s identity.Stores) error {
				return s.Organizations.Remove(ctx, id, identity.UserID(idgentest.New()))
			})
			_, err = h.Reads.Invitation(t.Context(), string(id))
			is(t, err, identity.ErrInvitationAbsent)
			if members := must[[]identity.Member](t)(h.Reads.MembersOf(t.Context(), id, "", 10)); len(members) != 0 {
				t.Errorf("%q has members", id)
			}
		}
	},
	"members join once, change roles and leave": func(t *testing.T, h Harness) {
		o, owner := h.insertOrganization(t)
		u := h.join(t, o.ID, identity.Reader)
		m := identity.Membership{Organization: o.ID, User: u.ID, Role: identity.Reader, CreatedAt: Now.Add(time.Second)}
		equal(t, must[identity.Membership](t)(h.Reads.Membership(t.Context(), o.ID, u.ID)), m)
		h.fails(t, identity.ErrAlreadyMember, func(ctx context.Context, s identity.Stores) error { return s.Organizations.Join(ctx, m) })
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			if err := s.Organizations.SetRole(ctx, o.ID, u.ID, identity.Owner, time.Time{}); err != nil {
				return err
			}
			equal(t, must[[]identity.UserID](t)(s.Organizations.Holders(ctx, o.ID, identity.Owner)), []identity.UserID{owner.ID, u.ID})
			equal(t, must[[]identity.UserID](t)(s.Organizations.Members(ctx, o.ID)), []identity.UserID{owner.ID, u.ID})
			equal(t, must[[]identity.UserID](t)(s.Organizations.CoMembers(ctx, u.ID)), []identity.UserID{owner.ID, u.ID})
			return s.Organizations.Remove(ctx, o.ID, owner.ID)
		})
		h.fails(t, identity.ErrMemberAbsent, func(ctx context.Context, s identity.Stores) error {
			return s.Organizations.SetRole(ctx, o.ID, owner.ID, identity.Reader, time.Time{})
		})
		have := must[[]identity.Member](t)(h.Reads.MembersOf(t.Context(), o.ID, "", 10))
		m.Role = identity.Owner
		equal(t, have, []identity.Member{{Membership: m, Name: u.Name, Email: u.Email}})
		if rest := must[[]identity.Member](t)(h.Reads.MembersOf(t.Context(), o.ID, u.ID, 10)); len(rest) != 0 {
			t.Errorf("after the last: %+v", rest)
		}
		places := must[[]identity.Place](t)(h.Reads.PlacesOf(t.Context(), u.ID))
		equal(t, places, []identity.Place{{Organization: o, Role: identity.Owner, Members: 1}})
	},
	"a membership with an end is removed when it is over, and not before": func(t *testing.T, h Harness) {
		o, owner := h.insertOrganization(t)
		end := Now.Add(48 * time.Hour)
		ending, staying := h.join(t, o.ID, identity.Reader), h.join(t, o.ID, identity.Staff)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return errors.Join(
				s.Organizations.SetRole(ctx, o.ID, ending.ID, identity.Staff, end),
				s.Organizations.SetRole(ctx, o.ID, staying.ID, identity.Staff, end),
				s.Organizations.SetRole(ctx, o.ID, staying.ID, identity.Staff, time.Time{}),
				// As a release would that knows nothing of ends.
				s.Organizations.SetRole(ctx, o.ID, owner.ID, identity.Owner, end),
			)
		})
		m := must[identity.Membership](t)(h.Reads.Membership(t.Context(), o.ID, ending.ID))
		if !m.EndsAt.Equal(end) || m.Ended(end.Add(-time.Second)) || !m.Ended(end) {
			t.Errorf("the membership is %+v", m)
		}
		for _, place := range must[[]identity.Place](t)(h.Reads.PlacesOf(t.Context(), ending.ID)) {
			if place.Organization.ID == o.ID && !place.EndsAt.Equal(end) {
				t.Errorf("the place ends at %v", place.EndsAt)
			}
		}
		ended := func(at time.Time) (out []identity.Membership) {
			t.Helper()
			h.do(t, func(ctx context.Context, s identity.Stores) (err error) {
				out, err = s.Organizations.RemoveEnded(ctx, at, 10)
				return err
			})
			return out
		}
		if have := ended(end.Add(-time.Second)); len(have) != 0 {
			t.Errorf("removed before their time: %+v", have)
		}
		if have := ended(end); len(have) != 1 || have[0].User != ending.ID || have[0].Role != identity.Staff {
			t.Errorf("removed %+v", have)
		}
		_, err := h.Reads.Membership(t.Context(), o.ID, ending.ID)
		is(t, err, identity.ErrMemberAbsent)
		must[identity.Membership](t)(h.Reads.Membership(t.Context(), o.ID, staying.ID))
		// An owner is one until they hand it over, whatever the row says.
		owns := must[identity.Membership](t)(h.Reads.Membership(t.Context(), o.ID, owner.ID))
		for _, place := range must[[]identity.Place](t)(h.Reads.PlacesOf(t.Context(), owner.ID)) {
			equal(t, place.EndsAt, time.Time{})
		}
		for _, m := range append(must[[]identity.Membership](t)(h.Reads.MembershipsOf(t.Context(), owner.ID)), owns) {
			equal(t, m.EndsAt, time.Time{})
		}
	},
	"an erased owner ends what nobody else owns": func(t *testing.T, h Harness) {
		alone, owner := h.insertOrganization(t)
		shared, other := h.insertOrganization(t)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			if err := s.Organizations.Join(ctx, identity.Membership{Organization: shared.ID, User: owner.ID, Role: identity.Owner, CreatedAt: Now}); err != nil {
				return err
			}
			ended, err := s.Users.Delete(ctx, owner.ID)
			equal(t, ended, []identity.OrganizationID{alone.ID})
			return err
		})
		members := must[[]identity.Member](t)(h.Reads.MembersOf(t.Context(), shared.ID, "", 10))
		if len(members) != 1 || members[0].User != other.ID {
			t.Errorf("left: %+v", members)
		}
	},
	"an address is invited once at a time": func(t *testing.T, h Harness) {
		o, owner := h.insertOrganization(t)
		i := Invitation(o.ID, owner.ID)
		i.EndsAt = Now.Add(100 * 24 * time.Hour)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Invitations.Insert(ctx, i) })
		equal(t, must[identity.Invitation](t)(h.Reads.InvitationByHash(t.Context(), i.Hash)), i)
		equal(t, must[[]identity.Invitation](t)(h.Reads.OpenInvitationsOf(t.Context(), o.ID, Now)), []identity.Invitation{i})
		equal(t, must[[]identity.Invitation](t)(h.Reads.OpenInvitationsTo(t.Context(), i.Email, Now)), []identity.Invitation{i})
		again := Invitation(o.ID, owner.ID)
		again.Email = i.Email
		h.fails(t, identity.ErrInvitationOpen, func(ctx context.Context, s identity.Stores) error { return s.Invitations.Insert(ctx, again) })
		late := i.ExpiresAt
		if open := must[[]identity.Invitation](t)(h.Reads.OpenInvitationsOf(t.Context(), o.ID, late)); len(open) != 0 {
			t.Errorf("open at its end: %+v", open)
		}
		for at, want := range map[time.Time]int{Now: 1, late: 0} {
			if members, invited, err := h.Reads.Seated(t.Context(), o.ID, at); err != nil || members != 1 || invited != want {
				t.Errorf("seated at %s: %d and %d invited, %v; want 1 and %d", at, members, invited, err, want)
			}
		}
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			if n := must[int](t)(s.Invitations.CountOpen(ctx, o.ID, Now)); n != 1 {
				t.Errorf("%d open", n)
			}
			if n := must[int](t)(s.Invitations.CountOpen(ctx, o.ID, late)); n != 0 {
				t.Errorf("%d open at the end", n)
			}
			if err := s.Invitations.RevokeExpired(ctx, o.ID, i.Email, late); err != nil {
				return err
			}
			return s.Invitations.Insert(ctx, again)
		})
		fresh := identity.NewSecret().Hash()
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return s.Invitations.Renew(ctx, again.ID, fresh, again.ExpiresAt.Add(time.Hour))
		})
		_, err := h.Reads.InvitationByHash(t.Context(), again.Hash)
		is(t, err, identity.ErrInvitationAbsent)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			n, err := s.Invitations.DeleteEnded(ctx, again.ExpiresAt.Add(2*time.Hour), 10)
			equal(t, n, 2)
			return err
		})
	},
	"of many who accept or revoke at once one succeeds": func(t *testing.T, h Harness) {
		o, owner := h.insertOrganization(t)
		i := Invitation(o.ID, owner.ID)
		h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Invitations.Insert(ctx, i) })
		all := h.atOnce(t, 8, func(ctx context.Context, s identity.Stores) error { return s.Invitations.Accept(ctx, i.ID, Now) })
		all = append(all, h.atOnce(t, 2, func(ctx context.Context, s identity.Stores) error { return s.Invitations.Revoke(ctx, i.ID, Now) })...)
		equal(t, succeeded(t, all, identity.ErrInvitationAbsent), 1)
	},
	"a lock on an organization has the next one wait": func(t *testing.T, h Harness) {
		o, _ := h.insertOrganization(t)
		all := h.atOnce(t, 16, func(ctx context.Context, s identity.Stores) error {
			have, err := s.Organizations.Lock(ctx, o.ID)
			if err != nil {
				return err
			}
			have.Seats++
			return s.Organizations.Update(ctx, have)
		})
		equal(t, succeeded(t, all, nil), 16)
		equal(t, must[identity.Organization](t)(h.Reads.Organization(t.Context(), o.ID)).Seats, 16)
	},
	"a role is unique by name where it belongs": func(t *testing.T, h Harness) {
		o, owner := h.insertOrganization(t)
		for _, of := range []identity.OrganizationID{"", o.ID} {
			r := CustomRole(of)
			h.do(t, func(ctx context.Context, s identity.Stores) error { return s.Roles.Insert(ctx, r) })
			h.fails(t, identity.ErrRoleTaken, func(ctx context.Context, s identity.Stores) error {
				return s.Roles.Insert(ctx, CustomRole(of))
			})
			equal(t, must[identity.CustomRole](t)(h.Reads.CustomRole(t.Context(), of, r.Name)), r)
			r.Label, r.Permissions, r.UpdatedAt = "Other", []identity.Permission{}, Now.Add(time.Hour)
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				_, err := s.Roles.Lock(ctx, of, r.Name)
				return errors.Join(err, s.Roles.Update(ctx, r))
			})
			h.fails(t, identity.ErrRoleChanged, func(ctx context.Context, s identity.Stores) error { return s.Roles.Update(ctx, r) })
			r.Version++
			equal(t, must[[]identity.CustomRole](t)(h.Reads.CustomRolesOf(t.Context(), of)), []identity.CustomRole{r})
		}
		used := func(of identity.OrganizationID) (yes bool) {
			t.Helper()
			h.do(t, func(ctx context.Context, s identity.Stores) (err error) {
				yes, err = s.Roles.InUse(ctx, of, "translator", Now)
				return err
			})
			return yes
		}
		if used("") || used(o.ID) {
			t.Error("in use by nobody")
		}
		i := Invitation(o.ID, owner.ID)
		i.Role = "translator"
		owner.Role = "translator"
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return errors.Join(s.Invitations.Insert(ctx, i), s.Users.Update(ctx, owner))
		})
		if !used("") || !used(o.ID) {
			t.Error("not in use")
		}
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			equal(t, must[int](t)(s.Roles.Count(ctx, o.ID)), 1)
			return s.Roles.Delete(ctx, o.ID, "translator")
		})
		h.fails(t, identity.ErrRoleAbsent, func(ctx context.Context, s identity.Stores) error {
			return s.Roles.Delete(ctx, o.ID, "translator")
		})
	},
	"administrators are those who can act": func(t *testing.T, h Harness) {
		ada, ben, cleo := User(), User(), User()
		ada.Role, ben.Role, ben.SuspendedAt = "administrator", "administrator", Now
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			err := errors.Join(s.Users.Insert(ctx, ada), s.Users.Insert(ctx, ben), s.Users.Insert(ctx, cleo))
			if err != nil {
				return err
			}
			have, err := s.Roles.Administrators(ctx)
			equal(t, have, []identity.UserID{ada.ID})
			return err
		})
	},
	"of two last administrators who go at once one stays": func(t *testing.T, h Harness) {
		ada, ben := User(), User()
		ada.Role, ben.Role = "administrator", "administrator"
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			return errors.Join(s.Users.Insert(ctx, ada), s.Users.Insert(ctx, ben))
		})
		both := make(chan identity.User, 2)
		both <- ada
		both <- ben
		all := h.atOnce(t, 2, func(ctx context.Context, s identity.Stores) error {
			u := <-both
			active, err := s.Roles.Administrators(ctx)
			if err != nil {
				return err
			}
			if err := identity.KeepsAdministrator(active, u.ID); err != nil {
				return err
			}
			u.Role = "member"
			return s.Users.Update(ctx, u)
		})
		equal(t, succeeded(t, all, identity.ErrLastAdministrator), 1)
	},
	"an offer is good for nothing until its person accepts it": func(t *testing.T, h Harness) {
		u, by := h.insertUser(t), h.insertUser(t)
		offer := func(resource string) string {
			g := identity.ResourceGrant{ID: idgentest.New(), User: u.ID, Permission: "content.post.edit", Resource: resource, GrantedBy: by.ID, CreatedAt: Now}
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				_, err := s.Grants.Put(ctx, g)
				return err
			})
			return g.ID
		}
		id, declined := offer("post:1"), offer("post:2")
		settle := func(do func(ctx context.Context, s identity.Stores) error, want error) {
			t.Helper()
			is(t, h.UnitOfWork.Do(t.Context(), do), want)
		}
		listed := func(want int) {
			t.Helper()
			equal(t, len(must[[]identity.ResourceGrant](t)(h.Reads.Granted(t.Context(), u.ID, "post:1", Now))), want)
			equal(t, len(must[[]identity.GrantedPerson](t)(h.Reads.GrantsOn(t.Context(), "post:1", Now))), want)
		}
		listed(0)
		accept := func(who identity.UserID) func(ctx context.Context, s identity.Stores) error {
			return func(ctx context.Context, s identity.Stores) error {
				g, err := s.Grants.Accept(ctx, who, id, Now)
				if err == nil && (g.ID != id || g.Resource != "post:1" || !g.AcceptedAt.Equal(Now)) {
					t.Errorf("accepted %+v", g)
				}
				return err
			}
		}
		settle(accept(by.ID), identity.ErrOfferAbsent)
		settle(accept("nobody"), identity.ErrOfferAbsent)
		listed(0)
		settle(accept(u.ID), nil)
		listed(1)
		settle(accept(u.ID), identity.ErrOfferAbsent)
		decline := func(what string) func(ctx context.Context, s identity.Stores) error {
			return func(ctx context.Context, s identity.Stores) error {
				_, err := s.Grants.Decline(ctx, u.ID, what)
				return err
			}
		}
		settle(decline(id), identity.ErrOfferAbsent)
		settle(decline(declined), nil)
		settle(decline(declined), identity.ErrOfferAbsent)
		have := must[[]identity.ResourceGrant](t)(h.Reads.GrantsOf(t.Context(), u.ID))
		if len(have) != 1 || !have[0].AcceptedAt.Equal(Now) {
			t.Errorf("granted: %+v", have)
		}
	},
	"a grant is given once and ends with its person": func(t *testing.T, h Harness) {
		u, by := h.insertUser(t), h.insertUser(t)
		g := identity.ResourceGrant{ID: idgentest.New(), User: u.ID, Permission: "content.post.edit", Resource: "post:1", GrantedBy: by.ID, CreatedAt: Now, AcceptedAt: Now}
		put := func(want bool) {
			t.Helper()
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				again := g
				again.ID = idgentest.New()
				added, err := s.Grants.Put(ctx, again)
				equal(t, added, want)
				return err
			})
		}
		granted := func(p identity.Permission, resource string) bool {
			t.Helper()
			return slices.ContainsFunc(must[[]identity.ResourceGrant](t)(h.Reads.Granted(t.Context(), u.ID, resource, Now)), func(g identity.ResourceGrant) bool { return g.Permission == p })
		}
		put(true)
		put(false)
		if !granted(g.Permission, g.Resource) || granted("content.post.publish", g.Resource) || granted(g.Permission, "post:2") {
			t.Error("granted is something else")
		}
		if have := must[[]identity.GrantedPerson](t)(h.Reads.GrantsOn(t.Context(), g.Resource, Now)); len(have) != 1 || have[0].Person != (identity.Person{ID: u.ID, Name: u.Name, Email: string(u.Email)}) || have[0].Permission != g.Permission {
			t.Errorf("granted on it: %+v", have)
		}
		if have := must[[]identity.ResourceGrant](t)(h.Reads.GrantsOf(t.Context(), u.ID)); len(have) != 1 || have[0].GrantedBy != by.ID {
			t.Errorf("granted: %+v", have)
		}
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			accepted, err := s.Grants.Delete(ctx, u.ID, g.Resource)
			equal(t, accepted, []identity.Permission{g.Permission})
			return err
		})
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			accepted, err := s.Grants.Delete(ctx, u.ID, g.Resource)
			equal(t, len(accepted), 0)
			return err
		})
		put(true)
		h.do(t, func(ctx context.Context, s identity.Stores) error {
			_, err := s.Users.Delete(ctx, u.ID)
			return err
		})
		if granted(g.Permission, g.Resource) {
			t.Error("outlives its person")
		}
	},
	"a grant with an end is good until then": func(t *testing.T, h Harness) {
		u, by := h.insertUser(t), h.insertUser(t)
		end := Now.Add(24 * time.Hour)
		g := identity.ResourceGrant{ID: idgentest.New(), User: u.ID, Permission: "content.post.edit", Resource: "post:1", GrantedBy: by.ID, CreatedAt: Now, AcceptedAt: Now, EndsAt: end}
		put := func(g identity.ResourceGrant, want bool) {
			t.Helper()
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				added, err := s.Grants.Put(ctx, g)
				equal(t, added, want)
				return err
			})
		}
		good := func(at time.Time, want int) {
			t.Helper()
			equal(t, len(must[[]identity.ResourceGrant](t)(h.Reads.Granted(t.Context(), u.ID, "post:1", at))), want)
			equal(t, len(must[[]identity.GrantedPerson](t)(h.Reads.GrantsOn(t.Context(), "post:1", at))), want)
		}
		put(g, true)
		good(Now, 1)
		good(end.Add(-time.Microsecond), 1)
		good(end, 0)
		setEnd := func(user identity.UserID, at time.Time) {
			t.Helper()
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				return s.Grants.SetEnd(ctx, user, g.Permission, g.Resource, at)
			})
		}
		setEnd(u.ID, time.Time{})
		good(end, 1)
		setEnd(by.ID, Now)
		setEnd("nobody", Now)
		good(end, 1)
		setEnd(u.ID, end)
		if have := must[[]identity.ResourceGrant](t)(h.Reads.Granted(t.Context(), u.ID, "post:1", Now)); len(have) != 1 || !have[0].EndsAt.Equal(end) {
			t.Errorf("granted %+v", have)
		}

		// Another offer takes the place of what is over, and has to be accepted again.
		again := g
		again.ID, again.CreatedAt, again.AcceptedAt, again.EndsAt = idgentest.New(), end.Add(-time.Hour), time.Time{}, end.Add(time.Hour)
		put(again, false)
		again.CreatedAt = end
		put(again, true)
		good(end, 0)
		accept := func(at time.Time) error {
			return h.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
				_, err := s.Grants.Accept(ctx, u.ID, again.ID, at)
				return err
			})
		}
		is(t, accept(again.EndsAt), identity.ErrOfferAbsent)
		is(t, accept(end), nil)
		good(end, 1)

		purge := func(at time.Time, want int) {
			t.Helper()
			h.do(t, func(ctx context.Context, s identity.Stores) error {
				n, err := s.Grants.DeleteEnded(ctx, at, 10)
				equal(t, n, want)
				return err
			})
		}
		purge(again.EndsAt, 0)
		purge(again.EndsAt.Add(time.Second), 1)
		equal(t, len(must[[]identity.ResourceGrant](t)(h.Reads.GrantsOf(t.Context(), u.ID))), 0)
	},
}
