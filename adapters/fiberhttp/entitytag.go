package fiberhttp

import (
	"bytes"
	"iter"
	"strconv"
	"strings"
)

// ETagOf writes a version as an ETag, which [ParseIfMatch] reads back.
func ETagOf(version int) string { return `"` + strconv.Itoa(version) + `"` }

// IfMatch is what a change is conditional on (RFC 9110, 13.1.1): any version, or one
// of these.
type IfMatch struct {
	Any      bool
	Versions []int
}

// ParseIfMatch reads If-Match: an asterisk, or a list of ETags. Weak ones, and those
// that no version ever had, match nothing. It fails with ErrPreconditionRequired for
// an empty header.
func ParseIfMatch(header string) (IfMatch, error) {
	header = strings.Trim(header, " \t")
	switch header {
	case "":
		return IfMatch{}, ErrPreconditionRequired
	case "*":
		return IfMatch{Any: true}, nil
	}
	var m IfMatch
	for tag, weak := range entityTags([]byte(header)) {
		text := strings.Trim(string(tag), `"`)
		// Proxies that compress name the encoding in the tag of an answer.
		for _, encoding := range []string{"-gzip", "-br", "-zstd"} {
			text = strings.TrimSuffix(text, encoding)
		}
		version, err := strconv.Atoi(text)
		if err == nil && !weak && strconv.Itoa(version) == text {
			m.Versions = append(m.Versions, version)
		}
	}
	return m, nil
}

// matches compares If-None-Match with a strong ETag, weakly (RFC 9110, 13.1.2).
func matches(header, tag []byte) bool {
	if string(bytes.Trim(header, " \t")) == "*" {
		return true
	}
	for given := range entityTags(header) {
		if bytes.Equal(given, tag) {
			return true
		}
	}
	return false
}

// entityTags goes over a list of ETags: each with its quotes, and whether it is weak
// (RFC 9110, 8.8.3). It ends where the list is none.
func entityTags(header []byte) iter.Seq2[[]byte, bool] {
	return func(yield func([]byte, bool) bool) {
		for {
			header = bytes.TrimLeft(header, ", \t")
			rest, weak := bytes.CutPrefix(header, []byte("W/"))
			if len(rest) == 0 || rest[0] != '"' {
				return
			}
			end := bytes.IndexByte(rest[1:], '"') + 2
			if end < 2 || !yield(rest[:end], weak) {
				return
			}
			header = bytes.TrimLeft(rest[end:], " \t")
			if len(header) > 0 && header[0] != ',' {
				return
			}
		}
	}
}
