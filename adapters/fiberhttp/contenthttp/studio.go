package contenthttp

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/content/studio"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

func (h *routes) studio(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.studioList(ctx, r, filterOf(r.QueryValues()), r.Query("cursor"), contentpages.ViewForm{})
}

// studioList shows what a filter finds, and a form that keeps it as a view.
func (h *routes) studioList(ctx context.Context, r *fiberhttp.Request, f studio.Filter, cursor string, view contentpages.ViewForm) (fiberhttp.Reply, error) {
	list, err := h.Content.StudioPosts(ctx, r.Actor, studio.Query{Filter: f, Cursor: cursor, Limit: listPosts})
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := contentpages.StudioView{
		Page:   h.server.View(r, fiberhttp.View{Title: "Studio", Nav: studioPath, Robots: "noindex"}),
		NewURL: "/studio/posts/new", NewPageURL: newPageURL, Kinds: kindsOf(f), Kind: string(f.Kind), States: statesOf(f), State: contentpages.PostState(f.Status), ViewForm: view,
	}
	shared, err := h.Content.SharedPosts(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	if v.Filter, err = h.filterView(ctx, r, f, shared); err != nil {
		return fiberhttp.Reply{}, err
	}
	if r.Actor.May(content.PermissionManageTags) {
		v.TagsURL = tagsPath
	}
	for _, p := range list.Items {
		row := contentpages.StudioPost{
			Title: p.Title, EditURL: editPath(p.ID), State: contentpages.PostState(p.Status),
			Access: contentpages.Access(p.Visibility), UpdatedAt: p.UpdatedAt, Tags: p.Tags, IsPage: p.Kind == content.KindPage,
			Choice: string(p.ID) + "." + strconv.Itoa(p.Version),
		}
		row.Changed, row.InReview = !p.CopySavedAt.IsZero(), p.InReview
		if !p.Schedule.IsZero() {
			row.PublishAt = p.Schedule.Local()
		}
		if p.Status == content.Published {
			row.PublicURL, row.PublishedAt = p.Path(), p.PublishedAt
		}
		if len(p.CoAuthors) > 0 || p.AuthorName != r.Actor.Name {
			row.Author = content.Byline(p.Authors())
		}
		v.Posts = append(v.Posts, row)
	}
	switch {
	case cursor == "" && f == (studio.Filter{}):
		v.Shared = sharedWith(shared)
	case cursor == "" && f == (studio.Filter{InReview: true}):
		v.Shared = sharedWith(slices.DeleteFunc(slices.Clone(shared), func(p contentapp.SharedPost) bool { return !waitsFor(r.Actor, p) }))
	}
	if cursor != "" {
		v.NewestURL = studioURL(f)
	}
	if list.NextCursor != "" {
		v.OlderURL = withCursor(studioURL(f), list.NextCursor)
	}
	status := http.StatusOK
	if view.Error != "" {
		status = http.StatusUnprocessableEntity
	}
	return fiberhttp.HTML(contentpages.Studio(v)).Status(status), nil
}

func withCursor(path, cursor string) string {
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	return path + separator + "cursor=" + url.QueryEscape(cursor)
}

// waitsFor reports whether somebody waits for a review of a post that is shared with who asks,
// and that is not in their list already.
func waitsFor(actor identityport.Actor, p contentapp.SharedPost) bool {
	return p.InReview && p.Share.Covers(content.ShareEdit) && !actor.May(content.PermissionEditAny)
}

// sharedWith lists others' posts that are shared with who asks.
func sharedWith(all []contentapp.SharedPost) []contentpages.SharedPost {
	var out []contentpages.SharedPost
	for _, p := range all {
		row := contentpages.SharedPost{
			StudioPost: contentpages.StudioPost{
				Title: p.Title, State: contentpages.PostState(p.Status), Author: content.Byline(p.Authors()), Changed: !p.CopySavedAt.IsZero(), InReview: p.InReview,
			},
			URL: editPath(p.ID), Share: string(p.Share), Until: identityport.LastDay(p.Until),
		}
		if !p.Share.Covers(content.ShareEdit) {
			if p.Status != content.Published {
				continue // it cannot be read yet
			}
			row.URL = p.Path()
		}
		out = append(out, row)
	}
	return out
}

// newPageURL is where a page is begun.
const newPageURL = "/studio/posts/new?kind=page"

func (h *routes) newPost(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	form := contentpages.PostForm{Access: contentpages.Public}
	if r.Query("kind") == string(content.KindPage) {
		form.Kind = string(content.KindPage)
	}
	return h.editor(r, newDraft(r, form), http.StatusOK), nil
}

// newDraft is a post that is not saved yet. Its key is made once and comes back with the
// form, so that what is sent again becomes no second post.
func newDraft(r *fiberhttp.Request, form contentpages.PostForm) contentpages.StudioEditView {
	key := r.Form("idempotency_key")
	if _, err := content.DraftID(r.Actor.UserID, key); err != nil {
		key = rand.Text()
	}
	return contentpages.StudioEditView{State: contentpages.Draft, IsPage: form.Kind == string(content.KindPage), MayBeEither: true, DraftKey: key, Form: form, MayPublish: r.Actor.May(content.PermissionPublish)}
}

func (h *routes) editPost(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	a, err := h.Content.OpenPost(ctx, r.Actor, content.PostID(r.Param("id")))
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v, err := h.editing(ctx, r, a.Post)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return h.editor(r, v, http.StatusOK), nil
}

// editing shows a post as it is saved, to somebody who may edit it: with the text of its
// working copy, if it has one.
func (h *routes) editing(ctx context.Context, r *fiberhttp.Request, p content.PostState) (contentpages.StudioEditView, error) {
	rights, err := h.Content.RightsTo(ctx, r.Actor, p)
	if err != nil {
		return contentpages.StudioEditView{}, err
	}
	text, savedAt, copied := p.Text, p.UpdatedAt, content.WorkingCopy{}
	if p.Status == content.Published || p.Status.Inactive() {
		if copied, err = h.Content.WorkingCopyOf(ctx, p.ID); err != nil {
			return contentpages.StudioEditView{}, err
		}
		if copied.Begun() {
			text, savedAt = copied.Text, copied.SavedAt
		}
	}
	v := contentpages.StudioEditView{
		MayPublish: rights.Publish, IsPage: p.Kind == content.KindPage, MayBeEither: p.PublishedAt.IsZero() && !p.Status.Inactive(),
		PostID: string(p.ID), Version: p.Version, TextVersion: p.TextVersion, Copy: copied.Save, State: contentpages.PostState(p.Status), SavedAt: savedAt,
		Form: contentpages.PostForm{
			Kind: string(p.Kind), Title: text.Title, Slug: text.Slug, Excerpt: text.Excerpt, Tags: strings.Join(text.Tags, ", "),
			Access: contentpages.Access(text.Visibility), BodyMarkdown: text.Markdown,
		},
	}
	if v.Review, err = h.reviewPanel(ctx, r, p, copied, rights.Publish); err != nil {
		return contentpages.StudioEditView{}, err
	}
	v.MayRemove = content.Owns(r.Actor, p) && (rights.Publish || p.Status != content.Published && p.Status != content.Scheduled)
	if !p.Schedule.IsZero() {
		v.Form.PublishAt, v.Form.Zone = p.Schedule.Local().Format(content.LocalMoment), p.Schedule.Zone
	}
	if p.Status == content.Published {
		v.PublicURL = p.Path()
	}
	if !p.Status.Inactive() {
		v.PreviewsURL = previewsPath(p.ID)
	}
	v.RevisionsURL = revisionsPath(p.ID)
	if !p.Status.Inactive() {
		v.AuthorsURL = authorsPath(p.ID)
	}
	if !p.Status.Inactive() && (rights.Publish || !p.Status.Shown()) {
		v.DetailsURL = detailsPath(p.ID)
	}
	if p.Status == content.Trashed {
		v.DeletedAt = p.UpdatedAt.Add(content.TrashKept)
	}
	if rights.Share {
		v.SharingURL = sharingPath(p.ID)
	}
	return v, nil
}

func (h *routes) editor(r *fiberhttp.Request, v contentpages.StudioEditView, status int) fiberhttp.Reply {
	title, key, saveURL := "New post", "new", "/api/v1/posts"
	if v.IsPage {
		title = "New page"
	}
	v.Action = "/studio/posts"
	if v.PostID != "" {
		title, key, saveURL = "Edit: "+v.Form.Title, v.PostID, "/api/v1/posts/"+v.PostID
		v.Action = editPath(content.PostID(v.PostID))
	}
	v.Page = h.server.View(r, fiberhttp.View{Title: title, Nav: "/studio", Robots: "noindex"})
	if v.Errors == nil {
		v.Errors = layout.FieldErrors{}
	}
	data := map[string]any{"key": key, "user": r.Actor.UserID, "version": v.Version, "unsaved": v.Unsaved, "save_url": saveURL, "max_bytes": content.MaxBody}
	if v.State == contentpages.Published {
		data["copy"], data["text_version"] = v.Copy, v.TextVersion
	}
	if id, err := content.DraftID(r.Actor.UserID, v.DraftKey); err == nil {
		data["draft"] = map[string]any{"key": v.DraftKey, "id": id}
	}
	data["autosaves"] = v.PostID == "" || v.State == contentpages.Draft
	if v.IsPage {
		data["what"] = "page"
	}
	if v.Shared != "" {
		data["shared"] = v.Shared
	}
	v.Editor = data
	return fiberhttp.HTML(contentpages.StudioEdit(v)).Status(status)
}

func typed(r *fiberhttp.Request) contentpages.PostForm {
	return contentpages.PostForm{
		Kind: r.Form("kind"), Title: r.Form("title"), Slug: strings.TrimSpace(r.Form("slug")), Excerpt: r.Form("excerpt"), Tags: r.Form("tags"),
		Access: contentpages.Access(r.Form("visibility")), BodyMarkdown: r.Form("body_markdown"),
		PublishAt: r.Form("publish_at"), Zone: strings.TrimSpace(r.Form("zone")),
	}
}

func tagsTyped(s string) []string {
	out := []string{}
	for tag := range strings.SplitSeq(s, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			out = append(out, tag)
		}
	}
	return out
}

