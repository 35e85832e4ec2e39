package zaplog

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Redacted stands where a secret stood.
const Redacted = "[redacted]"

// secretWords are what the names of secrets contain.
var secretWords = []string{
	"password", "passwd", "passphrase", "secret", "token", "authorization", "cookie", "dsn",
	"apikey", "api_key", "api-key", "private_key", "credential",
}

var (
	// userinfo is what stands between scheme and host of a URL.
	userinfo = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\s/?#"'@]*(?:/[^\s?#"'@]*)?@`)
	// bearer is the credential of an Authorization header (RFC 6750, RFC 7617).
	bearer = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}`)
	// parameter is a secret in a query or in a connection string of words.
	parameter = regexp.MustCompile(`(?i)\b([a-z_.-]*(?:password|secret|token|apikey|api_key)|code|state)=[^&\s"']+`)
)

// redacting is a core that replaces secrets before another one encodes them.
type redacting struct{ zapcore.Core }

// With implements zapcore.Core.
func (r *redacting) With(fields []zapcore.Field) zapcore.Core {
	return &redacting{r.Core.With(redact(fields))}
}

// Check implements zapcore.Core.
func (r *redacting) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if r.Enabled(entry.Level) {
		return checked.AddCore(entry, r)
	}
	return checked
}

// Write implements zapcore.Core.
func (r *redacting) Write(entry zapcore.Entry, fields []zapcore.Field) error {
	entry.Message = scrub(entry.Message)
	if err := r.Core.Write(entry, redact(fields)); err != nil {
		return err
	}
	if entry.Level >= zapcore.ErrorLevel {
		return r.Sync()
	}
	return nil
}

// redact returns the fields without secrets; the same slice when there are none.
func redact(fields []zapcore.Field) []zapcore.Field {
	out := fields
	for i, f := range fields {
		clean, changed := redactField(f)
		if !changed {
			continue
		}
		if &out[0] == &fields[0] {
			out = slices.Clone(fields)
		}
		out[i] = clean
	}
	return out
}

func redactField(f zapcore.Field) (zapcore.Field, bool) {
	if f.Type == zapcore.SkipType || f.Type == zapcore.NamespaceType {
		return f, false
	}
	if isSecret(f.Key) {
		return zap.String(f.Key, Redacted), true
	}
	switch f.Type {
	case zapcore.StringType:
		clean := scrub(f.String)
		return zap.String(f.Key, clean), clean != f.String
	case zapcore.ByteStringType:
		text := string(f.Interface.([]byte))
		clean := scrub(text)
		return zap.String(f.Key, clean), clean != text
	case zapcore.ErrorType, zapcore.StringerType:
		// Encoded as text that may hold anything: an address with its password.
		return zap.String(f.Key, scrub(textOf(f.Interface))), true
	case zapcore.ReflectType:
		return zap.Reflect(f.Key, redactValue(f.Interface)), true
	case zapcore.ObjectMarshalerType, zapcore.ArrayMarshalerType:
		m := zapcore.NewMapObjectEncoder()
		f.AddTo(m)
		return zap.Reflect(f.Key, redactTree(m.Fields[f.Key])), true
	case zapcore.InlineMarshalerType:
		m := zapcore.NewMapObjectEncoder()
		f.AddTo(m)
		return zap.Inline(tree(redactTree(m.Fields).(map[string]any))), true
	}
	return f, false
}

// tree writes a map as fields beside the others.
type tree map[string]any

// MarshalLogObject implements zapcore.ObjectMarshaler.
func (t tree) MarshalLogObject(e zapcore.ObjectEncoder) error {
	for _, key := range slices.Sorted(maps.Keys(t)) {
		if err := e.AddReflected(key, t[key]); err != nil {
			return err
		}
	}
	return nil
}

// textOf is what an error or a Stringer says, also when it is nil inside.
func textOf(v any) (text string) {
	defer func() {
		if recover() != nil {
			text = "<nil>"
		}
	}()
	switch v := v.(type) {
	case error:
		return v.Error()
	case fmt.Stringer:
		return v.String()
	}
	return fmt.Sprint(v)
}

// redactValue brings a value into the form in which it will be written, where
// names and values can be seen.
func redactValue(v any) any {
	data, err := json.Marshal(v)
	if err != nil {
		return scrub(fmt.Sprintf("%T that cannot be written as JSON: %v", v, err))
	}
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.UseNumber()
	var t any
	if err := decoder.Decode(&t); err != nil {
		return Redacted
	}
	return redactTree(t)
}

func redactTree(v any) any {
	switch v := v.(type) {
	case string:
		return scrub(v)
	case []byte:
		return scrub(string(v))
	case map[string]any:
		for key, value := range v {
			if isSecret(key) {
				v[key] = Redacted
			} else {
				v[key] = redactTree(value)
			}
		}
		return v
	case []any:
		for i := range v {
			v[i] = redactTree(v[i])
		}
		return v
	case nil, bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64, json.Number:
		return v
	default:
		return redactValue(v)
	}
}

// scrub replaces secrets inside a text. Most texts hold none, which a look at a
// few bytes tells.
func scrub(s string) string {
	if strings.IndexByte(s, '@') >= 0 && strings.Contains(s, "://") {
		s = userinfo.ReplaceAllString(s, "${1}"+Redacted+"@")
	}
	if strings.IndexByte(s, '=') >= 0 {
		s = parameter.ReplaceAllString(s, "${1}="+Redacted)
	}
	if strings.IndexByte(s, ' ') >= 0 && (containsFold(s, "bearer ") || containsFold(s, "basic ")) {
		s = bearer.ReplaceAllString(s, "${1} "+Redacted)
	}
	return s
}

func containsFold(s, lower string) bool { return strings.Contains(strings.ToLower(s), lower) }

// knownNames bounds what is remembered of names: there are few, and they are
// written in the code.
const knownNames = 1024

var names atomic.Pointer[map[string]bool]

// isSecret reports whether a value under this name must not be written.
func isSecret(name string) bool {
	known := names.Load()
	if known != nil {
		if secret, ok := (*known)[name]; ok {
			return secret
		}
	}
	lower := strings.ToLower(name)
	secret := slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(lower, word) })
	next := map[string]bool{}
	if known != nil {
		if len(*known) >= knownNames {
			return secret
		}
		next = maps.Clone(*known)
	}
	next[strings.Clone(name)] = secret
	names.CompareAndSwap(known, &next) // whoever loses the race looks again next time
	return secret
}
