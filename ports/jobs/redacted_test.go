package jobs_test

import (
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/ports/jobs"
)

func TestRedacted_ShowsIdsAndKindsAndNothingOfAPerson(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]string{
		"":    "",
		" \n": "",
		`{"user":"0198c1f2-0000-7000-8000-000000000001","kind":"identity.user_erased.v1","now":true,"none":null,"empty":""}`: `{"empty":"","kind":"identity.user_erased.v1","none":null,"now":true,"user":"0198c1f2-0000-7000-8000-000000000001"}`,
		`{"email":"ada@example.com","name":"Ada","age":36,"ids":["0198c1f2-0000-7000-8000-000000000001","ada"]}`:             `{"age":"[hidden]","email":"[hidden]","ids":["0198c1f2-0000-7000-8000-000000000001","[hidden]"],"name":"[hidden]"}`,
		`{"to":{"ada@example.com":"0198c1f2-0000-7000-8000-000000000001"}}`:                                                  `{"to":{"[hidden]":"0198c1f2-0000-7000-8000-000000000001"}}`,
		`"Ada Lovelace"`:                 `"[hidden]"`,
		`ada@example.com`:                `[hidden]`,
		"\xff\x00not JSON":               `[hidden]`,
		`{"token":"s3cr3t."}`:            `{"token":"[hidden]"}`,
		`["jane.doe","ada.example.com"]`: `["[hidden]","[hidden]"]`,
	} {
		if have := jobs.Redacted([]byte(payload)); have != want {
			t.Errorf("%s is shown as %s, want %s", payload, have, want)
		}
	}
}

func TestRedactedText_HidesAddresses(t *testing.T) {
	t.Parallel()
	have := jobs.RedactedText(`mailer: 550 <ada@example.com>: no such user "ben@example.com", to=grüße@bücher.example; try again`)
	if strings.Contains(have, "@") || !strings.Contains(have, "550") || !strings.Contains(have, "no such user") || !strings.Contains(have, "try again") {
		t.Errorf("have %s", have)
	}
	have = jobs.RedactedText(`Post "https://mail.example/send?to=ada%40example.com&id=7": connection refused`)
	if strings.Contains(have, "ada") || !strings.Contains(have, "id=7") || !strings.Contains(have, "connection refused") {
		t.Errorf("have %s", have)
	}
	if have := jobs.RedactedText("the disk is full"); have != "the disk is full" {
		t.Errorf("have %s", have)
	}
}
