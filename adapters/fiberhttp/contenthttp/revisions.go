package contenthttp

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// RevisionUseCases are the saves of a post: they are compared, and brought back.
type RevisionUseCases interface {
	PostRevisions(ctx context.Context, actor identityport.Actor, id content.PostID) ([]content.Revision, error)
	ListRevisions(ctx context.Context, actor identityport.Actor, id content.PostID, before int) (contentapp.RevisionList, error)
	ReadRevision(ctx context.Context, actor identityport.Actor, id content.PostID, number int) (content.Article, content.Revision, error)
	CompareRevisions(ctx context.Context, actor identityport.Actor, id content.PostID, one, other int) (contentapp.ComparedRevisions, error)
	RestoreRevision(ctx context.Context, actor identityport.Actor, c contentapp.RestoreRevision) (content.WorkingCopy, error)
}

// Revision is one save of a post.
type Revision struct {
	Number       int       `json:"number"`
	Editor       string    `json:"editor" format:"uuid"`
	SavedAt      time.Time `json:"saved_at"`
	Title        string    `json:"title"`
	Slug         string    `json:"slug"`
	Excerpt      string    `json:"excerpt"`
	Tags         []string  `json:"tags" nullable:"false"`
	Visibility   string    `json:"visibility" enum:"public,members,paid"`
	BodyMarkdown string    `json:"body_markdown"`
}

// Revisions lists saves, newest first.
type Revisions struct {
	Items      []Revision `json:"items" nullable:"false"`
	NextCursor *string    `json:"next_cursor"`
}

// ComparedRun is a piece of two texts.
type ComparedRun struct {
	Op   string `json:"op" enum:"same,deleted,inserted" doc:"Whether it stands in both texts, in the earlier or in the later alone."`
	Text string `json:"text"`
}

// ComparedBlock is a part of a body: paragraphs that are alike in both texts, or that differ.
type ComparedBlock struct {
	Changed bool          `json:"changed"`
	Runs    []ComparedRun `json:"runs" nullable:"false"`
}

// RevisionComparison is what became of an earlier text in a later one, word by word.
type RevisionComparison struct {
	Earlier    int             `json:"earlier" doc:"The number of the earlier revision."`
	Later      int             `json:"later" doc:"That of the later; 0: the text that is being written, which is the working copy where there is one."`
	Differs    bool            `json:"differs"`
	Title      []ComparedRun   `json:"title" nullable:"false"`
	Slug       []ComparedRun   `json:"slug" nullable:"false"`
	Excerpt    []ComparedRun   `json:"excerpt" nullable:"false"`
	Tags       []ComparedRun   `json:"tags" nullable:"false" doc:"Each run is one tag."`
	Visibility []ComparedRun   `json:"visibility" nullable:"false"`
	Body       []ComparedBlock `json:"body" nullable:"false" doc:"How many empty lines are between two paragraphs is no difference."`
}

// RestoredRevision says where a restored text stands.
type RestoredRevision struct {
	WorkingCopy bool `json:"working_copy" doc:"It is the working copy of the post, which is published. Otherwise it is the text of the draft."`
	Version     int  `json:"version" doc:"Of the working copy, or of the post."`
}

func revisionOf(r content.Revision) Revision {
	return Revision{
		Number: r.Number, Editor: string(r.Editor), SavedAt: r.SavedAt, Title: r.Text.Title, Slug: r.Text.Slug,
		Excerpt: r.Text.Excerpt, Tags: notNil(r.Text.Tags), Visibility: string(r.Text.Visibility), BodyMarkdown: r.Text.Markdown,
	}
}

func comparedRuns(runs []content.Run) []ComparedRun {
	out := make([]ComparedRun, len(runs))
	for i, r := range runs {
		out[i] = ComparedRun{string(r.Op), r.Text}
	}
	return out
}

