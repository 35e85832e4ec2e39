// Package sample is the content of a fresh installation: people to sign in as,
// plans to buy, and posts worth reading.
//
// It promises that seeding twice changes nothing, that seeding after a failure
// completes what is missing, and that it does not wait for the job worker: what
// subscribers would do later, it asks the use cases for itself. It is for
// development; the wiring refuses it in production.
package sample

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/billing/billingapp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/modules/identity/identityapp"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Deps is the use cases that seeding goes through.
type Deps struct {
	Identity *identityapp.Rooms
	Content  *contentapp.App // nil: no posts
	Billing  *billingapp.App // nil: no plans
	Clock    clock.Clock
}

// Report counts what was not there before.
type Report struct {
	People int
	Plans  int
	Posts  int
}

// String says it in a line for people.
func (r Report) String() string {
	if r == (Report{}) {
		return "The sample people, plans and posts are in place."
	}
	return fmt.Sprintf("Sample content: %d people, %d plans and %d posts are new.", r.People, r.Plans, r.Posts)
}

// Seed writes the sample people, plans and posts that are missing.
func Seed(ctx context.Context, d Deps) (Report, error) {
	if d.Identity == nil || d.Clock == nil {
		return Report{}, errors.New("sample: missing a dependency")
	}
	posts, err := Posts()
	if err != nil {
		return Report{}, err
	}
	var r Report
	if d.Billing != nil {
		if r.Plans, err = d.plans(ctx); err != nil {
			return r, err
		}
	}
	people := map[string]identityport.Actor{}
	for _, p := range People() {
		actor, isNew, err := d.person(ctx, p)
		if err != nil {
			return r, fmt.Errorf("sample: person %s: %w", p.Handle, err)
		}
		people[p.Handle] = actor
		if isNew {
			r.People++
		}
	}
	if d.Content == nil {
		return r, nil
	}
	for _, p := range posts {
		author, known := people[p.Author]
		if !known {
			return r, fmt.Errorf("sample: post %s: there is no person %q", p.Slug, p.Author)
		}
		isNew, err := d.post(ctx, author, p)
		if err != nil {
			return r, fmt.Errorf("sample: %w", err)
		}
		if isNew {
			r.Posts++
		}
	}
	return r, nil
}

func (d Deps) plans(ctx context.Context) (added int, err error) {
	sold, err := d.Billing.ListPlans(ctx)
	if err != nil {
		return 0, fmt.Errorf("sample: plans: %w", err)
	}
	known := map[string]bool{}
	for _, p := range sold {
		known[p.Code] = true
	}
	for _, p := range Plans() {
		if known[p.Code] {
			continue // perhaps with other prices by now
		}
		if err := d.Billing.PutPlan(ctx, p); err != nil {
			return added, fmt.Errorf("sample: %w", err)
		}
		added++
	}
	return added, nil
}

// person makes or finds somebody, and opens what belongs to them in the other
// contexts. It returns them as the author of what they write.
func (d Deps) person(ctx context.Context, p Person) (_ identityport.Actor, isNew bool, err error) {
	user, organizations, err := d.Identity.Account.FindPerson(ctx, p.Email)
	if errors.Is(err, identity.ErrUserNotFound) {
		_, err = d.Identity.Administration.CreateUser(ctx, administration.CreateUser{
			Email: p.Email, Name: p.Name, Password: Password, Role: p.Role, EmailVerified: true,
		})
		isNew = err == nil
		// Another replica that seeds at the same moment may have been first.
		if err == nil || errors.Is(err, identity.ErrEmailTaken) {
			user, organizations, err = d.Identity.Account.FindPerson(ctx, p.Email)
		}
	}
	if err != nil {
		return identityport.Actor{}, false, err
	}
	if d.Billing != nil {
		if err := d.account(ctx, organizations[0], p.Plan); err != nil {
			return identityport.Actor{}, false, err
		}
	}
	if p.Role != identityport.RoleMember && d.Content != nil {
		if _, err := d.Content.OpenAuthorProfile(ctx, user.ID, user.Name); err != nil {
			return identityport.Actor{}, false, err
		}
	}
	return identityport.Actor{
		UserID: user.ID, Name: user.Name, Email: string(user.Email), Role: user.Role,
		Permissions:   []identityport.Permission{content.PermissionWrite, content.PermissionPublish},
		Organizations: organizations[:1],
	}, isNew, nil
}

// account opens what an organization pays from, with the plan that it has.
func (d Deps) account(ctx context.Context, o identityport.OrganizationID, plan string) error {
	if _, err := d.Billing.OpenAccount(ctx, o); err != nil || plan == "" {
		return err
	}
	return d.Billing.GrantPlan(ctx, billingapp.GrantPlan{Organization: o, PlanCode: plan, Interval: billing.Yearly, Currency: "EUR"})
}

func (d Deps) post(ctx context.Context, author identityport.Actor, p Post) (isNew bool, err error) {
	// Most starts find everything in place, and need not render it to see that.
	if _, err := d.Content.ReadPublicPost(ctx, p.Slug); err == nil {
		return false, nil
	}
	_, err = d.Content.ImportPost(ctx, author, contentapp.ImportPost{
		Title: p.Title, Slug: p.Slug, Markdown: p.Markdown, Excerpt: p.Excerpt, Tags: p.Tags,
		Visibility: p.Visibility, PublishedAt: p.PublishedAt(d.Clock.Now()),
	})
	if errors.Is(err, content.ErrSlugTaken) {
		return false, nil
	}
	return err == nil, err
}
