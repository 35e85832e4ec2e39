package contentapp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Export is what content holds about one person.
type Export struct {
	Handle        string                 `json:"handle,omitempty"`
	Name          string                 `json:"name,omitempty"`
	FormerHandles []ExportedFormerHandle `json:"former_handles,omitempty"`
	Posts         []ExportedPost         `json:"posts"`
	SitePages     []ExportedSitePage     `json:"site_pages,omitempty"`
	Pictures      []ExportedPicture      `json:"pictures,omitempty"`
}

// ExportedPicture is a picture that somebody uploaded. Its file is at its path on this site.
type ExportedPicture struct {
	ID        content.MediaID `json:"id"`
	Path      string          `json:"path"`
	Name      string          `json:"name"`
	Alt       string          `json:"alt"`
	Bytes     int64           `json:"bytes"`
	CreatedAt time.Time       `json:"created_at"`
}

// ExportedSitePage is a version of a page of the site that somebody published.
type ExportedSitePage struct {
	Name         content.SitePageName `json:"name"`
	Version      string               `json:"version"`
	BodyMarkdown string               `json:"body_markdown"`
	PublishedAt  time.Time            `json:"published_at"`
}

// ExportedFormerHandle is what an author was called before, and until when.
type ExportedFormerHandle struct {
	Handle string    `json:"handle"`
	LeftAt time.Time `json:"left_at"`
}

// ExportedPost is one post in full, as its author wrote it.
type ExportedPost struct {
	ID           content.PostID     `json:"id"`
	Slug         string             `json:"slug"`
	Title        string             `json:"title"`
	Excerpt      string             `json:"excerpt"`
	BodyMarkdown string             `json:"body_markdown"`
	Tags         []string           `json:"tags"`
	Visibility   content.Visibility `json:"visibility"`
	Status       content.Status     `json:"status"`
	PublishedAt  *time.Time         `json:"published_at"`
	ScheduledFor *time.Time         `json:"scheduled_for,omitempty"`
	CreatedAt    time.Time          `json:"created_at"`
	UpdatedAt    time.Time          `json:"updated_at"`
}

// ExportUser is an [identityport.Export]; it returns an [Export].
func (a *App) ExportUser(ctx context.Context, who identityport.Subject) (any, error) {
	id := who.User
	export := Export{Posts: []ExportedPost{}}
	if id == "" {
		return export, nil
	}
	profile, err := a.reads.AuthorByID(ctx, id)
	if err != nil && !errors.Is(err, content.ErrAuthorNotFound) {
		return nil, fmt.Errorf("export the profile of %s: %w", id, err)
	}
	export.Handle, export.Name = profile.Handle, profile.Name
	former, err := a.reads.FormerHandles(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("export former handles of %s: %w", id, err)
	}
	for _, f := range former {
		export.FormerHandles = append(export.FormerHandles, ExportedFormerHandle{Handle: f.Handle, LeftAt: f.LeftAt})
	}
	pages, err := a.reads.SitePagesBy(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("export pages by %s: %w", id, err)
	}
	for _, page := range pages {
		export.SitePages = append(export.SitePages, ExportedSitePage{
			Name: page.Name, Version: page.Version(), BodyMarkdown: page.Markdown, PublishedAt: page.PublishedAt,
		})
	}
	if export.Pictures, err = a.exportPictures(ctx, id); err != nil {
		return nil, fmt.Errorf("export pictures of %s: %w", id, err)
	}
	var after cursor.Position
	for {
		written, err := a.reads.Written(ctx, content.Writing{Author: id, Everything: true, After: after, Limit: MaxPage})
		if err != nil {
			return nil, fmt.Errorf("export posts of %s: %w", id, err)
		}
		for _, summary := range written {
			article, err := a.reads.Article(ctx, summary.ID)
			if err != nil {
				return nil, fmt.Errorf("export post %s: %w", summary.ID, err)
			}
			export.Posts = append(export.Posts, exported(article.Post))
		}
		if len(written) < MaxPage {
			return export, nil
		}
		last := written[len(written)-1]
		after = cursor.Position{At: last.UpdatedAt, ID: string(last.ID)}
	}
}

func (a *App) exportPictures(ctx context.Context, id identityport.UserID) (out []ExportedPicture, _ error) {
	for after := (cursor.Position{}); ; {
		page, err := a.reads.MediaList(ctx, content.MediaListing{Owner: id, After: after, Limit: MaxPage})
		if err != nil {
			return nil, err
		}
		for _, m := range page {
			out = append(out, ExportedPicture{ID: m.ID, Path: m.Address(m.Original()), Name: m.Name, Alt: m.Alt, Bytes: m.Bytes, CreatedAt: m.CreatedAt})
			after = cursor.Position{At: m.CreatedAt, ID: string(m.ID)}
		}
		if len(page) < MaxPage {
			return out, nil
		}
	}
}

func exported(p content.PostState) ExportedPost {
	e := ExportedPost{
		ID: p.ID, Slug: p.Text.Slug, Title: p.Text.Title, Excerpt: p.Text.Excerpt, BodyMarkdown: p.Text.Markdown,
		Tags: p.Text.Tags, Visibility: p.Text.Visibility, Status: p.Status,
		CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
	}
	if !p.PublishedAt.IsZero() {
		e.PublishedAt = &p.PublishedAt
	}
	if !p.Schedule.IsZero() {
		e.ScheduledFor = &p.Schedule.At
	}
	return e
}
