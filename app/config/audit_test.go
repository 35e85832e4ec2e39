package config

import (
	"strings"
	"testing"
)

func TestLoad_TakesTheAuditStreamWhole(t *testing.T) {
	t.Parallel()
	const secret = "AUDIT_STREAM_SECRET=c2l4dGVlbi1ieXRlcy1hbmQtc29tZS1tb3JlLWh1bnRlcg=="
	for _, row := range []struct {
		environ []string
		want    string // in the refusal; empty: it is accepted
		file    string
	}{
		{nil, "", ""},
		{[]string{"AUDIT_STREAM=file:///var/log/audit.jsonl"}, "", "/var/log/audit.jsonl"},
		{[]string{"AUDIT_STREAM=https://logs.example.com/audit", secret}, "", ""},
		{[]string{"AUDIT_STREAM=http://127.0.0.1:1234", secret}, "", ""},
		{[]string{"AUDIT_STREAM=https://logs.example.com/audit"}, "AUDIT_STREAM_SECRET is missing", ""},
		{[]string{"AUDIT_STREAM=https://logs.example.com/audit", "AUDIT_STREAM_SECRET=aHVudGVy"}, "needs 24", ""},
		{[]string{"AUDIT_STREAM=https://logs.example.com/audit", "AUDIT_STREAM_SECRET=hunter!"}, "is not base64", ""},
		{[]string{"AUDIT_STREAM=https://ann:hunter@logs.example.com", secret}, "without a user", ""},
		{[]string{secret}, "AUDIT_STREAM is not", ""},
		{[]string{"AUDIT_STREAM=file:///var/log/audit.jsonl", secret}, "take the secret away", ""},
		{[]string{"AUDIT_STREAM=file://audit.jsonl"}, "by its whole path", ""},
		{[]string{"AUDIT_STREAM=file:///var/../etc/x"}, "by its whole path", ""},
		{[]string{"AUDIT_STREAM=/var/log/audit.jsonl"}, "begins with neither", ""},
		{[]string{"AUDIT_ANCHOR=/var/lib/audit.anchor"}, "", ""},
		{[]string{"AUDIT_ANCHOR=audit.anchor"}, "AUDIT_ANCHOR is", ""},
		{[]string{"AUDIT_ANCHOR=/var/lib/../audit.anchor"}, "AUDIT_ANCHOR is", ""},
		{[]string{"AUDIT_ANCHOR=/var/log/audit.jsonl", "AUDIT_STREAM=file:///var/log/audit.jsonl"}, "a file of its own", ""},
		{[]string{"APP_ENV=production", "AUDIT_STREAM=http://logs.example.com/audit", secret}, "AUDIT_STREAM begins with http,", ""},
	} {
		c, err := Load(row.environ)
		switch {
		case row.want == "" && (err != nil || c.Audit.File != row.file):
			t.Errorf("%v: %v, %+v", row.environ, err, c.Audit)
		case row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "hunter!") || strings.Contains(err.Error(), "ann:")):
			t.Errorf("%v does not say %s: %v", row.environ, row.want, err)
		}
	}
}
