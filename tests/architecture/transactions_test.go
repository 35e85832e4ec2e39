package architecture_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/neoforge-dev/neoforge/tests/architecture"
)

func TestUnitsOfWork_AskNobody(t *testing.T) {
	t.Parallel()
	report(t, architecture.UnitsOfWorkAskNobody(parsed(t)))
}

// Each is the body of a use case of notices.
func TestUnitsOfWork_ThatAskAreCaught(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		body  string
		asked string // empty: nothing that waits
	}{
		"the cache": {`return a.work.Do(ctx, func(ctx context.Context, s notices.Stores) error {
	_, err := a.cache.Fetch(ctx, "key", cache.Options{}, nil)
	return err
})`, "cache.Cache"},
		"by a function that is given it": {`return a.work.Do(ctx, func(ctx context.Context, s notices.Stores) error {
	_, err := cache.FetchJSON(ctx, a.cache, "key", cache.Options{}, s.Notices.All)
	return err
})`, "cache.Cache"},
		"the mail server, of the dependencies": {`return a.work.Do(ctx, func(ctx context.Context, s notices.Stores) error {
	return a.deps.Mail.Send(ctx, mail.Message{})
})`, "mail.Sender"},
		"in a method that it calls":              {`return a.work.Do(ctx, func(ctx context.Context, s notices.Stores) error { return a.tell(ctx, s) })`, "mail.Sender"},
		"in a method that it is":                 {`return a.work.Do(ctx, a.tell)`, "mail.Sender"},
		"in a part that several use cases share": {`return a.work.Do(ctx, func(ctx context.Context, s notices.Stores) error { return a.posters.Hang(ctx) })`, "notices.Press"},
		"in a function beside them":              {`return a.work.Do(ctx, func(ctx context.Context, s notices.Stores) error { return posters.HangOn(ctx, a.posters) })`, "notices.Press"},
		"one of many": {`return a.work.Do(ctx, func(ctx context.Context, s notices.Stores) error {
	for _, p := range a.presses {
		if err := p.Print(ctx); err != nil {
			return err
		}
	}
	return nil
})`, "notices.Press"},
		"one by its name": {`return a.work.Do(ctx, func(ctx context.Context, s notices.Stores) error {
	p := a.presses["local"]
	return p.Print(ctx)
})`, "notices.Press"},
		"another module": {`return a.work.Do(ctx, func(ctx context.Context, s notices.Stores) error {
	_, err := a.people.Lookup(ctx)
	return err
})`, "identityport.Directory"},
		"reads of their own": {`return a.work.Do(ctx, func(ctx context.Context, s notices.Stores) error {
	_, err := a.reads.All(ctx)
	return err
})`, "notices.Reads"},
		"before it": {`if err := a.tell(ctx, notices.Stores{}); err != nil {
	return err
}
return a.work.Do(ctx, func(ctx context.Context, s notices.Stores) error { return s.Mail.Enqueue(ctx) })`, ""},
		"the time, a name, and whether there is one": {`return a.work.Do(ctx, func(ctx context.Context, s notices.Stores) error {
	p, ok := a.presses["local"]
	if !ok || p.Name() == "" {
		return nil
	}
	return s.Notices.Add(ctx, a.clock.Now())
})`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files, err := architecture.Parse(fstest.MapFS{
				"ports/cache/cache.go":         {Data: []byte("package cache\n\ntype Cache interface{}\n")},
				"ports/clock/clock.go":         {Data: []byte("package clock\n\ntype Clock interface{}\n")},
				"ports/mail/mail.go":           {Data: []byte("package mail\n\ntype Sender interface{}\n")},
				"ports/identityport/people.go": {Data: []byte("package identityport\n\ntype Directory interface{}\n")},
				"modules/notices/notices.go":   {Data: []byte("package notices\n\ntype Press interface{}\n\ntype Reads interface{}\n\ntype UnitOfWork interface{}\n")},
				"modules/notices/internal/posters/posters.go": {Data: []byte(`package posters

type Posters struct{ Press notices.Press }

func (p *Posters) Hang(ctx context.Context) error { return p.Press.Print(ctx) }

func HangOn(ctx context.Context, p *Posters) error { return p.Hang(ctx) }
`)},
				"modules/notices/noticesapp/a.go": {Data: []byte(`package noticesapp

import "github.com/neoforge-dev/neoforge/modules/notices/internal/posters"

type Deps struct{ Mail mail.Sender }

type App struct {
	work    notices.UnitOfWork
	reads   notices.Reads
	people  identityport.Directory
	cache   cache.Cache
	clock   clock.Clock
	presses map[string]notices.Press
	posters *posters.Posters
	deps    Deps
}

func (a *App) tell(ctx context.Context, s notices.Stores) error { return a.deps.Mail.Send(ctx, mail.Message{}) }
`)},
				"modules/notices/noticesapp/publish.go": {Data: []byte("package noticesapp\n\nimport \"" + architecture.Module + "/modules/notices/internal/posters\"\n\nfunc (a *App) Publish(ctx context.Context) error {\n" + tc.body + "\n}\n")},
			})
			if err != nil {
				t.Fatal(err)
			}
			found := architecture.UnitsOfWorkAskNobody(files)
			switch {
			case tc.asked == "" && len(found) > 0:
				t.Errorf("refused: %v", found)
			case tc.asked != "" && (len(found) != 1 || !strings.Contains(found[0].Rule, tc.asked)):
				t.Errorf("%s was not caught: %v", tc.asked, found)
			}
		})
	}
}
