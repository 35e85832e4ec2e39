// Package privacy is what content holds about one person, for their export.
package privacy

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
	PrivateFeed   *ExportedPrivateFeed   `json:"private_feed,omitempty"`
	SavedViews    []ExportedView         `json:"saved_views,omitempty"`
	Pictures      []ExportedPicture      `json:"pictures,omitempty"`
	Reviews       []ExportedReview       `json:"reviews,omitempty"`
}

// ExportedReview is a step of the review of a post that somebody took.
type ExportedReview struct {
	Post  content.PostID      `json:"post_id"`
	State content.ReviewState `json:"state"`
	Note  string              `json:"note,omitempty"`
	At    time.Time           `json:"at"`
}

// ExportedPrivateFeed is the feed that somebody has, of which nobody knows the address any more.
type ExportedPrivateFeed struct {
	CreatedAt time.Time `json:"created_at"`
}

// ExportedView is a filter of the studio's list that somebody keeps.
type ExportedView struct {
	Name  string `json:"name"`
	Query string `json:"query"`
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
	Kind         content.Kind       `json:"kind"`
	Slug         string             `json:"slug"`
	Title        string             `json:"title"`
	Excerpt      string             `json:"excerpt"`
	BodyMarkdown string             `json:"body_markdown"`
	Tags         []string           `json:"tags"`
	Visibility   content.Visibility `json:"visibility"`
	Status       content.Status     `json:"status"`
	PublishedAt  *time.Time         `json:"published_at"`
	ScheduledFor *time.Time         `json:"scheduled_for,omitempty"`
	Unpublished  *ExportedChanges   `json:"unpublished_changes,omitempty"`
	CreatedAt    time.Time          `json:"created_at"`
	UpdatedAt    time.Time          `json:"updated_at"`
	Details      *ExportedDetails   `json:"details,omitempty"`
}

// ExportedDetails is what search engines and other sites are told of a post.
type ExportedDetails struct {
	SEOTitle          string `json:"seo_title,omitempty"`
	SEODescription    string `json:"seo_description,omitempty"`
	SocialTitle       string `json:"social_title,omitempty"`
	SocialDescription string `json:"social_description,omitempty"`
	CanonicalURL      string `json:"canonical_url,omitempty"`
	NoIndex           bool   `json:"noindex,omitempty"`
	CoverMediaID      string `json:"cover_media_id,omitempty"`
	CoverAlt          string `json:"cover_alt,omitempty"`
	CoverCaption      string `json:"cover_caption,omitempty"`
}

// ExportedChanges is the text that a published post is to have.
type ExportedChanges struct {
	Slug         string             `json:"slug"`
	Title        string             `json:"title"`
	Excerpt      string             `json:"excerpt"`
	BodyMarkdown string             `json:"body_markdown"`
	Tags         []string           `json:"tags"`
	Visibility   content.Visibility `json:"visibility"`
	SavedAt      time.Time          `json:"saved_at"`
}

// App is the use cases.
type App struct{ reads content.Reads }

// New returns the use cases, or an error that names every missing dependency.
func New(reads content.Reads) (*App, error) {
	if reads == nil {
		return nil, errors.New("privacy: the reads are missing")
	}
	return &App{reads: reads}, nil
}