func (h *routes) revisionAPI() {
	s, write := h.server, fiberhttp.Permitted(content.PermissionWrite)
	type revisions struct{ Body Revisions }
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "list-revisions", Method: http.MethodGet, Path: "/posts/{id}/revisions", Tags: []string{"content"}, Summary: "List the saves of a post",
	}, func(ctx context.Context, in *postID) (*revisions, error) {
		list, err := h.Content.PostRevisions(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID))
		if err != nil {
			return nil, err
		}
		out := &revisions{Body: Revisions{Items: []Revision{}}}
		for _, r := range list {
			out.Body.Items = append(out.Body.Items, revisionOf(r))
		}
		return out, nil
	})
	type one struct {
		ID     string `path:"id" maxLength:"64"`
		Number int    `path:"number" minimum:"1"`
	}
	type revision struct{ Body Revision }
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "get-revision", Method: http.MethodGet, Path: "/posts/{id}/revisions/{number}", Tags: []string{"content"}, Summary: "Read one save of a post",
		Description: "Autosaves of one person within ten minutes are one revision, which has the number of the last of them: an earlier number leads to it, as `number` in the answer says.",
	}, func(ctx context.Context, in *one) (*revision, error) {
		_, r, err := h.Content.ReadRevision(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID), in.Number)
		if err != nil {
			return nil, err
		}
		return &revision{revisionOf(r)}, nil
	})
	type pair struct {
		ID     string `path:"id" maxLength:"64"`
		Number int    `path:"number" minimum:"1"`
		With   int    `query:"with" minimum:"0" doc:"The number of another revision, earlier or later; 0 or absent: the text that is being written."`
	}
	type comparison struct{ Body RevisionComparison }
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "compare-revisions", Method: http.MethodGet, Path: "/posts/{id}/revisions/{number}/compare", Tags: []string{"content"}, Summary: "Compare two saves of a post, word by word",
		Description: "Numbers that autosaves had lead to the revision that took them in, as `earlier` and `later` say.",
	}, func(ctx context.Context, in *pair) (*comparison, error) {
		c, err := h.Content.CompareRevisions(ctx, fiberhttp.ActorFrom(ctx), content.PostID(in.ID), in.Number, in.With)
		if err != nil {
			return nil, err
		}
		out := &comparison{RevisionComparison{
			Earlier: c.Earlier, Later: c.Later, Differs: c.Differs(), Title: comparedRuns(c.Title), Slug: comparedRuns(c.Slug), Excerpt: comparedRuns(c.Excerpt),
			Tags: comparedRuns(c.Tags), Visibility: comparedRuns(c.Visibility), Body: make([]ComparedBlock, len(c.Body)),
		}}
		for i, b := range c.Body {
			out.Body.Body[i] = ComparedBlock{b.Changed, comparedRuns(b.Runs)}
		}
		return out, nil
	})
	type restore struct {
		ID      string `path:"id" maxLength:"64"`
		Number  int    `path:"number" minimum:"1"`
		IfMatch string `header:"If-Match" doc:"The ETag of the draft or, of a published post, of its working copy, \"0\" where it has none; a list of them, or * for any. Missing: 428; not the current one: 412."`
	}
	type restored struct {
		ETag string `header:"ETag"`
		Body RestoredRevision
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "restore-revision", Method: http.MethodPost, Path: "/posts/{id}/revisions/{number}/restore", Tags: []string{"content"},
		Summary: "Bring an earlier text of a post back", DefaultStatus: http.StatusOK,
		Description: "Of a draft it is a new save; of a published post it becomes the working copy, and readers see nothing of it before that is published.",
	}, func(ctx context.Context, in *restore) (*restored, error) {
		actor, id := fiberhttp.ActorFrom(ctx), content.PostID(in.ID)
		return underIfMatch(in.IfMatch, content.ErrPostChanged, func() (int, error) {
			a, err := h.Content.OpenPost(ctx, actor, id)
			if err != nil || a.Post.Status != content.Published {
				return a.Post.Version, err
			}
			return h.copySave(ctx, actor, id)()
		}, func(seen int) (*restored, error) {
			c, err := h.Content.RestoreRevision(ctx, actor, contentapp.RestoreRevision{ID: id, Number: in.Number, Seen: seen, Copy: seen})
			if err != nil {
				return nil, err
			}
			version := c.Save
			if c.Post == "" {
				a, err := h.Content.OpenPost(ctx, actor, id)
				if err != nil {
					return nil, err
				}
				version = a.Post.Version
			}
			return &restored{fiberhttp.ETagOf(version), RestoredRevision{c.Post != "", version}}, nil
		})
	})
}

func revisionsPath(id content.PostID) string { return editPath(id) + "/revisions" }

