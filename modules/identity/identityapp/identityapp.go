// Package identityapp puts the rooms of identity together, as the wiring and the tests need
// them: each room gets what it writes to, what it reads, and what it asks of another room.
//
// The rooms are signin, account, organizations, privacy, administration, signingkeys and
// retention. What they share lies in internal/.
package identityapp

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/access"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/factors"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/passwords"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/people"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/providers"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
	"github.com/neoforge-dev/neoforge/modules/identity/privacy"
	"github.com/neoforge-dev/neoforge/modules/identity/retention"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/modules/identity/signingkeys"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// Mails are the words of the mails that identity sends.
var Mails = mails.Catalogs

// Deps is what the rooms need. All are required but those that say what nil or zero means.
type Deps struct {
	UnitOfWork identity.UnitOfWork
	Reads      identity.Reads
	Hasher     identity.PasswordHasher
	Tokens     identity.AccessTokens
	Sealer     identity.Sealer
	TimeCodes  identity.TimeCodes
	Ceremonies identity.PasskeyCeremonies
	Providers  []identity.OAuthProvider `deps:"optional"` // none: nobody signs in elsewhere
	Policy     identity.Policy
	// OrganizationPolicy is identity's own part when nothing else is given.
	OrganizationPolicy identity.OrganizationPolicy `deps:"optional"`
	Cache              cache.Cache
	Limiter            ratelimit.Limiter
	Mail               mail.Sender
	Templates          *mailtemplate.Templates // of [Mails]
	Clock              clock.Clock
	IDs                idgen.Generator
	BaseURL            string // origin of the site
	SiteName           string
	// Captcha tells people from programs at sign-up; nil asks nothing.
	Captcha identity.Captcha `deps:"optional"`
	// Breached is where new passwords are looked up; nil looks nowhere.
	Breached identity.BreachedPasswords `deps:"optional"`
	// SecondFactor is of whom a second factor is required; the zero policy of nobody.
	SecondFactor identity.FactorPolicy `deps:"optional"`
	Retention    retention.Retention   `deps:"optional"` // zero: for ever
	// PasswordsAtOnce bounds the requests that have a password hashed or wait for it;
	// zero: 64.
	PasswordsAtOnce int `deps:"optional"`
	// PasswordsRefused is told that some are refused, once a minute at the most. It must
	// not wait; nil tells nobody.
	PasswordsRefused func(identity.PasswordLoad) `deps:"optional"`
	Pictures         identity.AvatarMaker
	// ErasureDelayed is told of somebody whose account should have ended at a moment,
	// and what it waits for; nil tells nobody.
	ErasureDelayed func(id identity.UserID, since time.Time, reason error) `deps:"optional"`
	// Watchers are the contexts that show names. They are asked for when a name has
	// changed, after all contexts are built; nil: there are none.
	Watchers func() []identityport.Watcher `deps:"optional"`
	// Texts says which version of each text that people agree to is in force; nil: the
	// site's operator publishes none.
	Texts identity.TextsInForce `deps:"optional"`
	// Jobs is what the job queues hold, of all contexts; nil shows administrators none.
	Jobs administration.JobReads `deps:"optional"`
	// AuditStates is how the seals of the audit trail stand; nil: nothing seals it.
	AuditStates audit.States `deps:"optional"`
	// Explainers tell, for the resources of every other context, who may do what to one;
	// called when somebody asks.
	Explainers func() []identityport.Explainer
	// Errors are the defects that were seen, of all contexts; nil shows administrators none.
	Errors errortracking.Reads `deps:"optional"`
	// Exporters lists every context that keeps something about people, this one
	// included. It is asked when an export begins, after all contexts are built.
	Exporters func() []identity.Exporter
}

// Rooms is the use cases of identity.
type Rooms struct {
	SignIn         *signin.App
	Account        *account.App // also the directory of people for other contexts
	Organizations  *organizations.App
	Privacy        *privacy.App
	Administration *administration.App
	SigningKeys    *signingkeys.App
	Retention      *retention.App

	mails *mails.Sender
}

var (
	_ identityport.Directory = (*account.App)(nil)
	_ identityport.Grants    = (*organizations.App)(nil)
)

