//go:build !release

package cli

import (
	"context"

	"github.com/spf13/cobra"
)

// developing adds the commands that need the sources.
func (c *cli) developing(root *cobra.Command) {
	root.AddCommand(&cobra.Command{
		Use: "bundle FOLDER", Short: "Write what a release hands to browsers, to be embedded as the product's Dist", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.bundle(cmd.Context(), args[0]) },
	})
}

func (c *cli) bundle(ctx context.Context, folder string) error {
	return c.product.Bundle(ctx, c.out, folder)
}
