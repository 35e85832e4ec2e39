package config_test

import (
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/app/config"
)

func TestErrors_ADSNIsOneOrSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		environ []string
		want    string // empty: accepted
	}{
		{nil, ""},
		{[]string{"SENTRY_DSN=https://hunter2@sentry.example.com/42"}, ""},
		{[]string{"SENTRY_DSN=https://hunter2@sentry.example.com/42", "SENTRY_ENVIRONMENT=staging"}, ""},
		{[]string{"SENTRY_DSN=http://hunter2@127.0.0.1:9000/42"}, ""},
		{[]string{"SENTRY_DSN=https://sentry.example.com/42"}, "SENTRY_DSN is not a DSN"},
		{[]string{"SENTRY_DSN=https://hunter2@sentry.example.com/"}, "SENTRY_DSN is not a DSN"},
		{[]string{"SENTRY_DSN=hunter2"}, "SENTRY_DSN is not a DSN"},
		{[]string{"SENTRY_ENVIRONMENT=staging"}, "SENTRY_DSN is not: set both"},
		{[]string{"RETAIN_ERRORS=1h"}, "RETAIN_ERRORS is 1h"},
	} {
		_, err := config.Load(row.environ)
		switch {
		case row.want == "" && err != nil:
			t.Errorf("%v: %v", row.environ, err)
		case row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "hunter2")):
			t.Errorf("%v: %v, want %s", row.environ, err, row.want)
		}
	}
}
