package fiberhttp

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"github.com/gofiber/fiber/v2"
)

const (
	// maxParts bounds the parts of a multipart form. The bytes of all of them are
	// bounded by the route's [MaxBody].
	maxParts = 32
	// maxField bounds a part that is no file.
	maxField = 64 << 10
)

// File is a file that a form brought. Its name is what the sender called it: it
// proves nothing, neither what the file is nor that it can be kept under it.
type File struct {
	Name string
	Body []byte
}

// File returns the file of a field of a multipart form; false when the form brought
// none, also when the form cannot be read.
func (r *Request) File(field string) (File, bool) {
	r.FormValues()
	f, ok := r.files[field]
	return f, ok
}

// readParts reads a multipart form (RFC 7578). One that is not whole, or has too
// many parts, is none.
func (r *Request) readParts() {
	media, params, err := mime.ParseMediaType(r.Header(fiber.HeaderContentType))
	if err != nil || media != fiber.MIMEMultipartForm || params["boundary"] == "" {
		return
	}
	form, files := map[string][]string{}, map[string]File{}
	parts := multipart.NewReader(bytes.NewReader(r.c.Request().Body()), params["boundary"])
	for n := 0; ; n++ {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || n == maxParts {
			return
		}
		body, err := io.ReadAll(part)
		if err != nil {
			return
		}
		name := part.FormName()
		switch {
		case name == "":
		case part.FileName() != "":
			if _, again := files[name]; !again {
				files[name] = File{Name: strings.ToValidUTF8(part.FileName(), ""), Body: body}
			}
		case strings.Contains(part.Header.Get("Content-Disposition"), "filename="):
			// A field for files in which nothing was chosen.
		case len(body) <= maxField:
			form[name] = append(form[name], string(body))
		default:
			return
		}
	}
	r.form, r.files = form, files
}
