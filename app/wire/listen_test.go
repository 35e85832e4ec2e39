package wire

import (
	"net"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/neoforge-dev/neoforge/app/config"
)

func TestListenAdmin_TakesAFreePortInDevelopmentAlone(t *testing.T) {
	t.Parallel()
	// Whether this or another program has the default port, it is taken.
	if ln, err := net.Listen("tcp", defaultAdminAddr); err == nil {
		t.Cleanup(func() { _ = ln.Close() })
	}
	core, logged := observer.New(zapcore.WarnLevel)
	a := &Application{log: zap.New(core), cfg: config.Config{Env: config.Development, HTTP: config.HTTP{AdminAddr: defaultAdminAddr}}}
	ln, err := a.listenAdmin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	if ln.Addr().String() == defaultAdminAddr || logged.Len() != 1 || logged.All()[0].ContextMap()["admin_addr"] != ln.Addr().String() {
		t.Errorf("listens on %s, and says %+v", ln.Addr(), logged.All())
	}

	a.cfg.Env = config.Production
	if ln, err := a.listenAdmin(t.Context()); err == nil {
		_ = ln.Close()
		t.Errorf("production listens on %s", ln.Addr())
	}
	// One that was chosen is meant.
	a.cfg.Env, a.cfg.HTTP.AdminAddr = config.Development, ln.Addr().String()
	if ln, err := a.listenAdmin(t.Context()); err == nil {
		_ = ln.Close()
		t.Errorf("listens on %s instead of the address that was chosen", ln.Addr())
	}
}
