// Package trail makes what identity's use cases leave behind in their transactions:
// entries of the audit trail, under one name for each kind of resource, and events.
package trail

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/idgen"
)

// System is the actor of acts that no person asked for.
const System = "system"

// Writer makes entries and events.
type Writer struct{ IDs idgen.Generator }

// Entry makes an audit entry; address is empty for the command line and jobs.
func (w Writer) Entry(actor, action, resource, address string, at time.Time) audit.Entry {
	return audit.Entry{ID: w.IDs.New(), Actor: actor, Action: action, Resource: resource, IP: address, At: at}
}

// By makes the audit entry of an actor's act. Who did it in the actor's name, the
// context of the request says.
func (w Writer) By(actor identity.Actor, action, resource string, at time.Time) audit.Entry {
	return w.Entry(string(actor.UserID), action, resource, actor.IP, at)
}

// Own makes the audit entry of what an actor did to their own account.
func (w Writer) Own(actor identity.Actor, action string, at time.Time) audit.Entry {
	return w.By(actor, action, User(actor.UserID), at)
}

// Detailed makes the audit entry of an act that needs words.
func (w Writer) Detailed(by identity.Actor, action, resource, detail string, at time.Time) audit.Entry {
	e := w.By(by, action, resource, at)
	e.Detail = detail
	return e
}

// Publish writes an event in the transaction of to.
func (w Writer) Publish(ctx context.Context, to events.Writer, at time.Time, p events.Payload) error {
	e, err := events.New(w.IDs.New(), at, p)
	if err != nil {
		return fmt.Errorf("trail: %w", err)
	}
	if err := to.Write(ctx, e); err != nil {
		return fmt.Errorf("trail: publish %s: %w", e.Name, err)
	}
	return nil
}

// User names a person as the resource of an entry; the functions below name what else
// identity's entries are about.
func User(id identity.UserID) string { return "user:" + string(id) }

// Session names a sign-in.
func Session(id string) string { return "session:" + id }

// Organization names an organization.
func Organization(id identity.OrganizationID) string { return "organization:" + string(id) }

// Role names a role that was made here.
func Role(name string) string { return "role:" + name }

// Token names a personal access token.
func Token(id string) string { return "token:" + id }

// Passkey names a passkey.
func Passkey(id string) string { return "passkey:" + id }

// SigningKey names a key of access tokens.
func SigningKey(id string) string { return "signing_key:" + id }

// RecordID makes the id of a record of what is named by its parts, and of nobody. It has
// the form of an id (RFC 9562, version 8).
func RecordID(parts ...string) string {
	h := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	h[6], h[8] = h[6]&0x0f|0x80, h[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}
