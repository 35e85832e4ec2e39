package wire

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/entstore/figures"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/identityhttp"
	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/adapters/passwords"
	"github.com/neoforge-dev/neoforge/adapters/zaplog"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/modules/identity/privacy"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// usersNew is the gauge of those who registered.
const usersNew = "users_new"

// watchOverdue counts the accounts that should have ended, each time it is asked.
func watchOverdue(m *observe.Metrics, app *privacy.App) error {
	return m.WatchGroup([]observe.Gauge{{Name: "accounts_deletion_overdue", Help: "Accounts whose grace period is over and on which others depend: /admin/people?state=overdue."}},
		func() ([]observe.Sample, error) {
			ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
			defer cancel()
			n, err := app.Overdue(ctx)
			return []observe.Sample{{Value: float64(n)}}, err
		})
}

// delayedErasures logs who should have been erased, and what that waits for.
func delayedErasures(log *zap.Logger) func(id identity.UserID, since time.Time, reason error) {
	return func(id identity.UserID, since time.Time, reason error) {
		log.Warn("an account is not erased although its grace period is over", zap.String("user", string(id)), zap.Time("since", since), zap.Error(reason))
	}
}

// monthsOfPeople is under which name the counts of accounts by the month of their opening are
// kept among the figures.
const monthsOfPeople = "identity by month"

// keptMonths reads what was counted before.
func keptMonths(ctx context.Context, kept *figures.Store) ([]identity.MonthStates, error) {
	f, err := kept.Of(ctx, monthsOfPeople)
	months := map[time.Time]identity.MonthStates{}
	for _, s := range f.Samples {
		if len(s.Labels) != 3 {
			continue
		}
		month, unread := time.Parse("2006-01", s.Labels[0])
		at, unknown := time.Parse(time.RFC3339Nano, s.Labels[1])
		if unread != nil || unknown != nil {
			continue
		}
		m := months[month]
		m.Month, m.CountedAt = month, at
		switch s.Labels[2] {
		case "active":
			m.States.Active = int(s.Value)
		case "unproven":
			m.States.Unproven = int(s.Value)
		case "suspended":
			m.States.Suspended = int(s.Value)
		case "leaving":
			m.States.Leaving = int(s.Value)
		}
		months[month] = m
	}
	return slices.Collect(maps.Values(months)), err
}

// keepMonths keeps what was counted for the next time.
func keepMonths(ctx context.Context, kept *figures.Store, now time.Time, months []identity.MonthStates) error {
	f := figures.Figures{Module: monthsOfPeople, CountedAt: now}
	for _, m := range months {
		month, at := m.Month.Format("2006-01"), m.CountedAt.UTC().Format(time.RFC3339Nano)
		for _, s := range statesOf(m.States) {
			f.Samples = append(f.Samples, figures.Sample{Metric: "users", Labels: []string{month, at, s.name}, Value: float64(s.people)})
		}
	}
	return kept.Put(ctx, f)
}

type namedState struct {
	name   string
	people int
}

func statesOf(s identity.States) []namedState {
	return []namedState{{"active", s.Active}, {"unproven", s.Unproven}, {"suspended", s.Suspended}, {"leaving", s.Leaving}}
}

// peopleFigures counts people. Windows are days that end now.
func peopleFigures(app *administration.App, kept *figures.Store, now func() time.Time) *Figures {
	days := []string{"days"}
	return &Figures{
		Gauges: []observe.Gauge{
			{Name: "users", Help: "Accounts, by state: active, unproven (nobody has shown that the address is theirs), suspended, or leaving.", Labels: []string{"state"}},
			{Name: "users_active", Help: "People who were here within a number of days, impersonation left out.", Labels: days},
			{Name: usersNew, Help: "People who registered within a number of days.", Labels: days},
			{Name: "users_activated", Help: "Those who registered within a number of days and have proved their address.", Labels: days},
			{Name: "users_cohort", Help: "People with a proven address who registered in the 30 days that ended a number of days ago.", Labels: days},
			{Name: "users_retained", Help: "Those of neoforge_users_cohort who were here that number of days after they registered, or later.", Labels: days},
		},
		Count: func(ctx context.Context) ([]observe.Sample, error) {
			began := now()
			known, err := keptMonths(ctx, kept)
			if err != nil {
				return nil, err
			}
			f, months, err := app.Figures(ctx, known)
			if err != nil {
				return nil, err
			}
			if err := keepMonths(ctx, kept, began, months); err != nil {
				return nil, err
			}
			var out []observe.Sample
			for _, s := range statesOf(f.States) {
				out = append(out, observe.Sample{Labels: []string{s.name}, Value: float64(s.people)})
			}
			for _, w := range identity.Windows {
				of := []string{strconv.Itoa(int(w))}
				for i, n := range []int{f.ActiveWithin[w], f.RegisteredWithin[w], f.ActivatedWithin[w], f.Cohorts[w].People, f.Cohorts[w].Retained} {
					out = append(out, observe.Sample{Of: 1 + i, Labels: of, Value: float64(n)})
				}
			}
			return out, nil
		},
	}
}

