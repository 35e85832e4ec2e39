package contenthttp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/library"
	"github.com/neoforge-dev/neoforge/ports/blobs"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// MediaUseCases are those of pictures.
type MediaUseCases interface {
	UploadMedia(ctx context.Context, actor identityport.Actor, c library.UploadMedia) (content.Media, error)
	ReplaceMedia(ctx context.Context, actor identityport.Actor, c library.ReplaceMedia) (content.Media, error)
	DescribeMedia(ctx context.Context, actor identityport.Actor, c library.DescribeMedia) (content.Media, error)
	DeleteMedia(ctx context.Context, actor identityport.Actor, id content.MediaID, seen int) error
	ListMedia(ctx context.Context, actor identityport.Actor, search, from string, limit int) (library.MediaList, error)
	OpenMedia(ctx context.Context, actor identityport.Actor, id content.MediaID) (content.Media, error)
	CurrentMedia(ctx context.Context, id content.MediaID) (content.Media, error)
	MediaUses(ctx context.Context, actor identityport.Actor, id content.MediaID) ([]content.MediaUse, error)
	OpenMediaFile(ctx context.Context, id content.MediaID, version int, file string, part blobs.Range) (blobs.File, error)
	BeginUpload(ctx context.Context, actor identityport.Actor, c library.BeginUpload) (content.Upload, error)
	OpenUpload(ctx context.Context, actor identityport.Actor, id content.MediaID) (content.Upload, error)
	AddUploadPart(ctx context.Context, actor identityport.Actor, id content.MediaID, offset int64, part []byte) (content.Upload, *content.Media, error)
	CancelUpload(ctx context.Context, actor identityport.Actor, id content.MediaID) error
}

const (
	// maxForm bounds a picture that a form sends, or the API in one piece: the server takes
	// no larger request. Larger files come in parts.
	maxForm = 3 << 20
	// mediaPage is how many pictures stand on one page of the library.
	mediaPage = 24
	// mediaTimeout bounds how long one file is sent.
	mediaTimeout = 5 * time.Minute
)

func (h *routes) mediaPages() {
	s, write := h.server, fiberhttp.Permitted(content.PermissionWrite)
	s.Flashes(map[string]layout.Flash{
		"media-added":    {Kind: layout.FlashSuccess, Message: "The picture is in the library."},
		"media-saved":    {Kind: layout.FlashSuccess, Message: "Saved."},
		"media-replaced": {Kind: layout.FlashSuccess, Message: "Replaced: posts show the new one in a moment."},
		"media-deleted":  {Kind: layout.FlashNotice, Message: "The picture is deleted."},
	})
	s.Page(http.MethodGet, "/media/{id}/{version}/{file}", fiberhttp.Public(), h.mediaFile, fiberhttp.Quiet())
	s.Page(http.MethodGet, "/media/{id}", fiberhttp.Public(), h.currentMedia, fiberhttp.Quiet())
	large := []fiberhttp.Option{fiberhttp.MaxBody(maxForm + 64<<10), fiberhttp.Oversize(h.oversizeMedia)}
	s.Page(http.MethodGet, "/studio/media", write, func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		return h.mediaLibrary(ctx, r, contentpages.MediaView{}, http.StatusOK)
	})
	s.Page(http.MethodPost, "/studio/media", write, h.uploadMedia, large...)
	s.Page(http.MethodGet, "/studio/media/{id}", write, func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		return h.mediaItem(ctx, r, nil, http.StatusOK)
	})
	s.Page(http.MethodPost, "/studio/media/{id}", write, h.describeMedia, fiberhttp.PreservesForm())
	s.Page(http.MethodPost, "/studio/media/{id}/replace", write, h.replaceMedia, large...)
	s.Page(http.MethodPost, "/studio/media/{id}/delete", write, h.deleteMedia)
	h.mediaAPI()
	h.uploadAPI()
}

func mediaItemPath(id content.MediaID) string { return "/studio/media/" + string(id) }

