package billingapp

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

var (
	planCode     = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)
)

// PutPlan keeps a plan under its code. Ids may be left empty: a plan and a price
// that are sold already keep theirs, so that putting the same plan twice changes
// nothing. It fails with billing.ErrInvalidPlan.
func (a *App) PutPlan(ctx context.Context, p billing.Plan) error {
	if err := checkPlan(p); err != nil {
		return err
	}
	sold, err := a.reads.Plans(ctx)
	if err != nil {
		return fmt.Errorf("put plan %s: %w", p.Code, err)
	}
	p = a.withIDs(p, sold)
	err = a.work.Do(ctx, func(ctx context.Context, s billing.Stores) error {
		if err := s.Plans.Put(ctx, p); err != nil {
			return err
		}
		return s.Audit.Append(ctx, audit.Entry{
			ID: a.ids.New(), Actor: system, Action: "billing.plan_put", Resource: "plan:" + p.Code, At: a.clock.Now(),
		})
	})
	if err != nil {
		return fmt.Errorf("put plan %s: %w", p.Code, err)
	}
	a.invalidate(ctx, billing.TagPlans)
	return nil
}

func checkPlan(p billing.Plan) error {
	var faults []fault.Field
	addFieldError := func(name, message string) { faults = append(faults, fault.Field{Name: name, Message: message}) }
	if !planCode.MatchString(p.Code) || len(p.Code) > 40 {
		addFieldError("code", "The code may have lower-case letters, digits and single hyphens, at most 40.")
	}
	if p.Name == "" {
		addFieldError("name", "Give the plan a name.")
	}
	type offer struct {
		interval billing.Interval
		currency billing.Currency
	}
	var offers []offer
	for i, price := range p.Prices {
		name := fmt.Sprintf("prices[%d]", i)
		if price.Interval != billing.Monthly && price.Interval != billing.Yearly {
			addFieldError(name+".interval", "The interval must be month or year.")
		}
		if price.Money.Amount < 0 {
			addFieldError(name+".amount", "The amount may not be negative.")
		}
		if !currencyCode.MatchString(string(price.Money.Currency)) {
			addFieldError(name+".currency", "The currency must be an ISO 4217 code such as EUR.")
		}
		o := offer{price.Interval, price.Money.Currency}
		if slices.Contains(offers, o) {
			addFieldError(name, "The plan has a price for this interval and currency already.")
		}
		offers = append(offers, o)
	}
	if len(faults) > 0 {
		return billing.ErrInvalidPlan.WithFields(faults...)
	}
	return nil
}

// withIDs gives a plan and its prices the ids under which they are sold, or new
// ones. Another amount is another price.
func (a *App) withIDs(p billing.Plan, sold []billing.Plan) billing.Plan {
	known := billing.Plan{}
	if i := slices.IndexFunc(sold, func(s billing.Plan) bool { return s.Code == p.Code }); i >= 0 {
		known = sold[i]
		p.ID = known.ID
	}
	if p.ID == "" {
		p.ID = a.ids.New()
	}
	p.Prices = slices.Clone(p.Prices)
	for i := range p.Prices {
		price := &p.Prices[i]
		price.Plan = p.Code
		for _, k := range known.Prices {
			if k.Interval == price.Interval && k.Money == price.Money {
				price.ID = k.ID
			}
		}
		if price.ID == "" {
			price.ID = a.ids.New()
		}
	}
	return p
}
