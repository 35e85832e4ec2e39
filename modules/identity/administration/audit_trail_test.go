package administration_test

import (
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestExportAudit_TellsWhatItWasAboutByIDs(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ctx := t.Context()
	ada, _ := h.Arrive(t, "ada", identityport.RoleAdministrator)
	ada.Permissions = []identity.Permission{identity.PermissionReadAudit}
	cleo := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	for what, c := range map[string]struct {
		query administration.AuditQuery
		says  string
	}{
		"everything":       {administration.AuditQuery{}, ""},
		"a person":         {administration.AuditQuery{Resource: "cleo@neoforge.test"}, "resource user:" + string(cleo.ID)},
		"nobody":           {administration.AuditQuery{Actor: "gone@neoforge.test"}, "actor (an address that nobody has)"},
		"a kind of act":    {administration.AuditQuery{Action: "identity."}, "action identity."},
		"what is too long": {administration.AuditQuery{Action: strings.Repeat("ö", 99)}, "action " + strings.Repeat("ö", 50)},
	} {
		before := len(h.Ledger.Did("identity.audit_exported"))
		if _, err := h.ExportAudit(ctx, ada, c.query, func([]audit.Entry) error { return nil }); err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		all := h.Ledger.Did("identity.audit_exported")
		if len(all) != before+1 || all[before].Detail != c.says || strings.Contains(all[before].Detail, "@") {
			t.Errorf("%s: %+v, want %q", what, all[before:], c.says)
		}
	}
}
