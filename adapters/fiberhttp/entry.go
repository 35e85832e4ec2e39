package fiberhttp

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
)

// entry is a cached answer: everything that serving it needs, worked out once.
// Kept as bytes, its parts are slices of them: reading one copies nothing. It holds
// no encoding of its body: [encodings] makes one when it is asked for.
type entry struct {
	contentType, csp, link     []byte
	etag, etagGzip, etagBrotli []byte // the latter two are empty where encoding saves nothing
	tags                       []byte // for the network in front, of a route whose answers have tags of their own
	shown                      []byte // the tags of what it shows, as JSON, of such a route
	plain                      []byte
}

// entryVersion is part of every cache key: programs that keep entries otherwise
// never see these.
const entryVersion = 5

var errEntry = errors.New("fiberhttp: not a cached answer")

func newEntry(d document) entry {
	sum := sha256.Sum256(d.body)
	tag := base64.RawURLEncoding.EncodeToString(sum[:12])
	e := entry{contentType: []byte(d.contentType), csp: []byte(d.csp), link: []byte(d.link), plain: d.body, etag: []byte(`"` + tag + `"`)}
	if compressible(d.contentType, len(d.body)) {
		e.etagGzip, e.etagBrotli = []byte(`"`+tag+`-gz"`), []byte(`"`+tag+`-br"`)
	}
	return e
}

func (e *entry) parts() [9]*[]byte {
	return [9]*[]byte{&e.contentType, &e.csp, &e.link, &e.etag, &e.etagGzip, &e.etagBrotli, &e.tags, &e.shown, &e.plain}
}

func (e entry) encode() []byte {
	out := make([]byte, 1, 160+len(e.csp)+len(e.link)+len(e.plain))
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

// accepted are the encodings that a request allows.
type accepted uint8

const (
	acceptsGzip accepted = 1 << iota
	acceptsBrotli
)

// negotiate reads Accept-Encoding. An encoding with q=0 is refused; which of the
// others is sent is ours to choose.
func negotiate(header []byte) accepted {
	var all accepted
	for part := range bytes.SplitSeq(header, []byte{','}) {
		name, parameters, _ := bytes.Cut(part, []byte{';'})
		if refused(parameters) {
			continue
		}
		switch string(bytes.TrimSpace(name)) {
		case "gzip":
			all |= acceptsGzip
		case "br":
			all |= acceptsBrotli
		case "*":
			all |= acceptsGzip
		}
	}
	return all
}

func refused(parameters []byte) bool {
	q, ok := bytes.CutPrefix(bytes.TrimSpace(parameters), []byte("q="))
	return ok && len(bytes.Trim(q, "0.")) == 0
}
