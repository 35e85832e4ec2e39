package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/neoforge-dev/neoforge/app/wire"
)

func (c *cli) migrateCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "migrate", Short: "Bring the database to the schema of this version, or back"}
	var steps int
	down := plain("down", "Take the last migration back", func(ctx context.Context) error {
		return c.migrating(ctx, func(app *wire.Application) error {
			if err := app.MigrateDown(ctx, steps); err != nil {
				return err
			}
			return c.printMigrations(ctx, app)
		})
	})
	down.Flags().IntVar(&steps, "steps", 1, "how many migrations to take back")
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

func (c *cli) printMigrations(ctx context.Context, app *wire.Application) error {
	list, err := app.Migrations(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "MIGRATION\tAPPLIED")
	for _, m := range list {
		applied := "pending"
		if !m.AppliedAt.IsZero() {
			applied = m.AppliedAt.Format(time.RFC3339)
		}
		fmt.Fprintf(w, "%d_%s\t%s\n", m.Version, m.Name, applied)
	}
	return w.Flush()
}