// signUpsOf reads who registered within a week, as it was counted last.
func signUpsOf(counted *figures.Store) func(context.Context) (identityhttp.SignUps, error) {
	return func(ctx context.Context) (identityhttp.SignUps, error) {
		f, err := counted.Of(ctx, "identity")
		for _, s := range f.Samples {
			if s.Metric == usersNew && slices.Equal(s.Labels, []string{"7"}) {
				return identityhttp.SignUps{People: int(s.Value), At: f.CountedAt}, err
			}
		}
		return identityhttp.SignUps{}, err
	}
}

// loggedUnread writes a line when a page of administration cannot read a part of it.
func loggedUnread(log *zap.Logger) func(ctx context.Context, what string, err error) {
	return func(ctx context.Context, what string, err error) {
		zaplog.From(ctx, log).Warn("an administrator was not shown all", zap.String("what", what), zap.Error(err))
	}
}

// watchHashes shows how often a password was not looked at because too many were.
func watchHashes(m *observe.Metrics, h *passwords.Hasher) error {
	return m.WatchCount("password_hashes_refused_total", "Passwords that were not hashed because too many others were.", nil, func() float64 { return float64(h.Refused()) })
}

// watchPasswords shows how many requests have a password hashed or wait for it, and how
// many were refused before anything was read for them.
func watchPasswords(m *observe.Metrics, app *signin.App) error {
	const refused, help = "password_requests_refused_total", "Sign-ins, registrations and other requests with a password that were refused because too many were under way, by whether a device cookie or a session told who sent them."
	return errors.Join(
		m.WatchValue("password_requests", "Requests whose password is hashed, or that wait for it.", nil, func() float64 { return float64(app.PasswordLoad().UnderWay) }),
		m.WatchCount(refused, help, map[string]string{"from": "strangers"}, func() float64 { return float64(app.PasswordLoad().RefusedStrangers) }),
		m.WatchCount(refused, help, map[string]string{"from": "known"}, func() float64 { return float64(app.PasswordLoad().RefusedKnown) }),
	)
}

// refusedPasswords logs that requests with a password are refused.
func refusedPasswords(log *zap.Logger) func(identity.PasswordLoad) {
	return func(l identity.PasswordLoad) {
		log.Warn("sign-ins and other requests with a password are refused: more come than this machine can hash",
			zap.Uint64("under_way", l.UnderWay), zap.Uint64("strangers_refused", l.RefusedStrangers), zap.Uint64("known_refused", l.RefusedKnown))
	}
}

// countedSignIns counts attempts to sign in, by method and outcome: "success", or the code
// of the fault.
type countedSignIns struct {
	*signin.App
	attempts observe.Counter
	log      *zap.Logger
}

func countSignIns(m *observe.Metrics, app *signin.App, log *zap.Logger) (countedSignIns, error) {
	attempts, err := m.Counter("sign_ins_total", "Attempts to sign in, by method and outcome.", "method", "outcome")
	if err != nil {
		return countedSignIns{}, err
	}
	for _, method := range []string{"password", "magic_link", "mail_code", "program", "program_mail_code"} {
		attempts.Of(method, "success")
	}
	return countedSignIns{app, attempts, log}, nil
}

// countRegistrations counts the people who open an account.
func countRegistrations(p *Platform) error {
	registered, err := p.Metrics.Counter("users_registered_total", "People who opened an account.")
	if err != nil {
		return err
	}
	p.OnPublish(identityport.UserRegistered{}, registered.Of())
	return nil
}

func (c countedSignIns) SignInWithProvider(ctx context.Context, cmd signin.SignInWithProvider) (signin.SignedIn, error) {
	in, err := c.App.SignInWithProvider(ctx, cmd)
	if !errors.Is(err, identity.ErrProviderUnknown) { // whose name is anything that somebody typed
		c.attempts.Inc(cmd.Provider, outcome(err))
	}
	refusedHere(ctx, c.log, cmd.Provider, err)
	return in, err
}

func (c countedSignIns) SignInWithPassword(ctx context.Context, cmd signin.SignInWithPassword) (signin.SignedIn, error) {
	in, err := c.App.SignInWithPassword(ctx, cmd)
	c.attempts.Inc("password", outcome(err))
	return in, err
}

func (c countedSignIns) SignInWithLink(ctx context.Context, cmd signin.SignInWithLink) (signin.SignedIn, error) {
	in, err := c.App.SignInWithLink(ctx, cmd)
	c.attempts.Inc("magic_link", outcome(err))
	return in, err
}

func (c countedSignIns) SignInWithCode(ctx context.Context, cmd signin.SignInWithCode) (signin.SignedIn, error) {
	in, err := c.App.SignInWithCode(ctx, cmd)
	c.attempts.Inc("mail_code", outcome(err))
	return in, err
}

func (c countedSignIns) SignInProgramWithCode(ctx context.Context, cmd signin.SignInWithCode) (signin.TokenPair, error) {
	pair, err := c.App.SignInProgramWithCode(ctx, cmd)
	c.attempts.Inc("program_mail_code", outcome(err))
	return pair, err
}

func (c countedSignIns) SignInProgram(ctx context.Context, cmd signin.SignInProgram) (signin.TokenPair, error) {
	pair, err := c.App.SignInProgram(ctx, cmd)
	c.attempts.Inc("program", outcome(err))
	return pair, err
}

func outcome(err error) string {
	if err == nil {
		return "success"
	}
	if f := fault.As(err); f != nil {
		return f.Code
	}
	return "internal"
}
