package contenthttp

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/library"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

// Uploads speak the core of tus 1.0.0 (https://tus.io/protocols/resumable-upload) with its
// extensions creation, expiration, checksum and termination. A part is one request, whose
// size is bounded, so that no file is ever whole in the memory of a connection.
const tusVersion = "1.0.0"

var (
	errTusVersion = fault.New(fault.Outdated, "content.tus_version", "Send Tus-Resumable: 1.0.0. No other version is spoken here.")
	errTusHeader  = fault.New(fault.Invalid, "content.tus_header", "Upload-Metadata is a list of names with values in base64, parted by commas; Upload-Checksum is sha256 and the hash in base64.")
)

type uploadOutput struct {
	TusResumable string `header:"Tus-Resumable"`
	TusVersion   string `header:"Tus-Version"`
	Location     string `header:"Location" doc:"Of the upload, or of the picture that became of it."`
	Length       int64  `header:"Upload-Length"`
	Offset       string `header:"Upload-Offset"`
	Expires      string `header:"Upload-Expires" doc:"When an upload that gets no further part is dropped."`
	CacheControl string `header:"Cache-Control"`
}

func uploadOf(u content.Upload) *uploadOutput {
	return &uploadOutput{
		TusResumable: tusVersion, TusVersion: tusVersion, Length: u.Bytes, Offset: strconv.FormatInt(u.Received, 10), Expires: u.ExpiresAt.UTC().Format(http.TimeFormat), CacheControl: "no-store",
	}
}

func (h *routes) uploadAPI() {
	s, write := h.server, fiberhttp.Permitted(content.PermissionWrite)
	type begin struct {
		Version  string `header:"Tus-Resumable" doc:"1.0.0"`
		Length   int64  `header:"Upload-Length" required:"true" minimum:"1" doc:"Bytes of the whole file."`
		Metadata string `header:"Upload-Metadata" doc:"filename, alt, and replaces with the id of a picture whose file it is to be."`
		IfMatch  string `header:"If-Match" doc:"With replaces: the ETag of that picture, a list of them, or * for any. Missing: 428; not the current one, now or when the last part comes: 412."`
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "begin-upload", Method: http.MethodPost, Path: "/media/uploads", Tags: []string{"content"}, Summary: "Begin to upload a picture in parts",
		Description: "The core of tus 1.0.0. Parts have at most 2 MiB, and all but the last at least a thousandth of the file. An upload that gets no part for a day is dropped.", DefaultStatus: http.StatusCreated,
	}, func(ctx context.Context, in *begin) (*uploadOutput, error) {
		if in.Version != tusVersion {
			return nil, errTusVersion
		}
		metadata, ok := tusMetadata(in.Metadata)
		if !ok {
			return nil, errTusHeader
		}
		begun := library.BeginUpload{
			MediaDescription: content.MediaDescription{Name: metadata["filename"], Alt: metadata["alt"]}, Bytes: in.Length, Replaces: content.MediaID(metadata["replaces"]),
		}
		begin := func(seen int) (content.Upload, error) {
			begun.Seen = seen
			return h.Content.BeginUpload(ctx, fiberhttp.ActorFrom(ctx), begun)
		}
		var u content.Upload
		var err error
		if begun.Replaces == "" {
			u, err = begin(0)
		} else {
			u, err = underIfMatch(in.IfMatch, content.ErrMediaEdited, h.editsOf(ctx, begun.Replaces), begin)
		}
		if err != nil {
			return nil, err
		}
		out := uploadOf(u)
		out.Location = "/api/v1/media/uploads/" + string(u.ID)
		return out, nil
	})

	type look struct {
		Version string `header:"Tus-Resumable"`
		ID      string `path:"id" maxLength:"64"`
	}
	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "get-upload", Method: http.MethodHead, Path: "/media/uploads/{id}", Tags: []string{"content"}, Summary: "Ask how far an upload is",
		Description: "One that is finished is known until it would have expired: its offset is its length, and Location says where the picture is.", DefaultStatus: http.StatusOK,
	}, func(ctx context.Context, in *look) (*uploadOutput, error) {
		u, err := h.Content.OpenUpload(ctx, fiberhttp.ActorFrom(ctx), content.MediaID(in.ID))
		if err != nil {
			return nil, err
		}
		out := uploadOf(u)
		if u.Finished {
			out.Location = mediaAPIPath(u.Picture())
		}
		return out, nil
	})

	type part struct {
		Version  string `header:"Tus-Resumable"`
		ID       string `path:"id" maxLength:"64"`
		Offset   int64  `header:"Upload-Offset" required:"true" minimum:"0" doc:"How many bytes have arrived."`
		Checksum string `header:"Upload-Checksum" doc:"sha256 and the hash of the part in base64; optional."`
		RawBody  []byte `contentType:"application/offset+octet-stream"`
	}
	body := &huma.RequestBody{}
	fiberhttp.Operation(s, write, huma.Operation{
		RequestBody: body,
		OperationID: "continue-upload", Method: http.MethodPatch, Path: "/media/uploads/{id}", Tags: []string{"content"}, Summary: "Send a part of an upload",
		Description: "With the last part the picture is in the library, and Location says where. A part that is not answered was kept or not: ask by HEAD. The last part sent once more, or one without a byte at the end, is answered by Location again.", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *part) (*uploadOutput, error) {
		if in.Version != tusVersion {
			return nil, errTusVersion
		}
		if err := checkPart(in.Checksum, in.RawBody); err != nil {
			return nil, err
		}
		u, m, err := h.Content.AddUploadPart(ctx, fiberhttp.ActorFrom(ctx), content.MediaID(in.ID), in.Offset, in.RawBody)
		if err != nil {
			return nil, err
		}
		out := uploadOf(u)
		if m != nil {
			out.Location = mediaAPIPath(m.ID)
		}
		return out, nil
	}, fiberhttp.MaxBody(content.MaxUploadPart))
	body.Required = false // as huma has every body of bytes: a part without one is for the end

	fiberhttp.Operation(s, write, huma.Operation{
		OperationID: "cancel-upload", Method: http.MethodDelete, Path: "/media/uploads/{id}", Tags: []string{"content"}, Summary: "Cancel an upload", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *look) (*struct{}, error) {
		return nil, h.Content.CancelUpload(ctx, fiberhttp.ActorFrom(ctx), content.MediaID(in.ID))
	})
}

// tusMetadata reads Upload-Metadata.
func tusMetadata(header string) (map[string]string, bool) {
	out := map[string]string{}
	for pair := range strings.SplitSeq(header, ",") {
		name, encoded, _ := strings.Cut(strings.TrimSpace(pair), " ")
		value, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
		if err != nil || !utf8.Valid(value) {
			return nil, false
		}
		if name != "" {
			out[name] = string(value)
		}
	}
	return out, true
}

// checkPart fails with content.ErrUploadChecksum for a part that is another than was sent.
func checkPart(checksum string, part []byte) error {
	if checksum == "" {
		return nil
	}
	encoded, ok := strings.CutPrefix(checksum, "sha256 ")
	want, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil {
		return errTusHeader
	}
	if have := sha256.Sum256(part); subtle.ConstantTimeCompare(have[:], want) != 1 {
		return content.ErrUploadChecksum
	}
	return nil
}
