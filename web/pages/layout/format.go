package layout

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/currency"
)

func itoa(n int) string { return strconv.Itoa(n) }

// FormatDate writes a day: "3 November 2026".
func FormatDate(t time.Time) string { return t.UTC().Format("2 January 2006") }

// FormatMoment writes a day and a time: "3 November 2026, 09:41 UTC".
func FormatMoment(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 MST") }

// symbols are those that every reader of English knows; other currencies are
// written with their code.
var symbols = map[string]string{"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}

// String writes the amount as people do: "€12", "€12.50", "KWD 1.250". Zero
// decimals are left out.
func (m Money) String() string {
	digits := 2
	if unit, err := currency.ParseISO(m.Currency); err == nil {
		digits, _ = currency.Standard.Rounding(unit)
	}
	sign, amount := "", m.Amount
	if amount < 0 {
		sign, amount = "−", -amount
	}
	unit := int64(1)
	for range digits {
		unit *= 10
	}
	number := group(amount / unit)
	if rest := amount % unit; rest != 0 {
		fraction := strconv.FormatInt(rest, 10)
		number += "." + strings.Repeat("0", digits-len(fraction)) + fraction
	}
	if symbol, ok := symbols[m.Currency]; ok {
		return sign + symbol + number
	}
	return strings.TrimSpace(m.Currency + "\u00a0" + sign + number)
}

// group puts a comma before every third digit.
func group(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// IsZero reports whether there is nothing to pay.
func (m Money) IsZero() bool { return m.Amount == 0 }

// Initials are the first letters of the first and the last word of a name.
func Initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) == 0 {
		return "?"
	}
	first := []rune(words[0])[:1]
	if len(words) > 1 {
		first = append(first, []rune(words[len(words)-1])[0])
	}
	return strings.ToUpper(string(first))
}
