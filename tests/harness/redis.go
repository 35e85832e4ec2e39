package harness

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// redisDatabases is how many tests can have one at the same time.
const redisDatabases = 1000

var redis = container{
	image: imageOf("NEOFORGE_TEST_REDIS_IMAGE", "redis:7-alpine", "neoforge-test/redis:7"),
	port:  "6379/tcp",
	options: []testcontainers.ContainerCustomizer{
		testcontainers.WithExposedPorts("6379/tcp"),
		testcontainers.WithCmd("redis-server", "--save", "", "--appendonly", "no", "--databases", fmt.Sprint(redisDatabases)),
		testcontainers.WithWaitStrategyAndDeadline(startTimeout,
			wait.ForLog("Ready to accept connections").WithPollInterval(50*time.Millisecond)),
	},
}

// redisNumbers hands out logical databases: a new one as long as there is one,
// then those that tests gave back.
var redisNumbers struct {
	mu   sync.Mutex
	next int
	free []int
}

// Redis returns the URL of an empty logical database of the test's own, on this
// binary's server.
func Redis(tb testing.TB) string {
	tb.Helper()
	endpoint := redis.at(tb)
	number, ok := takeRedis()
	if !ok {
		tb.Fatalf("more than %d tests use Redis at the same time", redisDatabases)
	}
	if err := flushRedis(endpoint, number); err != nil {
		tb.Fatalf("empty Redis database %d: %v", number, err)
	}
	tb.Cleanup(func() {
		redisNumbers.mu.Lock()
		defer redisNumbers.mu.Unlock()
		redisNumbers.free = append(redisNumbers.free, number)
	})
	return fmt.Sprintf("redis://%s/%d", endpoint, number)
}

func takeRedis() (int, bool) {
	redisNumbers.mu.Lock()
	defer redisNumbers.mu.Unlock()
	if redisNumbers.next < redisDatabases {
		redisNumbers.next++
		return redisNumbers.next - 1, true
	}
	if len(redisNumbers.free) == 0 {
		return 0, false
	}
	number := redisNumbers.free[0]
	redisNumbers.free = redisNumbers.free[1:]
	return number, true
}

// flushRedis speaks two lines of Redis's inline protocol, so that a client need
// not be imported for it.
func flushRedis(endpoint string, number int) error {
	connection, err := net.DialTimeout("tcp", endpoint, 10*time.Second)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }()
	if err := connection.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return err
	}
	answers := bufio.NewReader(connection)
	for _, command := range []string{fmt.Sprintf("SELECT %d", number), "FLUSHDB"} {
		if _, err := fmt.Fprintf(connection, "%s\r\n", command); err != nil {
			return err
		}
		answer, err := answers.ReadString('\n')
		if err != nil {
			return err
		}
		if !strings.HasPrefix(answer, "+OK") {
			return fmt.Errorf("%s: %s", command, strings.TrimSpace(answer))
		}
	}
	return nil
}
