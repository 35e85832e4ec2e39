package stores_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/entstore/identitystore"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/identitytest"
	"github.com/neoforge-dev/neoforge/ports/cursor"
)

// Searches make the words of everybody who has none, some at a time.
func TestSearchWords_AreMadeOfThePeopleWhoHaveNone(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T) *entstore.DB{
		"SQLite":   func(t *testing.T) *entstore.DB { return entstoretest.MustSQLite(t) },
		"Postgres": openPostgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const people = 1203
			db := open(t)
			store, err := identitystore.New(db, entstoretest.MustOutbox(t, db))
			if err != nil {
				t.Fatal(err)
			}
			err = store.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
				for i := range people {
					u := identitytest.User()
					u.Name, u.Email = fmt.Sprintf("Ёлкина 김%d", i), identity.Email(fmt.Sprintf("p%d@neoforge.test", i))
					if err := s.Users.Insert(ctx, u); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.SQL().ExecContext(t.Context(), "UPDATE identity_users SET search_words = NULL"); err != nil {
				t.Fatal(err)
			}
			if n := number(t, db, "SELECT count(*) FROM identity_users WHERE search_words IS NULL"); n != people {
				t.Fatalf("%d have no words, want %d", n, people)
			}
			for range 7 {
				if _, err := store.People(t.Context(), identity.PeopleFilter{Search: "елкина"}, cursor.Position{}, 10); err != nil {
					t.Fatal(err)
				}
			}
			if n := number(t, db, "SELECT count(*) FROM identity_users WHERE search_words IS NULL"); n != 0 {
				t.Errorf("%d have no words", n)
			}
			found, err := store.People(t.Context(), identity.PeopleFilter{Search: "елкина 김1202"}, cursor.Position{}, 10)
			if err != nil || len(found) != 1 {
				t.Errorf("found %d, %v", len(found), err)
			}
		})
	}
}
