package fiberhttp

import (
	"context"
	"errors"
	"net"
	"time"
)

// lookEvery is how often it is looked whether a client is still there.
const lookEvery = 100 * time.Millisecond

// errClientDisconnected is the cause of the end of a request's context whose client has hung up.
var errClientDisconnected = errors.New("the client hung up")

// watchClient returns a context that ends when the client of a connection has closed
// it. fasthttp reads nothing while a handler runs, so it does not notice; this looks now
// and then, and takes nothing off the connection. Where one cannot look, as on a
// connection in memory, the context ends as ctx does. unwatch returns when nothing looks
// any more.
func watchClient(ctx context.Context, conn net.Conn) (_ context.Context, unwatch func()) {
	closed := peekerOf(conn)
	if closed == nil {
		return ctx, func() {}
	}
	watched, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		look := time.NewTicker(lookEvery)
		defer look.Stop()
		for {
			select {
			case <-watched.Done():
				return
			case <-look.C:
				if closed() {
					cancel(errClientDisconnected)
					return
				}
			}
		}
	}()
	return watched, func() {
		cancel(context.Canceled)
		<-ended
	}
}

// endedBy adds to what a request failed with that its client was gone, so that it is
// told from a defect.
func endedBy(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errClientDisconnected) {
		return errors.Join(errClientDisconnected, err)
	}
	return err
}
