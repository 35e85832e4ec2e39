package contenthttp

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/content/studio"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// StudioUseCases is what the routes ask about the list of those who write.
type StudioUseCases interface {
	StudioPosts(ctx context.Context, actor identityport.Actor, q studio.Query) (studio.List, error)
	BulkEdit(ctx context.Context, actor identityport.Actor, c studio.BulkEdit) (studio.BulkResult, error)
	SavedViews(ctx context.Context, actor identityport.Actor) ([]content.SavedView, error)
	SaveView(ctx context.Context, actor identityport.Actor, name, query string) error
	DeleteView(ctx context.Context, actor identityport.Actor, id string) error
}

const studioPath = "/studio"

// filterOf is what the address of the list says that it shows.
func filterOf(values url.Values) studio.Filter {
	return studio.Filter{
		Kind: content.Kind(values.Get("kind")), Status: content.Status(values.Get("status")), Tag: strings.TrimSpace(values.Get("tag")), Visibility: content.Visibility(values.Get("visibility")),
		Author: strings.TrimSpace(values.Get("author")), Title: strings.TrimSpace(values.Get("title")),
		InReview: values.Get("review") == "waiting",
	}
}

// filterQuery writes a filter as the address of the list has it.
func filterQuery(f studio.Filter) string {
	values := url.Values{}
	for name, value := range map[string]string{
		"kind": string(f.Kind), "status": string(f.Status), "tag": f.Tag, "visibility": string(f.Visibility), "author": f.Author, "title": f.Title,
	} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if f.InReview {
		values.Set("review", "waiting")
	}
	return values.Encode()
}

// studioURL is the list of what a filter finds.
func studioURL(f studio.Filter) string {
	if query := filterQuery(f); query != "" {
		return studioPath + "?" + query
	}
	return studioPath
}

func statesOf(f studio.Filter) []layout.Choice {
	chosen := f.Status
	f.Status = ""
	out := []layout.Choice{{Label: "All", URL: studioURL(f), Active: chosen == ""}}
	for _, s := range content.Statuses {
		f.Status = s
		out = append(out, layout.Choice{Label: contentpages.PostState(s).Title(), URL: studioURL(f), Active: s == chosen})
	}
	return out
}

func kindsOf(f studio.Filter) []layout.Choice {
	chosen := f.Kind
	var out []layout.Choice
	for _, choice := range []struct {
		label string
		kind  content.Kind
	}{{"Posts and pages", ""}, {"Posts", content.KindPost}, {"Pages", content.KindPage}} {
		f.Kind = choice.kind
		out = append(out, layout.Choice{Label: choice.label, URL: studioURL(f), Active: choice.kind == chosen})
	}
	return out
}

// filterView is the form above the list. What waits for a review is counted with what is shared.
func (h *routes) filterView(ctx context.Context, r *fiberhttp.Request, f studio.Filter, shared []contentapp.SharedPost) (contentpages.StudioFilter, error) {
	v := contentpages.StudioFilter{
		Kind: string(f.Kind), Status: string(f.Status), Tag: f.Tag, Access: contentpages.Access(f.Visibility), Author: f.Author, Title: f.Title,
		Authors: r.Actor.May(content.PermissionEditAny), ClearURL: studioURL(studio.Filter{Kind: f.Kind, Status: f.Status}), Query: filterQuery(f),
	}
	waiting, err := h.Content.InReview(ctx, r.Actor)
	if err != nil {
		return v, err
	}
	more := waiting == studio.MaxInReview
	for _, p := range shared {
		if waitsFor(r.Actor, p) {
			waiting++
		}
	}
	if v.InReview = f.InReview; waiting > 0 || f.InReview {
		v.Waiting = "Waiting for review: " + strconv.Itoa(waiting)
		if more {
			v.Waiting += " or more"
		}
		v.WaitingURL = studioURL(studio.Filter{InReview: !f.InReview})
	}
	views, err := h.Content.SavedViews(ctx, r.Actor)
	if err != nil {
		return v, err
	}
	for _, view := range views {
		active := view.Query == v.Query
		v.Views = append(v.Views, contentpages.SavedView{ID: view.ID, Name: view.Name, URL: studioPath + "?" + view.Query, Active: active})
		if active {
			v.Kept = true
		}
	}
	return v, nil
}

