package filestore_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/filestore"
	"github.com/neoforge-dev/neoforge/ports/blobs"
	"github.com/neoforge-dev/neoforge/ports/blobs/blobstest"
	"github.com/neoforge-dev/neoforge/tests/harness/skips"
)

func TestMain(m *testing.M) { os.Exit(skips.Main(m)) }

func TestFilestore_KeepsTheContract(t *testing.T) {
	t.Parallel()
	blobstest.Run(t, func(t *testing.T) blobs.Store {
		s, err := filestore.New(filepath.Join(t.TempDir(), "media"))
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func TestFilestore_RemovesWhatAKilledProgramLeft(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	s, err := filestore.New(root)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), "a/b", "image/png", strings.NewReader("x"), 1); err != nil {
		t.Fatal(err)
	}
	old, fresh := filepath.Join(root, ".part", "1"), filepath.Join(root, ".part", "2")
	for _, path := range []string{old, fresh} {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	then := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(old, then, then); err != nil {
		t.Fatal(err)
	}
	if _, err := filestore.New(root); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("what was left is there: %v", err)
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Errorf("what is being written is gone: %v", err)
	}
}

func TestFilestore_FollowsNoKeyOutOfItsFolder(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	s, err := filestore.New(filepath.Join(root, "media"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "secret"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), "a/../../secret", blobs.Range{}); err == nil {
		t.Fatal("a file outside is opened")
	}
	if err := s.Put(t.Context(), "../x", "image/png", strings.NewReader("x"), 1); err == nil {
		t.Fatal("a file outside is written")
	}
}
