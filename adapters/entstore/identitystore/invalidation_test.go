package identitystore_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/entstore/identitystore"
	"github.com/neoforge-dev/neoforge/adapters/uuidv7"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// What ends a session or a token is noted in its transaction, by the tag under which it is
// cached; that one was used is not.
func TestSessions_NoteWhatEnds(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustSQLite(t)
	store, err := identitystore.New(db, entstoretest.MustOutbox(t, db))
	if err != nil {
		t.Fatal(err)
	}
	var noted []string
	db.OnInvalidation(func(_ int64, tags []string) { noted = append(noted, tags...) })
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	id := uuidv7.Generator{}.New
	user := identity.UserID(id())
	session := func() identity.Session {
		return identity.Session{
			ID: id(), User: user, Kind: identity.BrowserSession, TokenHash: []byte(id()), CreatedAt: now, LastSeenAt: now,
			ExpiresAt: now.Add(time.Hour), AuthenticatedAt: now,
		}
	}
	one, two, three := session(), session(), session()
	token := identity.PersonalToken{ID: id(), User: user, Name: "n", Hash: []byte("h"), Hint: "t", CreatedAt: now, Scopes: []identity.Scope{identity.ScopeRead}}
	tests := []struct {
		name string
		do   func(ctx context.Context, s identity.Stores) error
		want []string
	}{
		{"what is new", func(ctx context.Context, s identity.Stores) error {
			err := s.Users.Insert(ctx, identity.User{ID: user, Email: "cleo@neoforge.test", Name: "Cleo", Role: identityport.RoleMember, CreatedAt: now, UpdatedAt: now})
			for _, v := range []identity.Session{one, two, three} {
				if err == nil {
					err = s.Sessions.Insert(ctx, v)
				}
			}
			if err == nil {
				err = s.Tokens.Insert(ctx, token, now, 10)
			}
			return err
		}, nil},
		{"a session in use", func(ctx context.Context, s identity.Stores) error {
			return s.Sessions.Touch(ctx, one.ID, now.Add(time.Minute))
		}, nil},
		{"a token in use", func(ctx context.Context, s identity.Stores) error {
			return s.Tokens.Touch(ctx, token.ID, "203.0.113.9", now.Add(time.Minute))
		}, nil},
		{"another secret", func(ctx context.Context, s identity.Stores) error {
			return s.Sessions.Rotate(ctx, one.ID, []byte("another"), now)
		}, []string{identity.TagSession(one.ID)}},
		{"one ends", func(ctx context.Context, s identity.Stores) error { return s.Sessions.Revoke(ctx, one.ID, now) }, []string{identity.TagSession(one.ID)}},
		{"too many", func(ctx context.Context, s identity.Stores) error {
			_, err := s.Sessions.RevokeBeyond(ctx, user, identity.BrowserSession, 1, now)
			return err
		}, []string{identity.TagSession(two.ID)}},
		{"all end", func(ctx context.Context, s identity.Stores) error {
			_, err := s.Sessions.RevokeAll(ctx, user, now)
			return err
		}, []string{identity.TagSession(three.ID), identity.TagUser(user)}},
		{"a token ends", func(ctx context.Context, s identity.Stores) error { return s.Tokens.Revoke(ctx, user, token.ID, now) }, []string{identity.TagToken(token.ID)}},
		{"the person is suspended", func(ctx context.Context, s identity.Stores) error {
			u, err := s.Users.ByID(ctx, user)
			if err != nil {
				return err
			}
			u.SuspendedAt = now
			return s.Users.Update(ctx, u)
		}, []string{identity.TagUser(user)}},
	}
	for _, tt := range tests {
		noted = nil
		if err := store.Do(t.Context(), tt.do); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if !slices.Equal(noted, tt.want) {
			t.Errorf("%s: noted %q, want %q", tt.name, noted, tt.want)
		}
	}
}