func (h *routes) studioPages() {
	write := fiberhttp.Permitted(content.PermissionWrite)
	h.server.Page(http.MethodPost, "/studio/views", write, h.saveView, fiberhttp.PreservesForm())
	h.server.Page(http.MethodPost, "/studio/views/{view}/delete", write, func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		err := h.Content.DeleteView(ctx, r.Actor, r.Param("view"))
		if err != nil && !errors.Is(err, content.ErrViewNotFound) { // deleted in another tab
			return fiberhttp.Reply{}, err
		}
		return fiberhttp.Redirect(studioPath).Flash("view-deleted"), nil
	})
	h.server.Page(http.MethodPost, "/studio/bulk", write, h.bulk, fiberhttp.MaxBody(maxBulk), fiberhttp.PreservesForm())
}

// maxBulk bounds a request that names posts: 500 ids with their versions.
const maxBulk = 128 << 10

// saveView keeps what the list shows. What the address of a form says is written anew, so
// that nothing else is kept.
func (h *routes) saveView(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	values, malformed := url.ParseQuery(r.Form("query"))
	if malformed != nil {
		values = nil
	}
	f := filterOf(values)
	err := h.Content.SaveView(ctx, r.Actor, r.Form("name"), filterQuery(f))
	if fa := fault.As(err); fa != nil && (fa.Kind == fault.Invalid || fa.Kind == fault.Conflict) {
		message := fa.Message
		for _, field := range fa.Fields {
			message = field.Message
		}
		return h.studioList(ctx, r, f, "", contentpages.ViewForm{Name: r.Form("name"), Error: message})
	}
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Redirect(studioURL(f)).Flash("view-saved"), nil
}

// chosenPosts are the posts that a form names: an id and the version that was seen.
func chosenPosts(values []string) []studio.BulkPost {
	out := make([]studio.BulkPost, 0, len(values))
	for _, value := range values {
		id, version, _ := strings.Cut(value, ".")
		seen, malformed := strconv.Atoi(version)
		if malformed != nil {
			seen = -1 // one that nobody has seen: refused as changed
		}
		out = append(out, studio.BulkPost{ID: content.PostID(id), Version: seen})
	}
	return out
}

// bulk asks what exactly is to be done with which posts, and does it when that is said.
func (h *routes) bulk(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	values, malformed := url.ParseQuery(r.Form("query"))
	if malformed != nil {
		values = nil
	}
	f := filterOf(values)
	c := studio.BulkEdit{Action: studio.BulkAction(r.Form("action")), Value: r.Form("value")}
	if c.Action == studio.BulkSetVisibility {
		c.Value = r.Form("visibility")
	}
	all := r.Form("scope") == "all"
	if all {
		c.Filter, c.Cursor = &f, r.Form("cursor")
	} else {
		c.Posts = chosenPosts(r.FormValues()["post"])
	}
	v := contentpages.BulkView{
		Action: string(c.Action), Value: r.Form("value"), Access: contentpages.Access(r.Form("visibility")), All: all,
		Query: filterQuery(f), BackURL: studioURL(f), Errors: layout.FieldErrors{}, Next: r.Form("next"),
	}
	if r.Form("confirmed") != "true" {
		return h.bulkAsked(ctx, r, c, v)
	}
	if all { // what was shown, and no other that the filter finds since
		c.Filter, c.Cursor, c.Posts = nil, "", chosenPosts(r.FormValues()["post"])
	}
	result, err := h.Content.BulkEdit(ctx, r.Actor, c)
	if errors.Is(err, content.ErrInvalidBulk) {
		for _, field := range fault.As(err).Fields {
			v.Errors[field.Name] = field.Message
		}
		return h.bulkAsked(ctx, r, c, v)
	}
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	if result.Fault != nil {
		fiberhttp.AnswerDespite(ctx, result.Fault)
		v.Request = r.ID
	}
	v.Done = true
	v.Page = h.server.View(r, fiberhttp.View{Title: "Change many at once", Nav: studioPath, Robots: "noindex"})
	v.Posts = bulkPosts(c, result)
	return fiberhttp.HTML(contentpages.Bulk(v)), nil
}

