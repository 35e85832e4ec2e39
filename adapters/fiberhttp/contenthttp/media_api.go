package contenthttp

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/library"
)

// Media is a picture of the library.
type Media struct {
	ID        string         `json:"id" format:"uuid"`
	Name      string         `json:"name"`
	Alt       string         `json:"alt" doc:"What it shows, for those who do not see it."`
	Format    string         `json:"format" enum:"jpeg,png,gif,webp"`
	Animated  bool           `json:"animated"`
	Bytes     int64          `json:"bytes" doc:"Of the original without its metadata."`
	Width     int            `json:"width" doc:"Upright, in pixels."`
	Height    int            `json:"height"`
	State     string         `json:"state" enum:"pending,ready,broken" doc:"pending: its smaller sizes are being made. broken: its pixels cannot be read."`
	Path      string         `json:"path" doc:"Its address in the text of a post: it stays when the file is replaced."`
	URL       string         `json:"url" format:"uri" doc:"The original as it is now."`
	Variants  []MediaVariant `json:"variants" nullable:"false"`
	CreatedAt time.Time      `json:"created_at"`
	UpdatedAt time.Time      `json:"updated_at"`
	Version   int            `json:"version" doc:"Counts what people changed of it, from 1; If-Match of a change names it."`
}

// MediaVariant is a picture in another size.
type MediaVariant struct {
	URL    string `json:"url" format:"uri"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

// MediaList is a page of the library.
type MediaList struct {
	Items      []Media `json:"items" nullable:"false"`
	NextCursor *string `json:"next_cursor"`
}

// MediaUse is a post that shows a picture.
type MediaUse struct {
	PostID *string `json:"post_id" format:"uuid" doc:"null: a post that one may not edit."`
	Title  string  `json:"title"`
	Status string  `json:"status,omitempty" enum:"draft,scheduled,published,archived,trashed"`
}

// MediaUses lists them.
type MediaUses struct {
	Items      []MediaUse `json:"items" nullable:"false"`
	NextCursor *string    `json:"next_cursor"`
}

// MediaChange is what to change; what is absent stays.
type MediaChange struct {
	Name *string `json:"name,omitempty"`
	Alt  *string `json:"alt,omitempty"`
}

func (h *routes) mediaOf(m content.Media) Media {
	out := Media{
		ID: string(m.ID), Name: m.Name, Alt: m.Alt, Format: string(m.Format), Animated: m.Animated, Bytes: m.Bytes, Width: m.Width, Height: m.Height,
		State: string(m.State), Path: content.MediaPath(m.ID), URL: h.server.BaseURL() + m.Address(m.Original()), Variants: []MediaVariant{},
		CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt, Version: m.Edits,
	}
	for _, v := range m.Variants {
		out.Variants = append(out.Variants, MediaVariant{URL: h.server.BaseURL() + m.Address(v.File()), Width: v.Width, Height: v.Height})
	}
	return out
}

type mediaOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag" doc:"Of what people said of it and of its file."`
	Body     Media
}

type mediaID struct {
	ID string `path:"id" maxLength:"64"`
}

