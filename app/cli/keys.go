package cli

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/neoforge-dev/neoforge/app/wire"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/identityapp"
)

func (c *cli) keysCommand() *cobra.Command {
	cmd := group(&cobra.Command{Use: "keys", Short: "See and replace the keys that access tokens are signed with"})
	list := plain("list", "List the keys, the oldest first, with what each does at this moment", func(ctx context.Context) error {
		return c.withIdentity(ctx, func(_ *wire.Application, rooms *identityapp.Rooms) error {
			keys, err := rooms.SigningKeys.ListSigningKeys(ctx)
			if err != nil {
				return err
			}
			return c.printKeys(keys, time.Now())
		})
	})
	var now, leaked bool
	rotate := plain("rotate", "Announce a new key, which signs after ten minutes", func(ctx context.Context) error {
		return c.withIdentity(ctx, func(_ *wire.Application, rooms *identityapp.Rooms) error {
			how := identity.Announced
			switch {
			case leaked:
				how = identity.AfterLeak
			case now:
				how = identity.AtOnce
			}
			if _, err := rooms.SigningKeys.RotateKeys(ctx, how); err != nil {
				return err
			}
			keys, err := rooms.SigningKeys.ListSigningKeys(ctx)
			if err != nil {
				return err
			}
			return c.printKeys(keys, time.Now())
		})
	})
	rotate.Flags().BoolVar(&now, "now", false, "sign with the new key at once; verifiers elsewhere may not know it for five minutes")
	rotate.Flags().BoolVar(&leaked, "leaked", false, "sign with the new key at once and refuse every token of the keys before it; programs refresh theirs")
	cmd.AddCommand(list, rotate)
	return cmd
}

func (c *cli) printKeys(keys []identity.SigningKey, now time.Time) error {
	if len(keys) == 0 {
		fmt.Fprintln(c.out, "There is no key yet: the first access token makes it.")
		return nil
	}
	signer, _ := identity.SignerAt(keys, now)
	w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "KEY\tCREATED\tSIGNS FROM\tVERIFIES UNTIL\tSTATE")
	for _, k := range keys {
		until := "-"
		if !k.VerifiesUntil.IsZero() {
			until = k.VerifiesUntil.Format(time.RFC3339)
		}
		state := "verifies"
		switch {
		case !k.VerifiesAt(now):
			state = "retired"
		case k.ID == signer.ID:
			state = "signs"
		case k.SignsFrom.After(now):
			state = "announced"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", k.ID, k.CreatedAt.Format(time.RFC3339), k.SignsFrom.Format(time.RFC3339), until, state)
	}
	return w.Flush()
}
