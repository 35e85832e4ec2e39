package identitystore

import (
	"context"
	"slices"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/ent/identityent/credential"
	"github.com/neoforge-dev/neoforge/ent/identityent/membership"
	"github.com/neoforge-dev/neoforge/ent/identityent/organization"
	"github.com/neoforge-dev/neoforge/ent/identityent/user"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

type users struct{ tx transaction }

// Insert implements identity.Users.
func (s users) Insert(ctx context.Context, u identity.User) error {
	id, err := entstore.ID(u.ID)
	if err != nil {
		return entstore.Failure(err, noRules, "identitystore: insert user")
	}
	err = s.tx.Ent.User.Create().
		SetID(id).
		SetEmail(string(u.Email)).
		SetEmailVerified(u.EmailVerified).
		SetName(u.Name).
		SetSearchWords(searchText(u.Name, string(u.Email))).
		SetRole(string(u.Role)).
		SetNillableSuspendedAt(entstore.Null(u.SuspendedAt)).
		SetNillableEraseAt(entstore.Null(u.EraseAt)).
		SetCreatedAt(u.CreatedAt.UTC()).
		SetUpdatedAt(u.UpdatedAt.UTC()).
		SetVersion(u.Version).
		Exec(ctx)
	return entstore.Failure(err, userRules, "identitystore: insert user %s", u.ID)
}

// Update implements identity.Users.
func (s users) Update(ctx context.Context, u identity.User) error {
	id, err := entstore.ID(u.ID)
	if err != nil {
		return entstore.Failure(err, userRules, "identitystore: update user")
	}
	update := s.tx.Ent.User.Update().
		Where(user.ID(id), user.Version(u.Version)).
		SetEmail(string(u.Email)).
		SetEmailVerified(u.EmailVerified).
		SetName(u.Name).
		SetSearchWords(searchText(u.Name, string(u.Email))).
		SetRole(string(u.Role)).
		SetUpdatedAt(u.UpdatedAt.UTC()).
		SetVersion(u.Version + 1)
	if u.SuspendedAt.IsZero() {
		update.ClearSuspendedAt()
	} else {
		update.SetSuspendedAt(u.SuspendedAt.UTC())
	}
	if u.EraseAt.IsZero() {
		update.ClearEraseAt()
	} else {
		update.SetEraseAt(u.EraseAt.UTC())
	}
	n, err := update.Save(ctx)
	if err == nil && n == 0 {
		err = identity.ErrUserChanged
	}
	s.tx.Invalidate(identity.TagUser(u.ID))
	return entstore.Failure(err, userRules, "identitystore: update user %s", u.ID)
}

// RequireFactor implements identity.Users.
func (s users) RequireFactor(ctx context.Context, id identity.UserID, since time.Time) (bool, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return false, entstore.Failure(err, userRules, "identitystore: require a factor")
	}
	update := s.tx.Ent.User.Update().Where(user.ID(key))
	if since.IsZero() {
		update = update.Where(user.FactorRequiredSinceNotNil()).ClearFactorRequiredSince()
	} else {
		update = update.Where(user.FactorRequiredSinceIsNil()).SetFactorRequiredSince(since.UTC())
	}
	n, err := update.Save(ctx)
	return n > 0, entstore.Failure(err, userRules, "identitystore: require a factor of %s", id)
}

// NoteActive implements identity.Users.
func (s users) NoteActive(ctx context.Context, id identity.UserID, at time.Time) error {
	key, err := entstore.ID(id)
	if err != nil {
		return nil // there is nobody to note it of
	}
	at = at.UTC()
	_, err = s.tx.Ent.User.Update().
		Where(user.ID(key), user.Or(user.LastActiveAtIsNil(), user.LastActiveAtLTE(at.Add(-identity.ActivityTouch)))).
		SetLastActiveAt(at).
		Save(ctx)
	return entstore.Failure(err, noRules, "identitystore: note that %s is active", id)
}

