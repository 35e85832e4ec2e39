package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/app/wire"
)

func (c *cli) config(context.Context) error {
	cfg, err := config.Load(c.environ, wire.Sections(c.product.Modules...)...)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "VARIABLE\tVALUE\tDEFAULT\tMEANING")
	for _, s := range config.Describe(cfg) {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.Name, s.Value, s.Default, s.Doc)
	}
	return w.Flush()
}

func (c *cli) routes(ctx context.Context) error {
	return c.describing(ctx, func(app *wire.Application) error {
		list, err := app.Routes()
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "METHOD\tPATH\tACCESS\tNOTE")
		for _, r := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Method, r.Path, r.Access, r.Note)
		}
		return w.Flush()
	})
}

func (c *cli) openapi(ctx context.Context) error {
	return c.describing(ctx, func(app *wire.Application) error {
		doc, err := app.OpenAPI()
		if err != nil {
			return err
		}
		var readable bytes.Buffer
		if err := json.Indent(&readable, doc, "", "  "); err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.out, readable.String())
		return err
	})
}

func (c *cli) modulesCommand() *cobra.Command {
	var markdown bool
	cmd := plain("modules", "Print each module's canvas: use cases, contracts, events, routes, tables, jobs, mails, islands", func(ctx context.Context) error {
		return c.describing(ctx, func(app *wire.Application) error {
			canvases, err := app.Canvases(ctx)
			if err != nil {
				return err
			}
			if markdown {
				return wire.WriteCanvasesMarkdown(c.out, canvases)
			}
			return wire.WriteCanvases(c.out, canvases)
		})
	})
	cmd.Flags().BoolVar(&markdown, "markdown", false, "as Markdown, which is modules/README.md")
	return cmd
}

// describing opens the program on a database of its own in memory: what it says
// of itself depends on no machine and no setting.
func (c *cli) describing(ctx context.Context, run func(app *wire.Application) error) (err error) {
	app, err := wire.OpenToDescribe(ctx, c.product)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	return run(app)
}
