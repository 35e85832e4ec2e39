package contenthttp

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/details"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// coverSizes is what part of the window a cover is as wide as: that of the text below it.
const coverSizes = "(min-width: 46rem) 42rem, 100vw"

// coverPicture is a cover above its post.
func coverPicture(c content.Cover) contentpages.Picture {
	if !c.Chosen() {
		return contentpages.Picture{}
	}
	src, choices := c.Shown()
	v := picture(c.Media, c.FileOf(src))
	if len(choices) > 1 {
		all := make([]string, len(choices))
		for i, choice := range choices {
			all[i] = c.Address(c.FileOf(choice)) + " " + strconv.Itoa(choice.Width) + "w"
		}
		v.Srcset, v.Sizes = strings.Join(all, ", "), coverSizes
	}
	v.Alt, v.Caption = c.Alt, c.Caption
	return v
}

// cardPicture is a cover beside the title of its post, which says what it is about.
func cardPicture(c content.Cover) contentpages.Picture {
	if !c.Chosen() {
		return contentpages.Picture{}
	}
	return picture(c.Media, c.Thumbnail())
}

func picture(m content.Media, file string) contentpages.Picture {
	v := contentpages.Picture{URL: m.Address(file), Width: m.Width, Height: m.Height}
	if tone := m.Tone64(); tone != "" {
		v.Tone = "tone-" + tone
	}
	return v
}

// CoverImage is the cover of a post.
type CoverImage struct {
	URL     string `json:"url" format:"uri" doc:"A file of some 960 pixels' width, or the original."`
	Type    string `json:"type" doc:"Its media type."`
	Width   int    `json:"width"`
	Height  int    `json:"height"`
	Alt     string `json:"alt"`
	Caption string `json:"caption"`
}

// coverImage is a cover for programs; nil where there is none.
func (h *routes) coverImage(c content.Cover) *CoverImage {
	if !c.Chosen() {
		return nil
	}
	src, _ := c.Shown()
	return &CoverImage{
		URL: h.server.BaseURL() + c.Address(c.FileOf(src)), Type: src.Format.ContentType(), Width: src.Width, Height: src.Height, Alt: c.Alt, Caption: c.Caption,
	}
}

// noCover is what the form sends for no picture: nothing at all is sent when none of the
// choices is ticked.
const noCover = "none"

func coverPath(id content.PostID) string { return editPath(id) + "/cover" }

func (h *routes) coverPages() {
	write := fiberhttp.Permitted(content.PermissionWrite)
	h.server.Flashes(map[string]layout.Flash{
		"cover-saved":   {Kind: layout.FlashSuccess, Message: "Saved: this picture is the cover."},
		"cover-removed": {Kind: layout.FlashNotice, Message: "There is no cover any more. The picture is still in the library."},
	})
	h.server.Page(http.MethodGet, "/studio/posts/{id}/cover", write, func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		a, err := h.Content.PostDetails(ctx, r.Actor, content.PostID(r.Param("id")))
		if err != nil {
			return fiberhttp.Reply{}, err
		}
		return h.coverForm(ctx, r, a, contentpages.CoverView{Chosen: string(a.Details.Cover.Media), Alt: a.Details.Cover.Alt, Caption: a.Details.Cover.Caption}, http.StatusOK)
	})
	h.server.Page(http.MethodPost, "/studio/posts/{id}/cover", write, h.saveCover, fiberhttp.PreservesForm())
}

// coverForm offers a page of the library, and the picture that is chosen in any case.
func (h *routes) coverForm(ctx context.Context, r *fiberhttp.Request, a content.Article, v contentpages.CoverView, status int) (fiberhttp.Reply, error) {
	v.Search = r.Query("q")
	list, err := h.Content.ListMedia(ctx, r.Actor, v.Search, r.Query("cursor"), mediaPage)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	title, path := a.Post.Text.Title, coverPath(a.Post.ID)
	v.Page = h.server.View(r, fiberhttp.View{Title: "Cover: " + title, Nav: "/studio", Robots: "noindex"})
	v.IsPage, v.Title, v.EditURL, v.DetailsURL, v.Action, v.Version = a.Post.Kind == content.KindPage, title, editPath(a.Post.ID), detailsPath(a.Post.ID), path, a.Details.Version
	if v.Search != "" {
		path += "?q=" + url.QueryEscape(v.Search)
	}
	if r.Query("cursor") != "" {
		v.NewURL = path
	}
	if list.NextCursor != "" {
		v.OlderURL = withCursor(path, list.NextCursor)
	}
	choice := func(m content.Media) contentpages.CoverChoice {
		return contentpages.CoverChoice{ID: string(m.ID), MediaItem: mediaView(m, 0, m.Thumbnail())}
	}
	for _, m := range list.Items {
		if m.State != content.MediaBroken {
			v.Pictures = append(v.Pictures, choice(m))
		}
	}
	if c := a.Cover; c.ID != "" && !slices.ContainsFunc(v.Pictures, func(p contentpages.CoverChoice) bool { return p.ID == string(c.ID) }) {
		c.Name = "The cover as it is"
		v.Pictures = slices.Insert(v.Pictures, 0, choice(c.Media))
	}
	if v.Errors == nil {
		v.Errors = layout.FieldErrors{}
	}
	return fiberhttp.HTML(contentpages.Cover(v)).Status(status), nil
}

func (h *routes) saveCover(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	id := content.PostID(r.Param("id"))
	v := contentpages.CoverView{Chosen: r.Form("media"), Alt: r.Form("cover_alt"), Caption: r.Form("cover_caption")}
	var err error = content.ErrCoverNotFound.WithMessage("Choose a picture first, or “No cover”.").WithFields()
	if v.Chosen != "" {
		v.Chosen = strings.TrimPrefix(v.Chosen, noCover)
		_, err = h.Content.ChooseCover(ctx, r.Actor, details.ChooseCover{
			ID: id, Seen: formVersion(r), Cover: content.CoverChoice{Media: content.MediaID(v.Chosen), Alt: v.Alt, Caption: v.Caption},
		})
	}
	switch {
	case err == nil && v.Chosen == "":
		return fiberhttp.Redirect(coverPath(id)).Flash("cover-removed"), nil
	case err == nil:
		return fiberhttp.Redirect(coverPath(id)).Flash("cover-saved"), nil
	}
	f := fault.As(err)
	if f == nil || f.Kind != fault.Invalid && f.Kind != fault.Conflict && f.Kind != fault.Outdated {
		return fiberhttp.Reply{}, err
	}
	a, missing := h.Content.PostDetails(ctx, r.Actor, id)
	if missing != nil {
		return fiberhttp.Reply{}, missing
	}
	v.Errors = layout.FieldErrors{}
	for _, field := range f.Fields {
		v.Errors[field.Name] = field.Message
	}
	status := http.StatusUnprocessableEntity
	switch {
	case errors.Is(err, content.ErrDetailsChanged):
		v.Changed, status = true, http.StatusPreconditionFailed
	case len(f.Fields) == 0:
		v.Errors[""] = f.Message
	}
	return h.coverForm(ctx, r, a, v, status)
}
