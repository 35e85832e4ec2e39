package posts

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/app/wire/sample"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Seed opens the profiles of those of the sample people who write, and publishes the
// posts that are missing.
func Seed(ctx context.Context, s *sample.Seeding, app *contentapp.App, now clock.Clock) error {
	for _, p := range s.People {
		if p.Role == identityport.RoleMember {
			continue
		}
		who, err := s.Actor(p.Handle)
		if err != nil {
			return err
		}
		if _, err := app.OpenAuthorProfile(ctx, who.UserID, who.Name); err != nil {
			return fmt.Errorf("sample: profile of %s: %w", p.Handle, err)
		}
	}
	all, err := Posts()
	if err != nil {
		return err
	}
	added := 0
	for _, p := range all {
		author, err := s.Actor(p.Author)
		if err != nil {
			return fmt.Errorf("sample: post %s: %w", p.Slug, err)
		}
		isNew, err := publish(ctx, app, now, author, p)
		if err != nil {
			return fmt.Errorf("sample: %w", err)
		}
		if isNew {
			added++
		}
	}
	s.Made(added, "posts")
	return nil
}

func publish(ctx context.Context, app *contentapp.App, now clock.Clock, author identityport.Actor, p Post) (isNew bool, err error) {
	// Most starts find everything in place, and need not render it to see that.
	if _, err := app.ReadPublicPost(ctx, p.Slug); err == nil {
		return false, nil
	}
	author.Permissions = []identityport.Permission{content.PermissionWrite, content.PermissionPublish}
	_, err = app.ImportPost(ctx, author, contentapp.ImportPost{
		Title: p.Title, Slug: p.Slug, Markdown: p.Markdown, Excerpt: p.Excerpt, Tags: p.Tags,
		Visibility: p.Visibility, PublishedAt: p.PublishedAt(now.Now()),
	})
	if errors.Is(err, content.ErrSlugTaken) {
		return false, nil
	}
	return err == nil, err
}
