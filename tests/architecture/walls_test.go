package architecture_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/neoforge-dev/neoforge/tests/architecture"
)

var root = os.DirFS(filepath.Join("..", ".."))

func parsed(t *testing.T) []architecture.File {
	t.Helper()
	files, err := architecture.Parse(root)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func report(t *testing.T, violations []architecture.Violation) {
	t.Helper()
	for _, v := range violations {
		t.Error(v)
	}
}

// A check that sees nothing must not pass.
func TestTheWallsSeeTheWholeTree(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for _, f := range parsed(t) {
		top, _, _ := strings.Cut(f.Path, "/")
		seen[top]++
	}
	for top, least := range map[string]int{"app": 15, "modules": 40, "adapters": 80, "ports": 12, "ent": 40, "web": 10, "tests": 10} {
		if seen[top] < least {
			t.Errorf("%s: %d Go files seen, want at least %d", top, seen[top], least)
		}
	}
}

func TestImportsPointInward(t *testing.T) {
	t.Parallel()
	report(t, architecture.ImportWalls(parsed(t)))
}

func TestVendorsStayInTheirAdapters(t *testing.T) {
	t.Parallel()
	report(t, architecture.VendorHomes(parsed(t)))
}

func TestSharedPortsHaveTwoUsers(t *testing.T) {
	t.Parallel()
	report(t, architecture.SharedPorts(parsed(t)))
}

func TestStoresTouchTheirOwnTablesOnly(t *testing.T) {
	t.Parallel()
	report(t, architecture.StoresKeepToTheirTables(parsed(t)))
}

func TestSkips_AreReportedByEveryPackage(t *testing.T) {
	t.Parallel()
	report(t, architecture.SkipsAreReported(parsed(t)))
}

func TestForeignKeysStayInsideAContext(t *testing.T) {
	t.Parallel()
	sql := map[string]string{}
	for _, dialect := range []string{"postgres", "sqlite"} {
		files, err := fs.Glob(root, "adapters/entstore/migrations/"+dialect+"/*.sql")
		if err != nil {
			t.Fatal(err)
		}
		if len(files) == 0 {
			t.Errorf("no migrations of %s were seen", dialect)
		}
		for _, name := range files {
			data, err := fs.ReadFile(root, name)
			if err != nil {
				t.Fatal(err)
			}
			sql[name] = string(data)
		}
	}
	report(t, architecture.ForeignKeysStayInside(sql))
}

func TestTheTopLevelIsTheDesigns(t *testing.T) {
	t.Parallel()
	entries, err := fs.ReadDir(root, ".")
	if err != nil {
		t.Fatal(err)
	}
	listed := []string{"app", "modules", "adapters", "ports", "ent", "web", "tests", "deploy", "Taskfile.yml", "Dockerfile", "go.mod", "go.sum", "README.md", "LICENSE"}
	ignored := []string{"var", "bin", "tmp"} // made while running; see .gitignore
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(listed, e.Name()) && !slices.Contains(ignored, e.Name()) {
			t.Errorf("%s is not in the list of top-level names", e.Name())
		}
	}
}

func TestNoPackageIsACatchAll(t *testing.T) {
	t.Parallel()
	for _, f := range parsed(t) {
		for _, part := range strings.Split(f.Path, "/") {
			switch strings.TrimSuffix(part, ".go") {
			case "utils", "util", "common", "helpers", "misc", "interfaces":
				t.Errorf("%s: name what it is for", f.Path)
			}
		}
	}
}

