package config

import (
	"maps"
	"strings"
	"testing"
)

func TestLoad_ReadsWhereTracesGo(t *testing.T) {
	t.Parallel()
	const endpoint, headers = "OTEL_EXPORTER_OTLP_ENDPOINT=https://otlp.example.com", "OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20hunter2, x-team = a"
	for _, row := range []struct {
		environ []string
		want    string // in the refusal; empty: it is accepted
	}{
		{nil, ""},
		{[]string{endpoint}, ""},
		{[]string{endpoint, headers, "OTEL_TRACES_SAMPLER_ARG=1"}, ""},
		{[]string{endpoint, "OTEL_TRACES_SAMPLER_ARG=0"}, ""},
		{[]string{endpoint, "OTEL_TRACES_SAMPLER_ARG=1.5"}, "from 0 to 1"},
		{[]string{endpoint, "OTEL_TRACES_SAMPLER_ARG=NaN"}, "from 0 to 1"},
		{[]string{endpoint, "OTEL_TRACES_SAMPLER_ARG=all"}, "write a number, such as 0.1"},
		{[]string{endpoint, "OTEL_TRACES_SAMPLER=parentbased_traceidratio"}, ""},
		{[]string{endpoint, "OTEL_TRACES_SAMPLER=always_on"}, "use traceidratio, or parentbased_traceidratio"},
		{[]string{headers}, "OTEL_EXPORTER_OTLP_ENDPOINT is not"},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=collector:4318"}, "is not an address"},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=https://me:hunter2@otlp.example.com"}, "is not an address"},
		{[]string{endpoint, "OTEL_EXPORTER_OTLP_HEADERS=hunter2"}, "OTEL_EXPORTER_OTLP_HEADERS cannot be read"},
		{[]string{endpoint, "OTEL_EXPORTER_OTLP_HEADERS=a=hunter2%0d%0ab"}, "OTEL_EXPORTER_OTLP_HEADERS cannot be read"},
		{[]string{"APP_ENV=production", "OTEL_EXPORTER_OTLP_ENDPOINT=http://otlp.example.com", headers}, "which would show"},
	} {
		c, err := Load(row.environ)
		switch {
		case row.want == "" && (err != nil || c.Tracing.Enabled() != (len(row.environ) > 0)):
			t.Errorf("%v: %v, enabled %t", row.environ, err, c.Tracing.Enabled())
		case row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "hunter2")):
			t.Errorf("%v does not say %s: %v", row.environ, row.want, err)
		}
	}
	c, err := Load([]string{endpoint, headers})
	if err != nil {
		t.Fatal(err)
	}
	if c.Tracing.ParentBased() {
		t.Error("a proxy decides what is traced without being told to")
	}
	if want := map[string]string{"authorization": "Bearer hunter2", "x-team": "a"}; !maps.Equal(c.Tracing.HeaderValues(), want) || c.Tracing.Ratio != 0.1 {
		t.Errorf("have %v, a ratio of %v", c.Tracing.HeaderValues(), c.Tracing.Ratio)
	}
	for _, s := range Describe(c) {
		if strings.Contains(s.Value, "hunter2") || s.Name == "OTEL_TRACES_SAMPLER_ARG" && s.Value != "0.1" {
			t.Errorf("described as %+v", s)
		}
	}
}

func TestLoad_SendsHeadersInPlainToACollectorOnThisMachine(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"localhost", "127.0.0.1", "[::1]"} {
		tr := Tracing{Endpoint: "http://" + host + ":4318", Headers: "a=b", Sampler: samplerRatio}
		if faults := tr.validate(true); len(faults) > 0 {
			t.Errorf("%s: %v", host, faults)
		}
	}
}
