package plans

import (
	"testing"

	"github.com/neoforge-dev/neoforge/ports/billingport"
)

func TestPlans_OpenPaidPostsByProAlone(t *testing.T) {
	t.Parallel()
	codes := ""
	for _, p := range Plans() {
		codes += p.Code + " "
		if p.Includes(billingport.ContentPaid) != (p.Code == "pro") {
			t.Errorf("%s includes %v", p.Code, p.Entitlements)
		}
		if len(p.Prices) != 4 {
			t.Errorf("%s has %d prices", p.Code, len(p.Prices))
		}
	}
	if codes != "free member pro " {
		t.Errorf("plans: %s", codes)
	}
}
