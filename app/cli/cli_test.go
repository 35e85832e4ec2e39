package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/app/wire"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

var product = Product{Name: "NeoForge", Modules: []wire.Module{wire.Identity, wire.Billing, wire.Content}}

// run calls the command line as a shell would, with these settings.
func run(t *testing.T, environ []string, args ...string) (string, error) {
	t.Helper()
	return runWith(t, strings.NewReader(""), environ, args...)
}

// runWith is run with what standard input holds.
func runWith(t *testing.T, in io.Reader, environ []string, args ...string) (string, error) {
	t.Helper()
	return runProduct(t, product, in, environ, args...)
}

// runProduct is runWith of another product.
func runProduct(t *testing.T, product Product, in io.Reader, environ []string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := command(&cli{product: product, in: in, out: &out, errOut: &out, environ: append([]string{"ADMIN_ADDR=off", "SECRET_KEY=" + config.SampleKey}, environ...)})
	root.SetArgs(args)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := root.ExecuteContext(ctx)
	return out.String(), err
}

func database(t *testing.T) string {
	t.Helper()
	return "DATABASE_URL=sqlite://" + filepath.Join(t.TempDir(), "neoforge.db")
}

func mustRun(t *testing.T, environ []string, args ...string) string {
	t.Helper()
	out, err := run(t, environ, args...)
	if err != nil {
		t.Fatalf("neoforge %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func TestServe_SaysWhatIsWrongInOneSentenceThatTellsWhatToDo(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() }) // after the parallel subtests
	production := []string{
		"APP_ENV=production", "BASE_URL=https://example.com", "MAIL_URL=smtp://mail.example.com:25", "MAIL_FROM=a@example.com",
		"SECRET_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
	}
	for name, tc := range map[string]struct {
		environ []string
		says    string
	}{
		"the port is taken":          {[]string{database(t), "ADDR=" + taken.Addr().String()}, "something else listens on"},
		"nobody answers as Postgres": {[]string{"DATABASE_URL=postgres://u:hidden@127.0.0.1:1/x"}, "start Postgres there"},
		"the database is no URL":     {[]string{"DATABASE_URL=postgres//x"}, "DATABASE_URL begins with neither"},
		"the file is no database":    {[]string{"DATABASE_URL=sqlite://cli_test.go"}, "is not an SQLite database"},
		"the file is a folder":       {[]string{"DATABASE_URL=sqlite://" + t.TempDir()}, "add the name of a file"},
		"the schema is old":          {append([]string{database(t)}, production...), "run `neoforge migrate up`"},
		"the folder cannot be made":  {[]string{"DATABASE_URL=sqlite://cli_test.go/neoforge.db"}, "cannot be used"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := run(t, tc.environ, "serve")
			if err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Fatalf("have %v, want it to say %q\n%s", err, tc.says, out)
			}
			for _, operation := range []string{"entstore:", "migrations:", "mkdir ", "open /"} {
				if strings.Contains(plainWords(err), operation) {
					t.Errorf("%q names an operation of the program: %v", operation, err)
				}
			}
			if strings.Contains(err.Error(), "hidden") {
				t.Errorf("the password is shown: %v", err)
			}
		})
	}
}

func TestMigrate_GoesUpAndDown(t *testing.T) {
	t.Parallel()
	env := []string{database(t)}
	if out := mustRun(t, env, "migrate", "status"); !strings.Contains(out, "pending") {
		t.Fatalf("a new database has nothing pending:\n%s", out)
	}
	if out := mustRun(t, env, "migrate", "up"); strings.Contains(out, "pending") {
		t.Fatalf("something is pending after up:\n%s", out)
	}
	if out := mustRun(t, env, "migrate", "down", "--yes"); strings.Count(out, "pending") != 1 {
		t.Fatalf("down rolls one back:\n%s", out)
	}
	if out := mustRun(t, env, "migrate", "up"); strings.Contains(out, "pending") {
		t.Fatalf("something is pending after up again:\n%s", out)
	}
}

