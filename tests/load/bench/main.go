// Command bench prints how fast the program is beside the limit that it is
// measured against: a peer that does the same work with nothing around it.
//
//	go run ./tests/load/bench            (or: task bench)
//	go run ./tests/load/bench -rows cached -profile /some/folder
//
// It builds the release and the peers (tests/load/peers), starts each as a process
// of its own on loopback, in production's settings, and stops what it started.
// Nothing is switched off for it: the program runs behind a trusted proxy that
// names its clients, logs every request to a file, and limits them. The row on
// Postgres needs a Docker engine with the image of NEOFORGE_TEST_POSTGRES_IMAGE
// (postgres:17-alpine, or what deploy/testimages/build makes), or an empty database
// in BENCH_DATABASE_URL; without either it is left out, and the table says so.
//
// # How to read the table
//
// The sides are asked in turn, several rounds each, and who begins changes with
// every round; "median" is of a side's rounds, and "lowest..highest" how far they
// lie apart. "ratio" is the median of the ratios of each round, the program's
// figure over its peer's of the same round, so that a machine that becomes slower
// meanwhile does not tilt it: 0.90x throughput is nine tenths of the limit, 1.20x
// CPU a fifth more work.
//
// The callers run on the same processors as what they measure. They cost both
// sides the same, which brings the ratio of throughput closer to 1 than that of
// "CPU us/request": the time that the process, and after the plus sign all of
// Postgres, spent on a processor for one request, as the kernel counts it. It is
// the steadier of the two. p50 and p99 are of connections that each wait for their
// answer before they ask again, so they say how long the queue is on a machine that
// is kept busy, not how long one reader waits on one that is not.
//
// A figure is judged unrounded. The exit code is 1 when a row failed, and with
// -require also when one was left out or a goal was not met.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// bench is one run.
type bench struct {
	plan        plan
	connections int
	posts       int
	profiles    string // folder for CPU profiles; empty: none
	binary      string // a release that is built already; empty: build it
	rows        []string
	require     bool

	program, sampler, fixed, postgres, hash string // what is started
	root                                    string // of the repository
	work                                    string // folder of everything that is written
	report                                  report
	say                                     func(format string, args ...any)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, progress io.Writer) (err error) {
	b := &bench{say: func(format string, args ...any) { fmt.Fprintf(progress, "# "+format+"\n", args...) }}
	if err := b.parse(args, progress); err != nil {
		return err
	}
	if runtime.GOOS != "linux" {
		return errors.New("the bench reads CPU time from /proc and runs on Linux only")
	}
	if b.work, err = os.MkdirTemp("", "neoforge-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.work)) }()
	busy, err := loadAverage()
	if err != nil {
		return err
	}
	b.report.heading = fmt.Sprintf("NeoForge beside its limits: %d rounds of %s each, in turn, %d connections; %d processors, load %.1f before the start.",
		b.plan.rounds, b.plan.round, b.connections, runtime.NumCPU(), busy)
	if busy > float64(runtime.NumCPU())/2 {
		b.report.notes = append(b.report.notes,
			"The machine was busy with other work, so the figures are worth little: compare on a quiet one.")
	}
	if err := b.build(ctx); err != nil {
		return err
	}
	failed := b.measure(ctx)
	if ctx.Err() != nil {
		return errors.New("stopped before the end; what was started is stopped, too")
	}
	if err := b.report.write(out); err != nil {
		return errors.Join(failed, err)
	}
	if failed == nil && b.require {
		return b.unsatisfied()
	}
	return failed
}

func (b *bench) parse(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.IntVar(&b.plan.rounds, "rounds", 9, "rounds of each side, at least 5")
	flags.DurationVar(&b.plan.round, "round", 1500*time.Millisecond, "length of one round")
	flags.IntVar(&b.connections, "connections", 32, "connections that ask at once")
	flags.IntVar(&b.posts, "posts", 200_000, "posts of the uncached row; more than it will read")
	flags.StringVar(&b.profiles, "profile", "", "also write CPU profiles of the program to this folder")
	flags.StringVar(&b.binary, "binary", "", "measure this release build instead of building one")
	flags.BoolVar(&b.require, "require", false, "fail when a row is left out or a goal is not met")
	rows := flags.String("rows", strings.Join(allRows, ","), "which rows to measure; "+growthRow+" is one more, which takes minutes and 10 GB of disk")
	if err := flags.Parse(args); err != nil {
		return err
	}
	b.plan.warmUp = min(b.plan.round, 2*time.Second)
	b.rows = strings.Split(*rows, ",")
	for _, r := range b.rows {
		if !slices.Contains(allRows, r) && r != growthRow {
			return fmt.Errorf("-rows has %q: use some of %s,%s", r, strings.Join(allRows, ","), growthRow)
		}
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("%q is no flag of the bench", flags.Arg(0))
	case b.plan.rounds < 5:
		return errors.New("-rounds is below 5, which is too few to say anything")
	case b.plan.round < time.Second:
		return errors.New("-round is below 1s, which is too short for the kernel's clock of CPU time")
	case b.connections < 1 || b.connections > 4096:
		return errors.New("-connections must be 1 to 4096")
	case b.posts < 1000 || b.posts > 9_999_999:
		return errors.New("-posts must be 1000 to 9999999")
	}
	return nil
}

func (b *bench) build(ctx context.Context) (err error) {
	if b.root, err = repository(ctx); err != nil {
		return err
	}
	builds := builder{root: b.root, into: b.work, say: b.say}
	if b.fixed, b.postgres, b.hash, err = builds.peers(ctx); err != nil {
		return err
	}
	if slices.ContainsFunc(b.rows, func(row string) bool { return row != "uncached" && row != growthRow }) {
		if b.sampler, err = builds.sampler(ctx); err != nil {
			return err
		}
	}
	if b.binary == "" {
		b.program, err = builds.program(ctx)
		return err
	}
	if b.program, err = filepath.Abs(b.binary); err != nil {
		return err
	}
	_, err = os.Stat(b.program)
	return err
}

var allRows = []string{"cached", "list", "page", "signedin", "pocketbase", "uncached", "create", "signin", "flood", "start"}

// growthRow is measured when it is named: it writes a million posts into each database.
const growthRow = "growth"

// measure measures the rows. One that fails does not keep the others from the
// table.
func (b *bench) measure(ctx context.Context) error {
	most := 20 * time.Minute
	if slices.Contains(b.rows, growthRow) {
		most += growthTakes
	}
	ctx, cancel := context.WithTimeoutCause(ctx, most+time.Duration(2*b.plan.rounds)*2*b.plan.round, errors.New("the bench took too long"))
	defer cancel()
	var errs []error
	for _, name := range b.rows {
		b.say("measuring: %s", name)
		var err error
		switch name {
		case "cached":
			err = b.cachedRead(ctx)
		case "list":
			err = b.cachedList(ctx)
		case "page":
			err = b.cachedPage(ctx)
		case "signedin":
			err = b.signedInPage(ctx)
		case "create":
			err = b.createPost(ctx)
		case growthRow:
			err = b.growth(ctx)
		case "pocketbase":
			err = b.pocketBase(ctx)
		case "uncached":
			err = b.uncachedRead(ctx)
		case "signin":
			err = b.signIn(ctx)
		case "flood":
			err = b.flood(ctx)
		case "start":
			err = b.startup(ctx)
		}
		if err != nil {
			if ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			errs = append(errs, fmt.Errorf("row %s: %w", name, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

// unsatisfied is what -require fails for.
func (b *bench) unsatisfied() error {
	var errs []error
	for _, o := range b.report.omissions {
		errs = append(errs, fmt.Errorf("left out: %s: %s", o.work, o.why))
	}
	for _, m := range b.report.missed() {
		errs = append(errs, errors.New(m))
	}
	return errors.Join(errs...)
}

// folder makes a folder of the run's own.
func (b *bench) folder(name string) (string, error) {
	dir := filepath.Join(b.work, name)
	return dir, os.MkdirAll(dir, 0o700)
}