func (h *routes) createPost(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	form := typed(r)
	if r.Form("intent") == "preview" {
		return h.previewed(ctx, r, newDraft(r, form))
	}
	a, err := h.Content.WritePost(ctx, r.Actor, contentapp.WritePost{
		Key: r.Form("idempotency_key"), Kind: content.Kind(form.Kind), Title: form.Title, Slug: form.Slug, Markdown: form.BodyMarkdown, Excerpt: form.Excerpt,
		Tags: tagsTyped(form.Tags), Visibility: content.Visibility(form.Access),
	})
	if errors.Is(err, content.ErrPostChanged) { // it was saved already, and changed since
		id, keyless := content.DraftID(r.Actor.UserID, r.Form("idempotency_key"))
		if keyless != nil {
			return fiberhttp.Reply{}, err
		}
		return h.conflict(ctx, r, id, form, 1, 0)
	}
	if err != nil {
		return h.notSaved(r, newDraft(r, form), err)
	}
	return h.intended(ctx, r, a.Post.ID, form, "post-created")
}

// intended does with a post that was saved what the pressed button says.
func (h *routes) intended(ctx context.Context, r *fiberhttp.Request, id content.PostID, form contentpages.PostForm, saved string) (fiberhttp.Reply, error) {
	flash := saved
	var err error
	switch r.Form("intent") {
	case "publish":
		flash = "post-published"
		if _, err = h.Content.PublishPost(ctx, r.Actor, id); errors.Is(err, content.ErrAlreadyPublished) && saved == "changes-saved" {
			flash = saved // by itself, while they wrote
		}
	case "unpublish":
		flash = "post-unpublished"
		_, err = h.Content.UnpublishPost(ctx, r.Actor, id)
	case "unschedule":
		flash = "post-unscheduled"
		_, err = h.Content.UnschedulePost(ctx, r.Actor, id)
	case "schedule":
		flash = "post-scheduled"
		var s content.Schedule
		if s, err = content.ScheduleIn(form.PublishAt, form.Zone); err == nil {
			_, err = h.Content.SchedulePost(ctx, r.Actor, id, s)
		}
		if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
			return h.notScheduled(ctx, r, id, form, f)
		}
	}
	if err != nil && !done(err) {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Redirect(editPath(id)).Flash(flash), nil
}