// atOnce is how many posts, or pictures, are read at once.
const atOnce = 100

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
	views, err := a.reads.SavedViews(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("export views of %s: %w", id, err)
	}
	for _, v := range views {
		export.SavedViews = append(export.SavedViews, ExportedView{Name: v.Name, Query: v.Query})
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
	switch feed, err := a.reads.PrivateFeedOf(ctx, id); {
	case err == nil:
		export.PrivateFeed = &ExportedPrivateFeed{CreatedAt: feed.CreatedAt}
	case !errors.Is(err, content.ErrPrivateFeedNotFound):
		return nil, fmt.Errorf("export the private feed of %s: %w", id, err)
	}
	if export.Pictures, err = a.exportPictures(ctx, id); err != nil {
		return nil, fmt.Errorf("export pictures of %s: %w", id, err)
	}
	if export.Reviews, err = a.exportReviews(ctx, id); err != nil {
		return nil, fmt.Errorf("export reviews by %s: %w", id, err)
	}
	var after cursor.Position
	for {
		written, err := a.reads.Written(ctx, content.Writing{Author: id, Everything: true, After: after, Limit: atOnce})
		if err != nil {
			return nil, fmt.Errorf("export posts of %s: %w", id, err)
		}
		for _, summary := range written {
			article, err := a.reads.Article(ctx, summary.ID)
			if err != nil {
				return nil, fmt.Errorf("export post %s: %w", summary.ID, err)
			}
			post := exported(article)
			if !summary.CopySavedAt.IsZero() {
				copied, err := a.reads.WorkingCopy(ctx, summary.ID)
				if err != nil && !errors.Is(err, content.ErrWorkingCopyNotFound) {
					return nil, fmt.Errorf("export post %s: %w", summary.ID, err)
				}
				post.Unpublished = exportedChanges(copied)
			}
			export.Posts = append(export.Posts, post)
		}
		if len(written) < atOnce {
			return export, nil
		}
		last := written[len(written)-1]
		after = cursor.Position{At: last.UpdatedAt, ID: string(last.ID)}
	}
}

// exportedChanges is nil for a copy that was published or discarded meanwhile.
func exportedChanges(c content.WorkingCopy) *ExportedChanges {
	if !c.Begun() {
		return nil
	}
	t := c.Text
	return &ExportedChanges{
		Slug: t.Slug, Title: t.Title, Excerpt: t.Excerpt, BodyMarkdown: t.Markdown, Tags: t.Tags, Visibility: t.Visibility, SavedAt: c.SavedAt,
	}
}

func (a *App) exportReviews(ctx context.Context, id identityport.UserID) (out []ExportedReview, _ error) {
	for after := (content.ReviewStep{}); ; {
		page, err := a.reads.ReviewStepsBy(ctx, id, after, atOnce)
		if err != nil {
			return nil, err
		}
		for _, s := range page {
			out = append(out, ExportedReview{Post: s.Post, State: s.State, Note: s.Note, At: s.At})
			after = s
		}
		if len(page) < atOnce {
			return out, nil
		}
	}
}

func (a *App) exportPictures(ctx context.Context, id identityport.UserID) (out []ExportedPicture, _ error) {
	for after := (cursor.Position{}); ; {
		page, err := a.reads.MediaList(ctx, content.MediaListing{Owner: id, After: after, Limit: atOnce})
		if err != nil {
			return nil, err
		}
		for _, m := range page {
			out = append(out, ExportedPicture{ID: m.ID, Path: m.Address(m.Original()), Name: m.Name, Alt: m.Alt, Bytes: m.Bytes, CreatedAt: m.CreatedAt})
			after = cursor.Position{At: m.CreatedAt, ID: string(m.ID)}
		}
		if len(page) < atOnce {
			return out, nil
		}
	}
}

func exported(a content.Article) ExportedPost {
	p := a.Post
	e := ExportedPost{
		ID: p.ID, Kind: p.Kind, Slug: p.Text.Slug, Title: p.Text.Title, Excerpt: p.Text.Excerpt, BodyMarkdown: p.Text.Markdown,
		Tags: p.Text.Tags, Visibility: p.Text.Visibility, Status: p.Status,
		CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
	}
	if !p.PublishedAt.IsZero() {
		e.PublishedAt = &p.PublishedAt
	}
	if !p.Schedule.IsZero() {
		e.ScheduledFor = &p.Schedule.At
	}
	if d := a.Details; !d.Same(content.PostDetails{}) {
		e.Details = &ExportedDetails{
			SEOTitle: d.SEOTitle, SEODescription: d.SEODescription, SocialTitle: d.SocialTitle, SocialDescription: d.SocialDescription,
			CanonicalURL: d.Canonical, NoIndex: d.NoIndex,
			CoverMediaID: string(d.Cover.Media), CoverAlt: d.Cover.Alt, CoverCaption: d.Cover.Caption,
		}
	}
	return e
}
