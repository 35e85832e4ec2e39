package fiberhttp

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxNesting bounds how deep arrays and objects of a body may stand in each other.
const maxNesting = 64

// halfSurrogate is said of an escape that is no character by itself (RFC 8259, 8.2).
const halfSurrogate = "This is not text: it holds half of a surrogate pair."

// checkJSON refuses a JSON body that two readers could understand differently, or
// that no database would keep: bytes that are not UTF-8, the character U+0000, half of
// a surrogate pair, an object that names a key twice (RFC 8259, 4), also when only the
// case differs, which Go's decoder takes for the same. Bad syntax is left to the decoder.
func checkJSON(body []byte) error {
	w := jsonWalk{decoder: json.NewDecoder(bytes.NewReader(body)), body: body}
	w.decoder.UseNumber()
	err := w.value()
	var found *Problem
	if errors.As(err, &found) {
		return err
	}
	if !storable(body) { // outside of what was read as a value
		return unreadable("", notText)
	}
	return nil
}

type jsonWalk struct {
	decoder *json.Decoder
	body    []byte
	// path is where the walk stands. It is put in words only for a fault: to do so for
	// each value would copy a long key once for each that stands under it.
	path []jsonStep
}

// jsonStep is a key of an object, or with no object a place in an array.
type jsonStep struct {
	object bool
	key    string
	index  int
}

// maxPath bounds the bytes of a path in an answer.
const maxPath = 500

// at puts the path in words: "tags[2].label".
func (w *jsonWalk) at() string {
	var out strings.Builder
	for i, step := range w.path {
		switch {
		case !step.object:
			out.WriteString("[" + strconv.Itoa(step.index) + "]")
		case i > 0:
			out.WriteString("." + step.key)
		default:
			out.WriteString(step.key)
		}
		if out.Len() > maxPath {
			return strings.ToValidUTF8(out.String()[:maxPath], "") + "…"
		}
	}
	return out.String()
}

func (w *jsonWalk) value() error {
	from := w.decoder.InputOffset()
	t, err := w.decoder.Token()
	if err != nil {
		return err
	}
	switch t := t.(type) {
	case string:
		return w.text(t, from)
	case json.Delim:
		if len(w.path) == maxNesting {
			return unreadable(w.at(), "This is nested too deeply.")
		}
		w.path = append(w.path, jsonStep{object: t == '{'})
		if t == '[' {
			err = w.array()
		} else {
			err = w.object()
		}
		w.path = w.path[:len(w.path)-1]
	}
	return err
}

// text looks at a string, whose token begins at from or behind it. The decoder puts
// U+FFFD where bytes are not UTF-8 and for half of a surrogate pair, so that only a
// string with that character has to be looked at as it was sent.
func (w *jsonWalk) text(s string, from int64) error {
	if strings.IndexByte(s, 0) >= 0 {
		return unreadable(w.at(), notText)
	}
	if !strings.ContainsRune(s, utf8.RuneError) {
		return nil
	}
	switch sent := w.body[from:w.decoder.InputOffset()]; {
	case !utf8.Valid(sent):
		return unreadable(w.at(), notText)
	case hasHalfSurrogate(sent):
		return unreadable(w.at(), halfSurrogate)
	}
	return nil
}

// hasHalfSurrogate reports whether an escaped surrogate of a JSON string stands
// without the one that makes a character of it.
func hasHalfSurrogate(sent []byte) bool {
	for i := 0; i < len(sent); i++ {
		if sent[i] != '\\' {
			continue
		}
		if r := escaped(sent[i:]); utf16.IsSurrogate(r) {
			if utf16.DecodeRune(r, escaped(sent[i+escapeLength:])) == utf8.RuneError {
				return true
			}
			i += escapeLength
		}
		i++ // what is escaped begins no other escape
	}
	return false
}

// escapeLength is that of "\ud800".
const escapeLength = 6

// escaped is the character of an escape that a text begins with, or -1.
func escaped(sent []byte) rune {
	if len(sent) < escapeLength || sent[0] != '\\' || sent[1] != 'u' {
		return -1
	}
	r, err := strconv.ParseUint(string(sent[2:escapeLength]), 16, 32)
	if err != nil {
		return -1
	}
	return rune(r)
}

func (w *jsonWalk) array() error {
	for last := len(w.path) - 1; w.decoder.More(); w.path[last].index++ {
		if err := w.value(); err != nil {
			return err
		}
	}
	return w.end()
}

func (w *jsonWalk) object() error {
	seen := map[string]bool{}
	last := len(w.path) - 1
	for w.decoder.More() {
		from := w.decoder.InputOffset()
		t, err := w.decoder.Token()
		if err != nil {
			return err
		}
		key, ok := t.(string)
		if !ok {
			return io.ErrUnexpectedEOF
		}
		if strings.IndexByte(key, 0) >= 0 { // which no answer could repeat
			w.path[last].key = ""
			return unreadable(strings.TrimSuffix(w.at(), "."), "A name is not text: it holds the character U+0000.")
		}
		w.path[last].key = key
		if err := w.text(key, from); err != nil {
			return err
		}
		folded := strings.ToLower(strings.ToUpper(key)) // as Go's decoder compares keys
		if seen[folded] {
			return unreadable(w.at(), "This is named twice.")
		}
		seen[folded] = true
		if err := w.value(); err != nil {
			return err
		}
	}
	return w.end()
}

func (w *jsonWalk) end() error {
	_, err := w.decoder.Token()
	return err
}
