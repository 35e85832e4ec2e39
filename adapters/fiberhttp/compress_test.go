package fiberhttp

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/klauspost/compress/gzip"
)

func TestEncodings_AreMadeOnceHoweverManyAskForThem(t *testing.T) {
	t.Parallel()
	k, z := newEncodings(1<<20), newGzip(gzipCached)
	body := bytes.Repeat([]byte("text "), 1000)
	got := make([][]byte, 16)
	var group sync.WaitGroup
	for i := range got {
		group.Go(func() { got[i] = k.get([]byte("tag"), body, z) })
	}
	group.Wait()
	for _, g := range got {
		if &g[0] != &got[0][0] {
			t.Fatal("it was made more than once")
		}
	}
	r, err := gzip.NewReader(bytes.NewReader(got[0]))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(r); err != nil || !bytes.Equal(plain, body) {
		t.Fatalf("it decodes to %d bytes: %v", len(plain), err)
	}
}

func TestEncodings_MakeRoomWhenNobodyAsksForThem(t *testing.T) {
	t.Parallel()
	k, z := newEncodings(10_000), newGzip(gzipCached)
	body := bytes.Repeat([]byte("x"), 1000)
	popular := []byte("popular")
	first := k.get(popular, body, z)
	for i := range 100 {
		tag := []byte(fmt.Sprint("tag", i))
		k.get(tag, body, z)
		if !k.have(tag) || !k.have(popular) {
			t.Fatalf("after %d others what is asked for is gone", i+1)
		}
		if again := k.get(popular, body, z); &again[0] != &first[0] {
			t.Fatalf("after %d others it was made anew", i+1)
		}
	}
	if n := len(k.young) + len(k.old); n > 10 {
		t.Fatalf("%d encodings are kept, of at most 10", n)
	}
	if k.have([]byte("tag0")) {
		t.Fatal("what nobody asks for is still kept")
	}
}

func TestCompressor_ForgetsWhatItWroteWhenItIsUsedAgain(t *testing.T) {
	t.Parallel()
	for name, z := range map[string]*compressor{"gzip": newGzip(gzipCached), "brotli": newBrotli(brotliCached)} {
		body := bytes.Repeat([]byte("text "), 1000)
		first := z.encode(body)
		kept := bytes.Clone(first)
		z.encode(bytes.Repeat([]byte("other "), 2000))
		if again := z.encode(body); !bytes.Equal(again, kept) || !bytes.Equal(first, kept) {
			t.Errorf("%s: the same text became other bytes", name)
		}
	}
}
