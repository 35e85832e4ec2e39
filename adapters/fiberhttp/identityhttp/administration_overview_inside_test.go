package identityhttp

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
)

func TestOverview_WaitsTwoSecondsForAFigure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var told []error
		h := &routes{Deps: Deps{Unread: func(_ context.Context, _ string, err error) { told = append(told, err) }}}
		waits := func(ctx context.Context, _ identity.Actor) (identitypages.OverviewFigure, error) {
			<-ctx.Done()
			return identitypages.OverviewFigure{}, ctx.Err()
		}
		began := time.Now()
		if f := h.readFigure(t.Context(), identity.Actor{}, "/admin/errors", waits); f.State != identitypages.FigureUnread || time.Since(began) != 2*time.Second || len(told) != 1 {
			t.Errorf("%+v after %s, told of %v", f, time.Since(began), told)
		}
		left, leave := context.WithCancel(t.Context())
		leave()
		if h.readFigure(left, identity.Actor{}, "/admin/errors", waits); len(told) != 1 {
			t.Errorf("what nobody waits for is told of: %v", told)
		}
	})
}
