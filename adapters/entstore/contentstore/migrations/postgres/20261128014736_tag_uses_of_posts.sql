-- +goose Up
-- the tags of the posts that there are, which the program keeps from now on
INSERT INTO "content_tag_uses" ("id", "post_id", "tag")
SELECT gen_random_uuid(), "used"."post_id", "used"."tag"
FROM (SELECT DISTINCT "p"."id" AS "post_id", "t"."tag" FROM "content_posts" "p", jsonb_array_elements_text(CASE jsonb_typeof("p"."tags") WHEN 'array' THEN "p"."tags" ELSE '[]'::jsonb END) AS "t"("tag")) "used";

-- +goose Down
DELETE FROM "content_tag_uses";
