// Package billingpages is how plans, one's subscription and the payment sandbox's
// own checkout look.
package billingpages
