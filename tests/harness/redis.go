package harness

import (
	"bufio"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// redisDatabases is how many tests can have one at the same time.
const redisDatabases = 1000

var redis = container{
	name:  "redis",
	image: imageOf("NEOFORGE_TEST_REDIS_IMAGE", "redis:7-alpine", "neoforge-test/redis:7"),
	port:  "6379/tcp",
	options: []testcontainers.ContainerCustomizer{
		testcontainers.WithExposedPorts("6379/tcp"),
		testcontainers.WithCmd("redis-server", "--save", "", "--appendonly", "no", "--databases", fmt.Sprint(redisDatabases)),
		testcontainers.WithWaitStrategyAndDeadline(startTimeout,
			wait.ForLog("Ready to accept connections").WithPollInterval(50*time.Millisecond)),
	},
}

// What the processes of a run agree with each other in, in the database with number 0:
// the number that was handed out last, and those that tests gave back.
const (
	redisNext = "neoforge-test:next"
	redisFree = "neoforge-test:free"
)

// Redis returns the URL of an empty logical database of the test's own, on the run's
// server.
func Redis(tb testing.TB) string {
	tb.Helper()
	endpoint := redis.at(tb)
	number, err := takeRedis(endpoint)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if _, err := askRedis(endpoint, "SELECT "+number, "FLUSHDB", "SELECT 0", "SADD "+redisFree+" "+number); err != nil {
			tb.Errorf("give Redis database %s back: %v", number, err)
		}
	})
	return fmt.Sprintf("redis://%s/%s", endpoint, number)
}

// takeRedis returns the number of a database that nobody uses: a new one as long as
// there is one, then one that a test gave back.
func takeRedis(endpoint string) (string, error) {
	number, err := askRedis(endpoint, "INCR "+redisNext)
	if err != nil {
		return "", fmt.Errorf("take a Redis database: %w", err)
	}
	if n, err := strconv.Atoi(number); err == nil && n < redisDatabases {
		return number, nil
	}
	if number, err = askRedis(endpoint, "SPOP "+redisFree); err != nil {
		return "", fmt.Errorf("take a Redis database: %w", err)
	}
	if number == "" {
		return "", fmt.Errorf("more than %d tests use Redis at the same time", redisDatabases)
	}
	return number, nil
}

// askRedis speaks lines of Redis's inline protocol, so that a client need not be imported
// for it, and returns the last answer: a status, a number or a text, empty for none.
func askRedis(endpoint string, commands ...string) (answer string, err error) {
	connection, err := net.DialTimeout("tcp", endpoint, 10*time.Second)
	if err != nil {
		return "", err
	}
	defer func() { _ = connection.Close() }()
	if err := connection.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return "", err
	}
	answers := bufio.NewReader(connection)
	read := func() (string, error) {
		line, err := answers.ReadString('\n')
		return strings.TrimSpace(line), err
	}
	for _, command := range commands {
		if _, err := fmt.Fprintf(connection, "%s\r\n", command); err != nil {
			return "", err
		}
		if answer, err = read(); err != nil {
			return "", err
		}
		switch {
		case answer == "$-1":
			answer = ""
		case strings.HasPrefix(answer, "$"):
			if answer, err = read(); err != nil {
				return "", err
			}
		case strings.HasPrefix(answer, "+"), strings.HasPrefix(answer, ":"):
			answer = answer[1:]
		default:
			return "", fmt.Errorf("%s: %s", command, answer)
		}
	}
	return answer, nil
}
