package identityhttp

import (
	"context"
	"net/http"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

// admin registers what administrators do.
func (h *routes) admin() {
	h.server.Page(http.MethodGet, "/admin", fiberhttp.Permitted(identity.PermissionManageUsers),
		func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
			return fiberhttp.Redirect("/admin/people"), nil
		})
}
