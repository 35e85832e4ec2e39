// Package blobstest is the contract of ports/blobs, which every adapter runs.
package blobstest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/neoforge-dev/neoforge/ports/blobs"
)

// Run checks a store against the port. open gives each case an empty one.
func Run(t *testing.T, open func(t *testing.T) blobs.Store) {
	t.Helper()
	for name, run := range map[string]func(t *testing.T, s blobs.Store){
		"keeps what it was given":                         keeps,
		"opens a part of a file":                          opensParts,
		"replaces a file":                                 replaces,
		"deletes, and deleting again is no error":         deletes,
		"keeps nothing of a reader that breaks off":       keepsNothingHalf,
		"lists what begins with a prefix, in order":       lists,
		"lists on after a key, and ends with an error":    listsOn,
		"refuses what is no key":                          refusesKeys,
		"a file that is written by many at once is whole": writtenAtOnce,
		"a context that has ended":                        ended,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, open(t))
		})
	}
}

func put(t *testing.T, s blobs.Store, key string, body []byte) {
	t.Helper()
	if err := s.Put(t.Context(), key, "image/png", bytes.NewReader(body), int64(len(body))); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, s blobs.Store, key string, part blobs.Range) ([]byte, int64) {
	t.Helper()
	f, err := s.Get(t.Context(), key, part)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	body, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return body, f.Size
}

func absent(t *testing.T, s blobs.Store, key string) {
	t.Helper()
	f, err := s.Get(t.Context(), key, blobs.Range{})
	if err == nil {
		_ = f.Close()
	}
	if !errors.Is(err, blobs.ErrNotFound) {
		t.Fatalf("%s: have %v, want %v", key, err, blobs.ErrNotFound)
	}
}