// New makes the rooms. It fails with a sentence that names every dependency that is
// missing, and when two providers share a name.
func New(d Deps) (*Rooms, error) {
	err := deps.Check("identityapp", d)
	if err == nil {
		err = d.SecondFactor.Check()
	}
	if err != nil {
		return nil, err
	}
	d.BaseURL = strings.TrimRight(d.BaseURL, "/")
	if d.OrganizationPolicy == nil {
		d.OrganizationPolicy = identity.IdentityOrganizationPolicy()
	}
	s, err := d.share()
	if err != nil {
		return nil, err
	}
	r := &Rooms{}
	for _, open := range []func(*Rooms, *shared) error{
		d.openSigningKeys, d.openSignIn, d.openAccount, d.openOrganizations, d.openMails, d.openPrivacy, d.openAdministration, d.openRetention,
	} {
		if err := open(r, s); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// shared is what several rooms do in the same way.
type shared struct {
	trail     trail.Writer
	limits    throttle.Limits
	devices   throttle.Devices
	failures  throttle.Failures
	roles     access.Roles
	people    people.Registry
	passwords *passwords.Checker
	factors   factors.Prover
	providers *providers.Flows
}

func (d Deps) share() (*shared, error) {
	s := &shared{trail: trail.Writer{IDs: d.IDs}, limits: throttle.Limits{Limiter: d.Limiter}}
	s.devices = throttle.Devices{Sealer: d.Sealer, Clock: d.Clock, IDs: d.IDs, Reads: d.Reads}
	s.failures = throttle.Failures{Trail: s.trail, Clock: d.Clock, Count: func(ctx context.Context, e audit.Entry) error {
		return d.UnitOfWork.Do(ctx, func(ctx context.Context, all identity.Stores) error { return all.Audit.Count(ctx, e) })
	}}
	s.roles = access.Roles{Policy: d.Policy, Cache: d.Cache, Reads: d.Reads}
	s.people = people.Registry{Trail: s.trail, IDs: d.IDs, Clock: d.Clock, Cache: d.Cache, Reads: d.Reads, Watchers: d.Watchers}
	s.factors = factors.Prover{
		Sealer: d.Sealer, TimeCodes: d.TimeCodes, Ceremonies: d.Ceremonies, Clock: d.Clock, Trail: s.trail, Limits: s.limits, Failures: s.failures, Reads: d.Reads,
		Do: identity.Narrow(d.UnitOfWork, func(all identity.Stores) factors.Stores {
			return factors.Stores{
				Users: all.Users, TOTPs: all.TOTPs, Passkeys: all.Passkeys, RecoveryCodes: all.RecoveryCodes,
				Challenges: all.Challenges, Audit: all.Audit, Jobs: all.Jobs,
			}
		}).Do,
	}
	var err error
	s.passwords, err = passwords.New(passwords.Deps{
		Hasher: d.Hasher, Breached: d.Breached, Limits: s.limits, Devices: s.devices, Failures: s.failures, People: s.people, Reads: d.Reads,
		Clock: d.Clock, BaseURL: d.BaseURL, SiteName: d.SiteName, AtOnce: d.PasswordsAtOnce, Refused: d.PasswordsRefused,
		Rehash: func(ctx context.Context, id identity.UserID, from, to string) error {
			return d.UnitOfWork.Do(ctx, func(ctx context.Context, all identity.Stores) error { return all.Credentials.Rehash(ctx, id, from, to) })
		},
	})
	if err != nil {
		return nil, err
	}
	s.providers, err = providers.New(providers.Deps{
		Providers: d.Providers, Devices: s.devices, Limits: s.limits, Trail: s.trail, Clock: d.Clock, IDs: d.IDs, Reads: d.Reads,
		Do: identity.Narrow(d.UnitOfWork, func(all identity.Stores) identity.OAuthFlows { return all.Flows }).Do,
	})
	return s, err
}

func (d Deps) openSigningKeys(r *Rooms, s *shared) (err error) {
	r.SigningKeys, err = signingkeys.New(signingkeys.Deps{
		UnitOfWork: identity.Narrow(d.UnitOfWork, signingkeys.StoresOf), Reads: d.Reads, Tokens: d.Tokens, Clock: d.Clock, Trail: s.trail,
	})
	return err
}

func (d Deps) openSignIn(r *Rooms, s *shared) (err error) {
	r.SignIn, err = signin.New(signin.Deps{
		UnitOfWork: identity.Narrow(d.UnitOfWork, signin.StoresOf), Reads: d.Reads, Tokens: d.Tokens, Keys: r.SigningKeys, Sealer: d.Sealer, Ceremonies: d.Ceremonies,
		OrganizationPolicy: d.OrganizationPolicy, SecondFactor: d.SecondFactor, Captcha: d.Captcha, Texts: d.Texts, SiteName: d.SiteName,
		Cache: d.Cache, Clock: d.Clock, IDs: d.IDs,
		Trail: s.trail, Limits: s.limits, Devices: s.devices, Failures: s.failures, Roles: s.roles, People: s.people,
		Passwords: s.passwords, Factors: s.factors, Providers: s.providers,
	})
	return err
}

func (d Deps) openAccount(r *Rooms, s *shared) (err error) {
	r.Account, err = account.New(account.Deps{
		UnitOfWork: identity.Narrow(d.UnitOfWork, account.StoresOf), Reads: d.Reads, Sealer: d.Sealer, TimeCodes: d.TimeCodes, Ceremonies: d.Ceremonies,
		Pictures: d.Pictures, SecondFactor: d.SecondFactor, SiteName: d.SiteName, Cache: d.Cache, Clock: d.Clock, IDs: d.IDs,
		Trail: s.trail, Limits: s.limits, Roles: s.roles, People: s.people, Passwords: s.passwords, Factors: s.factors, Providers: s.providers,
	})
	return err
}

func (d Deps) openOrganizations(r *Rooms, s *shared) (err error) {
	r.Organizations, err = organizations.New(organizations.Deps{
		UnitOfWork: identity.Narrow(d.UnitOfWork, organizations.StoresOf), Reads: d.Reads, Policy: d.Policy, OrganizationPolicy: d.OrganizationPolicy,
		SecondFactor: d.SecondFactor, Cache: d.Cache, Clock: d.Clock, IDs: d.IDs, Trail: s.trail, Limits: s.limits, People: s.people,
	})
	return err
}

// openMails comes after the rooms that mails lead to.
func (d Deps) openMails(r *Rooms, _ *shared) (err error) {
	prepare := map[mails.Kind]mails.Prepare{}
	for _, of := range []map[mails.Kind]mails.Prepare{r.SignIn.Mails(), r.Organizations.Mails()} {
		for kind, p := range of {
			prepare[kind] = p
		}
	}
	r.mails, err = mails.NewSender(mails.Deps{Reads: d.Reads, Mail: d.Mail, Templates: d.Templates, Prepare: prepare})
	return err
}

func (d Deps) openPrivacy(r *Rooms, s *shared) (err error) {
	r.Privacy, err = privacy.New(privacy.Deps{
		UnitOfWork: identity.Narrow(d.UnitOfWork, privacy.StoresOf), Reads: d.Reads, Policy: d.Policy, OrganizationPolicy: d.OrganizationPolicy, SiteName: d.SiteName,
		Exporters: d.Exporters, Texts: d.Texts, ErasureDelayed: d.ErasureDelayed, Mails: r.mails, Cache: d.Cache, Clock: d.Clock, IDs: d.IDs,
		Trail: s.trail, Roles: s.roles,
	})
	return err
}

func (d Deps) openAdministration(r *Rooms, s *shared) (err error) {
	r.Administration, err = administration.New(administration.Deps{
		UnitOfWork: identity.Narrow(d.UnitOfWork, administration.StoresOf), Reads: d.Reads, Policy: d.Policy, Jobs: d.Jobs, Errors: d.Errors, AuditStates: d.AuditStates, Sessions: r.SignIn, Explainers: func() []identityport.Explainer {
			return append([]identityport.Explainer{r.Organizations.Explainer()}, d.Explainers()...)
		},
		Cache: d.Cache, Clock: d.Clock, IDs: d.IDs, Trail: s.trail, Roles: s.roles, People: s.people, Passwords: s.passwords,
	})
	return err
}

func (d Deps) openRetention(r *Rooms, _ *shared) (err error) {
	r.Retention, err = retention.New(retention.Deps{UnitOfWork: identity.Narrow(d.UnitOfWork, retention.StoresOf), Retention: d.Retention, Clock: d.Clock})
	return err
}

// Subscribers is what identity does when something has happened.
func (r *Rooms) Subscribers() []events.Subscriber { return r.SignIn.Subscribers() }

// JobHandlers is the work that identity queues.
func (r *Rooms) JobHandlers() []jobs.Handler {
	var all []jobs.Handler
	for _, of := range [][]jobs.Handler{r.mails.JobHandlers(), r.Organizations.JobHandlers(), r.Privacy.JobHandlers(), r.Retention.JobHandlers()} {
		all = append(all, of...)
	}
	return all
}

// Schedules is the work that comes by itself.
func (r *Rooms) Schedules() []jobs.Schedule {
	return slices.Concat(r.Retention.Schedules(), r.Privacy.Schedules(), r.Organizations.Schedules())
}
