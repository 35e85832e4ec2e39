package fiberhttp

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
)

// entry is a cached answer: everything that serving it needs, worked out once.
// Kept as bytes, its parts are slices of them: reading one copies nothing.
type entry struct {
	contentType, csp           []byte
	etag, etagGzip, etagBrotli []byte
	plain, gzip, brotli        []byte
}

const entryVersion = 1

var errEntry = errors.New("fiberhttp: not a cached answer")

func newEntry(d document) entry {
	sum := sha256.Sum256(d.body)
	tag := base64.RawURLEncoding.EncodeToString(sum[:12])
	e := entry{
		contentType: []byte(d.contentType), csp: []byte(d.csp), plain: d.body,
		etag: []byte(`"` + tag + `"`), etagGzip: []byte(`"` + tag + `-gz"`), etagBrotli: []byte(`"` + tag + `-br"`),
	}
	if compressible(d.contentType, len(d.body)) {
		e.gzip, e.brotli = gzipped(d.body, 9), brotlied(d.body, 7)
	}
	return e
}

func (e *entry) parts() [8]*[]byte {
	return [8]*[]byte{&e.contentType, &e.csp, &e.etag, &e.etagGzip, &e.etagBrotli, &e.plain, &e.gzip, &e.brotli}
}

func (e entry) encode() []byte {
	out := make([]byte, 1, 64+len(e.csp)+len(e.plain)+len(e.gzip)+len(e.brotli))
	out[0] = entryVersion
	for _, p := range e.parts() {
		out = binary.AppendUvarint(out, uint64(len(*p)))
		out = append(out, *p...)
	}
	return out
}

func decodeEntry(raw []byte) (e entry, err error) {
	if len(raw) == 0 || raw[0] != entryVersion {
		return entry{}, errEntry
	}
	raw = raw[1:]
	for _, p := range e.parts() {
		n, width := binary.Uvarint(raw)
		if width <= 0 || n > uint64(len(raw)-width) {
			return entry{}, errEntry
		}
		end := width + int(n)
		*p, raw = raw[width:end:end], raw[end:]
	}
	return e, nil
}

// compressible reports whether encoding an answer saves anything worth the while.
func compressible(contentType string, size int) bool {
	if size < 600 {
		return false
	}
	for _, kind := range []string{"text/", "application/json", "application/problem+json", "application/atom+xml", "application/xml", "application/manifest+json", "image/svg+xml"} {
		if strings.HasPrefix(contentType, kind) {
			return true
		}
	}
	return false
}

func gzipped(body []byte, level int) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, level)
	if err != nil {
		w = gzip.NewWriter(&out)
	}
	_, _ = w.Write(body) // a buffer never fails
	_ = w.Close()
	return out.Bytes()
}

func brotlied(body []byte, level int) []byte {
	var out bytes.Buffer
	w := brotli.NewWriterLevel(&out, level)
	_, _ = w.Write(body)
	_ = w.Close()
	return out.Bytes()
}

type encodings uint8

const (
	acceptsGzip encodings = 1 << iota
	acceptsBrotli
)

// negotiate reads Accept-Encoding. An encoding with q=0 is refused; which of the
// others is sent is ours to choose.
func negotiate(header []byte) encodings {
	var accepted encodings
	for part := range bytes.SplitSeq(header, []byte{','}) {
		name, parameters, _ := bytes.Cut(part, []byte{';'})
		if refused(parameters) {
			continue
		}
		switch string(bytes.TrimSpace(name)) {
		case "gzip":
			accepted |= acceptsGzip
		case "br":
			accepted |= acceptsBrotli
		case "*":
			accepted |= acceptsGzip
		}
	}
	return accepted
}

func refused(parameters []byte) bool {
	q, ok := bytes.CutPrefix(bytes.TrimSpace(parameters), []byte("q="))
	return ok && len(bytes.Trim(q, "0.")) == 0
}
