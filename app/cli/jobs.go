package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/neoforge-dev/neoforge/ports/jobs"
)

func (c *cli) jobsCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "jobs", Short: "Inspect the dead letters: jobs and events that used up their attempts"})
	var limit int
	var kind string
	dead := plain("dead", "List dead letters, newest first", func(ctx context.Context) error {
		return c.withDeadLetters(ctx, func(d jobs.DeadLetters) error {
			list, err := d.List(ctx, jobs.DeadQuery{Kind: kind, Limit: limit})
			if err != nil {
				return err
			}
			if len(list) == 0 {
				fmt.Fprintln(c.out, "There are no dead letters.")
				return nil
			}
			w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "ID\tKIND\tATTEMPTS\tDIED\tREQUEST\tLAST ERROR\tPAYLOAD")
			for _, j := range list {
				fmt.Fprintf(w, "%d\t%s\t%d\t%s\t%s\t%s\t%s\n", j.ID, j.Kind, j.Attempts, j.DiedAt.Format(time.RFC3339), cmp.Or(j.Request, "-"), oneLine(j.LastError, 80), oneLine(string(j.Payload), 120))
			}
			return w.Flush()
		})
	})
	dead.Flags().StringVar(&kind, "kind", "", "list those of one kind")
	dead.Flags().IntVar(&limit, "limit", 50, "how many to list")
	cmd.AddCommand(dead,
		c.deadLetterCommand("retry", "Queue a dead letter again", jobs.DeadLetters.Retry),
		c.deadLetterCommand("discard", "Forget a dead letter", jobs.DeadLetters.Discard),
	)
	return cmd
}

func (c *cli) deadLetterCommand(use, short string, act func(d jobs.DeadLetters, ctx context.Context, id int64) (jobs.Dead, error)) *cobra.Command {
	return &cobra.Command{Use: use + " ID", Short: short, Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		id, err := strconv.ParseInt(args[0], 10, 64)
		if err != nil {
			return fmt.Errorf("%q is not the id of a dead letter: `%s jobs dead` lists them", args[0], c.product.CommandName())
		}
		return c.withDeadLetters(cmd.Context(), func(d jobs.DeadLetters) error {
			_, err := act(d, cmd.Context(), id)
			return err
		})
	}}
}

func (c *cli) withDeadLetters(ctx context.Context, run func(d jobs.DeadLetters) error) (err error) {
	w, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := w.Ready(ctx); err != nil {
		return err
	}
	return run(w.DeadLetters())
}

func oneLine(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
