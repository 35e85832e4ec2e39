package identityconfig

import (
	"strings"
	"testing"
	"time"
)

func TestSecondFactor_IsOffUnlessTheOperatorRequiresIt(t *testing.T) {
	t.Parallel()
	c, err := load([]string{"APP_ENV=development"})
	if err != nil {
		t.Fatal(err)
	}
	if c.SecondFactor.Required != "off" || c.SecondFactor.Grace != 7*24*time.Hour {
		t.Errorf("by default: %+v", c.SecondFactor)
	}
}

func TestSecondFactor_RefusesWhatItCannotRequire(t *testing.T) {
	t.Parallel()
	for setting, good := range map[string]bool{
		"REQUIRE_SECOND_FACTOR=off":            true,
		"REQUIRE_SECOND_FACTOR=administrators": true,
		"REQUIRE_SECOND_FACTOR=everybody":      true,
		"REQUIRE_SECOND_FACTOR=on":             false,
		"REQUIRE_SECOND_FACTOR=Everybody":      false,
		"SECOND_FACTOR_GRACE=0":                true,
		"SECOND_FACTOR_GRACE=0s":               true,
		"SECOND_FACTOR_GRACE=2160h":            true,
		"SECOND_FACTOR_GRACE=2161h":            false,
		"SECOND_FACTOR_GRACE=-1h":              false,
		"SECOND_FACTOR_GRACE=a week":           false,
	} {
		_, err := load([]string{"APP_ENV=development", setting})
		name, _, _ := strings.Cut(setting, "=")
		if good && err != nil {
			t.Errorf("%s: %v", setting, err)
		}
		if !good && (err == nil || !strings.Contains(err.Error(), name)) {
			t.Errorf("%s: %v, want a sentence that names it", setting, err)
		}
	}
}
