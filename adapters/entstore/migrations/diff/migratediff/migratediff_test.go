package migratediff

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestWrite_GivesBothDialectsOneTimeAfterEveryOther(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	sqlite, postgres := mustFolder(t, root, "sqlite", "20260501120000_before.sql"), mustFolder(t, root, "postgres", "20260501120007_before.sql")
	files, err := write([]plan{{sqlite, []byte("one")}, {postgres, []byte("two")}}, "notices", now)
	if err != nil || len(files) != 2 {
		t.Fatalf("%v, %v", files, err)
	}
	for folder, want := range map[string]string{sqlite: "one", postgres: "two"} {
		if have, err := os.ReadFile(filepath.Join(folder, "20260501120008_notices.sql")); err != nil || string(have) != want {
			t.Errorf("%s: %q, %v", folder, have, err)
		}
	}
}

func TestWrite_LeavesNothingWhenOneCannotBeWritten(t *testing.T) {
	t.Parallel()
	sqlite := mustFolder(t, t.TempDir(), "sqlite", "20260501120000_before.sql")
	absent := filepath.Join(t.TempDir(), "postgres")
	if files, err := write([]plan{{sqlite, []byte("one")}, {absent, []byte("two")}}, "notices", time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)); err == nil {
		t.Fatalf("wrote %v", files)
	}
	if left, err := copySQL(sqlite, "", nil); err != nil || len(left) != 1 {
		t.Errorf("left %v, %v", left, err)
	}
}

func mustFolder(t *testing.T, root, name, file string) string {
	t.Helper()
	folder := filepath.Join(root, name)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, file), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}
