package checks

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zegl/kube-score/config"
	"github.com/zegl/kube-score/domain"
	"github.com/zegl/kube-score/parser"
	"github.com/zegl/kube-score/score"
	"github.com/zegl/kube-score/score/checks"
	"github.com/zegl/kube-score/scorecard"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kjson "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

var overlays = []string{"staging", "production"}

// built is an overlay as kustomize makes it.
func built(t *testing.T, overlay string) []byte {
	t.Helper()
	made, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), "../kubernetes/overlays/"+overlay)
	if err != nil {
		t.Fatal(err)
	}
	text, err := made.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// decoded is what a cluster reads, by kind and name; a word that it does not know fails.
func decoded(t *testing.T, text []byte) map[string]runtime.Object {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, autoscalingv2.AddToScheme, batchv1.AddToScheme, corev1.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	strict := kjson.NewSerializerWithOptions(kjson.DefaultMetaFactory, scheme, scheme, kjson.SerializerOptions{Yaml: true, Strict: true})
	out := map[string]runtime.Object{}
	for _, part := range bytes.Split(text, []byte("\n---\n")) {
		object, kind, err := strict.Decode(part, nil, nil)
		if err != nil {
			t.Errorf("%v in\n%s", err, part)
			continue
		}
		named, ok := object.(interface{ GetName() string })
		if !ok {
			t.Fatalf("%T has no name", object)
		}
		out[kind.Kind+"/"+named.GetName()] = object
	}
	return out
}

func one[T runtime.Object](t *testing.T, all map[string]runtime.Object, name string) T {
	t.Helper()
	object, ok := all[name].(T)
	if !ok {
		t.Fatalf("%s is not there; there are %v", name, slices.Sorted(maps.Keys(all)))
	}
	return object
}

func TestKubernetes_HasEverythingThatTheProgramNeeds(t *testing.T) {
	t.Parallel()
	for _, overlay := range overlays {
		t.Run(overlay, func(t *testing.T) {
			t.Parallel()
			all := decoded(t, built(t, overlay))
			one[*corev1.Namespace](t, all, "Namespace/neoforge-"+overlay)
			one[*corev1.ServiceAccount](t, all, "ServiceAccount/neoforge")
			one[*networkingv1.NetworkPolicy](t, all, "NetworkPolicy/neoforge")
			one[*policyv1.PodDisruptionBudget](t, all, "PodDisruptionBudget/neoforge-web")
			one[*policyv1.PodDisruptionBudget](t, all, "PodDisruptionBudget/neoforge-work")
			web, work := one[*appsv1.Deployment](t, all, "Deployment/neoforge-web"), one[*appsv1.Deployment](t, all, "Deployment/neoforge-work")
			migrate := one[*batchv1.Job](t, all, "Job/neoforge-migrate")
			settings := ""
			for name, object := range all {
				if m, ok := object.(*corev1.ConfigMap); ok && strings.HasPrefix(name, "ConfigMap/neoforge-") {
					settings = m.Name
				}
			}
			pods := map[string]corev1.PodSpec{"serve": web.Spec.Template.Spec, "work": work.Spec.Template.Spec, "migrate up": migrate.Spec.Template.Spec}
			for args, pod := range pods {
				safe(t, pod)
				c := pod.Containers[0]
				if strings.Join(c.Args, " ") != args || c.Command != nil {
					t.Errorf("%s runs %q with %q", c.Name, c.Command, c.Args)
				}
				if len(c.EnvFrom) != 2 || c.EnvFrom[0].ConfigMapRef.Name != settings || c.EnvFrom[1].SecretRef.Name != "neoforge" {
					t.Errorf("%s has the settings of %+v, want those of %s and the secret", c.Name, c.EnvFrom, settings)
				}
			}
			probed(t, web.Spec.Template.Spec.Containers[0], "http", 8080)
			probed(t, work.Spec.Template.Spec.Containers[0], "admin", 9090)

			service, ingress := one[*corev1.Service](t, all, "Service/neoforge-web"), one[*networkingv1.Ingress](t, all, "Ingress/neoforge")
			selects(t, "the service", service.Spec.Selector, web.Spec.Template.Labels)
			rule := ingress.Spec.Rules[0]
			if back := rule.HTTP.Paths[0].Backend.Service; back.Name != service.Name || back.Port.Name != service.Spec.Ports[0].Name {
				t.Errorf("the ingress leads to %+v", back)
			}
			if ingress.Spec.TLS[0].Hosts[0] != rule.Host {
				t.Errorf("the certificate is for %v, the host is %s", ingress.Spec.TLS[0].Hosts, rule.Host)
			}
			hpa := one[*autoscalingv2.HorizontalPodAutoscaler](t, all, "HorizontalPodAutoscaler/neoforge-web")
			if hpa.Spec.ScaleTargetRef.Name != web.Name || web.Spec.Replicas != nil || *hpa.Spec.MinReplicas < 2 {
				t.Errorf("the autoscaler is %+v, and the deployment says %v", hpa.Spec, web.Spec.Replicas)
			}
		})
	}
}

