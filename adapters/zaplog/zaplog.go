// Package zaplog is the program's log: JSON lines in production, lines for people
// in development.
//
// It promises that no secret is written: what stands under a name such as
// password, token or cookie, and credentials inside URLs, headers and queries, is
// replaced before it is encoded, wherever it came from. Nothing is sampled: in
// production lines are buffered for up to a second instead, and an error is
// written at once with all before it. Sync writes what is left.
package zaplog

import (
	"fmt"
	"io"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

const (
	bufferSize = 256 << 10
	flushEvery = time.Second
)

// New makes a logger that writes to w from level up: debug, info, warn or error;
// empty means info in production and debug in development.
func New(level string, production bool, w io.Writer) (*zap.Logger, error) {
	if level == "" {
		level = "debug"
		if production {
			level = "info"
		}
	}
	enabled, err := zapcore.ParseLevel(level)
	if err != nil || enabled < zapcore.DebugLevel || enabled > zapcore.ErrorLevel {
		return nil, fmt.Errorf("zaplog: level %q is not one of debug, info, warn, error", level)
	}
	// What the logger itself has to complain about goes where its lines go.
	out := zapcore.Lock(zapcore.AddSync(w))
	options := []zap.Option{zap.ErrorOutput(out)}
	if !production {
		return zap.New(&redacting{zapcore.NewCore(zapcore.NewConsoleEncoder(development()), out, enabled)}, options...), nil
	}
	buffered := &zapcore.BufferedWriteSyncer{WS: out, Size: bufferSize, FlushInterval: flushEvery}
	return zap.New(&redacting{zapcore.NewCore(zapcore.NewJSONEncoder(machine()), buffered, enabled)}, options...), nil
}

func machine() zapcore.EncoderConfig {
	return zapcore.EncoderConfig{
		TimeKey: "time", LevelKey: "level", NameKey: "logger", MessageKey: "msg", StacktraceKey: "stack",
		EncodeLevel:    zapcore.LowercaseLevelEncoder,
		EncodeTime:     func(t time.Time, e zapcore.PrimitiveArrayEncoder) { zapcore.RFC3339NanoTimeEncoder(t.UTC(), e) },
		EncodeDuration: zapcore.SecondsDurationEncoder,
		EncodeName:     zapcore.FullNameEncoder,
	}
}

func development() zapcore.EncoderConfig {
	c := machine()
	c.EncodeLevel = zapcore.CapitalLevelEncoder
	c.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
	c.EncodeDuration = zapcore.StringDurationEncoder
	c.ConsoleSeparator = "  "
	return c
}
