package architecture

import (
	"fmt"
	"slices"
	"strings"
)

// Vendor is what has a home: a package of somebody else, or a layer of this tree that
// only one other may know.
type Vendor struct {
	Path  string   // and everything below it
	Homes []string // whose code may import it; none: tests alone
}

// Vendors is the one list of them. A package that is not here is imported nowhere; a
// test may import any that is. .golangci.yml says the same in the editor, see
// [Depguard].
var Vendors = []Vendor{
	{Module + "/ent", []string{"ent", "adapters/entstore"}},
	{Module + "/ent/declared", []string{"ent", "adapters/entstore/migrations/diff"}},
	{Module + "/web", []string{"adapters/fiberhttp", "web", "deploy"}},

	{"ariga.io/atlas", []string{"adapters/entstore/migrations/diff"}},
	{"entgo.io/ent", []string{"ent", "adapters/entstore"}},
	{"github.com/JohannesKaufmann/html-to-markdown", []string{"adapters/markdown"}},
	{"github.com/a-h/templ", []string{"adapters/fiberhttp", "web/pages"}},
	{"github.com/alecthomas/chroma", []string{"adapters/markdown"}},
	{"github.com/alexedwards/argon2id", []string{"adapters/passwords"}},
	{"github.com/alicebob/miniredis", nil},
	{"github.com/andybalholm/brotli", []string{"adapters/fiberhttp"}},
	{"github.com/boombuler/barcode", []string{"adapters/totp"}},
	{"github.com/caarlos0/env", []string{"app/config"}},
	{"github.com/chromedp", nil},
	{"github.com/coreos/go-oidc", []string{"adapters/oauth"}},
	// A function over Unicode's tables, as those of golang.org/x/text (decision 0008).
	{"github.com/clipperhouse/uax29/v2/words", []string{"ports/textform"}},
	{"github.com/danielgtaylor/huma", []string{"adapters/fiberhttp"}},
	{"github.com/dop251/goja", []string{"adapters/islandssr"}},
	{"github.com/emersion/go-smtp", nil},
	{"github.com/evanw/esbuild", []string{"adapters/fiberhttp/assets/bundle"}},
	{"github.com/getsentry/sentry-go", []string{"adapters/sentry"}},
	{"github.com/go-fonts/dejavu", []string{"adapters/cards"}},
	{"github.com/go-jose/go-jose", []string{"adapters/oauth", "adapters/tokens"}},
	{"github.com/go-playground/validator", []string{"adapters/fiberhttp"}},
	{"github.com/go-redis/redis_rate", []string{"adapters/redisstore"}},
	{"github.com/go-text/typesetting", []string{"adapters/cards"}},
	{"github.com/go-webauthn/webauthn", []string{"adapters/webauthn"}},
	{"github.com/gofiber/fiber", []string{"adapters/fiberhttp"}},
	{"github.com/google/licensecheck", []string{"deploy/licenses"}},
	{"github.com/google/uuid", []string{"adapters/entstore", "adapters/uuidv7", "ent"}},
	{"github.com/gosimple/slug", []string{"app/wire"}},
	{"github.com/jackc/pgx", []string{"adapters/entstore", "adapters/jobqueue"}},
	{"github.com/johannesboyne/gofakes3", nil},
	{"github.com/klauspost/compress", []string{"adapters/fiberhttp"}},
	{"github.com/lestrrat-go/jwx", nil},
	{"github.com/letsencrypt/pebble", nil},
	{"github.com/markbates/goth", []string{"adapters/oauth"}},
	{"github.com/mattn/go-isatty", []string{"app/cli"}},
	{"github.com/maypok86/otter", []string{"adapters/memory/bounded"}},
	{"github.com/microcosm-cc/bluemonday", []string{"adapters/markdown"}},
	{"github.com/miekg/dns", nil},
	{"github.com/minio/minio-go", []string{"adapters/s3store"}},
	{"github.com/moby/moby", nil},
	{"github.com/pocketbase/pocketbase", nil},
	{"github.com/pquerna/otp", []string{"adapters/totp"}},
	{"github.com/pressly/goose", []string{"adapters/entstore/migrations"}},
	{"github.com/prometheus/client_golang", []string{"adapters/observe"}},
	{"github.com/redis/go-redis", []string{"adapters/redisstore"}},
	{"github.com/riverqueue/river", []string{"adapters/jobqueue"}},
	{"github.com/spf13/cobra", []string{"app/cli"}},
	{"github.com/standard-webhooks/standard-webhooks", []string{"adapters/payments/sandboxpay"}},
	{"github.com/testcontainers/testcontainers-go", nil},
	{"github.com/trustelem/zxcvbn", []string{"adapters/passwords"}},
	{"github.com/valyala/fasthttp", []string{"adapters/fiberhttp"}},
	{"github.com/wneessen/go-mail", []string{"adapters/mailer"}},
	{"github.com/yuin/goldmark", []string{"adapters/markdown"}},
	{"github.com/yuin/goldmark-emoji", []string{"adapters/markdown"}},
	{"github.com/zitadel/oidc", []string{"adapters/oauth/devidp"}},
	{"go.opentelemetry.io/otel", []string{"adapters/tracing"}},
	{"go.opentelemetry.io/proto/otlp", []string{"adapters/tracing"}},
	{"go.uber.org/zap", []string{"adapters/fiberhttp", "adapters/jobqueue", "adapters/zaplog", "app/cli", "app/wire"}},
	{"go.yaml.in/yaml", []string{"deploy/task"}},
	{"golang.org/x/crypto/acme", []string{"adapters/certificates"}},
	{"golang.org/x/image", []string{"adapters/cards", "adapters/images", "adapters/pictures"}},
	{"golang.org/x/net/html", []string{"adapters/markdown"}},
	// Functions over Unicode's tables, without state or I/O (decision 0008).
	{"golang.org/x/net/idna", []string{"app/config", "ports/textform"}},
	{"golang.org/x/text/currency", []string{"web/pages/layout"}},
	{"golang.org/x/text/secure/precis", []string{"ports/textform"}},
	{"golang.org/x/text/unicode/bidi", []string{"adapters/cards"}},
	{"golang.org/x/text/unicode/norm", []string{"adapters/passwords", "ports/textform"}},
	{"golang.org/x/oauth2", []string{"adapters/oauth"}},
	{"golang.org/x/sync", []string{"adapters/oauth"}},
	{"google.golang.org/protobuf", []string{"adapters/tracing"}},
	{"modernc.org/sqlite", []string{"adapters/entstore"}},
	{"pgregory.net/rapid", nil},
}

