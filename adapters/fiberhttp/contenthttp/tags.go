package contenthttp

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/content/tagging"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// TagUseCases is what the routes ask about tags.
type TagUseCases interface {
	ReadTag(ctx context.Context, name string) (content.Tag, error)
	ListTags(ctx context.Context, actor identityport.Actor, cursor string) (tagging.TagList, error)
	OpenTag(ctx context.Context, actor identityport.Actor, name string) (tagging.ManagedTag, error)
	DescribeTag(ctx context.Context, actor identityport.Actor, c tagging.DescribeTag) (tagging.ManagedTag, error)
	RenameTag(ctx context.Context, actor identityport.Actor, c tagging.RenameTag) (tagging.ManagedTag, error)
	FreeTagName(ctx context.Context, actor identityport.Actor, tag, former string) error
}

// Tag is what is said of a tag.
type Tag struct {
	Name        string     `json:"name" doc:"By which posts are listed."`
	Title       string     `json:"title" doc:"How it is written; empty: as its name."`
	Description string     `json:"description" doc:"What its posts are about: plain text."`
	URL         string     `json:"url" format:"uri" doc:"Its page, once a post is published under it."`
	UpdatedAt   *time.Time `json:"updated_at" doc:"When something else was said of it; null: nothing ever was."`
}

// TagCount is a tag with how many posts have it.
type TagCount struct {
	Tag
	Posts int `json:"posts" doc:"In any status. No more than 1000 are counted."`
}

// ManagedTag is a tag as who manages tags gets it.
type ManagedTag struct {
	TagCount
	FormerNames []string `json:"former_names" nullable:"false" doc:"What leads to it, oldest first."`
	Moving      int      `json:"moving" doc:"Posts that are still filed under a former name: a job moves them within minutes. No more than 1000 are counted."`
}

// Tags is a page of tags.
type Tags struct {
	Items      []TagCount `json:"items" nullable:"false"`
	NextCursor *string    `json:"next_cursor"`
}

// TagChange is what is to be said of a tag; what is absent stays.
type TagChange struct {
	Title       *string `json:"title,omitempty" doc:"At most 80 characters."`
	Description *string `json:"description,omitempty" doc:"At most 500 characters."`
}

// TagRename is another name of a tag.
type TagRename struct {
	Name  string `json:"name" example:"databases"`
	Merge bool   `json:"merge,omitempty" doc:"Whether it may be the name of another tag, which the posts of this one then join."`
}

// The version of a tag of which nothing is said yet is a version, too.
func tagETag(version int) string { return fiberhttp.ETagOf(version + 1) }

type managedTagOutput struct {
	ETag string `header:"ETag"`
	Body ManagedTag
}

func (h *routes) tagOf(t content.Tag) Tag {
	return Tag{Name: t.Name, Title: t.Title, Description: t.Description, URL: h.server.BaseURL() + tagPath(t.Name), UpdatedAt: fiberhttp.OptionalTime(t.UpdatedAt)}
}

func (h *routes) managedTag(t tagging.ManagedTag) *managedTagOutput {
	return &managedTagOutput{ETag: tagETag(t.Version), Body: ManagedTag{
		TagCount: TagCount{Tag: h.tagOf(t.Tag), Posts: t.Posts}, FormerNames: notNil(t.Former), Moving: t.Moving,
	}}
}