// safe looks at what the namespace's policy "restricted" asks for, and at more.
func safe(t *testing.T, pod corev1.PodSpec) {
	t.Helper()
	c := pod.Containers[0]
	s := c.SecurityContext
	if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken || pod.SecurityContext == nil || !*pod.SecurityContext.RunAsNonRoot ||
		pod.SecurityContext.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
		t.Errorf("%s: its pod is too free", c.Name)
	}
	if s == nil || *s.AllowPrivilegeEscalation || !*s.ReadOnlyRootFilesystem || *s.RunAsUser != 10001 || !slices.Contains(s.Capabilities.Drop, "ALL") {
		t.Errorf("%s is too free: %+v", c.Name, s)
	}
	if c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero() {
		t.Errorf("%s has no limits", c.Name)
	}
}

// probed checks that a pod which stops is left out before it refuses connections.
func probed(t *testing.T, c corev1.Container, port string, number int32) {
	t.Helper()
	if c.LivenessProbe.HTTPGet.Path != "/healthz" || c.ReadinessProbe.HTTPGet.Path != "/readyz" || c.StartupProbe.HTTPGet.Path != "/healthz" {
		t.Errorf("%s: its probes ask for other pages", c.Name)
	}
	if !slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.Name == port && p.ContainerPort == number }) || c.ReadinessProbe.HTTPGet.Port.StrVal != port {
		t.Errorf("%s: its probes ask at %s", c.Name, c.ReadinessProbe.HTTPGet.Port.StrVal)
	}
}

func selects(t *testing.T, what string, selector, labels map[string]string) {
	t.Helper()
	for k, v := range selector {
		if labels[k] != v {
			t.Errorf("%s selects %s=%s, the pods have %q", what, k, v, labels[k])
		}
	}
}

// The settings and the times of a pod belong together.
func TestKubernetes_LeavesAPodTheTimeThatItsStopTakes(t *testing.T) {
	t.Parallel()
	for _, overlay := range overlays {
		all := decoded(t, built(t, overlay))
		var settings map[string]string
		for _, object := range all {
			if m, ok := object.(*corev1.ConfigMap); ok {
				settings = m.Data
			}
		}
		drain, err := time.ParseDuration(settings["DRAIN_DELAY"])
		if err != nil {
			t.Fatal(err)
		}
		web := one[*appsv1.Deployment](t, all, "Deployment/neoforge-web").Spec.Template.Spec
		const shutdown, jobs = 20 * time.Second, 10 * time.Second // the default of SHUTDOWN_TIMEOUT; what ends the jobs
		if grace := time.Duration(*web.TerminationGracePeriodSeconds) * time.Second; grace < drain+shutdown+jobs {
			t.Errorf("%s: a pod is killed after %s, and may need %s", overlay, grace, drain+shutdown+jobs)
		}
		ready := web.Containers[0].ReadinessProbe
		if seen := time.Duration(ready.PeriodSeconds*ready.FailureThreshold) * time.Second; seen >= drain {
			t.Errorf("%s: it takes %s to see that a pod stops, which serves for %s", overlay, seen, drain)
		}
		limit := web.Containers[0].Resources.Limits.Memory().Value()
		var mib int64
		if _, err := fmt.Sscanf(settings["GOMEMLIMIT"], "%dMiB", &mib); err != nil || mib<<20 >= limit {
			t.Errorf("%s: Go gives memory back at %s, the limit is %d bytes (%v)", overlay, settings["GOMEMLIMIT"], limit, err)
		}
	}
}

type file struct {
	io.Reader
	name string
}

func (f file) Name() string { return f.name }

func TestKubernetes_IsScoredWithoutAWarning(t *testing.T) {
	t.Parallel()
	for _, overlay := range overlays {
		run := &config.RunConfiguration{KubernetesVersion: config.Semver{Major: 1, Minor: 32}, MinReplicasDeployment: 2, MinReplicasHPA: 2, UseIgnoreChecksAnnotation: true}
		p, err := parser.New(&parser.Config{})
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := p.ParseFiles([]domain.NamedReader{file{bytes.NewReader(built(t, overlay)), overlay}})
		if err != nil {
			t.Fatal(err)
		}
		card, err := score.Score(parsed, score.RegisterAllChecks(parsed, &checks.Config{}, run), run)
		if err != nil {
			t.Fatal(err)
		}
		looked := 0
		for name, object := range *card {
			for _, c := range object.Checks {
				looked++
				if !c.Skipped && c.Grade <= scorecard.GradeWarning {
					t.Errorf("%s: %s: %s %+v", overlay, name, c.Check.Name, c.Comments)
				}
			}
		}
		if looked < 50 {
			t.Errorf("%s: %d checks were made, which cannot be all", overlay, looked)
		}
	}
}

// A misspelt word is caught: what sees nothing must not pass.
func TestKubernetes_AWordThatIsUnknownFails(t *testing.T) {
	t.Parallel()
	text := strings.Replace(string(built(t, "staging")), "readinessProbe:", "readynessProbe:", 1)
	scheme := runtime.NewScheme()
	if err := appsv1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	strict := kjson.NewSerializerWithOptions(kjson.DefaultMetaFactory, scheme, scheme, kjson.SerializerOptions{Yaml: true, Strict: true})
	for part := range strings.SplitSeq(text, "\n---\n") {
		if !strings.Contains(part, "readynessProbe") {
			continue
		}
		if _, _, err := strict.Decode([]byte(part), nil, nil); err == nil || !strings.Contains(err.Error(), "readynessProbe") {
			t.Errorf("it is read: %v", err)
		}
		return
	}
	t.Error("nothing was misspelt")
}
