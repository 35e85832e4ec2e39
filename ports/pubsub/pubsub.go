// Package pubsub tells every replica something at once, without a promise that it
// arrives. Whoever needs the promise uses ports/events.
package pubsub

import "context"

// Bus carries messages to all current subscribers of a channel, the sender's own
// included.
type Bus interface {
	Publish(ctx context.Context, channel string, message []byte) error
	// Subscribe calls handle for each message, one at a time, until ctx ends.
	// lost is called whenever messages may have been missed (a connection broke);
	// it may be nil. Subscribe returns once the subscription is in effect.
	Subscribe(ctx context.Context, channel string, handle func(message []byte), lost func()) error
}