func (h *routes) tagsAPI() {
	s, manage := h.server, fiberhttp.Permitted(content.PermissionManageTags)
	type named struct {
		Name string `path:"tag" maxLength:"200" doc:"Its name, or one that it had before."`
	}
	type tagOutput struct {
		Body Tag
	}
	fiberhttp.Operation(s, fiberhttp.Public(), huma.Operation{
		OperationID: "get-tag", Method: http.MethodGet, Path: "/tags/{tag}", Tags: []string{"content"}, Summary: "Read what is said of a tag",
		Description: "For a tag under which a post is published.",
	}, func(ctx context.Context, in *named) (*tagOutput, error) {
		list, err := h.Content.ListPosts(ctx, contentapp.ListPosts{Tag: in.Name, Limit: 1})
		if err == nil && len(list.Items) == 0 {
			err = content.ErrTagNotFound
		}
		if err != nil {
			return nil, err
		}
		return &tagOutput{Body: h.tagOf(list.Tag)}, nil
	})

	type list struct {
		Cursor string `query:"cursor" maxLength:"300" doc:"The next_cursor of the page before."`
	}
	type listed struct{ Body Tags }
	fiberhttp.Operation(s, manage, huma.Operation{
		OperationID: "list-tags", Method: http.MethodGet, Path: "/studio/tags", Tags: []string{"content"}, Summary: "List the tags, by their names",
	}, func(ctx context.Context, in *list) (*listed, error) {
		page, err := h.Content.ListTags(ctx, fiberhttp.ActorFrom(ctx), in.Cursor)
		if err != nil {
			return nil, err
		}
		out := &listed{Body: Tags{Items: []TagCount{}, NextCursor: optional(page.NextCursor)}}
		for _, t := range page.Items {
			out.Body.Items = append(out.Body.Items, TagCount{Tag: h.tagOf(t.Tag), Posts: t.Posts})
		}
		return out, nil
	})
	fiberhttp.Operation(s, manage, huma.Operation{
		OperationID: "open-tag", Method: http.MethodGet, Path: "/studio/tags/{tag}", Tags: []string{"content"}, Summary: "Read a tag in order to change it",
	}, func(ctx context.Context, in *named) (*managedTagOutput, error) {
		t, err := h.Content.OpenTag(ctx, fiberhttp.ActorFrom(ctx), in.Name)
		if err != nil {
			return nil, err
		}
		return h.managedTag(t), nil
	})

	type change struct {
		Name    string `path:"tag" maxLength:"200"`
		IfMatch string `header:"If-Match" doc:"The ETag of the version that was changed, a list of them, or * for any. Missing: 428; not the current one: 412."`
		Body    TagChange
	}
	fiberhttp.Operation(s, manage, huma.Operation{
		OperationID: "describe-tag", Method: http.MethodPatch, Path: "/studio/tags/{tag}", Tags: []string{"content"}, Summary: "Say what the posts of a tag are about",
	}, func(ctx context.Context, in *change) (*managedTagOutput, error) {
		actor := fiberhttp.ActorFrom(ctx)
		t, err := underIfMatch(in.IfMatch, content.ErrTagChanged, h.tagVersion(ctx, in.Name), func(seen int) (tagging.ManagedTag, error) {
			return h.Content.DescribeTag(ctx, actor, tagging.DescribeTag{Name: in.Name, Seen: seen - 1, Title: in.Body.Title, Description: in.Body.Description})
		})
		if err != nil {
			return nil, err
		}
		return h.managedTag(t), nil
	})
	type rename struct {
		Name    string `path:"tag" maxLength:"200"`
		IfMatch string `header:"If-Match" doc:"The ETag of the version that was changed, a list of them, or * for any. Missing: 428; not the current one: 412."`
		Body    TagRename
	}
	fiberhttp.Operation(s, manage, huma.Operation{
		OperationID: "rename-tag", Method: http.MethodPost, Path: "/studio/tags/{tag}/rename", Tags: []string{"content"},
		Summary: "Give a tag another name, or merge it with the one that has it", DefaultStatus: http.StatusOK,
		Description: "Its posts get the new name, the first at once and the others within minutes, and the old one leads there. " +
			"A name that another tag has is refused with 409 content.tag_exists unless merge is true. The answer is the tag under its new name.",
	}, func(ctx context.Context, in *rename) (*managedTagOutput, error) {
		actor := fiberhttp.ActorFrom(ctx)
		t, err := underIfMatch(in.IfMatch, content.ErrTagChanged, h.tagVersion(ctx, in.Name), func(seen int) (tagging.ManagedTag, error) {
			return h.Content.RenameTag(ctx, actor, tagging.RenameTag{Name: in.Name, Seen: seen - 1, To: in.Body.Name, Merge: in.Body.Merge})
		})
		if err != nil {
			return nil, err
		}
		return h.managedTag(t), nil
	})
	type free struct {
		Name   string `path:"tag" maxLength:"200"`
		Former string `path:"former" maxLength:"200" doc:"One of its former names."`
	}
	fiberhttp.Operation(s, manage, huma.Operation{
		OperationID: "free-tag-name", Method: http.MethodDelete, Path: "/studio/tags/{tag}/former-names/{former}", Tags: []string{"content"},
		Summary: "Have a former name of a tag lead nowhere, so that it can be a tag again", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *free) (*struct{}, error) {
		return nil, h.Content.FreeTagName(ctx, fiberhttp.ActorFrom(ctx), in.Name, in.Former)
	})
}

