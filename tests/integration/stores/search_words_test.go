package stores_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/entstore/identitystore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/migrations"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/identitytest"
)

// The migration makes the words of everybody who was there before it, in several goes.
func TestSearchWords_AreMadeOfThePeopleWhoAreThere(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T) *entstore.DB{
		"SQLite":   func(t *testing.T) *entstore.DB { return entstoretest.MustSQLite(t) },
		"Postgres": openPostgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const people = 1203
			db := open(t)
			store, err := identitystore.New(db, entstoretest.MustBox(t, db))
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
			for _, statement := range []string{"UPDATE identity_users SET search_words = NULL", "DELETE FROM platform_migrations WHERE version_id = 20261126195900"} {
				if _, err := db.SQL().ExecContext(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
			if n := number(t, db, "SELECT count(*) FROM identity_users WHERE search_words IS NULL"); n != people {
				t.Fatalf("%d have no words, want %d", n, people)
			}
			if err := migrations.Up(t.Context(), db); err != nil {
				t.Fatal(err)
			}
			if n := number(t, db, "SELECT count(*) FROM identity_users WHERE search_words IS NULL"); n != 0 {
				t.Errorf("%d have no words", n)
			}
			found, err := store.People(t.Context(), identity.PeopleFilter{Search: "елкина 김1202"}, identity.PersonPosition{}, 10)
			if err != nil || len(found) != 1 {
				t.Errorf("found %d, %v", len(found), err)
			}
		})
	}
}
