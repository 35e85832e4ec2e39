package entstore

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// readOnly is what Postgres says to a write on a standby (SQLSTATE).
const readOnly = "25006"

// dropPause is the least time between two losses of all connections: while there is no
// primary, every write would cost the reads theirs.
const dropPause = time.Second

// following drops connections to a server that is the primary no more. After a failover
// they would last as long as they are used, and refuse every write.
type following struct {
	pool atomic.Pointer[pgxpool.Pool]

	mu      sync.Mutex
	dropped time.Time
}

// followPrimary has the pool follow the primary. Where the URL names several servers,
// connections are made to the one that takes writes, unless it says otherwise itself.
func followPrimary(config *pgxpool.Config, url string) *following {
	f := &following{}
	c := config.ConnConfig
	before := c.OnPgError
	c.OnPgError = func(conn *pgconn.PgConn, err *pgconn.PgError) bool {
		switch err.Code {
		case readOnly:
			f.drop()
			return false // this one too
		case "57P01", "57P02": // the server stops, or has crashed: all its connections are gone
			f.drop()
		}
		return before == nil || before(conn, err)
	}
	if severalHosts(&c.Config) && !strings.Contains(url, "target_session_attrs") {
		c.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	return f
}

func severalHosts(c *pgconn.Config) bool {
	for _, other := range c.Fallbacks { // also of one host, with and without TLS
		if other.Host != c.Host || other.Port != c.Port {
			return true
		}
	}
	return false
}

// drop closes every connection, those in use when they are given back.
func (f *following) drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	pool := f.pool.Load()
	if pool == nil || time.Since(f.dropped) < dropPause {
		return
	}
	f.dropped = time.Now()
	pool.Reset()
}
