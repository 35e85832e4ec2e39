package wire

import (
	"context"
	"errors"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/neoforge-dev/neoforge/app/config"
)

func TestWarn_NamesInProductionWhatAnOperatorShouldMend(t *testing.T) {
	t.Parallel()
	parts := Parts{Warnings: func(context.Context) ([]string, error) {
		return []string{"the terms are not published"}, errors.New("the privacy notice could not be read")
	}}
	for environment, want := range map[config.Environment]int{config.Production: 2, config.Development: 0} {
		core, seen := observer.New(zap.DebugLevel)
		cfg := config.Config{Env: environment}
		(&Application{cfg: cfg, log: zap.New(core), modules: []built{{Module: Module{Name: "content"}, Parts: parts}, {Module: Module{Name: "silent"}}}}).Warn(t.Context())
		if entries := seen.FilterLevelExact(zap.WarnLevel).All(); len(entries) != want || want > 0 && entries[1].Message != "the terms are not published" {
			t.Errorf("%s: %v", environment, entries)
		}
	}
}
