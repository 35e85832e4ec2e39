package cli

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/neoforge-dev/neoforge/app/wire"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/modules/identity/identityapp"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

func (c *cli) jobsCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "jobs", Short: "Inspect the dead letters: jobs and events that used up their attempts"})
	var limit int
	var kind string
	dead := plain("dead", "List dead letters, newest first", func(ctx context.Context) error {
		return c.withIdentity(ctx, func(w *wire.Application, _ *identityapp.Rooms) error {
			list, err := w.DeadLetters().List(ctx, jobs.DeadQuery{Kind: kind, Limit: limit})
			if err != nil {
				return err
			}
			if len(list) == 0 {
				fmt.Fprintln(c.out, "There are no dead letters.")
				return nil
			}
			table := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
			fmt.Fprintln(table, "ID\tKIND\tATTEMPTS\tDIED\tREQUEST\tLAST ERROR\tPAYLOAD")
			for _, j := range list {
				fmt.Fprintf(table, "%d\t%s\t%d\t%s\t%s\t%s\t%s\n", j.ID, j.Kind, j.Attempts, j.DiedAt.Format(time.RFC3339), cmp.Or(j.Request, "-"), oneLine(j.LastError, 80), oneLine(string(j.Payload), 120))
			}
			return table.Flush()
		})
	})
	dead.Flags().StringVar(&kind, "kind", "", "list those of one kind")
	dead.Flags().IntVar(&limit, "limit", 50, "how many to list")
	cmd.AddCommand(dead,
		c.deadLetterCommand("retry", "Queue a dead letter again", (*administration.App).RetryDeadJob),
		c.deadLetterCommand("discard", "Delete a dead job", (*administration.App).DiscardDeadJob),
	)
	return cmd
}

// deadLetterCommand does with a dead letter what the page of jobs does, and leaves the
// same entry in the audit trail, in the system's name.
func (c *cli) deadLetterCommand(use, short string, act func(a *administration.App, ctx context.Context, by identity.Actor, id string) error) *cobra.Command {
	return &cobra.Command{Use: use + " ID", Short: short, Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		if _, err := strconv.ParseInt(args[0], 10, 64); err != nil {
			return fmt.Errorf("%q is not the id of a dead letter: `%s jobs dead` lists them", args[0], c.product.CommandName())
		}
		return c.withIdentity(cmd.Context(), func(_ *wire.Application, rooms *identityapp.Rooms) error {
			return act(rooms.Administration, cmd.Context(), operator, args[0])
		})
	}}
}

func oneLine(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
