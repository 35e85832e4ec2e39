package fiberhttp

import (
	"bytes"
	"strings"
	"testing"
)

func FuzzTraceOfAnswersATraceOrNothing(f *testing.F) {
	f.Add([]byte("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
	f.Add([]byte("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"))
	f.Add([]byte("00-00000000000000000000000000000000-00f067aa0ba902b7-01"))
	f.Add([]byte("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
	f.Fuzz(func(t *testing.T, header []byte) {
		if trace := traceOf(header); trace != "" && (len(trace) != 32 || !lowerHex([]byte(trace)) || allZero([]byte(trace))) {
			t.Fatalf("%q has the trace %q", header, trace)
		}
	})
}

func FuzzACachedAnswerIsReadOrRefused(f *testing.F) {
	f.Add(newEntry(document{body: []byte("body"), contentType: "text/html", csp: "x"}).encode())
	f.Add([]byte{entryVersion, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := decodeEntry(raw)
		if err != nil {
			return
		}
		again, err := decodeEntry(e.encode())
		if err != nil || !bytes.Equal(again.plain, e.plain) || !bytes.Equal(again.etag, e.etag) {
			t.Fatalf("%v", err)
		}
	})
}

func TestTraceparent_IsReadAsTheRecommendationSays(t *testing.T) {
	t.Parallel()
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	for header, want := range map[string]string{
		"00-" + id + "-00f067aa0ba902b7-01":                     id,
		"cc-" + id + "-00f067aa0ba902b7-01-what-comes-later":    id,
		"00-" + id + "-00f067aa0ba902b7-01-more":                "",
		"00-" + strings.ToUpper(id) + "-00f067aa0ba902b7-01":    "",
		"00-" + id + "-0000000000000000-01":                     "",
		"00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-1": "",
		"": "",
	} {
		if got := traceOf([]byte(header)); got != want {
			t.Errorf("%q: %q", header, got)
		}
	}
}
