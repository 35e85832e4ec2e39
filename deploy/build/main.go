//go:build !release

// Command build makes what a release embeds: `go run ./deploy/build`, then `go build -tags release ./app/neoforge`.
//
// It installs the packages that are missing, writes web/dist, prints what each file costs a reader, and fails when a page
// would cost more than its budget.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets/bundle"
	"github.com/neoforge-dev/neoforge/web/source"
)

// Budgets in bytes after brotli.
const (
	publicBudget = 8 << 10   // scripts before anybody touches a public page
	studioBudget = 220 << 10 // every script there is, which is more than the studio loads
	editorBudget = 100 << 10 // CodeMirror with find and replace and its menu: the largest single script
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, stdout io.Writer) error {
	dir, err := source.Dir()
	if err != nil {
		return err
	}
	if err := source.EnsurePackages(ctx, dir, stdout); err != nil {
		return err
	}
	files, err := bundle.Folder(dir)
	if err != nil {
		return err
	}
	sizes, err := bundle.Release(files, filepath.Join(dir, "dist"))
	if err != nil {
		return err
	}
	return report(stdout, sizes)
}

func report(stdout io.Writer, sizes []bundle.Size) error {
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "raw\tbrotli\t  address\t")
	var public, all, largest int
	for _, size := range sizes {
		mark := ""
		if size.Required {
			mark = " *"
			public += size.Brotli
		}
		if strings.HasSuffix(size.URL, ".js") && size.URL != "/sw.js" {
			all += size.Brotli
			largest = max(largest, size.Brotli)
		}
		fmt.Fprintf(table, "%d\t%d\t  %s%s\t\n", size.Raw, size.Brotli, size.URL, mark)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print sizes: %w", err)
	}
	fmt.Fprintf(stdout, "\n* on every public page: %d of %d bytes of script. All scripts: %d of %d.\n", public, publicBudget, all, studioBudget)
	var over []error
	if public > publicBudget {
		over = append(over, fmt.Errorf("public pages load %d bytes of script before anybody touches them; the budget is %d", public, publicBudget))
	}
	if all > studioBudget {
		over = append(over, fmt.Errorf("all scripts together are %d bytes; the budget is %d", all, studioBudget))
	}
	if largest > editorBudget {
		over = append(over, fmt.Errorf("the largest script is %d bytes; the budget is %d", largest, editorBudget))
	}
	return errors.Join(over...)
}