// notScheduled shows the form again, whose text is saved, with what is wrong with the moment.
func (h *routes) notScheduled(ctx context.Context, r *fiberhttp.Request, id content.PostID, form contentpages.PostForm, f *fault.Error) (fiberhttp.Reply, error) {
	a, err := h.Content.OpenPost(ctx, r.Actor, id)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v, err := h.editing(ctx, r, a.Post)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v.Form.PublishAt, v.Form.Zone = form.PublishAt, form.Zone
	field := "publish_at"
	if f.Code == content.ErrUnknownZone.Code {
		field = "zone"
	}
	v.Errors = layout.FieldErrors{field: f.Message}
	return h.editor(r, v, http.StatusUnprocessableEntity), nil
}

// savePost saves what was typed, then does what the pressed button says.
func (h *routes) savePost(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	id, form := content.PostID(r.Param("id")), typed(r)
	seen, malformed := strconv.Atoi(r.Form("version"))
	if malformed != nil {
		seen = 0 // a version that nobody has seen: refused as changed
	}
	copied, malformed := strconv.Atoi(r.Form("copy"))
	if malformed != nil {
		copied = 0
	}
	if shown, err := strconv.Atoi(r.Form("overwrite")); err == nil {
		seen, copied = shown, shown // theirs, which was shown beside this text; of a post it stays among the revisions
	}
	switch r.Form("intent") {
	case "preview":
		v, err := h.typedOver(ctx, r, id, form, seen, copied)
		if err != nil {
			return fiberhttp.Reply{}, err
		}
		return h.previewed(ctx, r, v)
	case "discard_changes":
		switch err := h.Content.DiscardWorkingCopy(ctx, r.Actor, id, copied); {
		case errors.Is(err, content.ErrWorkingCopyChanged):
			return h.conflict(ctx, r, id, form, seen, copied)
		case err != nil && !errors.Is(err, content.ErrWorkingCopyNotFound): // published meanwhile, or discarded in another tab
			return fiberhttp.Reply{}, err
		}
		return fiberhttp.Redirect(editPath(id)).Flash("changes-discarded"), nil
	}
	tags, visibility := tagsTyped(form.Tags), content.Visibility(form.Access)
	var kind *content.Kind // which the form leaves out where it is fixed
	if form.Kind != "" {
		kind = (*content.Kind)(&form.Kind)
	}
	saved, err := h.Content.SaveEdits(ctx, r.Actor, contentapp.SaveEdits{Copy: copied, RevisePost: contentapp.RevisePost{
		ID: id, Seen: seen, Kind: kind, Title: &form.Title, Slug: &form.Slug, Markdown: &form.BodyMarkdown, Excerpt: &form.Excerpt,
		Tags: &tags, Visibility: &visibility,
	}})
	if errors.Is(err, content.ErrPostChanged) || errors.Is(err, content.ErrWorkingCopyChanged) {
		return h.conflict(ctx, r, id, form, seen, copied)
	}
	if err != nil {
		v, missing := h.typedOver(ctx, r, id, form, seen, copied)
		if missing != nil {
			return fiberhttp.Reply{}, missing
		}
		return h.notSaved(r, v, err)
	}
	if over, given := strconv.Atoi(r.Form("publish_over")); given == nil {
		return h.publishChanges(ctx, r, id, saved.Save, over)
	}
	if r.Form("intent") == "publish_changes" {
		return h.publishChanges(ctx, r, id, saved.Save, 0)
	}
	flash := "post-saved"
	if saved.Begun() {
		flash = "changes-saved"
	}
	return h.intended(ctx, r, id, form, flash)
}

