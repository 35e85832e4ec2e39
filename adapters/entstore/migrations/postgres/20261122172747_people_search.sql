-- +goose Up
-- create index "identity_users_role" to table: "identity_users"
CREATE INDEX "identity_users_role" ON "identity_users" ("role", "created_at", "id");
-- create index "identity_users_suspended" to table: "identity_users"
CREATE INDEX "identity_users_suspended" ON "identity_users" ("created_at", "id") WHERE (suspended_at IS NOT NULL);
-- full text over name and address: words in lower case without accents, split at punctuation, as SQLite's
-- tokenizer makes them; the function needs a database in UTF-8. Its cost keeps the planner from calling it for
-- every row, and its own search path from writing it out in every query
-- +goose StatementBegin
CREATE FUNCTION identity_search_words(name text, email text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000 SET search_path = pg_catalog AS $$
  SELECT array_to_tsvector(string_to_array(btrim(regexp_replace(
    regexp_replace(lower(normalize(name || ' ' || email, NFKD)), '[\u0300-\u036f]', '', 'g'),
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2000-\u206f\u3000-\u303f]+', ' ', 'g')), ' '))
$$;
-- +goose StatementEnd
CREATE INDEX "identity_users_search" ON "identity_users" USING gin (identity_search_words("name", "email"));

-- +goose Down
DROP INDEX "identity_users_search";
DROP FUNCTION identity_search_words(text, text);
-- reverse: create index "identity_users_suspended" to table: "identity_users"
DROP INDEX "identity_users_suspended";
-- reverse: create index "identity_users_role" to table: "identity_users"
DROP INDEX "identity_users_role";