func all(t *testing.T, s blobs.Store, prefix, after string) (keys []string) {
	t.Helper()
	err := s.List(t.Context(), prefix, after, func(i blobs.Info) error {
		if i.ModifiedAt.IsZero() {
			t.Errorf("%s has no time", i.Key)
		}
		keys = append(keys, i.Key)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func keeps(t *testing.T, s blobs.Store) {
	absent(t, s, "media/a/1/original.jpg")
	for _, size := range []int{1, 70_000} {
		key, body := fmt.Sprintf("media/%d/1/original.jpg", size), bytes.Repeat([]byte{0, 1, 0xff}, size)
		put(t, s, key, body)
		have, whole := read(t, s, key, blobs.Range{})
		if !bytes.Equal(have, body) || whole != int64(len(body)) {
			t.Errorf("%d bytes came back as %d of %d", len(body), len(have), whole)
		}
	}
	absent(t, s, "media/1/1")
	absent(t, s, "media/1/1/original.jpg.tmp")
}

func opensParts(t *testing.T, s blobs.Store) {
	put(t, s, "a/b", []byte("0123456789"))
	for part, want := range map[blobs.Range]string{
		{}: "0123456789", {Offset: 3}: "3456789", {Offset: 3, Length: 2}: "34", {Length: 1}: "0", {Offset: 9, Length: 1}: "9", {Offset: 8, Length: 2}: "89",
		{Offset: 8, Length: 9}: "89", {Offset: 10}: "", {Offset: 10, Length: 1}: "", {Offset: 1 << 40, Length: 5}: "",
	} {
		have, whole := read(t, s, "a/b", part)
		if string(have) != want || whole != 10 {
			t.Errorf("%+v: have %q of %d, want %q", part, have, whole, want)
		}
	}
}

func replaces(t *testing.T, s blobs.Store) {
	put(t, s, "a/b", []byte("a long first version"))
	put(t, s, "a/b", []byte("short"))
	if have, size := read(t, s, "a/b", blobs.Range{}); string(have) != "short" || size != 5 {
		t.Fatalf("have %q of %d", have, size)
	}
}

func deletes(t *testing.T, s blobs.Store) {
	put(t, s, "a/b", []byte("x"))
	put(t, s, "a/c", []byte("y"))
	for range 2 {
		if err := s.Delete(t.Context(), "a/b"); err != nil {
			t.Fatal(err)
		}
	}
	absent(t, s, "a/b")
	if keys := all(t, s, "a/", ""); !slices.Equal(keys, []string{"a/c"}) {
		t.Fatalf("left are %v", keys)
	}
	if err := s.Delete(t.Context(), "a/c"); err != nil {
		t.Fatal(err)
	}
	put(t, s, "a/c/d", []byte("a folder where a file was"))
}

func keepsNothingHalf(t *testing.T, s blobs.Store) {
	broken := io.MultiReader(strings.NewReader("some bytes"), iotest.ErrReader(errors.New("the connection broke")))
	if err := s.Put(t.Context(), "a/b", "image/png", broken, 1000); err == nil {
		t.Fatal("a reader that breaks off is kept")
	}
	if err := s.Put(t.Context(), "a/b", "image/png", strings.NewReader("too short"), 1000); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("a reader that is too short: %v", err)
	}
	absent(t, s, "a/b")
	if keys := all(t, s, "a/", ""); len(keys) > 0 {
		t.Fatalf("left are %v", keys)
	}
	put(t, s, "a/b", []byte("whole"))
	_ = s.Put(t.Context(), "a/b", "image/png", strings.NewReader("hal"), 4)
	if have, _ := read(t, s, "a/b", blobs.Range{}); string(have) != "whole" {
		t.Fatalf("a write that failed left %q", have)
	}
}

func lists(t *testing.T, s blobs.Store) {
	if keys := all(t, s, "nothing/", ""); len(keys) > 0 {
		t.Fatalf("an empty store lists %v", keys)
	}
	want := []string{"m/1/1/original.jpg", "m/1/2/480x320.jpg", "m/1/2/original.jpg", "m/1-2/x", "m/10/a", "m/2/a"}
	slices.Sort(want)
	for _, key := range append([]string{"n/1", "ma/1"}, want...) {
		put(t, s, key, []byte("x"))
	}
	if keys := all(t, s, "m/", ""); !slices.Equal(keys, want) {
		t.Fatalf("have %v\nwant %v", keys, want)
	}
	if keys := all(t, s, "m/1/2/", ""); len(keys) != 2 {
		t.Fatalf("have %v", keys)
	}
}

func listsOn(t *testing.T, s blobs.Store) {
	for _, key := range []string{"a/1/x", "a/2/x", "a/3/x"} {
		put(t, s, key, []byte("x"))
	}
	if keys := all(t, s, "a/", "a/1/x"); !slices.Equal(keys, []string{"a/2/x", "a/3/x"}) {
		t.Fatalf("after the first: %v", keys)
	}
	enough, seen := errors.New("enough"), 0
	err := s.List(t.Context(), "a/", "", func(blobs.Info) error {
		seen++
		return enough
	})
	if !errors.Is(err, enough) || seen != 1 {
		t.Fatalf("have %v after %d", err, seen)
	}
}

func refusesKeys(t *testing.T, s blobs.Store) {
	if err := s.Put(t.Context(), "a/b", "image/png", strings.NewReader(""), 0); err == nil {
		t.Error("an empty file is kept")
	}
	for _, key := range []string{"", "/", "a/", "/a", "a//b", "../a", "a/../b", "a/./b", ".hidden", "A", "a b", "a\\b", "a/\x00", "ä", strings.Repeat("a/", 300) + "a"} {
		if err := s.Put(t.Context(), key, "image/png", strings.NewReader("x"), 1); err == nil {
			t.Errorf("%q is kept", key)
		}
		if _, err := s.Get(t.Context(), key, blobs.Range{}); !errors.Is(err, blobs.ErrNotFound) {
			t.Errorf("%q is opened: %v", key, err)
		}
		if err := s.Delete(t.Context(), key); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
}

func writtenAtOnce(t *testing.T, s blobs.Store) {
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			body := bytes.Repeat([]byte{byte('a' + i)}, 20_000)
			if err := s.Put(t.Context(), "a/b", "image/png", bytes.NewReader(body), int64(len(body))); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	have, _ := read(t, s, "a/b", blobs.Range{})
	if len(have) != 20_000 || !bytes.Equal(have, bytes.Repeat(have[:1], len(have))) {
		t.Fatalf("%d bytes of several writers", len(have))
	}
}

func ended(t *testing.T, s blobs.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Put(ctx, "a/b", "image/png", strings.NewReader("x"), 1); !errors.Is(err, context.Canceled) {
		t.Errorf("put: %v", err)
	}
	if _, err := s.Get(ctx, "a/b", blobs.Range{}); !errors.Is(err, context.Canceled) {
		t.Errorf("get: %v", err)
	}
	absent(t, s, "a/b")
}