// typedOver shows what was typed, begun from version seen of a post and from a save of its
// working copy.
func (h *routes) typedOver(ctx context.Context, r *fiberhttp.Request, id content.PostID, form contentpages.PostForm, seen, copied int) (contentpages.StudioEditView, error) {
	a, err := h.Content.OpenPost(ctx, r.Actor, id)
	if err != nil {
		return contentpages.StudioEditView{}, err
	}
	v, err := h.editing(ctx, r, a.Post)
	v.Form, v.Version, v.Copy = form, seen, copied
	return v, err
}

// done reports whether a post is as the button wanted it already: a form that is sent
// again, because its answer was lost, has nothing left to do.
func done(err error) bool {
	for _, already := range []error{
		content.ErrAlreadyPublished, content.ErrNotPublished, content.ErrNotScheduled, content.ErrAlreadyTrashed, content.ErrNotInactive,
	} {
		if errors.Is(err, already) {
			return true
		}
	}
	return false
}

// conflict shows what was typed, begun from version seen and from a save of the working copy,
// beside what is saved since.
func (h *routes) conflict(ctx context.Context, r *fiberhttp.Request, id content.PostID, form contentpages.PostForm, seen, copied int) (fiberhttp.Reply, error) {
	a, err := h.Content.OpenPost(ctx, r.Actor, id)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v, err := h.editing(ctx, r, a.Post)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v.Conflict = &contentpages.Conflict{SavedAt: v.SavedAt, TheirsURL: editPath(id), Version: a.Post.Version}
	if v.State == contentpages.Published {
		v.Conflict.Version = v.Copy
	}
	v.Form, v.Version, v.Copy, v.Unsaved = form, seen, copied, true
	return h.editor(r, v, http.StatusPreconditionFailed), nil
}

