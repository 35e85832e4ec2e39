package config

import (
	"strings"
	"testing"
)

// A password may stand apart from its address, where nothing in it is encoded; what is
// wrong names the variable and an example, and never the secret.
func TestLoad_TakesThePasswordsOfRedisAndMailApart(t *testing.T) {
	t.Parallel()
	const secret = "a/b+c=d@e%f#g?h:i"
	c, err := Load([]string{"REDIS_URL=redis://user@cache:6379/0", "REDIS_PASSWORD=" + secret, "MAIL_URL=smtp://user@mail:587", "MAIL_PASSWORD=" + secret})
	if err != nil || c.Redis.Password != secret || c.Mail.Password != secret {
		t.Fatalf("%+v, %+v, %v", c.Redis, c.Mail, err)
	}
	for _, row := range []struct {
		environ []string
		want    []string // in the refusal; none: it is accepted
	}{
		{[]string{"REDIS_URL=redis://cache:6379", "REDIS_PASSWORD=hunter2"}, nil},
		{[]string{"REDIS_URL=redis://:hunter2@cache:6379/1"}, nil},
		{[]string{"REDIS_URL=redis+cluster://user@a,b:7000", "REDIS_PASSWORD=hunter2"}, nil},
		{[]string{"REDIS_URL=rediss+cluster://user:p%40ss@a:7000,b:7001"}, nil},
		{[]string{"MAIL_URL=smtps://user:p%40ss@mail"}, nil},
		{[]string{"MAIL_URL=smtp://mail:25"}, nil},

		{[]string{"REDIS_PASSWORD=hunter2"}, []string{"REDIS_PASSWORD", "REDIS_URL=redis://host:6379/0"}},
		{[]string{"REDIS_URL=redis://:hun@cache", "REDIS_PASSWORD=hunter2"}, []string{"REDIS_PASSWORD", "REDIS_URL=redis://host:6379/0"}},
		{[]string{"REDIS_URL=redis+cluster://u:hun@a,b", "REDIS_PASSWORD=hunter2"}, []string{"REDIS_URL=redis+cluster://host1:6379,host2:6379"}},
		{[]string{"REDIS_URL=redis://:hun/ter2@cache:6379"}, []string{"REDIS_URL", "percent-encoded", "REDIS_PASSWORD"}},
		{[]string{"REDIS_URL=redis://:1/ter2@cache:6379"}, []string{"REDIS_URL", "percent-encoded"}},
		{[]string{"REDIS_URL=redis://:hun%ter2@cache:6379"}, []string{"REDIS_URL", "percent-encoded"}},
		{[]string{"REDIS_URL=redis://:hun#ter2@cache:6379"}, []string{"REDIS_URL", "percent-encoded"}},
		{[]string{"REDIS_URL=redis://:12?hunter2@cache:6379"}, []string{"REDIS_URL", "percent-encoded", "REDIS_PASSWORD"}},
		{[]string{"REDIS_URL=redis://u:12?read_timeout=hunter2@cache"}, []string{"REDIS_URL", "percent-encoded"}},
		{[]string{"REDIS_URL=redis+cluster://:12?hunter2@a,b"}, []string{"REDIS_URL", "percent-encoded"}},
		{[]string{"REDIS_URL=http://hunter2"}, []string{"REDIS_URL", "redis://host:6379/0"}},
		{[]string{"REDIS_URL=redis://"}, []string{"REDIS_URL", "redis://host:6379/0"}},
		{[]string{"MAIL_PASSWORD=hunter2"}, []string{"MAIL_PASSWORD", "MAIL_URL=smtp://user@host:587"}},
		{[]string{"MAIL_URL=smtp://mail:587", "MAIL_PASSWORD=hunter2"}, []string{"MAIL_PASSWORD", "no user", "MAIL_URL=smtp://user@host:587"}},
		{[]string{"MAIL_URL=smtps://u:hun@mail", "MAIL_PASSWORD=hunter2"}, []string{"MAIL_PASSWORD", "keep one of them"}},
		{[]string{"MAIL_URL=smtp://u:hun/ter2@mail:587"}, []string{"MAIL_URL", "percent-encoded", "MAIL_PASSWORD"}},
		{[]string{"MAIL_URL=smtp://u:12?hunter2@mail:587"}, []string{"MAIL_URL", "percent-encoded", "MAIL_PASSWORD"}},
		{[]string{"MAIL_URL=smtp://u:1/ter2@mail:587"}, []string{"MAIL_URL", "percent-encoded"}},
		{[]string{"MAIL_URL=smtp://u:hun%ter2@mail:587"}, []string{"MAIL_URL", "percent-encoded"}},
	} {
		_, err := Load(row.environ)
		if len(row.want) == 0 {
			if err != nil {
				t.Errorf("%v: %v", row.environ, err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%v is accepted", row.environ)
			continue
		}
		for _, want := range row.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%v does not say %s: %v", row.environ, want, err)
			}
		}
		if strings.Contains(err.Error(), "ter2") || strings.Contains(err.Error(), "hun") {
			t.Errorf("%v shows the password: %v", row.environ, err)
		}
	}
}

func TestDescribe_HidesThePasswords(t *testing.T) {
	t.Parallel()
	c, err := Load([]string{"REDIS_URL=redis://cache", "REDIS_PASSWORD=hunter2", "MAIL_URL=smtp://user@mail", "MAIL_PASSWORD=hunter2", "DATABASE_URL=postgres://u@db/app", "DATABASE_PASSWORD=hunter2"})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, s := range Describe(c) {
		if strings.HasSuffix(s.Name, "_PASSWORD") && s.Value == "(set)" {
			seen++
		}
		if strings.Contains(s.Value, "hunter2") {
			t.Errorf("%s shows the password", s.Name)
		}
	}
	if seen != 3 {
		t.Errorf("%d passwords are said to be set, want 3", seen)
	}
}