func revisionPath(id content.PostID, number int) string {
	return revisionsPath(id) + "/" + strconv.Itoa(number)
}

func (h *routes) revisionPages() {
	write := fiberhttp.Permitted(content.PermissionWrite)
	h.server.Page(http.MethodGet, "/studio/posts/{id}/revisions", write, h.revisions)
	h.server.Page(http.MethodGet, "/studio/posts/{id}/revisions/{number}", write, func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		return h.revision(ctx, r, "", http.StatusOK)
	})
	h.server.Page(http.MethodPost, "/studio/posts/{id}/revisions/{number}/restore", write, h.restoreRevision)
}

// editors are the names of those who saved; whoever has left has none.
func (h *routes) editors(ctx context.Context, r *fiberhttp.Request, revisions []content.Revision) (map[identityport.UserID]string, error) {
	people := make([]identityport.UserID, len(revisions))
	for i, revision := range revisions {
		people[i] = revision.Editor
	}
	return h.namesOf(ctx, r, people)
}

// namesOf are what people are called to who asks; whoever has left has no name.
func (h *routes) namesOf(ctx context.Context, r *fiberhttp.Request, people []identityport.UserID) (map[identityport.UserID]string, error) {
	out := map[identityport.UserID]string{r.Actor.UserID: "you", "": ""}
	for _, id := range people {
		if _, known := out[id]; known {
			continue
		}
		who, err := h.People.Person(ctx, id)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return nil, err
		}
		out[id] = who.Name
	}
	return out, nil
}

func (h *routes) revisions(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	before, malformed := strconv.Atoi(r.Query("before"))
	if malformed != nil {
		before = 0 // from the last one
	}
	id := content.PostID(r.Param("id"))
	list, err := h.Content.ListRevisions(ctx, r.Actor, id, before)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	names, err := h.editors(ctx, r, list.Items)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	p := list.Article.Post
	v := contentpages.RevisionsView{
		Page:   h.server.View(r, fiberhttp.View{Title: "Revisions: " + p.Text.Title, Nav: "/studio", Robots: "noindex"}),
		IsPage: p.Kind == content.KindPage, Title: p.Text.Title, EditURL: editPath(id),
	}
	for i, revision := range list.Items {
		row := contentpages.Revision{Number: revision.Number, Title: revision.Text.Title, Editor: names[revision.Editor], SavedAt: revision.SavedAt, Current: revision.Number == p.TextVersion, URL: revisionPath(id, revision.Number)}
		if i+1 < len(list.Items) {
			row.ChangesURL = row.URL + "?with=" + strconv.Itoa(list.Items[i+1].Number)
		}
		v.Items = append(v.Items, row)
	}
	if list.Before > 0 {
		v.OlderURL = revisionsPath(id) + "?before=" + strconv.Itoa(list.Before)
	}
	return fiberhttp.HTML(contentpages.Revisions(v)), nil
}

