package jobqueue

import (
	"context"
	"errors"
	"log/slog"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// logger lets river, which speaks slog, write to zap: its warnings and errors;
// what it does when all is well is of no interest.
func logger(z *zap.Logger) *slog.Logger { return slog.New(handler{z.Named("river")}) }

type handler struct{ log *zap.Logger }

// Enabled implements slog.Handler.
func (handler) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }

// Handle implements slog.Handler. What fails because the service was told to stop
// alarms nobody.
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	level := zapcore.WarnLevel
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		level = zapcore.InfoLevel
	case r.Level >= slog.LevelError:
		level = zapcore.ErrorLevel
	}
	fields := make([]zap.Field, 0, r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool {
		fields = append(fields, field(a))
		return true
	})
	h.log.Log(level, r.Message, fields...)
	return nil
}

// WithAttrs implements slog.Handler.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	fields := make([]zap.Field, len(attrs))
	for i, a := range attrs {
		fields[i] = field(a)
	}
	return handler{h.log.With(fields...)}
}

// WithGroup implements slog.Handler.
func (h handler) WithGroup(name string) slog.Handler { return handler{h.log.With(zap.Namespace(name))} }

func field(a slog.Attr) zap.Field { return zap.Any(a.Key, a.Value.Resolve().Any()) }
