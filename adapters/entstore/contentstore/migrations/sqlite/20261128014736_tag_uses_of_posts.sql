-- +goose Up
-- the tags of the posts that there are, which the program keeps from now on
INSERT INTO `content_tag_uses` (`id`, `post_id`, `tag`)
SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))), `used`.`post_id`, `used`.`tag`
FROM (SELECT DISTINCT `p`.`id` AS `post_id`, `t`.`value` AS `tag` FROM `content_posts` `p`, json_each(CAST(`p`.`tags` AS text)) `t` WHERE `t`.`value` IS NOT NULL) `used`;

-- +goose Down
DELETE FROM `content_tag_uses`;