// ByID implements identity.Users.
func (s users) ByID(ctx context.Context, id identity.UserID) (identity.User, error) {
	return userByID(ctx, s.tx.Ent, id)
}

// ByEmail implements identity.Users.
func (s users) ByEmail(ctx context.Context, email identity.Email) (identity.User, error) {
	return userByEmail(ctx, s.tx.Ent, email)
}

// Lock implements identity.Users. The lock lets others refer to the person meanwhile.
// SQLite has one writer at a time, who needs none.
func (s users) Lock(ctx context.Context, id identity.UserID) (identity.User, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return identity.User{}, entstore.Failure(err, userRules, "identitystore: lock user")
	}
	query := s.tx.Ent.User.Query().Where(user.ID(key))
	if s.tx.Dialect() == entstore.Postgres {
		query.ForUpdate(entsql.WithLockClause("FOR NO KEY UPDATE"))
	}
	row, err := query.Only(ctx)
	if err != nil {
		return identity.User{}, entstore.Failure(err, userRules, "identitystore: lock user %s", id)
	}
	return userOf(row), nil
}

func userByID(ctx context.Context, c *identityent.Client, id identity.UserID) (identity.User, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return identity.User{}, entstore.Failure(err, userRules, "identitystore: user")
	}
	row, err := c.User.Get(ctx, key)
	if err != nil {
		return identity.User{}, entstore.Failure(err, userRules, "identitystore: user %s", id)
	}
	return userOf(row), nil
}

func userByEmail(ctx context.Context, c *identityent.Client, email identity.Email) (identity.User, error) {
	row, err := c.User.Query().Where(user.Email(string(email))).Only(ctx)
	if err != nil {
		// The address is not repeated: errors go to logs.
		return identity.User{}, entstore.Failure(err, userRules, "identitystore: user by address")
	}
	return userOf(row), nil
}

// Delete implements identity.Users. An organization ends with the person when it
// has no other owner. Every organization of theirs is locked first, so that of two
// last owners who leave at once the second sees that the first has gone; then the
// person, whom nobody can then make an owner of anything.
func (s users) Delete(ctx context.Context, id identity.UserID) ([]identity.OrganizationID, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return nil, entstore.Failure(err, userRules, "identitystore: delete user")
	}
	locked, err := s.lockAround(ctx, key)
	if err != nil {
		return nil, entstore.Failure(err, userRules, "identitystore: delete user %s", id)
	}
	rows, err := s.tx.Ent.Membership.Query().
		Where(membership.UserID(key)).Order(membership.ByOrganizationID()).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: organizations of %s", id)
	}
	var (
		organizations, ending []uuid.UUID
		ended                 []identity.OrganizationID
	)
	for _, row := range rows {
		if !slices.Contains(locked, row.OrganizationID) { // joined since: whoever asked may ask again
			return nil, entstore.Failure(identity.ErrUserChanged, noRules, "identitystore: delete user %s", id)
		}
		if row.Role == string(identity.Owner) {
			organizations = append(organizations, row.OrganizationID)
		}
	}
	kept, err := s.ownedByOthers(ctx, key, organizations)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: owners beside %s", id)
	}
	for _, o := range organizations {
		if !kept[o] {
			ending = append(ending, o)
			ended = append(ended, identity.OrganizationID(o.String()))
		}
	}
	s.tx.Invalidate(identity.TagUser(id), identity.TagAvatar(id))
	if len(ending) > 0 {
		// Their other members lose what they hold there.
		coMembers, err := s.tx.Ent.Membership.Query().Where(membership.OrganizationIDIn(ending...)).All(ctx)
		if err != nil {
			return nil, entstore.Failure(err, noRules, "identitystore: members of the organizations of %s", id)
		}
		invalidateMembers(s.tx.Tx, coMembers)
		if _, err := s.tx.Ent.Organization.Delete().Where(organization.IDIn(ending...)).Exec(ctx); err != nil {
			return nil, entstore.Failure(err, noRules, "identitystore: delete the organizations of %s", id)
		}
	}
	// Whatever hangs on the person goes with the row, by foreign keys.
	if err := s.tx.Ent.User.DeleteOneID(key).Exec(ctx); err != nil {
		return nil, entstore.Failure(err, userRules, "identitystore: delete user %s", id)
	}
	return ended, nil
}

