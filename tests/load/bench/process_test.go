package main

import (
	"os"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/tests/harness/skips"
)

func TestMain(m *testing.M) { os.Exit(skips.Main(m)) }

func TestParseStat_ReadsWhatComesAfterTheName(t *testing.T) {
	t.Parallel()
	// A name may hold spaces and parentheses, as backends of Postgres have them.
	const line = "4711 (postgres: (x) 1) S 42 42 42 0 -1 4194560 1 2 3 4 150 50 30 20 20 0 1 0 99 1 2 3"
	s, err := parseStat(line)
	if err != nil {
		t.Fatal(err)
	}
	want := stat{name: "postgres: (x) 1", parent: 42, self: 2 * time.Second, reaped: 500 * time.Millisecond}
	if s != want {
		t.Errorf("read %+v, want %+v", s, want)
	}
	for _, bad := range []string{"", "1 (x", "1 (x) S 2", "1 (x) S a 1 1 0 -1 0 1 2 3 4 1 1 1 1"} {
		if _, err := parseStat(bad); err == nil {
			t.Errorf("%q was read as a line of stat", bad)
		}
	}
}

func TestReadStat_OfThisProcessHasItsParent(t *testing.T) {
	t.Parallel()
	s, err := readStat(os.Getpid())
	if err != nil {
		skips.Missing(t, skips.System, "this system has no /proc, which the bench needs: "+err.Error())
	}
	if s.parent != os.Getppid() {
		t.Errorf("the parent is %d, want %d", s.parent, os.Getppid())
	}
}

func TestWriter_MakesTheSamePostsEachTime(t *testing.T) {
	t.Parallel()
	one, two := newWriter(), newWriter()
	for n := range 5 {
		a, err := one.post(n)
		if err != nil {
			t.Fatal(err)
		}
		b, err := two.post(n)
		if err != nil {
			t.Fatal(err)
		}
		if a[0] != b[0] || a[14] != b[14] || a[2] == "" {
			t.Errorf("post %d differs between two runs", n)
		}
	}
}
