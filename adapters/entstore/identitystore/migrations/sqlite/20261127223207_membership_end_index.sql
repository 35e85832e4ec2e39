-- +goose Up
-- create index "identity_memberships_end" to table: "identity_memberships"
CREATE INDEX `identity_memberships_end` ON `identity_memberships` (`ends_at`, `id`) WHERE ends_at IS NOT NULL;

-- +goose Down
-- reverse: create index "identity_memberships_end" to table: "identity_memberships"
DROP INDEX `identity_memberships_end`;