// ownedByOthers are those of the organizations that somebody beside the person owns.
func (s users) ownedByOthers(ctx context.Context, key uuid.UUID, organizations []uuid.UUID) (map[uuid.UUID]bool, error) {
	if len(organizations) == 0 {
		return nil, nil
	}
	rows, err := s.tx.Ent.Membership.Query().
		Where(membership.OrganizationIDIn(organizations...), membership.UserIDNEQ(key), membership.Role(string(identity.Owner))).
		All(ctx)
	owned := make(map[uuid.UUID]bool, len(rows))
	for _, row := range rows {
		owned[row.OrganizationID] = true
	}
	return owned, err
}

// lockAround locks a person and the organizations they belong to. SQLite has one
// writer at a time, who needs no lock.
func (s users) lockAround(ctx context.Context, key uuid.UUID) ([]uuid.UUID, error) {
	around := s.tx.Ent.Organization.Query().
		Where(belongs(membership.UserID(key))).Order(organization.ByID())
	person := s.tx.Ent.User.Query().Where(user.ID(key))
	if s.tx.Dialect() == entstore.Postgres {
		around.ForUpdate()
		person.ForUpdate()
	}
	rows, err := around.All(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := person.Only(ctx); err != nil {
		return nil, err
	}
	locked := make([]uuid.UUID, len(rows))
	for i, row := range rows {
		locked[i] = row.ID
	}
	return locked, nil
}

type credentials struct{ tx transaction }

// Put implements identity.Credentials.
func (s credentials) Put(ctx context.Context, c identity.Credential) error {
	id, err := entstore.ID(c.User)
	if err != nil {
		return entstore.Failure(err, noRules, "identitystore: put credential")
	}
	err = s.tx.Ent.Credential.Create().
		SetUserID(id).SetHash(c.Hash).SetChangedAt(c.ChangedAt.UTC()).
		OnConflict(entsql.ConflictColumns(credential.FieldUserID)).
		Update(func(u *identityent.CredentialUpsert) { u.UpdateHash().UpdateChangedAt() }).
		Exec(ctx)
	return entstore.Failure(err, noRules, "identitystore: put credential of %s", c.User)
}

// Rehash implements identity.Credentials.
func (s credentials) Rehash(ctx context.Context, id identity.UserID, from, to string) error {
	key, err := entstore.ID(id)
	if err != nil {
		return nil // nobody has that id, and so no hash
	}
	_, err = s.tx.Ent.Credential.Update().Where(credential.UserID(key), credential.Hash(from)).SetHash(to).Save(ctx)
	return entstore.Failure(err, noRules, "identitystore: rehash credential of %s", id)
}

// Delete implements identity.Credentials.
func (s credentials) Delete(ctx context.Context, id identity.UserID) error {
	key, err := entstore.ID(id)
	if err != nil {
		return nil // nobody has that id, so there is nothing to delete
	}
	_, err = s.tx.Ent.Credential.Delete().Where(credential.UserID(key)).Exec(ctx)
	return entstore.Failure(err, noRules, "identitystore: delete credential of %s", id)
}

// Has implements identity.Credentials.
func (s credentials) Has(ctx context.Context, id identity.UserID) (bool, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return false, nil // nobody has that id, and so no password
	}
	has, err := s.tx.Ent.Credential.Query().Where(credential.UserID(key)).Exist(ctx)
	return has, entstore.Failure(err, noRules, "identitystore: credential of %s", id)
}
