package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/app/wire"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

// group makes a command that only has commands of its own: without one it lists them,
// and a word that is none of them is an error that says which was meant.
func group(cmd *cobra.Command) *cobra.Command {
	cmd.Args = knownWord
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return cmd
}

// knownWord refuses what follows a command and is none of its own.
func knownWord(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	cmd.SuggestionsMinimumDistance = 2 // as cobra does for the first word
	meant := cmd.SuggestionsFor(args[0])
	if begun := slices.DeleteFunc(slices.Clone(meant), func(name string) bool { return !strings.HasPrefix(name, args[0]) }); len(begun) > 0 {
		meant = begun
	}
	for i, name := range meant {
		meant[i] = fmt.Sprintf("%q", name)
	}
	hint := fmt.Sprintf("see `%s --help`", cmd.CommandPath())
	if len(meant) > 0 {
		hint = fmt.Sprintf("did you mean %s?", strings.Join(meant, " or "))
	}
	return fmt.Errorf("%s has no command %q: %s", cmd.CommandPath(), args[0], hint)
}

// report tells of a failure in plain words and, where the level of the log is debug, logs
// what they stand for, without the secrets in it.
func (c *cli) report(err error) {
	fmt.Fprintln(c.errOut, c.product.CommandName()+": "+plainWords(err))
	// Not the settings as they were read: they may be what is wrong.
	var cfg config.Config
	for _, setting := range c.environ {
		switch name, value, _ := strings.Cut(setting, "="); name {
		case "LOG_LEVEL":
			cfg.Logging.Level = value
		case "APP_ENV":
			cfg.Env = config.Environment(value)
		}
	}
	if cfg.Logging.Level != "debug" {
		return
	}
	log, failed := wire.Logger(cfg, c.errOut)
	if failed != nil {
		return // the failure itself was told
	}
	log.Debug("the command failed", zap.Strings("causes", wire.Causes(err)))
	_ = log.Sync()
}

// plainWords is what a person is told of an error: of one that is made for people its
// sentence, without the operations that it came through.
func plainWords(err error) string {
	var explained *wire.Explained
	var shown *fault.Error
	if errors.As(err, &explained) || !errors.As(err, &shown) {
		return strings.TrimSpace(err.Error())
	}
	lines := []string{shown.Message}
	for _, f := range shown.Fields {
		lines = append(lines, fmt.Sprintf("  %s: %s", f.Name, f.Message))
	}
	return strings.Join(lines, "\n")
}
