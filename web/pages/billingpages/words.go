package billingpages

func (i Interval) per() string {
	switch i {
	case Monthly:
		return "a month"
	case Yearly:
		return "a year"
	}
	return ""
}

func (p Plan) amount() string {
	if p.Price.IsZero() && p.Price.Currency == "" {
		return "Free"
	}
	return p.Price.String()
}

func (s SubscriptionState) words() string {
	switch s {
	case Confirming:
		return "Waiting for the payment provider"
	case Activating:
		return "Being activated"
	case Active:
		return "Active"
	case Ending:
		return "Cancelled"
	case PastDue:
		return "Payment is late"
	case Ended:
		return "Ended"
	}
	return string(s)
}

func (v BillingView) planTitle() string {
	if v.PlanName == "" {
		return "Your plan"
	}
	return v.PlanName
}

func (v BillingView) returnTo() string {
	switch {
	case v.ReturnTo != "":
		return v.ReturnTo
	case v.Has("/posts"):
		return "/posts"
	}
	return "/"
}

func (v CheckoutView) merchant() string {
	if v.Merchant == "" {
		return v.Site()
	}
	return v.Merchant
}

// over says why a checkout cannot be paid any more.
func (v CheckoutView) over() string {
	if v.Error != "" {
		return v.Error
	}
	return "It was left open for too long. Start again at " + v.merchant() + "."
}
