package fiberhttp

import (
	"errors"
	"net/http"
	"runtime"
	"strings"
	"testing"
)

// A long key that stands above many values is not copied for each of them.
func TestCheckJSON_TakesMemoryInProportionToTheBody(t *testing.T) {
	for name, body := range map[string]string{
		"a list under a long key":   `{"` + strings.Repeat("k", 200_000) + `":[0` + strings.Repeat(",0", 50_000) + `]}`,
		"an object under long keys": `{"` + strings.Repeat("k", 100_000) + `":{"` + strings.Repeat("l", 100_000) + `":[` + strings.Repeat(`{"a":""},`, 10_000) + `0]}}`,
		"many keys":                 `{"k":0` + manyKeys(20_000) + `}`,
		"many of U+FFFD":            `{"` + strings.Repeat("k", 200_000) + `":["` + strings.Repeat(`\ufffd","`, 50_000) + `"]}`,
		"halves of pairs":           `{"` + strings.Repeat("k", 200_000) + `":["` + strings.Repeat(`\ufffd`, 50_000) + `\ud800"]}`,
		"many that are not text":    `{"` + strings.Repeat("k", 200_000) + `":["` + strings.Repeat("\xff\",\"", 50_000) + `"]}`,
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_ = checkJSON([]byte(body)) // the last is refused
		runtime.ReadMemStats(&after)
		if spent := after.TotalAlloc - before.TotalAlloc; spent > 60*uint64(len(body)) {
			t.Errorf("%s: %d bytes for a body of %d", name, spent, len(body))
		}
	}
}

func manyKeys(n int) string {
	var out strings.Builder
	for i := range n {
		out.WriteString(`,"` + strings.Repeat("x", i%7) + string(rune(0x4e00+i)) + `":0`)
	}
	return out.String()
}

func TestCheckJSON_RefusesNamesThatAreNotText(t *testing.T) {
	t.Parallel()
	for body, where := range map[string]string{
		`{"\u0000":1}`:              "",
		`{"a":{"\u0000":1}}`:        "a",
		`{"a":[0,{"b\u0000c":[]}]}`: "a[1]",
	} {
		var p *Problem
		if err := checkJSON([]byte(body)); !errors.As(err, &p) || p.Status != http.StatusBadRequest {
			t.Errorf("%s: %v", body, err)
			continue
		}
		if len(p.Errors) != 1 || p.Errors[0].Field != where {
			t.Errorf("%s: %+v, want %q", body, p.Errors, where)
		}
	}
}