func (h *routes) tagVersion(ctx context.Context, name string) func() (int, error) {
	return func() (int, error) {
		t, err := h.Content.OpenTag(ctx, fiberhttp.ActorFrom(ctx), name)
		return t.Version + 1, err
	}
}

const tagsPath = "/studio/tags"

func tagEditPath(name string) string { return tagsPath + "/" + url.PathEscape(name) }

func (h *routes) tagPages() {
	manage := fiberhttp.Permitted(content.PermissionManageTags)
	h.server.Page(http.MethodGet, tagsPath, manage, h.tags)
	h.server.Page(http.MethodGet, tagsPath+"/{tag}", manage, func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		t, err := h.Content.OpenTag(ctx, r.Actor, r.Param("tag"))
		switch {
		case err != nil:
			return fiberhttp.Reply{}, err
		case t.Name != r.Param("tag"):
			return fiberhttp.Redirect(tagEditPath(t.Name)), nil
		}
		return h.tagForm(ctx, r, t, contentpages.TagEditView{Title: t.Title, Describes: t.Description}, http.StatusOK)
	})
	h.server.Page(http.MethodPost, tagsPath+"/{tag}", manage, h.describeTag, fiberhttp.PreservesForm())
	h.server.Page(http.MethodPost, tagsPath+"/{tag}/rename", manage, h.renameTag, fiberhttp.PreservesForm())
	h.server.Page(http.MethodPost, tagsPath+"/{tag}/free", manage, func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		err := h.Content.FreeTagName(ctx, r.Actor, r.Param("tag"), r.Form("name"))
		if err != nil && !errors.Is(err, content.ErrTagNotFound) { // freed in another tab
			return fiberhttp.Reply{}, err
		}
		return fiberhttp.Redirect(tagEditPath(r.Param("tag"))).Flash("tag-name-freed"), nil
	})
}

func (h *routes) tags(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	page, err := h.Content.ListTags(ctx, r.Actor, r.Query("cursor"))
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := contentpages.TagsView{Page: h.server.View(r, fiberhttp.View{Title: "Tags", Nav: "/studio", Robots: "noindex"})}
	for _, t := range page.Items {
		v.Tags = append(v.Tags, managedTagView(t))
	}
	if r.Query("cursor") != "" {
		v.FirstURL = tagsPath
	}
	if page.NextCursor != "" {
		v.NextURL = withCursor(tagsPath, page.NextCursor)
	}
	return fiberhttp.HTML(contentpages.Tags(v)), nil
}

func managedTagView(t content.TagCount) contentpages.ManagedTag {
	return contentpages.ManagedTag{
		Name: t.Name, Title: t.Title, Description: t.Description, Posts: t.Posts, More: t.Posts == content.MaxTagCount, URL: tagEditPath(t.Name),
	}
}

