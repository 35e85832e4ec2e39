package identitystore

import (
	"context"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/ent/identityent/avatar"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

var avatarRules = entstore.Rules{Absent: identity.ErrAvatarAbsent}

type avatars struct{ tx transaction }

// Put implements identity.Avatars.
func (s avatars) Put(ctx context.Context, a identity.Avatar) error {
	id, err := entstore.ID(a.User)
	if err != nil {
		return entstore.Failure(err, userRules, "identitystore: put avatar")
	}
	err = s.tx.Ent.Avatar.Create().
		SetUserID(id).SetContentType(a.ContentType).SetBody(a.Body).SetEtag(a.ETag).SetUpdatedAt(a.UpdatedAt.UTC()).
		OnConflict(entsql.ConflictColumns(avatar.FieldUserID)).
		Update(func(u *identityent.AvatarUpsert) { u.UpdateContentType().UpdateBody().UpdateEtag().UpdateUpdatedAt() }).
		Exec(ctx)
	s.tx.Invalidate(identity.TagUser(a.User), identity.TagAvatar(a.User))
	return entstore.Failure(err, noRules, "identitystore: put avatar of %s", a.User)
}

// Delete implements identity.Avatars.
func (s avatars) Delete(ctx context.Context, id identity.UserID) error {
	key, err := entstore.ID(id)
	if err != nil {
		return nil // nobody has that id, so there is nothing to delete
	}
	_, err = s.tx.Ent.Avatar.Delete().Where(avatar.UserID(key)).Exec(ctx)
	s.tx.Invalidate(identity.TagUser(id), identity.TagAvatar(id))
	return entstore.Failure(err, noRules, "identitystore: delete avatar of %s", id)
}

// AvatarOf implements identity.AvatarReads.
func (s *Store) AvatarOf(ctx context.Context, id identity.UserID) (identity.Avatar, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return identity.Avatar{}, entstore.Failure(err, avatarRules, "identitystore: avatar")
	}
	row, err := s.reads.Avatar.Query().Where(avatar.UserID(key)).Only(ctx)
	if err != nil {
		return identity.Avatar{}, entstore.Failure(err, avatarRules, "identitystore: avatar of %s", id)
	}
	return identity.Avatar{
		User: id, Picture: identity.Picture{ContentType: row.ContentType, Body: row.Body},
		ETag: row.Etag, UpdatedAt: row.UpdatedAt.UTC(),
	}, nil
}

// AvatarETag implements identity.AvatarReads.
func (s *Store) AvatarETag(ctx context.Context, id identity.UserID) (string, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return "", nil
	}
	tag, err := s.reads.Avatar.Query().Where(avatar.UserID(key)).Select(avatar.FieldEtag).Strings(ctx)
	if err != nil || len(tag) == 0 {
		return "", entstore.Failure(err, noRules, "identitystore: etag of the avatar of %s", id)
	}
	return tag[0], nil
}