// vendorsAt are what the code of a folder may import.
func vendorsAt(folder string) []string {
	var out []string
	for _, v := range Vendors {
		if slices.ContainsFunc(v.Homes, func(h string) bool { return within(folder, h) }) {
			out = append(out, v.Path)
		}
	}
	return out
}

// VendorHomes checks that what has a home stays there, and that a vendor without one is
// imported nowhere. What is deployed beside the program is made and tested by Go modules of
// their own, which import what they need: nothing of it gets into the program.
func VendorHomes(files []File) []Violation {
	var out []Violation
	for _, f := range files {
		if within(f.Product, Module+"/deploy") {
			continue
		}
		for _, imp := range f.Imports {
			known := false
			for _, v := range Vendors {
				if !within(imp, v.Path) {
					continue
				}
				known = true
				if f.IsTest() || slices.ContainsFunc(v.Homes, func(h string) bool { return within(f.Folder(), h) }) {
					continue
				}
				home := strings.Join(v.Homes, " and ")
				if home == "" {
					home = "tests"
				}
				out = append(out, Violation{f.Path, fmt.Sprintf("imports %s, which lives in %s", imp, home)})
			}
			own := f.Product
			if own == "" {
				own = Module
			}
			if !known && !isStandard(imp) && !within(imp, own) && !within(imp, Module) {
				out = append(out, Violation{f.Path, fmt.Sprintf("imports %s, which has no home: see Vendors", imp)})
			}
		}
	}
	return out
}

