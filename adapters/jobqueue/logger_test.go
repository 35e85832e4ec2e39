package jobqueue

import (
	"context"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

func TestLogger_WhatAStopBreaksOffIsNoError(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zapcore.DebugLevel)
	log := logger(zap.New(core))
	running := t.Context()
	stopped, stop := context.WithCancel(running)
	stop()
	log.InfoContext(running, "all is well")
	log.WarnContext(running, "slow", "took", "1m")
	log.ErrorContext(running, "broken", "error", "no such table")
	log.ErrorContext(stopped, "broken off", "error", "context canceled")

	want := map[string]zapcore.Level{"slow": zapcore.WarnLevel, "broken": zapcore.ErrorLevel, "broken off": zapcore.InfoLevel}
	for _, entry := range logs.All() {
		if level, expected := want[entry.Message]; !expected || level != entry.Level || entry.LoggerName != "river" || len(entry.Context) != 1 {
			t.Errorf("logged %+v", entry)
		}
		delete(want, entry.Message)
	}
	if len(want) != 0 {
		t.Errorf("not logged: %v", want)
	}
}
