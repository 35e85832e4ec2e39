package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// Tracing is where traces of requests go, and of how many. The names are OpenTelemetry's.
type Tracing struct {
	Endpoint string  `env:"OTEL_EXPORTER_OTLP_ENDPOINT" doc:"the collector that takes traces by OTLP over HTTP, such as http://127.0.0.1:4318; empty: nothing is traced"`
	Headers  string  `env:"OTEL_EXPORTER_OTLP_HEADERS" secret:"true" doc:"headers of each request to it: name=value, with commas between, values percent-encoded"`
	Ratio    float64 `env:"OTEL_TRACES_SAMPLER_ARG" envDefault:"0.1" doc:"the part of all requests that is traced, from 0 to 1"`
	Sampler  string  `env:"OTEL_TRACES_SAMPLER" envDefault:"traceidratio" doc:"traceidratio: the part above is chosen here, whatever a traceparent says; parentbased_traceidratio: one of TRUSTED_PROXIES goes on with its trace and decides by its flag, where it takes away the traceparent of strangers"`
	Service  string  `env:"OTEL_SERVICE_NAME" doc:"what the program is called in traces; empty: the name of its command"`

	headers map[string]string
}

// Enabled reports whether anything is traced.
func (t Tracing) Enabled() bool { return t.Endpoint != "" }

// The samplers, by OpenTelemetry's names.
const (
	samplerRatio       = "traceidratio"
	samplerParentBased = "parentbased_traceidratio"
)

// ParentBased reports whether a trusted proxy decides which requests are traced.
func (t Tracing) ParentBased() bool { return t.Sampler == samplerParentBased }

// HeaderValues are the headers by their names.
func (t Tracing) HeaderValues() map[string]string { return t.headers }

func (t *Tracing) validate(production bool) []error {
	var faults []error
	if !(t.Ratio >= 0 && t.Ratio <= 1) {
		faults = append(faults, fmt.Errorf("OTEL_TRACES_SAMPLER_ARG is %v: use a number from 0 to 1, such as 0.1 for a tenth of the requests", t.Ratio))
	}
	if t.Sampler != samplerRatio && t.Sampler != samplerParentBased {
		faults = append(faults, fmt.Errorf("OTEL_TRACES_SAMPLER is %q: use %s, or %s where the proxy takes away the traceparent of strangers", t.Sampler, samplerRatio, samplerParentBased))
	}
	if t.headers = parseHeaders(t.Headers); t.headers == nil {
		faults = append(faults, fmt.Errorf("OTEL_EXPORTER_OTLP_HEADERS cannot be read: write name=value with commas between, such as authorization=Bearer%%20abc"))
	}
	if t.Endpoint == "" {
		if t.Headers != "" {
			faults = append(faults, fmt.Errorf("OTEL_EXPORTER_OTLP_HEADERS is set, but OTEL_EXPORTER_OTLP_ENDPOINT is not: set both, or none"))
		}
		return faults
	}
	u, err := url.Parse(t.Endpoint)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		faults = append(faults, fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT is not an address: use one such as http://127.0.0.1:4318, without /v1/traces, and put what proves who you are into OTEL_EXPORTER_OTLP_HEADERS"))
	case production && u.Scheme == "http" && t.Headers != "" && !isLoopback(u.Hostname()):
		faults = append(faults, fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT begins with http, which would show OTEL_EXPORTER_OTLP_HEADERS to the network: use https, or a collector on this machine"))
	}
	return faults
}

func isLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// parseHeaders reads a list of headers as OpenTelemetry writes them; nil when it is none.
func parseHeaders(list string) map[string]string {
	out := map[string]string{}
	for pair := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, found := strings.Cut(pair, "=")
		name = strings.TrimSpace(name)
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !found || err != nil || !isToken(name) || strings.ContainsAny(value, "\r\n\x00") {
			return nil
		}
		out[name] = value
	}
	return out
}

// isToken reports whether a header may have the name (RFC 9110, 5.6.2).
func isToken(name string) bool {
	for _, c := range []byte(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0:
		default:
			return false
		}
	}
	return name != ""
}
