package faults_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/jobqueue"
	"github.com/neoforge-dev/neoforge/adapters/mailer"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	port "github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

const (
	// These make the binary of the tests a process that mails until it is killed.
	mailingDatabase = "NEOFORGE_TEST_MAILING_DATABASE"
	mailingServer   = "NEOFORGE_TEST_MAILING_SERVER"

	mailKind     = "test.mail"
	mailLeaseTTL = 3 * time.Second // of a lease
)

// mailUntilKilled is for TestMain: it returns at once but in a process that a test of
// this file started. That one never ends a job whose mail was handed over.
func mailUntilKilled() {
	url := os.Getenv(mailingDatabase)
	if url == "" {
		return
	}
	err := func() error {
		ctx := context.Background()
		db, err := entstore.Open(ctx, url, entstore.Options{})
		if err != nil {
			return err
		}
		q, err := mailing(db, os.Getenv(mailingServer), nil, func() {
			fmt.Println("handed over")
			select {}
		})
		if err != nil {
			return err
		}
		if err := q.Start(ctx); err != nil {
			return err
		}
		select {}
	}()
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// mailing is a queue whose jobs mail to whom their payload names, then call after.
func mailing(db *entstore.DB, server string, log *zap.Logger, after func()) (*jobqueue.Queue, error) {
	s, err := mailer.NewSMTP(server, "", "Site <site@example.com>", "")
	if err != nil {
		return nil, err
	}
	once := mailer.NewOnce(s)
	q, err := jobqueue.New(db, jobqueue.Options{LeaseTTL: mailLeaseTTL, Logger: log})
	if err != nil {
		return nil, err
	}
	return q, q.Register([]jobs.Handler{{Kind: mailKind, Queue: jobs.MailQueue, Run: func(ctx context.Context, to []byte) error {
		if err := once.Send(ctx, port.Message{To: string(to), Subject: "Your receipt", Text: "Thank you."}); err != nil {
			return err
		}
		after()
		return nil
	}}}, nil)
}

// mailServer keeps the Message-IDs of the mails that it took, by recipient. taken is
// called before a mail is answered.
type mailServer struct {
	url   string
	taken func(to string)

	mu  sync.Mutex
	ids map[string][]string
}

func openMailServer(t *testing.T) *mailServer {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mailServer{url: "smtp://" + ln.Addr().String(), ids: map[string][]string{}, taken: func(string) {}}
	server := smtp.NewServer(m)
	server.Domain, server.ReadTimeout, server.WriteTimeout = "mail.example.com", 20*time.Second, 20*time.Second
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ln) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-ended; err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Error(err)
		}
	})
	return m
}

func (m *mailServer) of(to string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.ids[to]...)
}

// NewSession implements smtp.Backend.
func (m *mailServer) NewSession(*smtp.Conn) (smtp.Session, error) {
	return &mailSession{server: m}, nil
}

type mailSession struct {
	server *mailServer
	to     string
}

func (s *mailSession) Mail(string, *smtp.MailOptions) error      { return nil }
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error { s.to = to; return nil }
func (s *mailSession) Reset()                                    {}
func (s *mailSession) Logout() error                             { return nil }
func (s *mailSession) Data(r io.Reader) error {
	message, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, message.Body); err != nil {
		return err
	}
	s.server.mu.Lock()
	s.server.ids[s.to] = append(s.server.ids[s.to], message.Header.Get("Message-ID"))
	s.server.mu.Unlock()
	s.server.taken(s.to)
	return nil
}

// mailProcess is another process that mails.
type mailProcess struct {
	cmd  *exec.Cmd
	said chan string
	once sync.Once
}

func startMailProcess(t *testing.T, database, server string) *mailProcess {
	t.Helper()
	p := &mailProcess{cmd: exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$"), said: make(chan string, 8)}
	p.cmd.Env, p.cmd.Stderr = append(os.Environ(), mailingDatabase+"="+database, mailingServer+"="+server), os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.said <- lines.Text()
		}
	}()
	t.Cleanup(func() { p.kill() })
	return p
}

// kill ends it by SIGKILL and returns when it is gone.
func (p *mailProcess) kill() {
	p.once.Do(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait() // its status is that it was killed
	})
}

// startMailing works in this process until the test ends.
func startMailing(t *testing.T, db *entstore.DB, server string, log *zap.Logger) *jobqueue.Queue {
	t.Helper()
	q, err := mailing(db, server, log, func() {})
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := q.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return q
}