// bulkAsked shows which posts it is about. A value is not looked at before it is asked for.
func (h *routes) bulkAsked(ctx context.Context, r *fiberhttp.Request, c studio.BulkEdit, v contentpages.BulkView) (fiberhttp.Reply, error) {
	probe := c
	probe.Preview = true
	switch c.Action {
	case studio.BulkAddTag, studio.BulkRemoveTag:
		probe.Value = "any"
	case studio.BulkSetAuthor:
		probe.Value = "any"
	case studio.BulkSetVisibility:
		probe.Value = string(content.Public)
	}
	result, err := h.Content.BulkEdit(ctx, r.Actor, probe)
	status := http.StatusOK
	if errors.Is(err, content.ErrInvalidBulk) {
		status = http.StatusUnprocessableEntity
		for _, field := range fault.As(err).Fields {
			v.Errors[field.Name] = field.Message
		}
	} else if err != nil {
		return fiberhttp.Reply{}, err
	}
	if len(v.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	v.Posts = bulkPosts(c, result)
	if c.Filter != nil {
		v.Next = result.NextCursor
	}
	v.Page = h.server.View(r, fiberhttp.View{Title: "Change many at once", Nav: studioPath, Robots: "noindex"})
	return fiberhttp.HTML(contentpages.Bulk(v)).Status(status), nil
}

// bulkPosts are those of an edit, at the versions that were seen.
func bulkPosts(c studio.BulkEdit, result studio.BulkResult) []contentpages.BulkPost {
	versions := map[content.PostID]int{}
	for _, p := range c.Posts {
		versions[p.ID] = p.Version
	}
	var out []contentpages.BulkPost
	for _, item := range result.Items {
		version := item.Version
		if seen, ok := versions[item.ID]; ok {
			version = seen
		}
		out = append(out, bulkPost(item, version))
	}
	return out
}

func bulkPost(item studio.BulkItem, version int) contentpages.BulkPost {
	p := contentpages.BulkPost{
		IsPage: item.Kind == content.KindPage, Title: item.Title, URL: editPath(item.ID), Choice: string(item.ID) + "." + strconv.Itoa(version), Outcome: string(item.Outcome),
	}
	if item.Why != nil {
		p.Why = item.Why.Message
	}
	return p
}

// BulkPost is a post that is chosen.
type BulkPost struct {
	ID      string `json:"id" format:"uuid"`
	Version int    `json:"version,omitempty" minimum:"0" doc:"The one that was seen: another one is refused with content.post_changed. 0 or absent: whichever it is at."`
}

// BulkFilter is what the studio's list is narrowed by; what is absent leaves it as it is.
type BulkFilter struct {
	Kind       string `json:"kind,omitempty" enum:"post,page" doc:"Absent: both."`
	Status     string `json:"status,omitempty" enum:"draft,scheduled,published,archived,trashed" doc:"Absent: whatever is neither archived nor in the trash."`
	Tag        string `json:"tag,omitempty" maxLength:"200"`
	Visibility string `json:"visibility,omitempty" enum:"public,members,paid"`
	Author     string `json:"author,omitempty" maxLength:"100" doc:"A handle; for who may edit any post."`
	Title      string `json:"title,omitempty" maxLength:"200" doc:"Words of the title, or their beginnings."`
	InReview   bool   `json:"in_review,omitempty" doc:"Only what somebody waits for a review of."`
}

// NewBulkEdit is one thing to do to many posts.
type NewBulkEdit struct {
	Action  string      `json:"action" enum:"add_tag,remove_tag,set_visibility,set_author,archive,trash,restore"`
	Value   string      `json:"value,omitempty" maxLength:"200" doc:"The tag, the visibility, or the handle of the author to whom posts are handed, for who may edit any."`
	Posts   []BulkPost  `json:"posts,omitempty" maxItems:"500"`
	Filter  *BulkFilter `json:"filter,omitempty" doc:"In place of posts: the next 500 that it finds. Go on as long as there is a next_cursor."`
	Cursor  string      `json:"cursor,omitempty" maxLength:"200" doc:"Of a filter: the next_cursor of the request before."`
	Preview bool        `json:"preview,omitempty" doc:"Tells which posts it is about, and changes none."`
}

// BulkItem is what became of one post.
type BulkItem struct {
	ID      string `json:"id"`
	Title   string `json:"title" doc:"Empty where there is no such post that you may edit."`
	Outcome string `json:"outcome" enum:"done,unchanged,refused,failed,pending" doc:"Unchanged: it was so already. Failed: by a fault of the server, which ended the change; those before it are changed all the same. Pending: a preview, or the change ended before it, by such a fault or because the time was over."`
	Code    string `json:"code,omitempty" doc:"Why it was refused, or failed."`
	Message string `json:"message,omitempty"`
}

// BulkResult is what became of each post.
type BulkResult struct {
	Items      []BulkItem `json:"items" nullable:"false"`
	NextCursor *string    `json:"next_cursor" doc:"Of a filter: the cursor of the request that goes on behind the last one that was not left pending, or behind the last one of a preview. null: the filter finds no others."`
}

func (h *routes) studioAPI() {
	s, write := h.server, fiberhttp.Permitted(content.PermissionWrite)
	type list struct {
		Kind       string `query:"kind" enum:"post,page" doc:"Absent: both."`
		Status     string `query:"status" enum:"draft,scheduled,published,archived,trashed" doc:"Absent: whatever is neither archived nor in the trash."`
		Tag        string `query:"tag" maxLength:"200"`
		Visibility string `query:"visibility" enum:"public,members,paid"`
		Author     string `query:"author" maxLength:"100" doc:"A handle; for who may edit any post."`
		Title      string `query:"title" maxLength:"200" doc:"Words of the title, or their beginnings."`
		InReview   bool   `query:"in_review" doc:"Only what somebody waits for a review of."`
		Cursor     string `query:"cursor" maxLength:"200" doc:"The next_cursor of the page before."`
		Limit      int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	}
	type listed struct{ Body Posts }
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "list-studio-posts", Method: http.MethodGet, Path: "/studio/posts", Tags: []string{"content"},
		Summary:     "List what you wrote, last changed first; everybody's posts for who may edit any",
		Description: "A page may have fewer posts than were asked for, or none, and others behind it all the same: go on as long as there is a next_cursor.",
	}, func(ctx context.Context, in *list) (*listed, error) {
		page, err := h.Content.StudioPosts(ctx, fiberhttp.ActorFrom(ctx), studio.Query{
			Filter: studio.Filter{Kind: content.Kind(in.Kind), Status: content.Status(in.Status), Tag: in.Tag, Visibility: content.Visibility(in.Visibility), Author: in.Author, Title: in.Title, InReview: in.InReview},
			Cursor: in.Cursor, Limit: in.Limit,
		})
		if err != nil {
			return nil, err
		}
		out := &listed{Body: Posts{Items: []PostSummary{}, NextCursor: optional(page.NextCursor)}}
		for _, p := range page.Items {
			out.Body.Items = append(out.Body.Items, h.summary(p))
		}
		return out, nil
	})

	type edit struct{ Body NewBulkEdit }
	type edited struct{ Body BulkResult }
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "bulk-edit-posts", Method: http.MethodPost, Path: "/posts/bulk", Tags: []string{"content"},
		Summary: "Do one thing to many posts", DefaultStatus: http.StatusOK,
		Description: "Each post is changed by itself, under your rights to it and over the version that was seen: what one of them is refused keeps no other back. " +
			"Sent again, what was done is unchanged. A filter finds 500 at most, and fewer or none when the time is over: going on with next_cursor comes to each once, also to those that the filter still finds after they were changed.",
	}, func(ctx context.Context, in *edit) (*edited, error) {
		c := studio.BulkEdit{Action: studio.BulkAction(in.Body.Action), Value: in.Body.Value, Cursor: in.Body.Cursor, Preview: in.Body.Preview}
		for _, p := range in.Body.Posts {
			c.Posts = append(c.Posts, studio.BulkPost{ID: content.PostID(p.ID), Version: p.Version})
		}
		if f := in.Body.Filter; f != nil {
			c.Filter = &studio.Filter{Kind: content.Kind(f.Kind), Status: content.Status(f.Status), Tag: f.Tag, Visibility: content.Visibility(f.Visibility), Author: f.Author, Title: f.Title, InReview: f.InReview}
		}
		result, err := h.Content.BulkEdit(ctx, fiberhttp.ActorFrom(ctx), c)
		if err != nil {
			return nil, err
		}
		if result.Fault != nil {
			fiberhttp.AnswerDespite(ctx, result.Fault)
		}
		out := &edited{Body: BulkResult{Items: []BulkItem{}, NextCursor: optional(result.NextCursor)}}
		for _, item := range result.Items {
			i := BulkItem{ID: string(item.ID), Title: item.Title, Outcome: string(item.Outcome)}
			if item.Why != nil {
				i.Code, i.Message = item.Why.Code, item.Why.Message
			} else if item.Outcome == studio.BulkFailed {
				p := fiberhttp.ProblemOf(result.Fault)
				i.Code, i.Message = p.Code, p.Detail
			}
			out.Body.Items = append(out.Body.Items, i)
		}
		return out, nil
	}, fiberhttp.MaxBody(maxBulk))
}
