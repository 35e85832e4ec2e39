-- +goose NO TRANSACTION
-- +goose Up
ALTER TABLE "identity_users" ADD COLUMN IF NOT EXISTS "search_words" character varying NULL;
-- a replica of an older release writes a name without its words: they are made at the next search
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION identity_unfold() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF (NEW.name, NEW.email) IS DISTINCT FROM (OLD.name, OLD.email) AND NEW.search_words IS NOT DISTINCT FROM OLD.search_words THEN
    NEW.search_words := NULL;
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE OR REPLACE TRIGGER "identity_users_unfold" BEFORE UPDATE OF "name", "email" ON "identity_users" FOR EACH ROW EXECUTE FUNCTION identity_unfold();
DROP INDEX CONCURRENTLY IF EXISTS "identity_users_unfolded";
CREATE INDEX CONCURRENTLY "identity_users_unfolded" ON "identity_users" ("id") WHERE (search_words IS NULL);

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS "identity_users_unfolded";
DROP TRIGGER IF EXISTS "identity_users_unfold" ON "identity_users";
DROP FUNCTION IF EXISTS identity_unfold();
ALTER TABLE "identity_users" DROP COLUMN IF EXISTS "search_words";
