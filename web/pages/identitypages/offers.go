package identitypages

import (
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// OffersView is what others would like the person to work on.
type OffersView struct {
	layout.Page
	Offers []OfferRow
}

// OfferRow is one offer.
type OfferRow struct {
	By       string // empty: no longer here
	Resource string // "post:<id>"
	At       time.Time
	URL      string // of its actions
}

func (o OfferRow) text() string {
	kind, _, _ := strings.Cut(o.Resource, ":")
	by := o.By
	if by == "" {
		by = "Somebody who is no longer here"
	}
	return by + " would like you to edit a " + kind + "."
}