func TestUser_IsMadeExportedAndErased(t *testing.T) {
	t.Parallel()
	env := []string{database(t)}
	mustRun(t, env, "migrate", "up")
	if out := mustRun(t, env, "user", "create", "--email", "first@example.com", "--role", "administrator"); !strings.Contains(out, "administrator") {
		t.Fatalf("create prints\n%s", out)
	}
	if _, err := run(t, env, "user", "create", "--email", "FIRST@example.com"); err == nil {
		t.Fatal("an address was taken twice")
	}
	if _, err := run(t, env, "user", "create", "--email", "x@example.com", "--role", "emperor"); err == nil {
		t.Fatal("an unknown role was accepted")
	}
	out := mustRun(t, env, "user", "export", "--email", "first@example.com")
	for _, want := range []string{`"identity"`, `"content"`, `"billing"`, "first@example.com"} {
		if !strings.Contains(out, want) {
			t.Errorf("the export lacks %s:\n%s", want, out)
		}
	}
	if _, err := run(t, env, "user", "erase", "--email", "first@example.com"); err == nil || !strings.Contains(err.Error(), "administrator first") {
		t.Errorf("the last administrator was erased: %v", err)
	}
	mustRun(t, env, "user", "create", "--email", "second@example.com", "--role", "administrator")
	mustRun(t, env, "user", "erase", "--email", "first@example.com")
	if _, err := run(t, env, "user", "export", "--email", "first@example.com"); err == nil {
		t.Fatal("somebody who was erased is still exported")
	}
}

func TestSeed_TwiceIsTheSameAsOnce(t *testing.T) {
	t.Parallel()
	env := []string{database(t)}
	mustRun(t, env, "migrate", "up")
	mustRun(t, env, "seed")
	mustRun(t, env, "seed")
	if out := mustRun(t, env, "user", "export", "--email", "ben@neoforge.test"); !strings.Contains(out, "the-boring-deploy") {
		t.Errorf("Ben wrote nothing:\n%s", out)
	}
}

func TestJobsDead_ListsDeadLettersEvenWhenThereAreNone(t *testing.T) {
	t.Parallel()
	env := []string{database(t)}
	mustRun(t, env, "migrate", "up")
	if out := mustRun(t, env, "jobs", "dead"); !strings.Contains(out, "no dead letters") {
		t.Errorf("have %q", out)
	}
	if _, err := run(t, env, "jobs", "retry", "7"); err == nil {
		t.Error("a dead letter that does not exist was queued again")
	}
	if _, err := run(t, env, "jobs", "discard", "seven"); err == nil || !strings.Contains(err.Error(), "jobs dead") {
		t.Errorf("have %v", err)
	}
}