// revision compares a save of a post with another, or with the text that is being written, and
// offers to bring it back.
func (h *routes) revision(ctx context.Context, r *fiberhttp.Request, refused string, status int) (fiberhttp.Reply, error) {
	id := content.PostID(r.Param("id"))
	number, malformed := strconv.Atoi(r.Param("number"))
	if malformed != nil || number < 1 {
		return fiberhttp.Reply{}, content.ErrRevisionNotFound
	}
	with, malformed := strconv.Atoi(r.Query("with"))
	if malformed != nil || with < 0 {
		with = 0
	}
	c, err := h.Content.CompareRevisions(ctx, r.Actor, id, number, with)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	now, other := numbersNow(c, number, with)
	if (now != number || other != with) && refused == "" {
		to := revisionPath(id, now)
		if other != 0 && other != now {
			to += "?with=" + strconv.Itoa(other)
		}
		return fiberhttp.Redirect(to), nil
	}
	number, with = now, other
	list, err := h.Content.ListRevisions(ctx, r.Actor, id, 0)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	p := c.Article.Post
	v := contentpages.RevisionView{
		Page:  h.server.View(r, fiberhttp.View{Title: "Revision " + strconv.Itoa(number) + ": " + p.Text.Title, Nav: "/studio", Robots: "noindex"}),
		Title: p.Text.Title, Number: number, Earlier: c.Earlier, Later: c.Later, RevisionsURL: revisionsPath(id), Action: revisionPath(id, number),
		Published: p.Status == content.Published, HasCopy: c.Copy.Begun(), MayRestore: !p.Status.Inactive(), Version: p.Version, Copy: c.Copy.Save,
		Differs: c.Differs(), Errors: layout.FieldErrors{},
	}
	if refused != "" {
		v.Errors[""] = refused
	}
	for _, revision := range list.Items {
		if revision.Number != number {
			v.Others = append(v.Others, revision.Number)
		}
	}
	if with != 0 && with != number && !slices.Contains(v.Others, with) {
		v.Others = append(v.Others, with)
	}
	var tags []content.Run
	for i, tag := range c.Tags {
		if i > 0 {
			tags = append(tags, content.Run{Op: content.Same, Text: ", "})
		}
		tags = append(tags, tag)
	}
	for _, part := range []struct {
		label string
		runs  []content.Run
	}{{"Title", c.Title}, {"Slug", c.Slug}, {"Excerpt", c.Excerpt}, {"Tags", tags}, {"Who may read it", c.Visibility}} {
		if slices.ContainsFunc(part.runs, func(r content.Run) bool { return r.Op != content.Same }) {
			v.Parts = append(v.Parts, contentpages.ComparedPart{Label: part.label, Runs: shownRuns(part.runs)})
		}
	}
	v.Blocks = shownBlocks(c.Body)
	return fiberhttp.HTML(contentpages.RevisionPage(v)).Status(status), nil
}

func shownRuns(runs []content.Run) []contentpages.Run {
	out := make([]contentpages.Run, len(runs))
	for i, r := range runs {
		out[i] = contentpages.Run{Op: string(r.Op), Text: r.Text}
	}
	return out
}

// numbersNow are the numbers of the saves to which two numbers led.
func numbersNow(c contentapp.ComparedRevisions, one, other int) (number, with int) {
	if other == 0 || one <= other {
		return c.Earlier, c.Later
	}
	return c.Later, c.Earlier
}

// beside is how many paragraphs that are alike are shown beside one that differs.
const beside = 1

// shownBlocks leaves out what is alike in both and far from what differs, and counts it.
func shownBlocks(all []content.Block) (out []contentpages.ComparedBlock) {
	near := make([]bool, len(all))
	for i, b := range all {
		if b.Changed {
			for j := max(0, i-beside); j <= min(len(all)-1, i+beside); j++ {
				near[j] = true
			}
		}
	}
	for i, b := range all {
		switch n := len(out); {
		case near[i]:
			out = append(out, contentpages.ComparedBlock{Runs: shownRuns(b.Runs)})
		case n > 0 && out[n-1].LeftOut > 0:
			out[n-1].LeftOut++
		default:
			out = append(out, contentpages.ComparedBlock{LeftOut: 1})
		}
	}
	return out
}

func (h *routes) restoreRevision(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	id := content.PostID(r.Param("id"))
	var c contentapp.RestoreRevision
	c.ID = id
	for _, field := range []struct {
		text string
		to   *int
	}{{r.Param("number"), &c.Number}, {r.Form("version"), &c.Seen}, {r.Form("copy"), &c.Copy}} {
		n, malformed := strconv.Atoi(field.text)
		if malformed != nil {
			n = 0 // what is nowhere
		}
		*field.to = n
	}
	copied, err := h.Content.RestoreRevision(ctx, r.Actor, c)
	switch f := fault.As(err); {
	case errors.Is(err, content.ErrPostChanged), errors.Is(err, content.ErrWorkingCopyChanged), errors.Is(err, content.ErrRevisionNotFound):
		return h.revision(ctx, r, "Somebody saved it meanwhile. Look at the comparison again before you bring this text back.", http.StatusPreconditionFailed)
	case f != nil && (f.Kind == fault.Conflict || f.Kind == fault.Invalid || f.Kind == fault.Forbidden):
		return h.revision(ctx, r, f.Message, http.StatusConflict)
	case err != nil:
		return fiberhttp.Reply{}, err
	case copied.Begun():
		return fiberhttp.Redirect(editPath(id)).Flash("changes-restored"), nil
	}
	return fiberhttp.Redirect(editPath(id)).Flash("revision-restored"), nil
}
