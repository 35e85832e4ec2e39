package cli

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/neoforge-dev/neoforge/modules/billing/billingapp"
)

func (c *cli) billingCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "billing", Short: "See what is owed to customers, and what payment providers told in vain"})
	var limit int
	refunds := plain("refunds", "List the payments that are not given back yet, oldest first", func(ctx context.Context) error {
		return c.withBilling(ctx, func(app *billingapp.App) error {
			list, err := app.PendingRefunds(ctx, limit)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				fmt.Fprintln(c.out, "Nothing is owed.")
				return nil
			}
			w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "ID\tSINCE\tAMOUNT\tREASON\tPROVIDER\tSUBSCRIPTION\tFAILED\tLAST ERROR")
			for _, r := range list {
				fmt.Fprintf(w, "%s\t%s\t%d %s\t%s\t%s\t%s\t%d\t%s\n", r.ID, r.CreatedAt.Format(time.RFC3339),
					r.Money.Amount, r.Money.Currency, r.Reason, r.Provider, r.Subscription, r.Attempts, oneLine(r.LastError, 80))
			}
			return w.Flush()
		})
	})
	waiting := plain("waiting", "List the providers' events that wait for a checkout or subscription that is not known, oldest first", func(ctx context.Context) error {
		return c.withBilling(ctx, func(app *billingapp.App) error {
			list, err := app.WaitingWebhooks(ctx, limit)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				fmt.Fprintln(c.out, "No event waits.")
				return nil
			}
			w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "EVENT\tRECEIVED\tPROVIDER\tKIND\tCHECKOUT\tSUBSCRIPTION")
			for _, e := range list {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", e.EventID, e.ReceivedAt.Format(time.RFC3339), e.Provider, e.Kind, e.Checkout, e.Subscription)
			}
			return w.Flush()
		})
	})
	for _, list := range []*cobra.Command{refunds, waiting} {
		list.Flags().IntVar(&limit, "limit", 50, "how many to list")
	}
	cmd.AddCommand(refunds, waiting)
	return cmd
}

func (c *cli) withBilling(ctx context.Context, run func(app *billingapp.App) error) (err error) {
	w, _, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := w.Ready(ctx); err != nil {
		return err
	}
	app, err := w.Billing()
	if err != nil {
		return err
	}
	return run(app)
}