// mediaFile serves a file of a picture. Its address never leads to another, so caches keep
// it; its type is that of its name, which is made of what its bytes are.
func (h *routes) mediaFile(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	id, file := content.MediaID(r.Param("id")), r.Param("file")
	version, err := strconv.Atoi(r.Param("version"))
	format, ok := content.MediaFileFormat(file)
	if err != nil || !ok || strconv.Itoa(version) != r.Param("version") {
		return fiberhttp.Reply{}, content.ErrMediaNotFound
	}
	tag := fmt.Sprintf(`"%s-%d-%s"`, id, version, file)
	part, ranged := rangeOf(r, tag)
	// What is sent goes on after the handler's context has ended.
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), mediaTimeout)
	f, err := h.Content.OpenMediaFile(sending, id, version, file, part)
	if err != nil {
		cancel()
		if errors.Is(err, blobs.ErrNotFound) {
			err = content.ErrMediaNotFound
		}
		return fiberhttp.Reply{}, err
	}
	body := closing{f.ReadCloser, cancel}
	status, size := http.StatusOK, f.Size
	headers := map[string]string{
		"ETag": tag, "Accept-Ranges": "bytes", "Cache-Control": "public, max-age=31536000, immutable", "Cross-Origin-Resource-Policy": "cross-origin",
		"Content-Disposition": `inline; filename="` + file + `"`,
	}
	var reply fiberhttp.Reply
	switch {
	case r.Known(tag):
		_ = body.Close() // nothing of it is read
		reply = fiberhttp.NoContent().Status(http.StatusNotModified)
		delete(headers, "Content-Disposition")
	case ranged && part.Offset >= f.Size:
		_ = body.Close()
		headers["Content-Range"] = fmt.Sprintf("bytes */%d", f.Size)
		headers["Cache-Control"] = "no-store"
		reply = fiberhttp.NoContent().Status(http.StatusRequestedRangeNotSatisfiable)
	default:
		if ranged {
			status = http.StatusPartialContent
			size = f.Size - part.Offset
			if part.Length > 0 {
				size = min(size, part.Length)
			}
			headers["Content-Range"] = fmt.Sprintf("bytes %d-%d/%d", part.Offset, part.Offset+size-1, f.Size)
		}
		reply = fiberhttp.Document(format.ContentType(), int(size), body).Status(status)
	}
	for name, value := range headers {
		reply = reply.Header(name, value)
	}
	return reply, nil
}

// closing ends the context of a file with it.
type closing struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (c closing) Close() error {
	defer c.cancel()
	return c.ReadCloser.Close()
}

// rangeOf is the one part of a file that is asked for (RFC 9110, 14.2): several, the last
// bytes, and what cannot be read are answered with the whole, as they may be.
func rangeOf(r *fiberhttp.Request, tag string) (blobs.Range, bool) {
	given, ok := strings.CutPrefix(r.Header("Range"), "bytes=")
	if condition := r.Header("If-Range"); !ok || r.Method != http.MethodGet || condition != "" && condition != tag {
		return blobs.Range{}, false
	}
	first, last, found := strings.Cut(given, "-")
	from, err := strconv.ParseInt(first, 10, 62)
	if !found || err != nil || from < 0 {
		return blobs.Range{}, false
	}
	if last == "" {
		return blobs.Range{Offset: from}, true
	}
	to, err := strconv.ParseInt(last, 10, 62)
	if err != nil || to < from {
		return blobs.Range{}, false
	}
	return blobs.Range{Offset: from, Length: to - from + 1}, true
}

// currentMedia leads from the address that texts have to the file as it is now.
func (h *routes) currentMedia(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	m, err := h.Content.CurrentMedia(ctx, content.MediaID(r.Param("id")))
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Redirect(m.Address(m.Original())).Status(http.StatusFound).Header("Cache-Control", "public, max-age=60").Header("Cross-Origin-Resource-Policy", "cross-origin"), nil
}

