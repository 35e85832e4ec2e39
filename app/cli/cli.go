// Package cli is the command line of a product: it serves the application, works on its
// jobs, migrates its database, and answers what an operator asks. A product's main names
// the product and calls [Main].
//
// Without a command it serves. It parses, calls app/wire, and prints; it holds no
// rule of its own.
package cli

import (
	"context"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/neoforge-dev/neoforge/app/lifecycle"
	"github.com/neoforge-dev/neoforge/app/wire"
)

// Product is what the command line is that of.
type Product = wire.Product

// Main runs the command line of a product with the arguments, the environment and the
// streams of the process, and ends it with 1 after a failure.
func Main(p Product) {
	ctx, stop := lifecycle.Signals(context.Background())
	defer stop()
	c := &cli{product: p, in: os.Stdin, out: os.Stdout, errOut: os.Stderr, environ: os.Environ()}
	if err := command(c).ExecuteContext(ctx); err != nil {
		c.report(err)
		stop()
		os.Exit(1)
	}
}

func command(c *cli) *cobra.Command {
	root := &cobra.Command{
		Use:           c.product.CommandName(),
		Short:         c.product.Name + ": serve it, migrate its database, look after its people and jobs",
		Version:       c.product.VersionName(),
		Args:          knownWord,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return c.serve(cmd.Context()) },
	}
	root.PersistentFlags().BoolFunc("verbose", "log what is otherwise left out, and the causes of a failure: LOG_LEVEL=debug", func(given string) error {
		if on, err := strconv.ParseBool(given); err != nil || !on {
			return err
		}
		c.environ = append(c.environ, "LOG_LEVEL=debug") // the last one counts
		return nil
	})
	root.SetOut(c.out)
	root.SetErr(c.errOut)
	root.SetVersionTemplate(c.product.CommandName() + " {{.Version}}\n")
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(
		plain("serve", "Serve the application and work on its jobs (the default)", c.serve),
		plain("work", "Work on jobs only", c.work),
		c.migrateCommand(),
		plain("seed", "Write the sample data of all modules (development)", c.seed),
		c.userCommand(),
		c.keysCommand(),
		c.jobsCommand(),
		c.auditCommand(),
		plain("config", "List every setting with its value and meaning", c.config),
		plain("routes", "List every route with who may use it", c.routes),
		plain("openapi", "Print the description of the API (OpenAPI 3.1)", c.openapi),
		c.modulesCommand(),
		plain("healthcheck", "Ask the program on this machine whether it can serve; for container images", c.healthcheck),
	)
	c.developing(root)
	if c.has("billing") {
		root.AddCommand(c.billingCommand())
	}
	return root
}

// has reports whether the product has a module.
func (c *cli) has(name string) bool {
	return slices.ContainsFunc(c.product.Modules, func(m wire.Module) bool { return m.Name == name })
}

func plain(use, short string, run func(ctx context.Context) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return run(cmd.Context())
	}}
}
