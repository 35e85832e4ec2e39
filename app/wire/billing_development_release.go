//go:build release

package wire

import "github.com/neoforge-dev/neoforge/app/config/billingconfig"

// billingTools has nothing in a release.
func (*Platform) billingTools(billingconfig.Settings) (billingTools, error) {
	return billingTools{}, nil
}