func (h *routes) mediaLibrary(ctx context.Context, r *fiberhttp.Request, v contentpages.MediaView, status int) (fiberhttp.Reply, error) {
	v.Search = r.Query("q")
	list, err := h.Content.ListMedia(ctx, r.Actor, v.Search, r.Query("cursor"), mediaPage)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v.Page = h.server.View(r, fiberhttp.View{Title: "Pictures", Nav: "/studio", Robots: "noindex"})
	v.MaxMB = maxForm >> 20
	path := "/studio/media"
	if v.Search != "" {
		path = "/studio/media?q=" + url.QueryEscape(v.Search)
	}
	if r.Query("cursor") != "" {
		v.NewURL = path
	}
	if list.NextCursor != "" {
		v.OlderURL = withCursor(path, list.NextCursor)
	}
	for _, m := range list.Items {
		v.Pictures = append(v.Pictures, mediaView(m, list.Uses[m.ID], m.Thumbnail()))
	}
	return fiberhttp.HTML(contentpages.Media(v)).Status(status), nil
}

func mediaView(m content.Media, uses int, file string) contentpages.MediaItem {
	return contentpages.MediaItem{
		Name: m.Name, Alt: m.Alt, URL: mediaItemPath(m.ID), ThumbnailURL: m.Address(file), Width: m.Width, Height: m.Height, Uses: uses, Broken: m.State == content.MediaBroken,
	}
}

func (h *routes) uploadMedia(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	file, err := mediaOfForm(r)
	if err == nil {
		_, err = h.Content.UploadMedia(ctx, r.Actor, library.UploadMedia{MediaDescription: content.MediaDescription{Name: file.Name, Alt: r.Form("alt")}, Body: file.Body})
	}
	if err == nil {
		return fiberhttp.Redirect("/studio/media").Flash("media-added"), nil
	}
	errs, err := mediaErrors(err)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return h.mediaLibrary(ctx, r, contentpages.MediaView{Alt: r.Form("alt"), Errors: errs}, http.StatusUnprocessableEntity)
}

// mediaOfForm is the file of a form; content.ErrMediaFormat for none.
func mediaOfForm(r *fiberhttp.Request) (fiberhttp.File, error) {
	file, ok := r.File("file")
	if !ok || len(file.Body) == 0 {
		return file, content.ErrMediaFormat.WithMessage("Choose a picture first.")
	}
	if len(file.Body) > maxForm {
		return file, errFormTooLarge
	}
	return file, nil
}

var errFormTooLarge = content.ErrMediaTooLarge.WithMessage(fmt.Sprintf("The file is too large for this form. Choose one of at most %d MB, or drop it into the editor of a post.", maxForm>>20))

// mediaErrors says beside each field what is wrong with it; what no field is to blame for is
// returned.
func mediaErrors(err error) (layout.FieldErrors, error) {
	f := fault.As(err)
	if f == nil || f.Kind != fault.Invalid && f.Kind != fault.TooMany && f.Kind != fault.Conflict {
		return nil, err
	}
	out := layout.FieldErrors{}
	for _, field := range f.Fields {
		out[field.Name] = field.Message
	}
	if len(out) == 0 {
		out["file"] = f.Message
	}
	return out, nil
}

func (h *routes) oversizeMedia(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	errs := layout.FieldErrors{"file": errFormTooLarge.Message}
	if r.Param("id") != "" {
		return h.mediaItem(ctx, r, errs, http.StatusRequestEntityTooLarge)
	}
	return h.mediaLibrary(ctx, r, contentpages.MediaView{Errors: errs}, http.StatusRequestEntityTooLarge)
}

// conflicting is the name of the error of a form that was begun from a picture as it was
// before.
const conflicting = "conflict"

