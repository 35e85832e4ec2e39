package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// The benchmarks measure from a save to the picture that shows it. They assert no time: what
// a machine takes depends on what else it does.

// BenchmarkSave_Island is an island, exchanged in the page that is shown.
func BenchmarkSave_Island(b *testing.B) {
	measureSaves(b, "web/islands/content/share.js", "Copy link<", shared+`?.includes(%q)`, "Copy %s<")
}

// BenchmarkSave_Styles is a file of styles that another one imports.
func BenchmarkSave_Styles(b *testing.B) {
	measureSaves(b, "web/styles/tokens.css", ":root {", `getComputedStyle(document.documentElement).getPropertyValue('--saved').includes(%q)`, ":root { --saved: %s;")
}

// BenchmarkSave_Shared is a module that every island imports.
func BenchmarkSave_Shared(b *testing.B) {
	measureSaves(b, "web/islands/shared/lit.js", "export {LitElement};", `document.querySelector('nf-content-share').title.includes(%q)`, `
class Marked extends LitElement { willUpdate(changed) { super.willUpdate(changed); if (typeof document === 'object') this.title = '%s'; } }
export {Marked as LitElement};`)
}

// measureSaves saves a file with one of its parts replaced, again and again, until the page
// shows what was saved.
func measureSaves(tb *testing.B, file, part, shown, by string) {
	harness.Chromium(tb)
	sources := copySources(tb)
	p := program.StartProcess(tb, program.Options{Sources: sources.dir, DatabaseURL: "sqlite://" + filepath.Join(tb.TempDir(), "neoforge.db")})
	b := open(tb, "http://"+p.Addr)
	b.visit("/posts/welcome")
	b.run(share + `.scrollIntoView()`)
	b.until("the island has come", `customElements.get('nf-content-share') && `+share+`.hasUpdated`)
	whole := sources.text(file)
	var took []time.Duration
	for i := 0; tb.Loop(); i++ {
		mark := fmt.Sprintf("mark%d", i)
		begun := time.Now()
		sources.save(file, strings.Replace(whole, part, fmt.Sprintf(by, mark), 1))
		took = append(took, b.painted(fmt.Sprintf(shown, mark)).Sub(begun))
	}
	report(tb, took)
}

// painted waits until an expression holds, and answers when it was painted.
func (b *browser) painted(expression string) time.Time {
	b.tb.Helper()
	at := read(b, chromedp.Evaluate[float64](`new Promise((painted) => {
		const look = () => (`+expression+`) ? requestAnimationFrame(() => painted(performance.timeOrigin + performance.now())) : requestAnimationFrame(look);
		look();
	})`, chromedp.EvalAwaitPromise))
	return time.UnixMicro(int64(at * 1000))
}

func report(tb *testing.B, took []time.Duration) {
	slices.Sort(took)
	tb.ReportMetric(float64(took[len(took)/2].Milliseconds()), "median-ms")
	tb.ReportMetric(float64(took[len(took)-1].Milliseconds()), "worst-ms")
}

// BenchmarkSave_Template is a template that is generated, built and started by what `task dev`
// runs; the page loads itself.
func BenchmarkSave_Template(b *testing.B) {
	measureBuilds(b, "web/pages/devpages/index.templ", "Development tools</h1>", "Development %s</h1>")
}

// BenchmarkSave_Go is a Go file that a page takes its words from.
func BenchmarkSave_Go(b *testing.B) {
	measureBuilds(b, "adapters/fiberhttp/devhttp/devhttp.go", `Title: "Routes"`, `Title: "%s"`)
}

func measureBuilds(tb *testing.B, file, part, by string) {
	harness.Chromium(tb)
	s := sourceTree{tb: tb, dir: copyRepository(tb)}
	address := fmt.Sprintf("127.0.0.1:%d", harness.Port(tb))
	ctx, cancel := context.WithCancel(context.WithoutCancel(tb.Context()))
	cmd := exec.CommandContext(ctx, harness.GoTool(tb, "../..", "air"), "-c", "deploy/tools/air.toml")
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "ADDR="+address, "BASE_URL=http://"+address, "ADMIN_ADDR=off", "DATABASE_URL=sqlite://"+filepath.Join(s.dir, "var", "measure.db"), "SECRET_KEY="+config.SampleKey)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
		if tb.Failed() {
			tb.Logf("it said\n%s", said.String())
		}
	})
	b := open(tb, "http://"+address)
	b.expects("net::ERR_")
	deadline := time.Now().Add(10 * time.Minute)
	for tick := time.Tick(100 * time.Millisecond); ; <-tick {
		if res, err := http.Get(b.site + "/readyz"); err == nil {
			_ = res.Body.Close()
			break
		}
		if time.Now().After(deadline) {
			tb.Fatal("it does not start")
		}
	}
	b.visit("/dev")
	whole := s.text(file)
	save := func(mark string) time.Duration {
		begun := time.Now()
		s.save(file, strings.Replace(whole, part, fmt.Sprintf(by, mark), 1))
		ctx, cancel := context.WithTimeout(b.ctx, 5*time.Minute)
		defer cancel()
		for { // the page goes meanwhile
			if holds, _ := b.holds(ctx, `document.body.textContent.includes('`+mark+`')`); holds {
				break
			}
			if ctx.Err() != nil {
				tb.Fatal("the page does not show what was saved")
			}
		}
		return b.painted("true").Sub(begun)
	}
	save("warm")
	var took []time.Duration
	for i := 0; tb.Loop(); i++ {
		took = append(took, save(fmt.Sprintf("mark%d", i)))
	}
	report(tb, took)
}

// copyRepository copies the sources of the program, without what is made of them.
func copyRepository(tb testing.TB) string {
	tb.Helper()
	dir := copySources(tb).dir
	from := os.DirFS("../..")
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (slices.Contains([]string{".git", "var", "tmp", "bin", "tests", "node_modules", "dist", "islands", "styles", "pwa", "development"}, d.Name())):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(dir, name), 0o750)
		case !d.Type().IsRegular():
			return nil
		}
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name), text, 0o600)
	})
	if err != nil {
		tb.Fatal(err)
	}
	return dir
}
