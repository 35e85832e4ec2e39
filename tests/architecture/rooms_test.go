package architecture_test

import (
	"bytes"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/neoforge-dev/neoforge/tests/architecture"
)

func TestRooms_KeepApart(t *testing.T) {
	t.Parallel()
	report(t, architecture.RoomsKeepApart(parsed(t)))
}

func TestRooms_AreReadable(t *testing.T) {
	t.Parallel()
	lines := map[string]int{}
	err := fs.WalkDir(root, "modules", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".go") {
			return err
		}
		source, err := fs.ReadFile(root, p)
		lines[p] = bytes.Count(source, []byte("\n"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) < 100 {
		t.Errorf("%d files were seen", len(lines))
	}
	report(t, architecture.RoomsAreReadable(lines))
}

// Each wall is proven by a file that breaks it, and lets through what is meant to pass.
func TestRoomsKeepApart_CatchesAPlantedViolation(t *testing.T) {
	t.Parallel()
	const identity = architecture.Module + "/modules/identity"
	for name, tc := range map[string]struct {
		path, source string
		caught       bool
	}{
		"a room imports another":               {"modules/identity/privacy/x.go", imports("privacy", identity+"/signin"), true},
		"a test of a room imports another":     {"modules/identity/privacy/x_test.go", imports("privacy_test", identity+"/signin"), true},
		"a room imports the assembly":          {"modules/identity/privacy/x.go", imports("privacy", identity+"/identityapp"), true},
		"what is shared imports a room":        {"modules/identity/internal/mails/x.go", imports("mails", identity+"/signin"), true},
		"the root imports a room":              {"modules/identity/x.go", imports("identity", identity+"/signin"), true},
		"the root imports what is shared":      {"modules/identity/x.go", imports("identity", identity+"/internal/mails"), true},
		"a room has a room":                    {"modules/identity/signin/codes/x.go", "package codes\n", true},
		"a new context's room imports another": {"modules/notices/sending/x.go", imports("sending", architecture.Module+"/modules/notices/writing"), true},
		"a room imports the root":              {"modules/identity/privacy/x.go", imports("privacy", identity), false},
		"a room imports what is shared":        {"modules/identity/privacy/x.go", imports("privacy", identity+"/internal/mails"), false},
		"the assembly imports a room":          {"modules/identity/identityapp/x.go", imports("identityapp", identity+"/signin"), false},
		"a test of a room imports the suites":  {"modules/identity/privacy/x_test.go", imports("privacy_test", identity+"/identitytest"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files, err := architecture.Parse(fstest.MapFS{tc.path: {Data: []byte(tc.source)}})
			if err != nil {
				t.Fatal(err)
			}
			if found := architecture.RoomsKeepApart(files); (len(found) > 0) != tc.caught {
				t.Errorf("%s: have %v\n%s", tc.path, found, tc.source)
			}
		})
	}
}

func TestRoomsAreReadable_CatchesALongRoom(t *testing.T) {
	t.Parallel()
	const half = architecture.MaxRoomLines/2 + 1
	for name, lines := range map[string]map[string]int{
		"a room":                  {"modules/identity/signin/a.go": half, "modules/identity/signin/b.go": half},
		"a context without rooms": {"modules/content/contentapp/a.go": half, "modules/content/contentapp/b.go": half},
	} {
		if len(architecture.RoomsAreReadable(lines)) != 1 {
			t.Errorf("%s was not caught", name)
		}
	}
	for name, lines := range map[string]map[string]int{
		"two rooms":    {"modules/identity/signin/a.go": half, "modules/identity/privacy/b.go": half},
		"its tests":    {"modules/identity/signin/a.go": half, "modules/identity/signin/b_test.go": half},
		"the language": {"modules/identity/a.go": half, "modules/identity/b.go": half},
	} {
		if found := architecture.RoomsAreReadable(lines); len(found) > 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
}
