package wire

import (
	"context"
	"errors"
	"net"
	"syscall"

	"go.uber.org/zap"
)

// defaultAdminAddr is where the admin server listens when nothing else is said.
const defaultAdminAddr = "127.0.0.1:9090"

// listeners opens what is listened on: the web's, unless it is given, that of plain HTTP
// which leads to it, and the admin server's, nil when there is none. What is wrong with any is said at once.
func (a *Application) listeners(ctx context.Context, given net.Listener) (web, plain, admin net.Listener, err error) {
	web = given
	var ofWeb error
	if web == nil {
		web, ofWeb = listen(ctx, "ADDR", a.cfg.HTTP.Addr)
	}
	var ofPlain error
	if addr := a.cfg.TLS.RedirectAddr; addr != "" {
		plain, ofPlain = listen(ctx, "HTTP_REDIRECT_ADDR", addr)
	}
	admin, ofAdmin := a.listenAdmin(ctx)
	if err := errors.Join(ofWeb, ofPlain, ofAdmin); err != nil {
		closeListeners(web, plain, admin)
		return nil, nil, nil, err
	}
	return web, plain, admin, nil
}

// closeListeners closes those that nothing serves any more.
func closeListeners(all ...net.Listener) {
	for _, ln := range all {
		if ln != nil {
			_ = ln.Close()
		}
	}
}

// listenAdmin opens the admin server's listener; nil when it is off. A second program
// under development takes a free port instead of the default one.
func (a *Application) listenAdmin(ctx context.Context) (net.Listener, error) {
	addr := a.cfg.HTTP.AdminAddr
	if addr == "off" {
		return nil, nil
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err == nil {
		return ln, nil
	}
	if a.cfg.IsProduction() || addr != defaultAdminAddr || !errors.Is(err, syscall.EADDRINUSE) {
		return nil, explainListen("ADMIN_ADDR", addr, err)
	}
	ln, err = listen(ctx, "ADMIN_ADDR", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	a.log.Warn("something else listens on "+addr+": the admin server took another port", zap.Stringer("admin_addr", ln.Addr()))
	return ln, nil
}

func listen(ctx context.Context, setting, addr string) (net.Listener, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, explainListen(setting, addr, err)
	}
	return ln, nil
}
