package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/neoforge-dev/neoforge/app/wire"
)

func (c *cli) migrateCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "migrate", Short: "Bring the database to the schema of this version, or back"})
	var steps int
	var yes bool
	down := plain("down", "Take the last migrations back, with the data that they hold", func(ctx context.Context) error {
		return c.migrating(ctx, func(app *wire.Application) error { return c.migrateDown(ctx, app, steps, yes) })
	})
	down.Flags().IntVar(&steps, "steps", 1, "how many migrations to roll back")
	down.Flags().BoolVar(&yes, "yes", false, "do not ask; needed where nobody can answer")
	cmd.AddCommand(
		plain("up", "Apply every migration that is missing; safe while others do the same", func(ctx context.Context) error {
			return c.migrating(ctx, func(app *wire.Application) error {
				if err := app.Migrate(ctx); err != nil {
					return err
				}
				return c.printMigrations(ctx, app)
			})
		}),
		down,
		plain("status", "List the migrations and which of them are applied", func(ctx context.Context) error {
			return c.migrating(ctx, func(app *wire.Application) error { return c.printMigrations(ctx, app) })
		}),
	)
	return cmd
}

func (c *cli) migrating(ctx context.Context, do func(app *wire.Application) error) (err error) {
	app, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	return do(app)
}

// migrateDown takes migrations back when whoever asks for it has read which, and says yes.
func (c *cli) migrateDown(ctx context.Context, app *wire.Application, steps int, yes bool) error {
	list, err := app.Migrations(ctx)
	if err != nil {
		return err
	}
	var applied []wire.Migration
	for _, m := range list {
		if m.Absent {
			continue // no context's tables depend on those of another
		}
		if m.Unknown {
			return fmt.Errorf("the database has migration %d of %s, which this version does not know: take it back with the version that made it (`%s migrate status` lists them)", m.Version, m.Context, c.product.CommandName())
		}
		if !m.AppliedAt.IsZero() {
			applied = append(applied, m)
		}
	}
	switch {
	case steps < 1:
		return fmt.Errorf("--steps %d takes nothing back: write 1 or more, such as --steps 1", steps)
	case len(applied) == 0:
		return errors.New("no migration is applied: there is nothing to roll back")
	case steps > len(applied):
		return fmt.Errorf("--steps %d is more than the %d migrations that are applied: write %d or fewer", steps, len(applied), len(applied))
	}
	last := applied[len(applied)-steps:]
	if !yes {
		if err := c.confirmDown(last); err != nil {
			return err
		}
	}
	if err := app.MigrateDown(ctx, last...); err != nil {
		return err
	}
	return c.printMigrations(ctx, app)
}

// confirmDown asks at a terminal whether these are to be rolled back.
func (c *cli) confirmDown(last []wire.Migration) error {
	if !isTerminal(c.in) {
		return fmt.Errorf("this rolls back %d of the migrations and deletes the data that they hold: add --yes to do it without being asked", len(last))
	}
	fmt.Fprintln(c.errOut, "This rolls back, newest first, and deletes the data that they hold:")
	for _, m := range slices.Backward(last) {
		fmt.Fprintf(c.errOut, "  %s/%d_%s\n", m.Context, m.Version, m.Name)
	}
	fmt.Fprint(c.errOut, "Type yes to go on: ")
	answer, err := bufio.NewReader(c.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if strings.TrimSpace(answer) != "yes" {
		return errors.New("nothing was rolled back")
	}
	return nil
}

// isTerminal reports whether somebody can be asked.
func isTerminal(in io.Reader) bool {
	if t, ok := in.(interface{ IsTerminal() bool }); ok {
		return t.IsTerminal()
	}
	f, ok := in.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

func (c *cli) printMigrations(ctx context.Context, app *wire.Application) error {
	list, err := app.Migrations(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "MIGRATION\tAPPLIED")
	unknown := 0
	for _, m := range list {
		applied := "pending"
		if !m.AppliedAt.IsZero() {
			applied = m.AppliedAt.Format(time.RFC3339)
		}
		name := fmt.Sprintf("%s/%d_%s", m.Context, m.Version, m.Name)
		if m.Unknown {
			unknown++
			name = fmt.Sprintf("%s/%d (this version does not know it)", m.Context, m.Version)
			if m.Absent {
				name = fmt.Sprintf("%s/%d (this program has no module %s)", m.Context, m.Version, m.Context)
			}
		}
		fmt.Fprintf(w, "%s\t%s\n", name, applied)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if unknown > 0 {
		fmt.Fprintf(c.out, "\nAnother version of the program applied %d of these, as before a rollback. This version starts all the same, and leaves them.\n", unknown)
	}
	return nil
}