func (h *routes) mediaItem(ctx context.Context, r *fiberhttp.Request, errs layout.FieldErrors, status int) (fiberhttp.Reply, error) {
	id := content.MediaID(r.Param("id"))
	m, err := h.Content.OpenMedia(ctx, r.Actor, id)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	uses, err := h.Content.MediaUses(ctx, r.Actor, id)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	src, _ := m.Shown()
	v := contentpages.MediaItemView{
		Page: h.server.View(r, fiberhttp.View{Title: m.Name, Nav: "/studio", Robots: "noindex"}), MediaItem: mediaView(m, len(uses), m.FileOf(src)),
		OriginalURL: m.Address(m.Original()), Kind: formatName(m.Format), Bytes: m.Bytes, Pending: m.State == content.MediaPending, AddedAt: m.CreatedAt,
		Markdown: "![" + markdownText(m.Alt) + "](" + content.MediaPath(m.ID) + ")", Action: mediaItemPath(id), ReplaceURL: mediaItemPath(id) + "/replace", DeleteURL: mediaItemPath(id) + "/delete",
		TypedName: m.Name, TypedAlt: m.Alt, Version: m.Edits, Conflict: errs[conflicting], MaxMB: maxForm >> 20, Errors: errs,
	}
	if r.Method == http.MethodPost && r.IsForm() && errs["file"] == "" && errs[""] == "" {
		v.TypedName, v.TypedAlt = r.Form("name"), r.Form("alt")
		if seen, err := strconv.Atoi(r.Form("version")); err == nil && v.Conflict == "" {
			v.Version = seen // what is refused for another reason is still begun from it
		}
	}
	for _, use := range uses {
		row := contentpages.MediaPost{Title: use.Title}
		if use.Post != "" {
			row.URL, row.State = editPath(use.Post), contentpages.PostState(use.Status)
		}
		v.UsedIn = append(v.UsedIn, row)
	}
	return fiberhttp.HTML(contentpages.MediaItemPage(v)).Status(status), nil
}

func formatName(f content.MediaFormat) string {
	if f == content.WebP {
		return "WebP"
	}
	return strings.ToUpper(string(f))
}

// markdownText is a text that stands between the brackets of Markdown.
func markdownText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`).Replace(s)
}

// editsSeen is the number of edits that a form was made with; 0, which no picture has, for a form without one.
func editsSeen(r *fiberhttp.Request) int {
	seen, err := strconv.Atoi(r.Form("version"))
	if err != nil {
		return 0
	}
	return seen
}

const changedMeanwhile = "Somebody changed this picture while you looked at it, and nothing was done. Look at it as it is now, and do it again if you still want to."

func (h *routes) describeMedia(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	name, alt := r.Form("name"), r.Form("alt")
	_, err := h.Content.DescribeMedia(ctx, r.Actor, library.DescribeMedia{ID: content.MediaID(r.Param("id")), Seen: editsSeen(r), Name: &name, Alt: &alt})
	if errors.Is(err, content.ErrMediaEdited) {
		return h.mediaItem(ctx, r, layout.FieldErrors{conflicting: "Somebody changed this picture while you did. What you typed is below, and nothing of it is saved yet: compare it with what is said now, and save again to have yours."}, http.StatusConflict)
	}
	return h.mediaChanged(ctx, r, err, "media-saved")
}

func (h *routes) replaceMedia(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	file, err := mediaOfForm(r)
	if err == nil {
		_, err = h.Content.ReplaceMedia(ctx, r.Actor, library.ReplaceMedia{ID: content.MediaID(r.Param("id")), Seen: editsSeen(r), Body: file.Body})
	}
	if errors.Is(err, content.ErrMediaEdited) {
		return h.mediaItem(ctx, r, layout.FieldErrors{"": changedMeanwhile}, http.StatusConflict)
	}
	return h.mediaChanged(ctx, r, err, "media-replaced")
}

func (h *routes) mediaChanged(ctx context.Context, r *fiberhttp.Request, err error, flash string) (fiberhttp.Reply, error) {
	if err == nil {
		return fiberhttp.Redirect(mediaItemPath(content.MediaID(r.Param("id")))).Flash(flash), nil
	}
	errs, err := mediaErrors(err)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return h.mediaItem(ctx, r, errs, http.StatusUnprocessableEntity)
}

func (h *routes) deleteMedia(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	err := h.Content.DeleteMedia(ctx, r.Actor, content.MediaID(r.Param("id")), editsSeen(r))
	if errors.Is(err, content.ErrMediaEdited) {
		return h.mediaItem(ctx, r, layout.FieldErrors{"": changedMeanwhile}, http.StatusConflict)
	}
	if f := fault.As(err); errors.Is(err, content.ErrMediaInUse) || errors.Is(err, content.ErrMediaInSitePage) { // the page lists where
		return h.mediaItem(ctx, r, layout.FieldErrors{"": f.Message}, http.StatusConflict)
	}
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Redirect("/studio/media").Flash("media-deleted"), nil
}
