//go:build release

package cli

import "github.com/spf13/cobra"

// developing adds nothing: a release has no sources.
func (*cli) developing(*cobra.Command) {}
