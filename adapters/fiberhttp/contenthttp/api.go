package contenthttp

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
)

// Author is who wrote a post.
type Author struct {
	Handle string `json:"handle"`
	Name   string `json:"name"`
}

// PostSummary is a post as lists show it.
type PostSummary struct {
	ID             string     `json:"id" format:"uuid"`
	Kind           string     `json:"kind" enum:"post,page" doc:"A page stands by itself: in no list of posts, no feed and no archive."`
	Slug           string     `json:"slug"`
	URL            string     `json:"url" format:"uri" doc:"Its page."`
	Title          string     `json:"title"`
	Excerpt        string     `json:"excerpt"`
	Tags           []string   `json:"tags" nullable:"false"`
	Visibility     string     `json:"visibility" enum:"public,members,paid"`
	Status         string     `json:"status" enum:"draft,scheduled,published,archived,trashed"`
	Author         Author     `json:"author" doc:"The first of its authors."`
	Authors        []Author   `json:"authors" nullable:"false" doc:"In the order of its byline."`
	ReadingMinutes int        `json:"reading_minutes"`
	PublishedAt    *time.Time `json:"published_at"`
	UpdatedAt      time.Time  `json:"updated_at"`
	Version        int        `json:"version"`
	// Cover is null where there is none.
	Cover *CoverImage `json:"cover"`
}

// Posts is a page of a list.
type Posts struct {
	Items      []PostSummary `json:"items" nullable:"false"`
	NextCursor *string       `json:"next_cursor"`
}

// Post is one post as its reader gets it. BodyHTML is null when a gate stands
// before it; BodyMarkdown is for those who may edit.
type Post struct {
	PostSummary
	Gate         string    `json:"gate" enum:"open,sign_in,subscribe" doc:"What the reader still needs."`
	TeaserHTML   string    `json:"teaser_html"`
	BodyHTML     *string   `json:"body_html"`
	BodyMarkdown *string   `json:"body_markdown,omitempty"`
	TextVersion  *int      `json:"text_version,omitempty" doc:"The version that last changed the text: others since are of its status. For those who may edit."`
	Schedule     *Schedule `json:"schedule,omitempty" doc:"When it is published by itself; for those who may edit."`
}

// NewPost is what an author writes.
type NewPost struct {
	Kind         string   `json:"kind,omitempty" enum:"post,page" default:"post"`
	Title        string   `json:"title"`
	Slug         string   `json:"slug,omitempty" doc:"Made from the title when absent."`
	BodyMarkdown string   `json:"body_markdown"`
	Excerpt      string   `json:"excerpt,omitempty"`
	Tags         []string `json:"tags,omitempty" validate:"max=50"`
	Visibility   string   `json:"visibility" enum:"public,members,paid"`
}

// PreviewWarning is something that an author wrote and readers do not get.
type PreviewWarning struct {
	Code      string `json:"code" enum:"tag_removed,content_removed,tag_misplaced,tag_unclosed,attribute_removed,address_removed,comment_unclosed"`
	Tag       string `json:"tag,omitempty" doc:"The element, in lower case."`
	Attribute string `json:"attribute,omitempty" doc:"Of the element; with address_removed the address."`
	Message   string `json:"message"`
}

// PostChange is what to change; what is absent stays.
type PostChange struct {
	Kind         *string   `json:"kind,omitempty" enum:"post,page" doc:"Another one only of what was never published: later it is refused with content.kind_fixed."`
	Title        *string   `json:"title,omitempty"`
	Slug         *string   `json:"slug,omitempty"`
	BodyMarkdown *string   `json:"body_markdown,omitempty"`
	Excerpt      *string   `json:"excerpt,omitempty"`
	Tags         *[]string `json:"tags,omitempty"`
	Visibility   *string   `json:"visibility,omitempty" enum:"public,members,paid"`
}

// maxListed bounds what narrows a list, as listInput says it.
const maxListed = 100

