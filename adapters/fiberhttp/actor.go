package fiberhttp

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

type contextKey struct{}

// exchangeContext carries the exchange to what runs below a handler.
type exchangeContext struct {
	context.Context //nolint:containedctx // it is a context itself
	x               *exchange
}

func (c exchangeContext) Value(key any) any {
	if key == (contextKey{}) {
		return c.x
	}
	return c.Context.Value(key)
}

// contextOf is the context of what is done for a request.
func (s *Server) contextOf(x *exchange) context.Context {
	ctx := s.base
	if x.span != nil {
		ctx = x.span.Within(ctx)
	}
	return exchangeContext{ctx, x}
}

func exchangeFrom(ctx context.Context) *exchange {
	x, _ := ctx.Value(contextKey{}).(*exchange)
	return x
}

// ActorFrom returns who asks; the zero Actor for a visitor.
func ActorFrom(ctx context.Context) identity.Actor {
	if x := exchangeFrom(ctx); x != nil {
		return x.actor
	}
	return identity.Actor{}
}

// RouteFrom returns the method and path under which the route of the request was
// registered, such as "GET /posts/{slug}"; empty outside of a request.
func RouteFrom(ctx context.Context) string {
	if x := exchangeFrom(ctx); x != nil && x.route != nil {
		return x.route.method + " " + x.route.path
	}
	return ""
}

// DeviceFrom returns where the request comes from.
func DeviceFrom(ctx context.Context) identity.Device {
	if x := exchangeFrom(ctx); x != nil {
		return identity.Device{UserAgent: x.userAgent, IP: x.address, Token: x.device}
	}
	return identity.Device{}
}
