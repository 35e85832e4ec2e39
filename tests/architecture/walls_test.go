package architecture_test

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/neoforge-dev/neoforge/tests/architecture"
)

var root = os.DirFS(filepath.Join("..", ".."))

// parseOnce reads the tree once for all walls.
var parseOnce = sync.OnceValues(func() ([]architecture.File, error) { return architecture.Parse(root) })

func parsed(t *testing.T) []architecture.File {
	t.Helper()
	files, err := parseOnce()
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

// A check that sees nothing must not pass: the walls have read each Go file that there
// is, and know what it belongs to.
func TestWalls_SeeTheWholeTree(t *testing.T) {
	t.Parallel()
	files := parsed(t)
	report(t, architecture.EveryFileHasALayer(files))
	seen, layers := map[string]bool{}, map[architecture.Layer]int{}
	for _, f := range files {
		seen[f.Path] = true
		layers[f.Layer()]++
	}
	there := 0
	err := filepath.WalkDir(filepath.Join("..", ".."), func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		p, err = filepath.Rel(filepath.Join("..", ".."), p)
		if err != nil {
			return err
		}
		p = filepath.ToSlash(p)
		if d.IsDir() {
			if architecture.NotCode(p) {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(p, ".go") {
			there++
			if !seen[p] {
				t.Errorf("%s was not read", p)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if there != len(files) {
		t.Errorf("%d of %d Go files were read", len(files), there)
	}
	for _, layer := range []architecture.Layer{
		architecture.LayerApp, architecture.LayerModule, architecture.LayerPort, architecture.LayerAdapter,
		architecture.LayerTables, architecture.LayerWeb, architecture.LayerTests, architecture.LayerDeploy,
	} {
		if layers[layer] == 0 {
			t.Errorf("no file of the layer %s was read", layer)
		}
	}
	t.Logf("%d files: %v", there, layers)
}

func TestImports_PointInward(t *testing.T) {
	t.Parallel()
	report(t, architecture.ImportWalls(parsed(t)))
}

func TestVendors_StayInTheirAdapters(t *testing.T) {
	t.Parallel()
	report(t, architecture.VendorHomes(parsed(t)))
}

func TestVendors_AreImportedWhereTheyMayBe(t *testing.T) {
	t.Parallel()
	report(t, architecture.VendorsAreImported(parsed(t)))
}

// What is required directly has a home, and what has a home is required.
func TestVendors_AreThoseOfTheModuleFile(t *testing.T) {
	t.Parallel()
	mod, err := fs.ReadFile(root, "go.mod")
	if err != nil {
		t.Fatal(err)
	}
	direct := regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(string(mod), -1)
	if len(direct) == 0 {
		t.Fatal("no requirement was found")
	}
	for _, m := range direct {
		name := regexp.MustCompile(`/v\d+$`).ReplaceAllString(m[1], "")
		if !slices.ContainsFunc(architecture.Vendors, func(v architecture.Vendor) bool {
			return strings.HasPrefix(name+"/", v.Path+"/") || strings.HasPrefix(v.Path, name+"/")
		}) {
			t.Errorf("go.mod requires %s, which has no home: see Vendors", name)
		}
	}
}

func TestVendors_AreWhatTheLinterIsTold(t *testing.T) {
	t.Parallel()
	const begin, end = "        # homes begin\n", "        # homes end\n"
	path := filepath.Join("..", "..", ".golangci.yml")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(data), begin)
	told, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no part between its marks", path)
	}
	want := architecture.Depguard()
	if told == want {
		return
	}
	if os.Getenv("NEOFORGE_UPDATE") == "" {
		t.Fatal("depguard's rules are not those of Vendors: NEOFORGE_UPDATE=1 go test ./tests/architecture/ writes them")
	}
	if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSharedPorts_HaveTwoUsers(t *testing.T) {
	t.Parallel()
	report(t, architecture.SharedPorts(parsed(t)))
}

func TestStores_TouchTheirOwnTablesOnly(t *testing.T) {
	t.Parallel()
	report(t, architecture.StoresKeepToTheirTables(parsed(t)))
}

func TestStores_HideTheirQueries(t *testing.T) {
	t.Parallel()
	report(t, architecture.StoresHideTheirQueries(parsed(t)))
}

func TestAdapters_KnowOneModule(t *testing.T) {
	t.Parallel()
	report(t, architecture.AdaptersKnowOneModule(parsed(t)))
}

func TestComposition_NamesAModuleInItsBuilderAlone(t *testing.T) {
	t.Parallel()
	files := parsed(t)
	report(t, architecture.CompositionKeepsApart(files))
	report(t, architecture.ExceptionsAreUsed(files))
	for name, planted := range map[string]string{
		"application.go":         "modules/billing",
		"services.go":            "modules/billing/billingapp",
		"declared.go":            "adapters/entstore/billingstore",
		"http.go":                "adapters/fiberhttp/billinghttp",
		"development.go":         "adapters/payments/sandboxpay",
		"bringup.go":             "adapters/payments/sandboxpay/pages",
		"sample/sample.go":       "app/wire/sample/plans",
		"infra.go":               "app/config/billingconfig",
		"content.go":             "modules/billing",
		"content_development.go": "app/wire/sample/plans",
	} {
		source := imports(path.Base(path.Dir("app/wire/"+name)), architecture.Module+"/"+planted)
		files, err := architecture.Parse(fstest.MapFS{
			"app/wire/" + name:                        {Data: []byte(source)},
			"app/wire/billing.go":                     {Data: []byte(imports("wire", architecture.Module+"/modules/billing"))},
			"app/wire/billing_development.go":         {Data: []byte(imports("wire", architecture.Module+"/adapters/payments/sandboxpay"))},
			"app/wire/sample/plans/plans.go":          {Data: []byte(imports("plans", architecture.Module+"/modules/billing"))},
			"app/config/billingconfig/x.go":           {Data: []byte("package billingconfig\n")},
			"adapters/payments/sandboxpay/x.go":       {Data: []byte(imports("sandboxpay", architecture.Module+"/modules/billing"))},
			"adapters/payments/sandboxpay/pages/x.go": {Data: []byte("package pages\n")},
			"adapters/entstore/billingstore/x.go":     {Data: []byte("package billingstore\n")},
			"adapters/fiberhttp/billinghttp/x.go":     {Data: []byte("package billinghttp\n")},
			"modules/billing/billingapp/x.go":         {Data: []byte("package billingapp\n")},
			"modules/billing/x.go":                    {Data: []byte("package billing\n")},
			"modules/content/x.go":                    {Data: []byte("package content\n")},
		})
		if err != nil {
			t.Fatal(err)
		}
		if caught := architecture.CompositionKeepsApart(files); len(caught) != 1 {
			t.Errorf("%s imports %s: %d violations were caught, want 1: %v", name, planted, len(caught), caught)
		}
	}
}

func TestReleases_LackWhatIsForDevelopment(t *testing.T) {
	t.Parallel()
	report(t, architecture.ReleasesLackDevelopment(parsed(t)))
	for _, imported := range []string{"adapters/oauth/devidp", "adapters/payments/sandboxpay", "app/wire/sample/posts"} {
		for constraint, want := range map[string]int{"": 1, "//go:build release\n\n": 1, "//go:build !release\n\n": 0} {
			files, err := architecture.Parse(fstest.MapFS{"app/wire/x.go": {Data: []byte(constraint + imports("wire", architecture.Module+"/"+imported))}})
			if err != nil {
				t.Fatal(err)
			}
			if caught := architecture.ReleasesLackDevelopment(files); len(caught) != want {
				t.Errorf("%q and an import of %s: %d violations were caught, want %d", constraint, imported, len(caught), want)
			}
		}
	}
}

func TestIslands_StayInTheirContext(t *testing.T) {
	t.Parallel()
	read, violations, err := architecture.IslandsStayInTheirContext(root)
	if err != nil {
		t.Fatal(err)
	}
	if read == 0 {
		t.Error("no island was read")
	}
	report(t, violations)
	for name, source := range map[string]string{
		"content/x.js":  "import {askToPay} from '../billing/pay.js';\n",
		"content/y.js":  "/** @typedef {import('../billing/pay.js').Plan} Plan */\n",
		"content/z.js":  "const pay = await import(\"/islands/billing/pay.js\");\n",
		"shared/x.js":   "export {pay} from '../billing/pay.js';\n",
		"billing/x.js":  "import '../../pwa/worker.js';\n",
		"loader.js":     "import './content/editor.js';\n",
		"identity/a.js": "import {\n  get,\n  post,\n} from '../content/api.js';\n",
		"content/p.js":  "import {post} from '../shared/api.js';\n",
		"content/q.js":  "import {post} from 'neoforge/api.js';\n",
	} {
		_, violations, err := architecture.IslandsStayInTheirContext(fstest.MapFS{"web/islands/" + name: {Data: []byte(source)}})
		if err != nil {
			t.Fatal(err)
		}
		if len(violations) != 1 {
			t.Errorf("%s: %d violations were caught, want 1:\n%s", name, len(violations), source)
		}
	}
	_, violations, err = architecture.IslandsStayInTheirContext(fstest.MapFS{
		"web/islands/content/editor.js":  {Data: []byte("import {LitElement} from 'lit';\nimport {edit} from './markdown.js';\nimport {save} from './service.js';\n")},
		"web/islands/content/service.js": {Data: []byte("import {get} from '../shared/api.js';\n")},
		"web/islands/shared/outbox.js":   {Data: []byte("import {get} from './api.js';\n")},
	})
	if err != nil || len(violations) > 0 {
		t.Errorf("what an island may import is refused: %v, %v", violations, err)
	}
}

func TestSkips_AreReportedByEveryPackage(t *testing.T) {
	t.Parallel()
	report(t, architecture.SkipsAreReported(parsed(t)))
}

func TestTestNames_BeginWithTheirSubject(t *testing.T) {
	t.Parallel()
	report(t, architecture.TestNamesBeginWithTheirSubject(parsed(t)))
}

func migrations(t *testing.T) map[string]string {
	t.Helper()
	sql, err := architecture.SQL(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, dialect := range []string{"postgres", "sqlite"} {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(sql)), func(p string) bool { return strings.Contains(p, "/"+dialect+"/") }) {
			t.Errorf("no migrations of %s were seen", dialect)
		}
	}
	return sql
}

// What the program knows of tables, generated code and its schema say by name as well:
// a table that no migration was seen to make would be guarded by nobody.
func TestSQL_StaysInItsStore(t *testing.T) {
	t.Parallel()
	files, tables := parsed(t), architecture.TablesOf(migrations(t))
	named := regexp.MustCompile(`(?m)^\s+Table\s+= "([a-z_]+)"`)
	found := 0
	for _, f := range files {
		if f.Layer() != architecture.LayerTables || !f.IsGenerated() {
			continue
		}
		source, err := fs.ReadFile(root, f.Path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(source), -1) {
			found++
			if !slices.Contains(tables, m[1]) {
				t.Errorf("%s: no migration makes %s", f.Path, m[1])
			}
		}
	}
	if found == 0 {
		t.Error("no generated code names its table")
	}
	report(t, architecture.SQLStaysInItsStore(files, tables))
}

func TestForeignKeys_StayInsideAContext(t *testing.T) {
	t.Parallel()
	sql := migrations(t)
	report(t, architecture.ForeignKeysStayInside(sql))
}

func TestTopLevel_IsTheDesigns(t *testing.T) {
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

func TestPackages_AreNoCatchAll(t *testing.T) {
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
func TestWalls_CatchAPlantedViolation(t *testing.T) {
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
		"a test is named by a sentence":       {"adapters/mailer/x_test.go", "package mailer\n\nfunc TestTheMail_IsSent(t *testing.T) {}\n", architecture.TestNamesBeginWithTheirSubject},
		"a test says only what is tested":     {"adapters/mailer/x_test.go", "package mailer\n\nfunc TestMail(t *testing.T) {}\n", architecture.TestNamesBeginWithTheirSubject},
		"the schema imports a module":         {"ent/contentent/schema/x.go", imports("schema", architecture.Module+"/modules/content"), architecture.ImportWalls},
		"code imports a contract suite":       {"app/wire/x.go", imports("wire", architecture.Module+"/modules/identity/identitytest"), architecture.ImportWalls},
		"code imports the harness":            {"adapters/mailer/x.go", imports("mailer", architecture.Module+"/tests/harness"), architecture.ImportWalls},
		"fiber leaves the edge":               {"app/wire/x.go", imports("wire", "github.com/gofiber/fiber/v2"), architecture.VendorHomes},
		"ent leaves the store":                {"adapters/jobqueue/x.go", imports("jobqueue", architecture.Module+"/ent"), architecture.VendorHomes},
		"redis leaves its adapter":            {"adapters/memory/x.go", imports("memory", "github.com/redis/go-redis/v9"), architecture.VendorHomes},
		"goth leaves its adapter":             {"adapters/fiberhttp/x.go", imports("fiberhttp", "github.com/markbates/goth/gothic"), architecture.VendorHomes},
		"river leaves its adapter":            {"adapters/entstore/x.go", imports("entstore", "github.com/riverqueue/river"), architecture.VendorHomes},
		"a vendor has no home":                {"adapters/mailer/x.go", imports("mailer", "github.com/sendgrid/sendgrid-go"), architecture.VendorHomes},
		"a test imports a vendor of no home":  {"adapters/mailer/x_test.go", imports("mailer", "github.com/stretchr/testify/assert"), architecture.VendorHomes},
		"code imports a vendor of tests":      {"app/wire/x.go", imports("wire", "github.com/chromedp/chromedp"), architecture.VendorHomes},
		"a home is empty":                     {"adapters/images/x.go", "package images\n", architecture.VendorsAreImported},
		"a module serves":                     {"modules/billing/x.go", imports("billing", "net/http"), architecture.ImportWalls},
		"a module logs":                       {"modules/billing/billingapp/x.go", imports("billingapp", "log/slog"), architecture.ImportWalls},
		"a module opens a database":           {"modules/notices/x.go", imports("notices", "database/sql"), architecture.ImportWalls},
		"code imports tests of an adapter":    {"app/wire/x.go", imports("wire", architecture.Module+"/adapters/entstore/entstoretest"), architecture.ImportWalls},
		"code imports a suite of a port":      {"adapters/memory/cachemem/x.go", imports("cachemem", architecture.Module+"/ports/cache/cachetest"), architecture.ImportWalls},
		"a tool imports the program":          {"deploy/build/x.go", imports("main", architecture.Module+"/app/wire"), architecture.ImportWalls},
		"a folder belongs to nothing":         {"helpers/x.go", "package helpers\n", architecture.EveryFileHasALayer},
		"a file lies beside the modules":      {"modules/x.go", "package modules\n", architecture.EveryFileHasALayer},
		"a room lies too deep":                {"modules/identity/signin/mails/welcome/x.go", "package welcome\n", architecture.EveryFileHasALayer},
		"no layer, and imports":               {"internal/x.go", imports("internal", "fmt"), architecture.ImportWalls},
		"web leaves the edge":                 {"adapters/islandssr/x.go", imports("islandssr", architecture.Module+"/web"), architecture.VendorHomes},
		"a port has one user":                 {"ports/lonely/lonely.go", "package lonely\n", architecture.SharedPorts},
		"a store imports another's client":    {"adapters/entstore/contentstore/x.go", imports("contentstore", architecture.Module+"/ent/identityent"), architecture.StoresKeepToTheirTables},
		"a store imports another's table":     {"adapters/entstore/contentstore/x.go", imports("contentstore", architecture.Module+"/ent/identityent/user"), architecture.StoresKeepToTheirTables},
		"the event store imports a context's": {"adapters/entstore/eventstore/x.go", imports("eventstore", architecture.Module+"/ent/contentent"), architecture.StoresKeepToTheirTables},
		"a store hands its client on":         {"adapters/entstore/contentstore/x.go", uses("contentstore", architecture.Module+"/ent/contentent") + "\nfunc (s *Store) Client() *contentent.Client { return nil }\n", architecture.StoresHideTheirQueries},
		"a store hands a query on":            {"adapters/entstore/contentstore/x.go", uses("contentstore", architecture.Module+"/ent/contentent") + "\ntype Page struct{ Query []*contentent.PostQuery }\n", architecture.StoresHideTheirQueries},
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
	for name, planted := range map[string]fstest.MapFS{
		"an adapter named for one imports another": {
			"adapters/fiberhttp/contenthttp/x.go": {Data: []byte(imports("contenthttp", architecture.Module+"/modules/billing"))},
		},
		"an adapter named for one imports another's use cases": {
			"adapters/entstore/contentstore/x.go": {Data: []byte(imports("contentstore", architecture.Module+"/modules/billing/billingapp"))},
		},
		"an adapter imports another's": {
			"adapters/fiberhttp/contenthttp/x.go": {Data: []byte(imports("contenthttp", architecture.Module+"/adapters/fiberhttp/billinghttp"))},
		},
		"routes show pages of another": {
			"adapters/fiberhttp/contenthttp/x.go": {Data: []byte(imports("contenthttp", architecture.Module+"/web/pages/billingpages"))},
		},
		"pages are made of another's": {
			"web/pages/contentpages/x.go": {Data: []byte(imports("contentpages", architecture.Module+"/web/pages/billingpages"))},
		},
		"the edge knows more than one": {
			"adapters/fiberhttp/x.go": {Data: []byte(imports("fiberhttp", architecture.Module+"/modules/billing"))},
			"adapters/fiberhttp/y.go": {Data: []byte(imports("fiberhttp", architecture.Module+"/modules/content"))},
		},
		"an adapter imports two": {
			"adapters/search/x.go": {Data: []byte(imports("search", architecture.Module+"/modules/content"))},
			"adapters/search/y.go": {Data: []byte(imports("search", architecture.Module+"/modules/billing"))},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, module := range []string{"billing", "content"} {
				planted["modules/"+module+"/x.go"] = &fstest.MapFile{Data: []byte("package " + module + "\n")}
			}
			files, err := architecture.Parse(planted)
			if err != nil {
				t.Fatal(err)
			}
			if len(architecture.AdaptersKnowOneModule(files)) == 0 {
				t.Errorf("not caught: %v", planted)
			}
		})
	}
	for path, source := range map[string]string{
		"adapters/entstore/contentstore/x.go":     "package contentstore\n\nconst q = `SELECT p.id FROM content_posts p JOIN identity_users u ON u.id = p.author`\n",
		"adapters/entstore/contentstore/audit.go": "package contentstore\n\nconst q = `DELETE FROM platform_audit`\n",
		"adapters/entstore/x.go":                  "package entstore\n\nvar table = \"identity_users\"\n",
		"adapters/jobqueue/x.go":                  "package jobqueue\n\nvar q = \"UPDATE \\\"content_posts\\\" SET title = ''\"\n",
		"modules/content/x.go":                    "package content\n\nvar q = \"SELECT 1 FROM content_posts\"\n",
		"app/wire/x.go":                           "package wire\n\nvar q = \"SELECT count(*) FROM platform_audit\"\n",
	} {
		t.Run("a statement in "+path+" names another's table", func(t *testing.T) {
			t.Parallel()
			planted := fstest.MapFS{
				path: {Data: []byte(source)}, "modules/content/post.go": {Data: []byte("package content\n")}, "modules/identity/user.go": {Data: []byte("package identity\n")},
				"adapters/entstore/migrations/sqlite/1.sql": {Data: []byte("CREATE TABLE `content_posts` (`id` uuid);\nCREATE TABLE identity_users (id uuid); CREATE TABLE IF NOT EXISTS \"platform_audit\" (id uuid);")},
			}
			files, err := architecture.Parse(planted)
			if err != nil {
				t.Fatal(err)
			}
			sql, err := architecture.SQL(planted)
			if err != nil {
				t.Fatal(err)
			}
			if len(architecture.SQLStaysInItsStore(files, architecture.TablesOf(sql))) == 0 {
				t.Errorf("not caught: %s", source)
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

// uses is imports, for a file that speaks of the package.
func uses(pkg, importPath string) string {
	return "package " + pkg + "\n\nimport \"" + importPath + "\"\n"
}
