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
	err := w.value("", 0)
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
}

// value reads one value that stands at a path ("tags[2]").
func (w *jsonWalk) value(path string, depth int) error {
	t, err := w.decoder.Token()
	if err != nil {
		return err
	}
	switch t := t.(type) {
	case string:
		return w.text(path, t)
	case json.Delim:
		if depth == maxNesting {
			return unreadable(path, "This is nested too deeply.")
		}
		if t == '[' {
			return w.array(path, depth+1)
		}
		return w.object(path, depth+1)
	}
	return nil
}

func (w *jsonWalk) text(path, s string) error {
	if strings.IndexByte(s, 0) >= 0 {
		return unreadable(path, notText)
	}
	if !w.whole && w.replaced == "" && strings.ContainsRune(s, '\uFFFD') {
		w.replaced = path
	}
	return nil
}

func (w *jsonWalk) array(path string, depth int) error {
	for n := 0; w.decoder.More(); n++ {
		if err := w.value(path+"["+strconv.Itoa(n)+"]", depth); err != nil {
			return err
		}
	}
	return w.end()
}

func (w *jsonWalk) object(path string, depth int) error {
	seen := map[string]bool{}
	for w.decoder.More() {
		t, err := w.decoder.Token()
		if err != nil {
			return err
		}
		key, ok := t.(string)
		if !ok {
			return io.ErrUnexpectedEOF
		}
		at := key
		if path != "" {
			at = path + "." + key
		}
		if err := w.text(at, key); err != nil {
			return unreadable(path, "A name is not text: it holds the character U+0000.")
		}
		folded := strings.ToLower(strings.ToUpper(key)) // as Go's decoder compares keys
		if seen[folded] {
			return unreadable(at, "This is named twice.")
		}
		seen[folded] = true
		if err := w.value(at, depth); err != nil {
			return err
		}
	}
	return w.end()
}

func (w *jsonWalk) end() error {
	_, err := w.decoder.Token()
	return err
}