// tagForm shows a tag with what was typed.
func (h *routes) tagForm(ctx context.Context, r *fiberhttp.Request, t tagging.ManagedTag, v contentpages.TagEditView, status int) (fiberhttp.Reply, error) {
	v.Page = h.server.View(r, fiberhttp.View{Title: "Tag: " + t.Name, Nav: "/studio", Robots: "noindex"})
	v.Tag, v.Action, v.Version, v.Moving = managedTagView(t.TagCount), tagEditPath(t.Name), t.Version, t.Moving
	for _, name := range t.Former {
		v.Former = append(v.Former, contentpages.FormerTag{Name: name})
	}
	if v.Errors == nil {
		v.Errors = layout.FieldErrors{}
	}
	published, err := h.Content.ListPosts(ctx, contentapp.ListPosts{Tag: t.Name, Limit: 1})
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	if len(published.Items) > 0 {
		v.PublicURL = tagPath(t.Name)
	}
	return fiberhttp.HTML(contentpages.TagEdit(v)).Status(status), nil
}

// tagNotSaved shows a tag again, with what is wrong.
func (h *routes) tagNotSaved(ctx context.Context, r *fiberhttp.Request, v contentpages.TagEditView, err error) (fiberhttp.Reply, error) {
	f := fault.As(err)
	if f == nil || f.Kind != fault.Invalid && f.Kind != fault.Conflict && f.Kind != fault.Outdated {
		return fiberhttp.Reply{}, err
	}
	t, missing := h.Content.OpenTag(ctx, r.Actor, r.Param("tag"))
	if missing != nil {
		return fiberhttp.Reply{}, missing
	}
	v.Errors = layout.FieldErrors{}
	for _, field := range f.Fields {
		v.Errors[field.Name] = field.Message
	}
	status := http.StatusUnprocessableEntity
	switch {
	case f.Kind == fault.Outdated:
		v.Errors[""] = "The tag was changed meanwhile. What you typed stands below and is not saved: compare it with the tag as it is, and save once more."
		status = http.StatusPreconditionFailed
	case len(f.Fields) == 0:
		v.Errors["name"] = f.Message
	}
	return h.tagForm(ctx, r, t, v, status)
}

// formVersion is the version that a form was made for; one that nobody has seen for none.
func formVersion(r *fiberhttp.Request) int {
	seen, malformed := strconv.Atoi(r.Form("version"))
	if malformed != nil {
		return -1
	}
	return seen
}

func (h *routes) describeTag(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	title, description := r.Form("title"), r.Form("description")
	t, err := h.Content.DescribeTag(ctx, r.Actor, tagging.DescribeTag{Name: r.Param("tag"), Seen: formVersion(r), Title: &title, Description: &description})
	if err != nil {
		return h.tagNotSaved(ctx, r, contentpages.TagEditView{Title: title, Describes: description}, err)
	}
	return fiberhttp.Redirect(tagEditPath(t.Name)).Flash("tag-saved"), nil
}

// renameTag asks first where there is a tag of the new name.
func (h *routes) renameTag(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	c := tagging.RenameTag{Name: r.Param("tag"), Seen: formVersion(r), To: r.Form("name"), Merge: r.Form("merge") == "true"}
	t, err := h.Content.RenameTag(ctx, r.Actor, c)
	if err == nil {
		return fiberhttp.Redirect(tagEditPath(t.Name)).Flash("tag-renamed"), nil
	}
	before, missing := h.Content.OpenTag(ctx, r.Actor, c.Name)
	if missing != nil {
		return fiberhttp.Reply{}, missing
	}
	v := contentpages.TagEditView{Title: before.Title, Describes: before.Description, NewName: c.To}
	if !errors.Is(err, content.ErrTagExists) {
		return h.tagNotSaved(ctx, r, v, err)
	}
	into, err := h.Content.OpenTag(ctx, r.Actor, c.To)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v.Merge = &contentpages.TagMerge{Into: managedTagView(into.TagCount)}
	return h.tagForm(ctx, r, before, v, http.StatusOK)
}