// Each wall is proven by a file that breaks it.
func TestEachWallCatchesAPlantedViolation(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		path, source string
		check        func([]architecture.File) []architecture.Violation
	}{
		"a module imports a vendor":           {"modules/billing/x.go", imports("billing", "go.uber.org/zap"), architecture.ImportWalls},
		"a module imports an adapter":         {"modules/billing/x.go", imports("billing", architecture.Module+"/adapters/entstore"), architecture.ImportWalls},
		"a module imports another":            {"modules/content/contentapp/x.go", imports("contentapp", architecture.Module+"/modules/billing"), architecture.ImportWalls},
		"a new module imports another":        {"modules/notices/x.go", imports("notices", architecture.Module+"/modules/billing"), architecture.ImportWalls},
		"a port imports a module":             {"ports/mail/x.go", imports("mail", architecture.Module+"/modules/identity"), architecture.ImportWalls},
		"a port imports a vendor":             {"ports/mail/x.go", imports("mail", "github.com/google/uuid"), architecture.ImportWalls},
		"an adapter imports the wiring":       {"adapters/mailer/x.go", imports("mailer", architecture.Module+"/app/wire"), architecture.ImportWalls},
		"the command line imports one":        {"app/neoforge/x.go", imports("main", architecture.Module+"/adapters/entstore"), architecture.ImportWalls},
		"the settings import something":       {"app/config/x.go", imports("config", architecture.Module+"/ports/fault"), architecture.ImportWalls},
		"web imports a module":                {"web/x.go", imports("web", architecture.Module+"/modules/content"), architecture.ImportWalls},
		"web imports what tests skip with":    {"web/x.go", imports("web", architecture.Module+"/tests/harness/skips"), architecture.ImportWalls},
		"a test skips without a report":       {"adapters/mailer/x_test.go", "package mailer\n\nfunc TestX(t *testing.T) { t.Skip() }\n", architecture.SkipsAreReported},
		"a package reports no skips":          {"adapters/mailer/x_test.go", imports("mailer", architecture.Module+"/tests/harness/skips"), architecture.SkipsAreReported},
		"the harness's skips are not told":    {"app/wire/x_test.go", imports("wire", architecture.Module+"/tests/harness/program") + "\nfunc TestMain(m *testing.M) { m.Run() }\n", architecture.SkipsAreReported},
		"the schema imports a module":         {"ent/contentent/schema/x.go", imports("schema", architecture.Module+"/modules/content"), architecture.ImportWalls},
		"code imports a contract suite":       {"app/wire/x.go", imports("wire", architecture.Module+"/modules/identity/identitytest"), architecture.ImportWalls},
		"code imports the harness":            {"adapters/mailer/x.go", imports("mailer", architecture.Module+"/tests/harness"), architecture.ImportWalls},
		"fiber leaves the edge":               {"app/wire/x.go", imports("wire", "github.com/gofiber/fiber/v2"), architecture.VendorHomes},
		"ent leaves the store":                {"adapters/jobqueue/x.go", imports("jobqueue", architecture.Module+"/ent"), architecture.VendorHomes},
		"redis leaves its adapter":            {"adapters/memory/x.go", imports("memory", "github.com/redis/go-redis/v9"), architecture.VendorHomes},
		"goth leaves its adapter":             {"adapters/fiberhttp/x.go", imports("fiberhttp", "github.com/markbates/goth/gothic"), architecture.VendorHomes},
		"river leaves its adapter":            {"adapters/entstore/x.go", imports("entstore", "github.com/riverqueue/river"), architecture.VendorHomes},
		"web leaves the edge":                 {"adapters/islandssr/x.go", imports("islandssr", architecture.Module+"/web"), architecture.VendorHomes},
		"a port has one user":                 {"ports/lonely/lonely.go", "package lonely\n", architecture.SharedPorts},
		"a store imports another's client":    {"adapters/entstore/contentstore/x.go", imports("contentstore", architecture.Module+"/ent/identityent"), architecture.StoresKeepToTheirTables},
		"a store imports another's table":     {"adapters/entstore/contentstore/x.go", imports("contentstore", architecture.Module+"/ent/identityent/user"), architecture.StoresKeepToTheirTables},
		"the event store imports a context's": {"adapters/entstore/eventstore/x.go", imports("eventstore", architecture.Module+"/ent/contentent"), architecture.StoresKeepToTheirTables},
		"a schema imports another's":          {"ent/contentent/schema/x.go", imports("schema", architecture.Module+"/ent/identityent/schema"), architecture.StoresKeepToTheirTables},
		"the program reads schemas":           {"adapters/entstore/x.go", imports("entstore", architecture.Module+"/ent/declared"), architecture.VendorHomes},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files, err := architecture.Parse(fstest.MapFS{tc.path: {Data: []byte(tc.source)}})
			if err != nil {
				t.Fatal(err)
			}
			if len(tc.check(files)) == 0 {
				t.Errorf("%s was not caught:\n%s", tc.path, tc.source)
			}
		})
	}
	t.Run("a foreign key crosses contexts", func(t *testing.T) {
		t.Parallel()
		for _, sql := range []string{
			`CREATE TABLE "content_posts" ("author" uuid, CONSTRAINT x FOREIGN KEY ("author") REFERENCES "identity_users" ("id"));`,
			"ALTER TABLE `content_posts` ADD CONSTRAINT x FOREIGN KEY (`author`) REFERENCES `identity_users` (`id`);",
		} {
			if len(architecture.ForeignKeysStayInside(map[string]string{"x.sql": sql})) == 0 {
				t.Errorf("not caught: %s", sql)
			}
		}
	})
}

func imports(pkg, importPath string) string {
	return "package " + pkg + "\n\nimport _ \"" + importPath + "\"\n"
}
