package identity_test

import (
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestBuildExport_GivesUpOneThatIsTooLarge(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		cleo, _ := h.MustCleo(t)
		// Noise does not compress.
		noise := make([]byte, identity.ExportBytes)
		seed := uint32(1)
		for i := range noise {
			seed = seed*1664525 + 1013904223
			noise[i] = byte(seed >> 24)
		}
		h.Exporters = []identity.Exporter{fixture.ExporterOf("noise", noise)}
		e, err := h.RequestExport(t.Context(), cleo)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.RunExport(t); err != nil {
			t.Fatal(err)
		}
		if have, err := h.DataExport(t.Context(), cleo, e.ID); err != nil || have.State != identity.ExportFailed {
			t.Errorf("%+v, %v", have, err)
		}
		if sent := h.MustDeliver(t); len(sent) != 1 || !strings.Contains(sent[0].Subject, "could not be collected") {
			t.Errorf("mails: %+v", sent)
		}
	})
}
