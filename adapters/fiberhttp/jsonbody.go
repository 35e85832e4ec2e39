package fiberhttp

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// maxNesting bounds how deep arrays and objects of a body may stand in each other.
const maxNesting = 64

// checkJSON refuses a JSON body that two readers could understand differently, or
// that no database would keep: bytes that are not UTF-8, the character U+0000, an
// object that names a key twice (RFC 8259, 4), also when only the case differs,
// which Go's decoder takes for the same. Bad syntax is left to the decoder.
func checkJSON(body []byte) error {
	w := jsonWalk{decoder: json.NewDecoder(bytes.NewReader(body)), whole: storable(body)}
	w.decoder.UseNumber()
	err := w.value()
	var found *Problem
	if errors.As(err, &found) {
		return err
	}
	if !w.whole { // the decoder puts U+FFFD where bytes were not UTF-8
		return unreadable(w.replaced, notText)
	}
	return nil
}

type jsonWalk struct {
	decoder  *json.Decoder
	whole    bool
	replaced string // where the first U+FFFD stands
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
	t, err := w.decoder.Token()
	if err != nil {
		return err
	}
	switch t := t.(type) {
	case string:
		return w.text(t)
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

func (w *jsonWalk) text(s string) error {
	if strings.IndexByte(s, 0) >= 0 {
		return unreadable(w.at(), notText)
	}
	if !w.whole && w.replaced == "" && strings.ContainsRune(s, '\uFFFD') {
		w.replaced = w.at()
	}
	return nil
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
		t, err := w.decoder.Token()
		if err != nil {
			return err
		}
		key, ok := t.(string)
		if !ok {
			return io.ErrUnexpectedEOF
		}
		if strings.IndexByte(key, 0) >= 0 {
			w.path = w.path[:last]
			return unreadable(w.at(), "A name is not text: it holds the character U+0000.")
		}
		w.path[last].key = key
		if err := w.text(key); err != nil {
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