// VendorsAreImported checks that the list names nothing that nobody imports, and no
// home in which nobody does.
func VendorsAreImported(files []File) []Violation {
	var out []Violation
	for _, v := range Vendors {
		used, at := false, map[string]bool{}
		for _, f := range files {
			if !slices.ContainsFunc(f.Imports, func(imp string) bool { return within(imp, v.Path) }) {
				continue
			}
			used = true
			for _, h := range v.Homes {
				at[h] = at[h] || within(f.Folder(), h)
			}
		}
		if !used {
			out = append(out, Violation{v.Path, "has a home, and nobody imports it"})
			continue
		}
		for _, h := range v.Homes {
			if !at[h] {
				out = append(out, Violation{v.Path, "is imported by nobody in " + h})
			}
		}
	}
	return out
}

// Depguard writes what the linter is told of the homes: the rules of .golangci.yml
// between its two marks.
func Depguard() string {
	var b strings.Builder
	rule := func(name, mode string, files ...string) {
		fmt.Fprintf(&b, "        %s:\n          list-mode: %s\n          files: [%s]\n", name, mode, quoted(files))
	}
	rule("unlisted", "strict", "$all")
	b.WriteString("          allow:\n            - $gostd\n            - go/\n            - " + Module + "\n")
	for _, v := range Vendors {
		if !within(v.Path, Module) && !coveredByAnother(v.Path) {
			b.WriteString("            - " + v.Path + "\n")
		}
	}
	rule("modules", "strict", "**/modules/**", "!$test")
	b.WriteString("          allow: [$gostd, " + Module + "/modules, " + Module + "/ports]\n")
	rule("modules-standard", "lax", "**/modules/**", "!$test", "!**/*test/*.go")
	b.WriteString("          deny:\n")
	for _, p := range outsideTheRules {
		if p == "net" {
			p += "$"
		}
		b.WriteString("            - {pkg: " + p + ", desc: \"what modules need of servers, files and logs is a port\"}\n")
	}
	rule("ports", "strict", "**/ports/**", "!$test")
	fmt.Fprintf(&b, "          allow: [$gostd, %s/ports, %s]\n", Module, strings.Join(vendorsAt("ports/textform"), ", "))
	var homes []string
	of := map[string][]string{}
	for _, v := range Vendors {
		key := strings.Join(v.Homes, " and ")
		if of[key] == nil {
			homes = append(homes, key)
		}
		of[key] = append(of[key], v.Path)
	}
	slices.Sort(homes)
	for _, key := range homes {
		name, where := strings.NewReplacer("/", "-", " and ", "-").Replace(key), key
		files := []string{"**/*.go"}
		if key == "" {
			name, where = "tests-alone", "tests"
		} else {
			for h := range strings.SplitSeq(key, " and ") {
				files = append(files, "!**/"+h+"/**")
			}
		}
		rule(name, "lax", append(files, "!$test", "!**/tests/**", "!**/*test/*.go")...)
		b.WriteString("          deny:\n")
		for _, p := range of[key] {
			if coveredByAnother(p) {
				continue
			}
			fmt.Fprintf(&b, "            - {pkg: %s, desc: \"lives in %s\"}\n", p, where)
		}
	}
	return b.String()
}

// coveredByAnother reports whether the entry of another vendor stands for a path, too: the
// linter compares a package with the one entry that sorts before it, so that a/b-c after a/b
// would keep it from seeing that a/b/d is within a/b.
func coveredByAnother(path string) bool {
	return slices.ContainsFunc(Vendors, func(v Vendor) bool { return strings.HasPrefix(path, v.Path) && !within(path, v.Path) })
}

func quoted(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = `"` + s + `"`
	}
	return strings.Join(out, ", ")
}