type listInput struct {
	Kind   string `query:"kind" enum:"post,page" default:"post" doc:"Posts, or pages, which no tag lists."`
	Tag    string `query:"tag" maxLength:"100"`
	Author string `query:"author" maxLength:"100" doc:"Handle of an author."`
	Cursor string `query:"cursor" maxLength:"200" doc:"The next_cursor of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

type postOutput struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     Post
}

type postID struct {
	ID string `path:"id" maxLength:"64"`
}

func (h *routes) api() {
	s := h.server
	type slugInput struct {
		Slug string `path:"slug" maxLength:"120" doc:"The post's slug, or one that it had before; those who may edit it can also give its id."`
	}
	fiberhttp.Operation(s, fiberhttp.Public(), huma.Operation{
		OperationID: "get-post", Method: http.MethodGet, Path: "/posts/{slug}", Tags: []string{"content"}, Summary: "Read a post",
	}, func(ctx context.Context, in *slugInput) (*postOutput, error) {
		return h.readPost(ctx, in.Slug)
	}, fiberhttp.CachedRead(postTags, h.keptPost), fiberhttp.ByClass(h.readers), fiberhttp.Counted(h.APIRead))

	type postsOutput struct{ Body Posts }
	fiberhttp.Operation(s, fiberhttp.Public(), huma.Operation{
		OperationID: "list-posts", Method: http.MethodGet, Path: "/posts", Tags: []string{"content"}, Summary: "List published posts, or pages, newest first",
	}, func(ctx context.Context, in *listInput) (*postsOutput, error) {
		list, err := h.listed(ctx, contentapp.ListPosts{Kind: content.Kind(in.Kind), Tag: in.Tag, Author: in.Author, Cursor: in.Cursor, Limit: in.Limit})
		if err != nil {
			return nil, err
		}
		return &postsOutput{Body: list}, nil
	}, fiberhttp.CachedRead(tagged(content.TagPosts), h.publicList, "kind", "tag", "author", "cursor", "limit"), fiberhttp.ByClass(fiberhttp.SameForAll))
	h.writing()
	h.lifecycleAPI()
	h.previewLinkAPI()
	h.privateFeedAPI()
	h.workingCopyAPI()
	h.revisionAPI()
	h.detailsAPI()
	h.authorsAPI()
	h.presenceAPI()
	h.reviewAPI()
	h.studioAPI()
	h.tagsAPI()
	h.shares()
}

func (h *routes) writing() {
	// Who may publish is the use cases' to say: it may be somebody to whom the post is shared.
	s, write := h.server, fiberhttp.Permitted(content.PermissionWrite)

	type newPost struct {
		IdempotencyKey string `header:"Idempotency-Key" doc:"1 to 200 printable ASCII characters. A draft is begun once under it: the same request is answered with that draft, another text revises its first version, and is refused with 412 once the draft was saved since."`
		Body           NewPost
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "write-post", Method: http.MethodPost, Path: "/posts", Tags: []string{"content"},
		Summary: "Write a draft", DefaultStatus: http.StatusCreated,
	}, func(ctx context.Context, in *newPost) (*postOutput, error) {
		actor := fiberhttp.ActorFrom(ctx)
		a, err := h.Content.WritePost(ctx, actor, contentapp.WritePost{
			Key: in.IdempotencyKey, Kind: content.Kind(in.Body.Kind), Title: in.Body.Title, Slug: in.Body.Slug, Markdown: in.Body.BodyMarkdown, Excerpt: in.Body.Excerpt,
			Tags: in.Body.Tags, Visibility: content.Visibility(in.Body.Visibility),
		})
		if err != nil {
			return nil, err
		}
		out := h.source(a)
		out.Location = "/api/v1/posts/" + string(a.Post.ID)
		return out, nil
	}, fiberhttp.MaxBody(maxPost))

	type preview struct {
		Body struct {
			BodyMarkdown string `json:"body_markdown"`
			Visibility   string `json:"visibility,omitempty" enum:"public,members,paid" default:"public"`
		}
	}
	type previewed struct {
		Body struct {
			HTML           string           `json:"html"`
			TeaserHTML     string           `json:"teaser_html" doc:"What everybody will read, whoever may read the rest."`
			ReadingMinutes int              `json:"reading_minutes"`
			Warnings       []PreviewWarning `json:"warnings" nullable:"false" doc:"What of the text is left out of the page: the first of each kind, at most 20."`
		}
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "preview-post", Method: http.MethodPost, Path: "/posts/preview", Tags: []string{"content"},
		Summary: "Render Markdown as it would be published", DefaultStatus: http.StatusOK,
	}, func(ctx context.Context, in *preview) (*previewed, error) {
		rendered, err := h.Content.Preview(ctx, fiberhttp.ActorFrom(ctx), in.Body.BodyMarkdown, content.Visibility(in.Body.Visibility))
		if err != nil {
			return nil, err
		}
		out := &previewed{}
		out.Body.HTML, out.Body.TeaserHTML, out.Body.ReadingMinutes = withoutEmbeds(rendered.Body), withoutEmbeds(rendered.Teaser), rendered.ReadingMinutes
		out.Body.Warnings = []PreviewWarning{}
		for _, w := range rendered.Warnings {
			out.Body.Warnings = append(out.Body.Warnings, PreviewWarning{Code: string(w.Code), Tag: w.Tag, Attribute: w.Attribute, Message: w.Message()})
		}
		return out, nil
	}, fiberhttp.MaxBody(maxPost))

	type change struct {
		ID       string `path:"id" maxLength:"64"`
		IfMatch  string `header:"If-Match" doc:"The ETag of the version that was changed, a list of them, or * for any. Missing: 428; not the current one: 412, unless the post is as the change wants it already."`
		Autosave bool   `query:"autosave" doc:"Saved by the page itself. It takes the place of the last revision, if that is one, too, of the same person, and begun less than ten minutes ago. Drafts alone: another post is refused with content.autosaves_drafts."`
		Body     PostChange
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "revise-post", Method: http.MethodPatch, Path: "/posts/{id}", Tags: []string{"content"}, Summary: "Change a post",
	}, func(ctx context.Context, in *change) (*postOutput, error) {
		actor, id := fiberhttp.ActorFrom(ctx), content.PostID(in.ID)
		a, err := underIfMatch(in.IfMatch, content.ErrPostChanged, func() (int, error) {
			article, err := h.Content.OpenPost(ctx, actor, id)
			return article.Post.Version, err
		}, func(seen int) (content.Article, error) {
			return h.Content.RevisePost(ctx, actor, contentapp.RevisePost{
				ID: id, Seen: seen, Kind: (*content.Kind)(in.Body.Kind), Title: in.Body.Title, Slug: in.Body.Slug, Markdown: in.Body.BodyMarkdown,
				Excerpt: in.Body.Excerpt, Tags: in.Body.Tags, Visibility: (*content.Visibility)(in.Body.Visibility), Autosave: in.Autosave,
			})
		})
		if err != nil {
			return nil, err
		}
		return h.source(a), nil
	}, fiberhttp.MaxBody(maxPost))

	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "publish-post", Method: http.MethodPost, Path: "/posts/{id}/publish", Tags: []string{"content"},
		Summary: "Open a post to its readers", DefaultStatus: http.StatusOK,
	}, func(ctx context.Context, in *postID) (*postOutput, error) {
		a, err := h.Content.PublishPost(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID))
		if err != nil {
			return nil, err
		}
		return h.source(a), nil
	})
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "unpublish-post", Method: http.MethodPost, Path: "/posts/{id}/unpublish", Tags: []string{"content"},
		Summary: "Make a post a draft again", DefaultStatus: http.StatusOK,
	}, func(ctx context.Context, in *postID) (*postOutput, error) {
		a, err := h.Content.UnpublishPost(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID))
		if err != nil {
			return nil, err
		}
		return h.source(a), nil
	})
}

// publicList is a page of the list as the bytes that are kept: everybody gets the same.
// Cursors, tags and handles are for anybody to make up, so only beginnings are kept, and
// only those with posts.
func (h *routes) publicList(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	q := contentapp.ListPosts{Kind: content.Kind(r.Query("kind")), Tag: r.Query("tag"), Author: r.Query("author"), Cursor: r.Query("cursor"), Limit: contentapp.DefaultPage}
	if limit := r.Query("limit"); limit != "" {
		n, err := strconv.Atoi(limit)
		if err != nil || strconv.Itoa(n) != limit || n < 1 || n > contentapp.MaxPage {
			return fiberhttp.Reply{}, fiberhttp.ErrNotKept
		}
		q.Limit = n
	}
	if q.Kind != "" && !q.Kind.Valid() || max(len(q.Tag), len(q.Author)) > maxListed || !utf8.ValidString(q.Tag+q.Author+q.Cursor) {
		return fiberhttp.Reply{}, fiberhttp.ErrNotKept
	}
	list, err := h.listed(ctx, q)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	reply, err := fiberhttp.JSON(list)
	if q.Cursor != "" || len(list.Items) == 0 || q.Limit%10 != 0 || !h.itself(ctx, q) {
		reply = reply.Once()
	}
	return reply, err
}

// itself reports whether a tag and a handle are written as they are kept. Every other
// spelling leads to the same list, and a name that they had only as long as it leads there:
// each is made anew.
func (h *routes) itself(ctx context.Context, q contentapp.ListPosts) bool {
	if q.Tag != "" {
		if tag, err := h.Content.ReadTag(ctx, q.Tag); err != nil || tag.Name != q.Tag {
			return false
		}
	}
	if q.Author == "" {
		return true
	}
	author, err := h.Content.ReadAuthor(ctx, q.Author)
	return err == nil && author.Handle == q.Author
}

func (h *routes) listed(ctx context.Context, q contentapp.ListPosts) (Posts, error) {
	list, err := h.Content.ListPosts(ctx, q)
	if err != nil {
		return Posts{}, err
	}
	out := Posts{Items: make([]PostSummary, 0, len(list.Items)), NextCursor: optional(list.NextCursor)}
	for _, p := range list.Items {
		out.Items = append(out.Items, h.summary(p))
	}
	return out, nil
}

// readers is the class of those who get a post alike. An author's own answer carries the
// version that a change has to name.
func (h *routes) readers(ctx context.Context, r *fiberhttp.Request) (string, bool, error) {
	if r.Actor.May(content.PermissionWrite) {
		return "", false, nil
	}
	readers, err := h.Content.ReadersOf(ctx, r.Actor, r.Param("slug"))
	if errors.Is(err, content.ErrPostNotFound) {
		return "", false, nil // or it had the slug before, which is answered anew each time
	}
	return string(readers), err == nil, err
}

// keptPost is the answer to a class of readers, as the bytes that are kept.
func (h *routes) keptPost(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	reading, err := h.Content.ReadPostFor(ctx, contentapp.Readers(r.Class()), r.Param("slug"))
	if errors.Is(err, content.ErrPostChanged) {
		return fiberhttp.Reply{}, fiberhttp.ErrNotKept
	}
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	if reading.Article.Post.Text.Slug != r.Param("slug") {
		return fiberhttp.Reply{}, fiberhttp.ErrNotKept // it goes stale with the slug that the post has now
	}
	return fiberhttp.JSON(h.reading(reading))
}

func (h *routes) readPost(ctx context.Context, slug string) (*postOutput, error) {
	actor := fiberhttp.ActorFrom(ctx)
	if isID(slug) && actor.May(content.PermissionWrite) {
		a, err := h.Content.OpenPost(ctx, actor, content.PostID(slug))
		if err != nil {
			return nil, err
		}
		fiberhttp.LeaveUncounted(ctx) // its editor works on it
		return h.source(a), nil
	}
	reading, err := h.Content.ReadPost(ctx, actor, slug)
	if err != nil {
		return nil, err
	}
	return &postOutput{ETag: fiberhttp.ETagOf(reading.Article.Post.Version), Body: h.reading(reading)}, nil
}

// source answers with a post as its editor gets it.
func (h *routes) source(a content.Article) *postOutput {
	out := h.reading(contentapp.Reading{Article: a, Gate: content.Open})
	out.BodyMarkdown, out.TextVersion, out.Schedule = &a.Post.Text.Markdown, &a.Post.TextVersion, scheduleOf(a.Post.Schedule)
	return &postOutput{ETag: fiberhttp.ETagOf(a.Post.Version), Body: out}
}

func (h *routes) reading(r contentapp.Reading) Post {
	p := r.Article.Post
	out := Post{
		PostSummary: PostSummary{
			ID: string(p.ID), Kind: string(p.Kind), Slug: p.Text.Slug, URL: h.server.BaseURL() + p.Path(), Title: p.Text.Title,
			Excerpt: p.Text.Excerpt, Tags: notNil(p.Text.Tags), Visibility: string(p.Text.Visibility), Status: string(p.Status),
			Author:         Author{Handle: r.Article.Author.Handle, Name: r.Article.Author.Name},
			Authors:        authorsOf(r.Article.Authors()),
			ReadingMinutes: p.Rendered.ReadingMinutes, PublishedAt: fiberhttp.OptionalTime(p.PublishedAt), UpdatedAt: p.UpdatedAt, Version: p.Version,
			Cover: h.coverImage(r.Article.Cover),
		},
		Gate: string(r.Gate), TeaserHTML: withoutEmbeds(p.Rendered.Teaser),
	}
	if r.Gate == content.Open {
		body := withoutEmbeds(p.Rendered.Body)
		out.BodyHTML = &body
	}
	return out
}

func authorsOf(authors []content.Author) []Author {
	out := make([]Author, len(authors))
	for i, a := range authors {
		out[i] = Author{Handle: a.Handle, Name: a.Name}
	}
	return out
}

func (h *routes) summary(p content.Summary) PostSummary {
	return PostSummary{
		ID: string(p.ID), Kind: string(p.Kind), Slug: p.Slug, URL: h.server.BaseURL() + p.Path(), Title: p.Title, Excerpt: p.Excerpt,
		Tags: notNil(p.Tags), Visibility: string(p.Visibility), Status: string(p.Status),
		Author: Author{Handle: p.AuthorHandle, Name: p.AuthorName}, Authors: authorsOf(p.Authors()), ReadingMinutes: p.ReadingMinutes,
		PublishedAt: fiberhttp.OptionalTime(p.PublishedAt), UpdatedAt: p.UpdatedAt, Version: p.Version, Cover: h.coverImage(p.Cover),
	}
}

// underIfMatch makes a change of the version that If-Match names. current is asked for
// the version there is, 0 for none, when one of several or any will do; changed is the
// error of change, and the answer, when it is another. A version that this API never
// gave out is one that is not the current one.
func underIfMatch[T any](header string, changed error, current func() (int, error), change func(seen int) (T, error)) (T, error) {
	var none T
	condition, err := fiberhttp.ParseIfMatch(header)
	switch {
	case err != nil:
		return none, err
	case !condition.Any && len(condition.Versions) == 0:
		return none, changed
	case len(condition.Versions) == 1:
		return change(condition.Versions[0])
	}
	for attempt := 0; ; attempt++ {
		seen, err := current()
		switch {
		case err != nil:
			return none, err
		case condition.Any && seen == 0:
			return none, changed
		case !condition.Any && !slices.Contains(condition.Versions, seen):
			seen = condition.Versions[0]
		}
		made, err := change(seen)
		// Whoever takes any version takes that of who was quicker, too.
		if condition.Any && errors.Is(err, changed) && attempt < 3 {
			continue
		}
		return made, err
	}
}

// isID reports whether s has the form of a UUID: 8-4-4-4-12 hexadecimal digits.
func isID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return false
			}
		}
	}
	return true
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