func mailTo(t *testing.T, db *entstore.DB, server string, to ...string) {
	t.Helper()
	q, err := mailing(db, server, nil, func() {}) // queues, and works nothing
	if err != nil {
		t.Fatal(err)
	}
	err = db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error {
		for _, address := range to {
			if err := q.InsertTx(ctx, tx.SQL, jobs.Job{Kind: mailKind, Payload: []byte(address)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func waitForMailJobs(t *testing.T, db *entstore.DB) {
	t.Helper()
	waitForJobs(t, db, mailKind)
}

func waitForJobs(t *testing.T, db *entstore.DB, kind string) {
	t.Helper()
	waitFor(t, "the completion of every job", func() bool {
		var open int
		err := db.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM river_job WHERE kind = '"+kind+"' AND state <> 'completed'").Scan(&open)
		return err == nil && open == 0
	})
}

var mailDatabases = map[string]func(t *testing.T) string{
	"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "neoforge.db") },
	"postgres": func(t *testing.T) string { return harness.Database(t, program.MigrateUp) },
}

// A process is killed when its mails were handed over and their jobs not completed.
func TestMail_IsNotSentAgainWhenItsProcessWasKilled(t *testing.T) {
	t.Parallel()
	for name, database := range mailDatabases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, server := database(t), openMailServer(t)
			db := entstoretest.MustOpen(t, url)
			people := []string{"ada@example.com", "ben@example.com"}
			mailTo(t, db, server.url, people...)
			other := startMailProcess(t, url, server.url)
			for range people {
				select {
				case <-other.said:
				case <-time.After(time.Minute):
					t.Fatal("the other process handed nothing over")
				}
			}
			other.kill()
			startMailing(t, db, server.url, nil)
			waitForMailJobs(t, db)
			for _, p := range people {
				if have := server.of(p); len(have) != 1 {
					t.Errorf("%s got %d mails", p, len(have))
				}
			}
		})
	}
}

// A process is killed after the server took its mail and before the answer: the gap that
// SMTP has. The copies have one Message-ID, and come to an end.
func TestMail_HasOneMessageIDWhenItsProcessIsKilledBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	for name, database := range mailDatabases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const person = "ada@example.com"
			url, server := database(t), openMailServer(t)
			db := entstoretest.MustOpen(t, url)
			var killed sync.Once
			started := make(chan *mailProcess, 1)
			server.taken = func(string) { killed.Do(func() { (<-started).kill() }) }
			mailTo(t, db, server.url, person)
			started <- startMailProcess(t, url, server.url)
			waitFor(t, "the first mail", func() bool { return len(server.of(person)) > 0 })
			startMailing(t, db, server.url, nil)
			waitForMailJobs(t, db)
			if have := server.of(person); len(have) != 2 || have[0] != have[1] || have[0] == "" {
				t.Errorf("Message-IDs %q, want one twice", have)
			}
		})
	}
}

// The database goes away when the server has taken the mail, for longer than a lease.
func TestMail_IsRecordedAsHandedOverWhenTheDatabaseIsBack(t *testing.T) {
	t.Parallel()
	cable, url := harness.Through(t, harness.Database(t, program.MigrateUp))
	server, db := openMailServer(t), entstoretest.MustOpen(t, url)
	const person = "ada@example.com"
	var first sync.Once
	// A worker whose database goes away while it starts gives up, and first waits for the
	// jobs that it has begun: this one would wait for the database.
	started := make(chan struct{})
	server.taken = func(string) {
		first.Do(func() {
			<-started
			cable.Cut()
		})
	}
	mailTo(t, db, server.url, person)
	core, logged := observer.New(zapcore.WarnLevel)
	startMailing(t, db, server.url, zap.New(core))
	close(started)
	waitFor(t, "the end of the lease", func() bool {
		return logged.FilterMessage("a worker's lease could not be renewed").Len() > 3 && logged.FilterMessageSnippet("could not be recorded yet").Len() > 0
	})
	cable.Mend()
	waitForMailJobs(t, db)
	if have := server.of(person); len(have) != 1 {
		t.Errorf("%s got %d mails", person, len(have))
	}
	var attempt int
	if err := db.SQL().QueryRowContext(t.Context(), "SELECT attempt FROM river_job WHERE kind = '"+mailKind+"'").Scan(&attempt); err != nil || attempt != 1 {
		t.Errorf("the job ran %d times (%v)", attempt, err)
	}
}
