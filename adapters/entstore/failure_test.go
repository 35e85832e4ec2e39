package entstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

// refusedSafely is what pgx says before it has sent anything.
type refusedSafely struct{ error }

func (refusedSafely) SafeToRetry() bool { return true }

func TestFailure_OfADatabaseThatIsAwayIsUnavailable(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"closed under a transaction": pgconn.ErrConnClosed,
		"nothing was sent":           refusedSafely{errors.New("conn closed")},
		"closed by this side":        net.ErrClosed,
		"reset":                      &net.OpError{Op: "read", Err: syscall.ECONNRESET},
		"broken pipe":                fmt.Errorf("write failed: %w", syscall.EPIPE),
		"end":                        io.ErrUnexpectedEOF,
		"bad connection":             driver.ErrBadConn,
		"connection given back":      sql.ErrConnDone,
		"password refused":           &pgconn.ConnectError{},
		"terminated":                 &pgconn.PgError{Severity: "FATAL", Code: "57P01"},
		"crashed":                    &pgconn.PgError{Severity: "FATAL", Code: "57P02"},
		"starting":                   &pgconn.PgError{Severity: "FATAL", Code: "57P03"},
		"cancelled by an operator":   &pgconn.PgError{Code: "57014"},
		"read only":                  &pgconn.PgError{Code: "25006"},
		"stood still":                &pgconn.PgError{Severity: "FATAL", Code: "25P03"},
		"disk":                       &pgconn.PgError{Code: "58030"},
		"disk full":                  &pgconn.PgError{Code: "53100"},
	} {
		have := entstore.Failure(fmt.Errorf("ent: %w", err), entstore.Rules{}, "do %s", "it")
		if !errors.Is(have, entstore.ErrUnavailable) || fault.KindOf(have) != fault.Unavailable || !errors.Is(have, err) {
			t.Errorf("%s: have %v", name, have)
		}
	}
	for name, err := range map[string]error{
		"syntax": &pgconn.PgError{Code: "42601"}, "check": &pgconn.PgError{Code: "23514"}, "no code": &pgconn.PgError{}, "other": errors.New("other"),
	} {
		if have := entstore.Failure(err, entstore.Rules{}, "do it"); errors.Is(have, entstore.ErrUnavailable) {
			t.Errorf("%s: have %v", name, have)
		}
	}
}

// database/sql rolls a transaction back when its time is over; the next statement is
// told only that it is no more.
func TestDo_SaysThatItsTimeIsOver(t *testing.T) {
	t.Parallel()
	db := open(t, "sqlite://:memory:", entstore.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	err := db.Do(ctx, func(_ context.Context, tx entstore.Tx) error {
		cancel()
		for {
			if _, err := tx.SQL.ExecContext(context.WithoutCancel(ctx), "SELECT 1"); err != nil {
				return err
			}
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("have %v", err)
	}
}
