package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/neoforge-dev/neoforge/app/wire"
)

func (c *cli) auditCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "audit", Short: "Show that the audit trail is as it was written"})
	var known string
	verify := plain("verify", "Compute every seal over the audit trail again, and name the entries and seals that were removed, changed or added", func(ctx context.Context) (err error) {
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
			return err
		}
		c.printAudit(report)
		if len(report.Faults) > 0 {
			return fmt.Errorf("the audit trail is not as it was sealed: %w", report.Faults)
		}
		return nil
	})
	verify.Flags().StringVar(&known, "known", "", "a seal that was logged or printed before, as 17:9f86…: fail when the chain does not hold it")
	cmd.AddCommand(verify)
	return cmd
}

func (c *cli) printAudit(r wire.AuditReport) {
	if len(r.Faults) > 0 {
		c.printAuditFaults(r)
	} else {
		fmt.Fprintf(c.out, "The audit trail is as it was sealed: %d entries under %d seals.\n", r.Entries, r.Seals)
	}
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
		fmt.Fprintf(c.out, "%s entries wait for their seal, the oldest since %s: changes to them do not show.\n", atMost(r.Unsealed.Waiting), r.Unsealed.Since.Format(time.RFC3339))
	}
	if r.Unsealed.Counting > 0 {
		fmt.Fprintf(c.out, "%s entries are still counted and are sealed within two hours: changes to them do not show.\n", atMost(r.Unsealed.Counting))
	}
	fmt.Fprintf(c.out, "New seals are signed with the key %s; its public half (Ed25519) is %s\n", r.Key, r.PublicKey)
	switch {
	case r.Anchored && len(r.Faults) == 0:
		fmt.Fprintln(c.out, "It holds the seal that AUDIT_ANCHOR remembers.")
	case !r.Anchored:
		fmt.Fprintln(c.out, "AUDIT_ANCHOR is not set: that the newest seals were removed, or the database is an older copy, shows only with --known and a seal from the log.")
	}
}

// printAuditFaults lists what was found, and once for each kind what it means.
func (c *cli) printAuditFaults(r wire.AuditReport) {
	advised := map[string]bool{}
	for _, f := range r.Faults {
		fmt.Fprintf(c.out, "%s.\n", f)
		advice := f.Kind.Advice()
		if !advised[advice] {
			fmt.Fprintf(c.out, "  %s\n", advice)
		}
		advised[advice] = true
	}
	if r.More {
		fmt.Fprintf(c.out, "There may be more: only the first %d are listed.\n", len(r.Faults))
	}
	fmt.Fprintf(c.out, "In all there are %d entries under %d seals.\n", r.Entries, r.Seals)
}

func atMost(n int) string {
	if n == wire.MaxUnsealed {
		return fmt.Sprintf("%d or more", n)
	}
	return strconv.Itoa(n)
}