// previewed shows what was typed as it would be read, and saves nothing: for writers
// without scripts.
func (h *routes) previewed(ctx context.Context, r *fiberhttp.Request, v contentpages.StudioEditView) (fiberhttp.Reply, error) {
	visibility := content.Visibility(v.Form.Access)
	if !visibility.Valid() {
		visibility = content.Public
	}
	rendered, err := h.Content.Preview(ctx, r.Actor, v.Form.BodyMarkdown, visibility)
	if err != nil {
		return h.notSaved(r, v, err)
	}
	v.Unsaved = true
	v.Preview = &contentpages.Preview{BodyHTML: withoutEmbeds(rendered.Body), TeaserHTML: withoutEmbeds(rendered.Teaser), Gated: visibility != content.Public, Warnings: warnings(rendered)}
	return h.editor(r, v, http.StatusOK), nil
}

// warnings says what of a text is left out of its page.
func warnings(p content.Preview) []string {
	out := make([]string, len(p.Warnings))
	for i, w := range p.Warnings {
		out[i] = w.Message()
	}
	return out
}

// notSaved shows the form again, with what is wrong beside each field.
func (h *routes) notSaved(r *fiberhttp.Request, v contentpages.StudioEditView, err error) (fiberhttp.Reply, error) {
	f := fault.As(err)
	mayNot := errors.Is(err, content.ErrMayNotChangeShown) // it was scheduled, say, while they wrote
	if f == nil || f.Kind != fault.Invalid && f.Kind != fault.Conflict && !mayNot {
		return fiberhttp.Reply{}, err
	}
	v.Unsaved, v.Errors = true, layout.FieldErrors{}
	for _, field := range f.Fields {
		name, _, _ := strings.Cut(field.Name, "[")
		v.Errors[name] = field.Message
	}
	status := http.StatusUnprocessableEntity
	switch {
	case errors.Is(err, content.ErrSlugTaken):
		v.Errors["slug"] = f.Message
		status = http.StatusConflict
	case len(f.Fields) == 0:
		v.Errors[""] = f.Message
	}
	if mayNot {
		status = http.StatusForbidden
	}
	return h.editor(r, v, status), nil
}