// What an operator does with a dead letter stands in the audit trail as what an
// administrator does on the page.
func TestJobs_RetryAndDiscardAreAudited(t *testing.T) {
	t.Parallel()
	env := []string{database(t)}
	mustRun(t, env, "migrate", "up")
	db, err := entstore.Open(t.Context(), strings.TrimPrefix(env[0], "DATABASE_URL="), entstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	retried := fixture.DeadJob(t, db, fixture.Dead{Kind: "test.retried", Payload: "{}", Reason: "away"})
	discarded := fixture.DeadJob(t, db, fixture.Dead{Kind: "test.discarded", Payload: "{}", Reason: "away"})
	mustRun(t, env, "jobs", "retry", retried)
	mustRun(t, env, "jobs", "discard", discarded)
	if _, err := run(t, env, "jobs", "discard", discarded); err == nil {
		t.Error("what was discarded was discarded again")
	}
	if out := mustRun(t, env, "jobs", "dead"); !strings.Contains(out, "no dead letters") {
		t.Errorf("have %q", out)
	}
	rows, err := db.SQL().QueryContext(t.Context(), "SELECT action, actor, resource, detail FROM platform_audit ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var have []string
	for rows.Next() {
		var action, actor, resource, detail string
		if err := rows.Scan(&action, &actor, &resource, &detail); err != nil {
			t.Fatal(err)
		}
		have = append(have, strings.Join([]string{action, actor, resource, detail}, " "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	want := []string{"identity.job_retried system job:" + retried + " test.retried", "identity.job_discarded system job:" + discarded + " test.discarded"}
	if !slices.Equal(have, want) {
		t.Errorf("the audit trail has %q, want %q", have, want)
	}
}

func TestDescriptions_NeedNoDatabase(t *testing.T) {
	t.Parallel()
	nowhere := []string{"DATABASE_URL=postgres://u:p@127.0.0.1:1/x"}
	for _, tc := range []struct {
		args []string
		want []string
	}{
		{[]string{"routes"}, []string{"/posts/{slug}", "content.post.write", "signed in"}},
		{[]string{"openapi"}, []string{`"openapi": "3.1.0"`, `"/api/v1/posts"`}},
		{[]string{"modules"}, []string{"IDENTITY", "billing_subscriptions", "SignInWithProvider"}},
		{[]string{"config"}, []string{"DATABASE_URL", "SECRET_KEY", "TRUSTED_PROXIES"}},
	} {
		out := mustRun(t, nowhere, tc.args...)
		for _, want := range tc.want {
			if !strings.Contains(out, want) {
				t.Errorf("neoforge %s does not print %s", strings.Join(tc.args, " "), want)
			}
		}
	}
}

// What is reviewed, and what the types of islands are made of, is what the program answers.
func TestOpenAPI_IsTheOneThatIsReviewed(t *testing.T) {
	t.Parallel()
	reviewed, err := os.ReadFile("../../adapters/fiberhttp/openapi.golden.json")
	if err != nil {
		t.Fatal(err)
	}
	if out := mustRun(t, nil, "openapi"); out != string(reviewed) {
		t.Errorf("neoforge openapi prints %d bytes, which are not the %d of openapi.golden.json", len(out), len(reviewed))
	}
}

func TestKeys_AreListedAndRotated(t *testing.T) {
	t.Parallel()
	env := []string{database(t)}
	mustRun(t, env, "migrate", "up")
	if out := mustRun(t, env, "keys", "list"); !strings.Contains(out, "There is no key yet") {
		t.Fatalf("a new database has a key:\n%s", out)
	}
	if out := mustRun(t, env, "keys", "rotate", "--now"); strings.Count(out, "signs\n") != 1 {
		t.Fatalf("the first key does not sign:\n%s", out)
	}
	if out := mustRun(t, env, "keys", "rotate"); strings.Count(out, "signs\n") != 1 || strings.Count(out, "announced\n") != 1 {
		t.Fatalf("the next key is not announced:\n%s", out)
	}
	if out, err := run(t, env, "keys", "rotate"); err == nil || !strings.Contains(err.Error(), "announced already") {
		t.Fatalf("another is announced: %v\n%s", err, out)
	}
	out := mustRun(t, env, "keys", "rotate", "--leaked")
	if strings.Count(out, "retired\n") != 2 || strings.Count(out, "signs\n") != 1 {
		t.Fatalf("the leaked keys still verify:\n%s", out)
	}
}

func TestBilling_ListsWhatIsOwedAndWhatWaits(t *testing.T) {
	t.Parallel()
	env := []string{database(t)}
	mustRun(t, env, "migrate", "up")
	for command, want := range map[string]string{"refunds": "Nothing is owed.", "waiting": "No event waits."} {
		if out := mustRun(t, env, "billing", command); !strings.Contains(out, want) {
			t.Errorf("%s says:\n%s", command, out)
		}
	}
}

func TestUnknownWords_FailAndSayWhatWasMeant(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ args, says string }{
		{"serv", `neoforge has no command "serv": did you mean "serve"?`},
		{"migrate upp", `neoforge migrate has no command "upp": did you mean "up"?`},
		{"migrate sideways", "see `neoforge migrate --help`"},
		{"user creat", `did you mean "create"?`},
		{"keys rotat", `did you mean "rotate"?`},
		{"jobs ded", `did you mean "dead"?`},
		{"jobs dead x y", "x"},
		{"billing refund", `did you mean "refunds"?`},
		{"migrate up now", `"now"`},
		{"serve here", `"here"`},
	} {
		if out, err := run(t, nil, strings.Fields(tc.args)...); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("neoforge %s: have %v, want it to say %q\n%s", tc.args, err, tc.says, out)
		}
	}
}

func TestGroup_ListsItsCommandsWithoutOne(t *testing.T) {
	t.Parallel()
	if out := mustRun(t, nil, "migrate"); !strings.Contains(out, "status") {
		t.Errorf("have\n%s", out)
	}
}

func TestVersion_IsPrinted(t *testing.T) {
	t.Parallel()
	if out := mustRun(t, nil, "--version"); !strings.HasPrefix(out, "neoforge ") || len(out) < len("neoforge x\n") || strings.Count(out, "\n") != 1 {
		t.Errorf("have %q", out)
	}
}

func TestPlainWords_TellPeopleWhatToDoWithoutTheOperations(t *testing.T) {
	t.Parallel()
	taken := fault.New(fault.Conflict, "identity.email_taken", "This address has an account.").WithFields(fault.Field{Name: "email", Message: "has an account"})
	if have, want := plainWords(fmt.Errorf("administration: create user: %w", taken)), "This address has an account.\n  email: has an account"; have != want {
		t.Errorf("have %q, want %q", have, want)
	}
	if have := plainWords(errors.New("the disk is full\n")); have != "the disk is full" {
		t.Errorf("have %q", have)
	}
}

// terminal is somebody who answers.
type terminal struct{ io.Reader }

func (terminal) IsTerminal() bool { return true }

func TestMigrateDown_AsksAndRefusesNonsense(t *testing.T) {
	t.Parallel()
	env := []string{database(t)}
	if _, err := run(t, env, "migrate", "down", "--yes"); err == nil || !strings.Contains(err.Error(), "nothing to roll back") {
		t.Errorf("nothing applied: %v", err)
	}
	applied := strings.Count(mustRun(t, env, "migrate", "up"), "Z\n")
	for steps, says := range map[string]string{
		"0": "write 1 or more", "-1": "write 1 or more", fmt.Sprint(applied + 1): fmt.Sprintf("write %d or fewer", applied), "1": "add --yes", "two": "invalid",
	} {
		args := []string{"migrate", "down", "--steps=" + steps}
		if steps != "1" {
			args = append(args, "--yes")
		}
		if _, err := run(t, env, args...); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("--steps=%s: have %v, want it to say %q", steps, err, says)
		}
	}
	for _, answer := range []string{"no\n", "", "y\n"} {
		out, err := runWith(t, terminal{strings.NewReader(answer)}, env, "migrate", "down", "--steps", "2")
		if err == nil || !strings.Contains(err.Error(), "nothing was rolled back") || strings.Count(out, "\n  ") != 2 {
			t.Errorf("answered %q: %v\n%s", answer, err, out)
		}
	}
	if out := mustRun(t, env, "migrate", "status"); strings.Contains(out, "pending") {
		t.Fatalf("something was rolled back:\n%s", out)
	}
	out, err := runWith(t, terminal{strings.NewReader("yes\n")}, env, "migrate", "down", "--steps", "2")
	if err != nil || strings.Count(out, "pending") != 2 {
		t.Errorf("answered yes: %v\n%s", err, out)
	}
}

func TestMigrateStatus_ShowsWhatThisVersionDoesNotKnow(t *testing.T) {
	t.Parallel()
	url := database(t)
	mustRun(t, []string{url}, "migrate", "up")
	db, err := entstore.Open(t.Context(), strings.TrimPrefix(url, "DATABASE_URL="), entstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.SQL().ExecContext(t.Context(), "INSERT INTO platform_migrations (version_id, is_applied) VALUES (20990101000000, true)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if out := mustRun(t, []string{url}, "migrate", "status"); !strings.Contains(out, "20990101000000 (this version does not know it)") || !strings.Contains(out, "This version starts all the same") {
		t.Errorf("have\n%s", out)
	}
	if _, err := run(t, []string{url}, "migrate", "down", "--yes"); err == nil || !strings.Contains(err.Error(), "20990101000000") {
		t.Errorf("down: %v", err)
	}
}

func TestServe_TellsOfBothPortsThatAreTaken(t *testing.T) {
	t.Parallel()
	var taken [2]string
	for i := range taken {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ln.Close() })
		taken[i] = ln.Addr().String()
	}
	_, err := run(t, []string{database(t), "ADDR=" + taken[0], "ADMIN_ADDR=" + taken[1]}, "serve")
	if err == nil || !strings.Contains(err.Error(), taken[0]) || !strings.Contains(err.Error(), taken[1]) {
		t.Errorf("have %v", err)
	}
}

// answer is somebody at a terminal who does something before they answer.
type answer struct {
	first func()
	says  string
}

func (*answer) IsTerminal() bool { return true }

func (a *answer) Read(p []byte) (int, error) {
	if a.first != nil {
		a.first()
		a.first = nil
	}
	n := copy(p, a.says)
	a.says = a.says[n:]
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func TestMigrateDown_RefusesWhenAnotherOperatorMigratedMeanwhile(t *testing.T) {
	t.Parallel()
	env := []string{database(t)}
	mustRun(t, env, "migrate", "up")
	meanwhile := func() { mustRun(t, env, "migrate", "down", "--yes") }
	out, err := runWith(t, &answer{meanwhile, "yes\n"}, env, "migrate", "down")
	if err == nil || !strings.Contains(err.Error(), "nothing was rolled back") {
		t.Errorf("have %v\n%s", err, out)
	}
	if out := mustRun(t, env, "migrate", "status"); strings.Count(out, "pending") != 1 {
		t.Errorf("more was rolled back than was confirmed:\n%s", out)
	}
}

// report is what a shell shows of a command that fails.
func report(t *testing.T, environ []string, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	c := &cli{product: product, in: strings.NewReader(""), out: &out, errOut: &out, environ: append([]string{"ADMIN_ADDR=off", "SECRET_KEY=" + config.SampleKey}, environ...)}
	root := command(c)
	root.SetArgs(args)
	err := root.ExecuteContext(t.Context())
	if err == nil {
		t.Fatalf("neoforge %v does not fail", args)
	}
	c.report(err)
	return out.String()
}

func TestVerbose_ShowsTheCausesOfAFailureOfEveryCommand(t *testing.T) {
	t.Parallel()
	nobody := []string{"DATABASE_URL=postgres://u:hidden@127.0.0.1:1/x"}
	for _, args := range [][]string{
		{"serve"}, {"work"}, {"seed"}, {"migrate", "up"}, {"migrate", "down", "--yes"}, {"migrate", "status"},
		{"jobs", "dead"}, {"keys", "list"}, {"billing", "refunds"}, {"user", "create", "--email", "a@example.com"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			for _, verbose := range []string{
				report(t, nobody, append(args, "--verbose")...),
				report(t, append([]string{"LOG_LEVEL=debug"}, nobody...), args...),
				report(t, append([]string{"LOG_LEVEL=error"}, nobody...), append(args, "--verbose")...),
			} {
				for _, want := range []string{"neoforge: nobody answers at the host and port of DATABASE_URL", "the command failed", "*wire.Explained", "connection refused"} {
					if !strings.Contains(verbose, want) {
						t.Errorf("it does not say %q:\n%s", want, verbose)
					}
				}
				if strings.Contains(verbose, "hidden") {
					t.Errorf("the password is shown:\n%s", verbose)
				}
			}
			for _, quiet := range []string{report(t, nobody, args...), report(t, nobody, append(args, "--verbose=false")...)} {
				if strings.Contains(quiet, "connection refused") || strings.Contains(quiet, "the command failed") {
					t.Errorf("the causes are shown unasked:\n%s", quiet)
				}
			}
		})
	}
}

func TestVerbose_ShowsTheCausesWhereTheSettingsAreAtFault(t *testing.T) {
	t.Parallel()
	for _, environment := range []string{"development", "production"} {
		if out := report(t, []string{"APP_ENV=" + environment, "ADDR=nowhere"}, "serve", "--verbose"); !strings.Contains(out, "*config.Faults") {
			t.Errorf("%s: have\n%s", environment, out)
		}
	}
}

func TestProduct_IsCalledByItsNameAndHasTheCommandsOfItsModules(t *testing.T) {
	t.Parallel()
	board := Product{Name: "Notice Board", Version: "v1.2.3", Modules: []wire.Module{wire.Identity}}
	say := func(environ []string, args ...string) string {
		out, err := runProduct(t, board, strings.NewReader(""), environ, args...)
		return fmt.Sprint(out, err)
	}
	if have := say(nil, "--version"); !strings.HasPrefix(have, "notice-board v1.2.3\n") {
		t.Errorf("have %q", have)
	}
	help := say(nil, "--help")
	if !strings.Contains(help, "Notice Board:") || !strings.Contains(help, "keys") || strings.Contains(help, "billing") || strings.Contains(strings.ToLower(help), "neoforge") {
		t.Errorf("have\n%s", help)
	}
	if have := say(nil, "serv"); !strings.Contains(have, `notice-board has no command "serv"`) {
		t.Errorf("have %q", have)
	}
	env := []string{database(t)}
	if have := say(env, "user", "create", "--email", "first@example.com"); !strings.Contains(have, "run `notice-board migrate up`") {
		t.Errorf("have %q", have)
	}
	if have := say(env, "migrate", "up"); !strings.Contains(have, "identity/") || strings.Contains(have, "content/") {
		t.Errorf("have\n%s", have)
	}
	if have := say(env, "seed"); !strings.Contains(have, "3 people are new") {
		t.Errorf("have %q", have)
	}
}

func TestAuditVerify_NamesWhatWasRemoved(t *testing.T) {
	t.Parallel()
	env := []string{database(t)}
	mustRun(t, env, "migrate", "up")
	db, err := entstore.Open(t.Context(), strings.TrimPrefix(env[0], "DATABASE_URL="), entstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if out := mustRun(t, env, "audit", "verify"); !strings.Contains(out, "0 entries under 0 seals") || !strings.Contains(out, "its public half (Ed25519) is ") {
		t.Errorf("have %q", out)
	}
	dead := fixture.DeadJob(t, db, fixture.Dead{Kind: "test.retried", Payload: "{}", Reason: "away"})
	mustRun(t, env, "jobs", "retry", dead)
	if out := mustRun(t, env, "audit", "verify"); !strings.Contains(out, "1 entries wait for their seal") {
		t.Errorf("have %q", out)
	}
	if _, err := db.SQL().ExecContext(t.Context(), "UPDATE platform_audit SET seal = 1"); err != nil {
		t.Fatal(err)
	}
	out, err := run(t, env, "audit", "verify")
	if err == nil || !strings.Contains(err.Error(), "its seal is not") || !strings.Contains(out, "under seal 1 is there and its seal is not") || !strings.Contains(out, "Compare the number") {
		t.Errorf("an entry under a seal that is not there: %v\n%s", err, out)
	}
	if _, err := run(t, env, "audit", "verify", "--known", "1:"+strings.Repeat("ab", 32)); err == nil || !strings.Contains(err.Error(), "seal 1 is known and not there") {
		t.Errorf("a seal that is known and not there: %v", err)
	}
	anchor := filepath.Join(t.TempDir(), "audit.anchor")
	if err := os.WriteFile(anchor, []byte("7:"+strings.Repeat("ab", 32)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, append(env, "AUDIT_ANCHOR="+anchor), "audit", "verify"); err == nil || !strings.Contains(err.Error(), "seal 7 is known and not there") {
		t.Errorf("a seal that AUDIT_ANCHOR remembers and that is not there: %v", err)
	}
	for _, known := range []string{"17", "17:abc", "x:y"} {
		if _, err := run(t, env, "audit", "verify", "--known", known); err == nil || !strings.Contains(err.Error(), "is not a seal") {
			t.Errorf("%s: %v", known, err)
		}
	}
}
