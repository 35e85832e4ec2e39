package billing

import "fmt"

// Currency is an ISO 4217 code in upper case.
type Currency string

// Money is an amount in the minor units of its currency: 1200 EUR is 12.00 euro,
// 1200 JPY is 1200 yen.
type Money struct {
	Amount   int64
	Currency Currency
}

// MinorDigits is how many decimal digits the currency's minor unit has.
func (c Currency) MinorDigits() int {
	switch c {
	case "JPY", "KRW", "CLP", "VND", "ISK":
		return 0
	case "KWD", "BHD", "OMR", "TND", "JOD":
		return 3
	}
	return 2
}

// String writes the amount with its code: "12.00 EUR".
func (m Money) String() string {
	digits := m.Currency.MinorDigits()
	if digits == 0 {
		return fmt.Sprintf("%d %s", m.Amount, m.Currency)
	}
	unit := int64(1)
	for range digits {
		unit *= 10
	}
	sign, amount := "", m.Amount
	if amount < 0 {
		sign, amount = "-", -amount
	}
	return fmt.Sprintf("%s%d.%0*d %s", sign, amount/unit, digits, amount%unit, m.Currency)
}
