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
	May      string // the last word of the permission: "edit"
	At       time.Time
	Until    time.Time // its last day; zero: none
	URL      string    // of its actions
}

func (o OfferRow) text() string {
	kind, _, _ := strings.Cut(o.Resource, ":")
	by := o.By
	if by == "" {
		by = "Somebody who is no longer here"
	}
	if o.May == "" {
		return by + " would like to share a " + kind + " with you."
	}
	return by + " would like you to " + o.May + " a " + kind + "."
}
