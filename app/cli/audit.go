package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/neoforge-dev/neoforge/app/wire"
)

func (c *cli) auditCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "audit", Short: "Show that the audit trail is as it was written"})
	var known string
	verify := plain("verify", "Compute every seal over the audit trail again, and name the first entry that was removed, changed or added", func(ctx context.Context) (err error) {
		w, _, err := c.open(ctx)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, w.Close()) }()
		if err := w.Ready(ctx); err != nil {
			return err
		}
		report, err := w.VerifyAudit(ctx, known)
		if err != nil {
			return fmt.Errorf("the audit trail is not as it was sealed: %w", err)
		}
		c.printAudit(report)
		return nil
	})
	verify.Flags().StringVar(&known, "known", "", "a seal that was logged or printed before, as 17:9f86…: fail when the chain does not hold it")
	cmd.AddCommand(verify)
	return cmd
}

func (c *cli) printAudit(r wire.AuditReport) {
	fmt.Fprintf(c.out, "The audit trail is as it was sealed: %d entries under %d seals.\n", r.Entries, r.Seals)
	if r.LastSeal != "" {
		fmt.Fprintf(c.out, "The last seal is %s\n", r.LastSeal)
	}
	if r.PrunedThrough > 0 {
		fmt.Fprintf(c.out, "Retention deleted the seals up to %d, with %d entries in all.\n", r.PrunedThrough, r.PrunedEntries)
	}
	if r.KnownPruned {
		fmt.Fprintln(c.out, "The seal to compare with is one of those: it could not be compared.")
	}
	if r.Unsealed.Waiting > 0 {
		fmt.Fprintf(c.out, "%d entries wait for their seal, the oldest since %s: changes to them do not show.\n", r.Unsealed.Waiting, r.Unsealed.Since.Format(time.RFC3339))
	}
	if r.Unsealed.Counting > 0 {
		fmt.Fprintf(c.out, "%d entries are still counted and are sealed within two hours: changes to them do not show.\n", r.Unsealed.Counting)
	}
}
