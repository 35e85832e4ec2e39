package checks

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// loaded is compose.yaml as docker compose reads it, with what example.env asks for.
func loaded(t *testing.T, environ ...string) (*types.Project, error) {
	t.Helper()
	o, err := cli.NewProjectOptions([]string{"../compose/compose.yaml"},
		cli.WithEnv(environ), cli.WithInterpolation(true), cli.WithResolvedPaths(true), cli.WithConsistency(true), cli.WithNormalization(true))
	if err != nil {
		t.Fatal(err)
	}
	return o.LoadProject(t.Context())
}

var filled = []string{"POSTGRES_PASSWORD=p", "SECRET_KEY=k", "MAIL_URL=smtp://m", "MAIL_FROM=a@b.c", "GRAFANA_PASSWORD=g"}

func TestCompose_IsWhatDockerComposeReads(t *testing.T) {
	t.Parallel()
	p, err := loaded(t, filled...)
	if err != nil {
		t.Fatal(err)
	}
	have := slices.Sorted(maps.Keys(p.Services))
	for _, want := range []string{"migrate", "postgres", "prometheus", "grafana", "proxy", "redis", "web-1", "web-2"} {
		if !slices.Contains(have, want) {
			t.Errorf("the services are %q, without %s", have, want)
		}
	}
	for _, name := range []string{"web-1", "web-2"} {
		s := p.Services[name]
		if !s.ReadOnly || time.Duration(*s.StopGracePeriod) < 35*time.Second || s.DependsOn["migrate"].Condition != types.ServiceConditionCompletedSuccessfully {
			t.Errorf("%s is %+v", name, s)
		}
		// What the program may write is the folder of the image that is its own.
		if len(s.Volumes) != 1 || s.Volumes[0].Source != "audit" || s.Volumes[0].Target != "/var/lib/neoforge" || s.Volumes[0].ReadOnly {
			t.Errorf("%s keeps the files of the audit trail at %+v", name, s.Volumes)
		}
	}
	for name, s := range p.Services {
		for _, port := range s.Ports {
			if name != "proxy" && port.HostIP != "127.0.0.1" {
				t.Errorf("%s is published at %s:%s to everybody", name, port.HostIP, port.Published)
			}
		}
		if s.MemLimit == 0 || s.Logging == nil {
			t.Errorf("%s may take all memory, or fill the disk with its log", name)
		}
	}
}

func TestCompose_SaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	if _, err := loaded(t); err == nil {
		t.Error("it is read without one setting")
	}
}