func (h *routes) mediaAPI() {
	s, write := h.server, fiberhttp.Permitted(content.PermissionWrite)
	type list struct {
		Search string `query:"q" maxLength:"200" doc:"Words of the name or the description."`
		Cursor string `query:"cursor" maxLength:"200" doc:"The next_cursor of the page before."`
		Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	}
	type listed struct{ Body MediaList }
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "list-media", Method: http.MethodGet, Path: "/media", Tags: []string{"content"}, Summary: "List the pictures of the library, newest first",
		Description: "One's own, and everybody's for who edits any post.",
	}, func(ctx context.Context, in *list) (*listed, error) {
		found, err := h.Content.ListMedia(ctx, fiberhttp.ActorFrom(ctx), in.Search, in.Cursor, in.Limit)
		if err != nil {
			return nil, err
		}
		out := &listed{Body: MediaList{Items: []Media{}}}
		for _, m := range found.Items {
			out.Body.Items = append(out.Body.Items, h.mediaOf(m))
		}
		if found.NextCursor != "" {
			out.Body.NextCursor = &found.NextCursor
		}
		return out, nil
	})

	type upload struct {
		Name    string `query:"name" maxLength:"400"`
		Alt     string `query:"alt" maxLength:"2000" doc:"What it shows."`
		RawBody []byte `contentType:"application/octet-stream" doc:"JPEG, PNG, GIF or WebP."`
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "upload-media", Method: http.MethodPost, Path: "/media", Tags: []string{"content"}, Summary: "Upload a picture in one piece",
		Description: "At most 3 MiB; larger files are sent in parts, see begin-upload. What tells of people and places is removed from the file.", DefaultStatus: http.StatusCreated,
	}, func(ctx context.Context, in *upload) (*mediaOutput, error) {
		m, err := h.Content.UploadMedia(ctx, fiberhttp.ActorFrom(ctx), library.UploadMedia{MediaDescription: content.MediaDescription{Name: in.Name, Alt: in.Alt}, Body: in.RawBody})
		if err != nil {
			return nil, err
		}
		return &mediaOutput{Location: mediaAPIPath(m.ID), ETag: fiberhttp.ETagOf(m.Edits), Body: h.mediaOf(m)}, nil
	}, fiberhttp.MaxBody(maxForm))

	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "get-media", Method: http.MethodGet, Path: "/media/{id}", Tags: []string{"content"}, Summary: "Get a picture",
	}, func(ctx context.Context, in *mediaID) (*mediaOutput, error) {
		m, err := h.Content.OpenMedia(ctx, fiberhttp.ActorFrom(ctx), content.MediaID(in.ID))
		if err != nil {
			return nil, err
		}
		return &mediaOutput{ETag: fiberhttp.ETagOf(m.Edits), Body: h.mediaOf(m)}, nil
	})

	type change struct {
		ID      string `path:"id" maxLength:"64"`
		IfMatch string `header:"If-Match" doc:"The ETag of the picture that was changed, a list of them, or * for any. Missing: 428; not the current one: 412, unless the picture is described so already."`
		Body    MediaChange
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "change-media", Method: http.MethodPatch, Path: "/media/{id}", Tags: []string{"content"}, Summary: "Change what is said of a picture",
	}, func(ctx context.Context, in *change) (*mediaOutput, error) {
		actor, id := fiberhttp.ActorFrom(ctx), content.MediaID(in.ID)
		m, err := underIfMatch(in.IfMatch, content.ErrMediaEdited, h.editsOf(ctx, id), func(seen int) (content.Media, error) {
			return h.Content.DescribeMedia(ctx, actor, library.DescribeMedia{ID: id, Seen: seen, Name: in.Body.Name, Alt: in.Body.Alt})
		})
		if err != nil {
			return nil, err
		}
		return &mediaOutput{ETag: fiberhttp.ETagOf(m.Edits), Body: h.mediaOf(m)}, nil
	})

	type replace struct {
		ID      string `path:"id" maxLength:"64"`
		IfMatch string `header:"If-Match" doc:"The ETag of the picture whose file is replaced, a list of them, or * for any. Missing: 428; not the current one: 412."`
		RawBody []byte `contentType:"application/octet-stream" doc:"JPEG, PNG, GIF or WebP."`
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "replace-media", Method: http.MethodPut, Path: "/media/{id}/file", Tags: []string{"content"}, Summary: "Put another file in a picture's place",
		Description: "Every post shows the new one, under an address of its own. At most 3 MiB; larger files are sent in parts.",
	}, func(ctx context.Context, in *replace) (*mediaOutput, error) {
		actor, id := fiberhttp.ActorFrom(ctx), content.MediaID(in.ID)
		m, err := underIfMatch(in.IfMatch, content.ErrMediaEdited, h.editsOf(ctx, id), func(seen int) (content.Media, error) {
			return h.Content.ReplaceMedia(ctx, actor, library.ReplaceMedia{ID: id, Seen: seen, Body: in.RawBody})
		})
		if err != nil {
			return nil, err
		}
		return &mediaOutput{ETag: fiberhttp.ETagOf(m.Edits), Body: h.mediaOf(m)}, nil
	}, fiberhttp.MaxBody(maxForm))

	type remove struct {
		ID      string `path:"id" maxLength:"64"`
		IfMatch string `header:"If-Match" doc:"The ETag of the picture that is deleted, a list of them, or * for any. Missing: 428; not the current one: 412."`
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "delete-media", Method: http.MethodDelete, Path: "/media/{id}", Tags: []string{"content"}, Summary: "Delete a picture",
		Description: "Refused with 409 while it stands in the text of a post, or in a page of the site.", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *remove) (*struct{}, error) {
		actor, id := fiberhttp.ActorFrom(ctx), content.MediaID(in.ID)
		return underIfMatch(in.IfMatch, content.ErrMediaEdited, h.editsOf(ctx, id), func(seen int) (*struct{}, error) {
			return nil, h.Content.DeleteMedia(ctx, actor, id, seen)
		})
	})

	type uses struct{ Body MediaUses }
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "list-media-uses", Method: http.MethodGet, Path: "/media/{id}/uses", Tags: []string{"content"}, Summary: "List the posts that show a picture, at most 50",
	}, func(ctx context.Context, in *mediaID) (*uses, error) {
		found, err := h.Content.MediaUses(ctx, fiberhttp.ActorFrom(ctx), content.MediaID(in.ID))
		if err != nil {
			return nil, err
		}
		out := &uses{Body: MediaUses{Items: []MediaUse{}}}
		for _, use := range found {
			item := MediaUse{Title: use.Title, Status: string(use.Status)}
			if use.Post != "" {
				id := string(use.Post)
				item.PostID = &id
			}
			out.Body.Items = append(out.Body.Items, item)
		}
		return out, nil
	})
}

// editsOf answers how often people changed a picture.
func (h *routes) editsOf(ctx context.Context, id content.MediaID) func() (int, error) {
	return func() (int, error) {
		m, err := h.Content.OpenMedia(ctx, fiberhttp.ActorFrom(ctx), id)
		return m.Edits, err
	}
}

func mediaAPIPath(id content.MediaID) string { return "/api/v1/media/" + string(id) }
