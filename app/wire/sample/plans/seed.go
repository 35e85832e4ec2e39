package plans

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/app/wire/sample"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/billing/billingapp"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// subscribers have a plan, by their handles.
var subscribers = map[string]string{"dan": "pro"}

// People returns who is there because something is sold.
func People() []sample.Person {
	return []sample.Person{
		{Handle: "dan", Name: "Dan", Email: "dan@neoforge.test", Role: identityport.RoleMember, About: "member with the pro plan"},
	}
}

// Seed adds the plans that are missing, and opens what the sample people pay from, with
// the plans that they have.
func Seed(ctx context.Context, s *sample.Seeding, app *billingapp.App) error {
	sold, err := app.ListPlans(ctx)
	if err != nil {
		return fmt.Errorf("sample: plans: %w", err)
	}
	known := map[string]bool{}
	for _, p := range sold {
		known[p.Code] = true
	}
	added := 0
	for _, p := range Plans() {
		if known[p.Code] {
			continue // perhaps with other prices by now
		}
		if err := app.PutPlan(ctx, p); err != nil {
			return fmt.Errorf("sample: %w", err)
		}
		added++
	}
	for _, p := range s.People {
		who, err := s.Actor(p.Handle)
		if err != nil {
			return err
		}
		if err := account(ctx, app, who.PersonalOrganization(), subscribers[p.Handle]); err != nil {
			return fmt.Errorf("sample: account of %s: %w", p.Handle, err)
		}
	}
	s.Made(added, "plans")
	return nil
}

// account opens what an organization pays from, with the plan that it has.
func account(ctx context.Context, app *billingapp.App, o identityport.OrganizationID, plan string) error {
	if _, err := app.OpenAccount(ctx, o); err != nil || plan == "" {
		return err
	}
	return app.GrantPlan(ctx, billingapp.GrantPlan{Organization: o, PlanCode: plan, Interval: billing.Yearly, Currency: "EUR"})
}
